internal import DequeModule
public import TelephonyPrimitives

/// Knows again what was delivered before, and tells what comes out of order.
///
/// Telnyx delivers at once and again, in any order, to two URLs perhaps. Nothing is held back to be put in order: a call
/// that rings waits for nobody. Instead each event is taken at once, with what is to be made of it.
///
/// A request that somebody sends again passes the signature for twice the tolerance at most; ``memory`` is longer.
public struct WebhookFilter: Sendable {
    /// What is to be made of an event.
    public enum Verdict: Sendable, Hashable {
        /// It is the newest of its leg.
        case new
        /// It happened before one that was taken already: what it tells is true, but the state of the call has gone on.
        case late
        /// The leg has ended: it must not come back to life.
        case afterEnd
        /// It was taken before, and is to be answered with 200 and left alone.
        case duplicate
    }

    private struct Leg: Sendable {
        var newest: Int64
        var hasEnded = false
        var until: Instant
    }

    /// How long an event and the last of a leg are remembered.
    public let memory: Duration
    /// How many events, and how many legs, are remembered; the oldest are forgotten for more.
    public let capacity: Int
    /// Those that were forgotten before their time, because there were too many: then an old one may pass for new.
    public private(set) var forgotten = 0

    private var events: [String: Instant] = [:]
    private var order: Deque<(id: String, until: Instant)> = []
    private var legs: [String: Leg] = [:]
    private var legOrder: Deque<(key: String, until: Instant)> = []

    /// - Parameters:
    ///   - memory: how long an event is remembered; at least 20 minutes.
    ///   - capacity: how many are; at least 16.
    public init(memory: Duration = .seconds(3_600), capacity: Int = 65_536) {
        self.memory = max(memory, .seconds(1_200))
        self.capacity = max(capacity, 16)
    }

    /// How many events are remembered.
    public var count: Int { events.count }

    /// Takes in an event whose signature is good.
    ///
    /// - Parameters:
    ///   - event: out of ``WebhookVerifier``.
    ///   - now: never earlier than before.
    public mutating func receive(_ event: WebhookEvent, now: Instant) -> Verdict {
        forget(now)
        guard events[event.id] == nil else { return .duplicate }
        if events.count >= capacity, let oldest = order.popFirst() {
            events[oldest.id] = nil
            forgotten += 1
        }
        events[event.id] = now + memory
        order.append((event.id, now + memory))
        guard let key = event.call.leg ?? event.call.control?.rawValue else { return .new }
        return place(event, of: key, now: now)
    }

    private mutating func place(_ event: WebhookEvent, of key: String, now: Instant) -> Verdict {
        let isEnd = if case .hangup = event.details { true } else { false }
        guard var leg = legs[key] else {
            if legs.count >= capacity, let oldest = legOrder.popFirst() { legs[oldest.key] = nil }
            legs[key] = Leg(newest: event.occurredAt ?? .min, hasEnded: isEnd, until: now + memory)
            legOrder.append((key, now + memory))
            return .new
        }
        defer { legs[key] = leg }
        let isLate = event.occurredAt.map { $0 < leg.newest } ?? false
        leg.newest = max(leg.newest, event.occurredAt ?? .min)
        leg.until = now + memory
        guard !leg.hasEnded else { return .afterEnd }
        // An end is the end, whatever the clocks of Telnyx's machines say.
        leg.hasEnded = isEnd
        return isLate && !isEnd ? .late : .new
    }

    private mutating func forget(_ now: Instant) {
        while let first = order.first, first.until <= now {
            order.removeFirst()
            events[first.id] = nil
        }
        while let first = legOrder.first, first.until <= now {
            legOrder.removeFirst()
            guard let leg = legs[first.key] else { continue }
            if leg.until > now {
                // It was spoken of again.
                legOrder.append((first.key, leg.until))
            } else {
                legs[first.key] = nil
            }
        }
    }
}
