internal import Synchronization
public import Telephony
public import TelephonyPrimitives

/// Writes the SIP messages of calls into a store: those of a call that is in it, at their place in the call, and no more than
/// are of use.
public final class CallMessages: Sendable {
    /// How many messages, and octets of them, are kept of a call.
    public static let maximumMessages = 400
    public static let maximumOctets = 512 * 1024
    /// Beyond those: messages that tell of the end.
    static let maximumLastMessages = 32
    /// Calls that are not begun yet and have messages.
    static let maximumWaitingCalls = 256
    /// Calls that are counted to others; the oldest are forgotten first.
    static let maximumOwners = 4_096
    /// How long after a call's end its last messages may come.
    static let afterlife = Duration.seconds(60)

    fileprivate struct Budget {
        let origin: Instant
        var messages = 0
        var octets = 0
        var lastMessages = 0
        var omittedMessages = 0
        var omittedOctets = 0
    }

    fileprivate struct State {
        var budgets: [CallIdentifier: Budget] = [:]
        var waiting: [CallIdentifier: [CallMessage]] = [:]
        var order: [CallIdentifier] = []
        var ended: [(call: CallIdentifier, at: Instant)] = []
        var latest = Instant.zero
        /// Calls whose messages are counted to another call.
        var owners: [CallIdentifier: CallIdentifier] = [:]
        var ownerOrder: [CallIdentifier] = []
    }

    private let store: any CallStore
    private let state = Mutex(State())

    public init(store: any CallStore) {
        self.store = store
    }

    /// For `EndpointConfiguration.onCallMessage`; returns at once.
    public func take(_ message: CallMessage, of call: CallIdentifier) {
        let entries: [CallEntry] = state.withLock { state in
            state.latest = max(state.latest, message.time)
            let owner = state.owners[call] ?? call
            guard state.budgets[owner] != nil else {
                state.wait(message, owner)
                return []
            }
            return state.entries(for: message, of: owner)
        }
        guard !entries.isEmpty else { return }
        let owner = state.withLock { $0.owners[call] } ?? call
        for entry in entries { store.write(entry, of: owner) }
    }

    /// What will be said of `call` belongs to `owner`'s record: it was placed for that one.
    public func count(_ call: CallIdentifier, to owner: CallIdentifier) {
        state.withLock { state in
            if state.ownerOrder.count >= Self.maximumOwners { state.owners[state.ownerOrder.removeFirst()] = nil }
            state.owners[call] = owner
            state.ownerOrder.append(call)
        }
    }

    /// The store knows the call now, which began at `origin` on the clock of the loops: what waited is written.
    public func begin(_ call: CallIdentifier, at origin: Instant) {
        let entries: [CallEntry] = state.withLock { state in
            state.forgetEnded()
            state.budgets[call] = Budget(origin: origin)
            state.order.removeAll { $0 == call }
            return (state.waiting.removeValue(forKey: call) ?? []).flatMap { state.entries(for: $0, of: call) }
        }
        for entry in entries { store.write(entry, of: call) }
    }

    /// The call is over; what still comes of it within a minute is written.
    ///
    /// - Parameters:
    ///   - call: which one.
    ///   - at: milliseconds since the call began.
    public func end(_ call: CallIdentifier, at: Int) {
        let omitted: CallEntry? = state.withLock { state in
            guard let budget = state.budgets[call] else { return nil }
            state.ended.append((call, max(state.latest, budget.origin + .milliseconds(at))))
            guard budget.omittedMessages > 0 else { return nil }
            return .event(
                kind: "messages left out",
                detail: "\(budget.omittedMessages) SIP messages with \(budget.omittedOctets) octets in all", at: at)
        }
        if let omitted { store.write(omitted, of: call) }
    }
}

extension CallMessages.State {
    fileprivate mutating func wait(_ message: CallMessage, _ call: CallIdentifier) {
        if waiting[call] == nil {
            if order.count >= CallMessages.maximumWaitingCalls { waiting[order.removeFirst()] = nil }
            order.append(call)
        }
        guard waiting[call, default: []].count < 16 else { return }
        waiting[call, default: []].append(message)
    }

    fileprivate mutating func entries(for message: CallMessage, of call: CallIdentifier) -> [CallEntry] {
        guard var budget = budgets[call] else { return [] }
        defer { budgets[call] = budget }
        let record = MessageRecord(message, origin: budget.origin)
        let isWithin =
            budget.messages < CallMessages.maximumMessages
            && budget.octets + record.octets.count <= CallMessages.maximumOctets
        if isWithin {
            budget.messages += 1
            budget.octets += record.octets.count
            return [.message(record)]
        }
        if budget.lastMessages < CallMessages.maximumLastMessages, MessageOutline(record.octets)?.tellsOfEnd ?? false {
            budget.lastMessages += 1
            return [.message(record)]
        }
        budget.omittedMessages += 1
        budget.omittedOctets += record.octets.count
        guard budget.omittedMessages == 1 else { return [] }
        return [
            .event(
                kind: "messages left out",
                detail: "no more SIP messages are kept than \(CallMessages.maximumMessages), or "
                    + "\(CallMessages.maximumOctets / 1024) KiB, and then those of the end",
                at: record.atMicroseconds / 1_000)
        ]
    }

    fileprivate mutating func forgetEnded() {
        while let first = ended.first, latest - first.at > CallMessages.afterlife {
            ended.removeFirst()
            budgets[first.call] = nil
        }
    }
}
