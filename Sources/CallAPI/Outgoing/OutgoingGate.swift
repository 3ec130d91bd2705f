public import Agent
internal import Metrics
internal import Synchronization
internal import Telephony
public import TelephonyPrimitives

/// Through which every call of ours goes, whoever wants it: an application, a campaign, a model. It holds to whom may be
/// called, who may never be, and how many calls there may be.
public final class OutgoingGate: Sendable {
    /// Why a call was not placed.
    public enum Refusal: Error, Sendable, Equatable {
        /// Nothing in the list names it.
        case notAllowed(String)
        /// It is on the do-not-call list.
        case doNotCall(String)
        /// Too many calls are up or were placed; what is said of it, and seconds after which to ask again.
        case tooMany(String, retryAfter: Int)
        /// The server takes no further call.
        case full
        /// The do-not-call list can't be read: then nobody is called.
        case database
    }

    private let policy: OutgoingPolicy
    private let calls: LiveCalls
    private let placing: any CallPlacing
    private let store: SQLiteCallStore
    private let now: @Sendable () -> Instant
    private let onLimit: @Sendable (String) -> Void
    private let placed = Mutex(OutgoingCount())

    /// - Parameters:
    ///   - policy: whom one may call, and how often.
    ///   - calls: those that ring or are up.
    ///   - placing: what knows the ways out.
    ///   - store: where the do-not-call list is.
    ///   - now: a clock that only goes forward.
    ///   - onLimit: told once when the calls of an hour are used up.
    public init(
        policy: OutgoingPolicy, calls: LiveCalls, placing: any CallPlacing, store: SQLiteCallStore,
        now: @escaping @Sendable () -> Instant, onLimit: @escaping @Sendable (String) -> Void = { _ in }
    ) {
        self.policy = policy
        self.calls = calls
        self.placing = placing
        self.store = store
        self.now = now
        self.onLimit = onLimit
    }

    /// Whether somebody may be called at all.
    public func admit(_ wanted: Destination) async throws(Refusal) {
        let destination = placing.canonical(wanted)
        guard policy.allows(destination) else {
            throw .notAllowed(
                policy.allowed.isEmpty
                    ? "Nobody may be called: outbound.allow names no destination."
                    : "\(destination) may not be called: nothing in outbound.allow names it.")
        }
        let isRefused: Bool
        do throws(CallStoreError) {
            let isListed = try await store.isDoNotCall("\(destination)")
            // An entry from before the country was known may be spelt as it was dialled.
            isRefused =
                if isListed || wanted == destination { isListed } else { try await store.isDoNotCall("\(wanted)") }
        } catch {
            throw .database
        }
        if isRefused { throw .doNotCall("\(destination) is on the do-not-call list.") }
    }

    /// Places a call, if there may be one.
    public func place(_ order: CallOrder) async throws(Refusal) {
        try await admit(order.destination)
        guard calls.count(.outgoing) < policy.maximumCalls else {
            throw .tooMany(
                "\(policy.maximumCalls) calls of ours are up, which outbound.maximum allows.", retryAfter: 10)
        }
        let limit = policy.maximumPerHour
        let (wait, isNews) = placed.withLock { count in
            let wait = count.take(atMost: limit, now: now())
            return (wait, wait == nil ? false : count.tell())
        }
        if let wait {
            let sentence = "\(limit) calls were placed within an hour, which outbound.per_hour allows."
            if isNews {
                Self.count(limit: "hour")
                onLimit(sentence)
            }
            throw .tooMany(sentence, retryAfter: wait)
        }
        guard placing.place(order) else { throw .full }
    }

    /// A limit was reached, for the metrics.
    public static func count(limit: String) {
        Counter(label: "trunkline_outbound_limits_reached_total", dimensions: [("limit", limit)]).increment()
    }
}
