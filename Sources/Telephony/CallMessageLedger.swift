internal import SIPCore
internal import SIPNIO
internal import Synchronization
internal import TelephonyPrimitives

/// Tells each SIP message to whoever keeps the record of its call.
///
/// An INVITE comes before there is a call, and what is said of it before that, such as a challenge, too: those wait here.
/// What comes after a call's end, such as the answer to its BYE, still belongs to it.
final class CallMessageLedger: Sendable {
    /// How long after a call's end messages are still its own: as long as transactions last, and some more.
    static let afterlife = Duration.seconds(40)
    static let maximumWaitingCalls = 128
    static let maximumWaitingMessages = 16
    static let maximumWaitingOctets = 512 * 1024
    /// Calls that may have one Call-ID, as when a call of ours comes back to us.
    static let maximumCallsPerID = 4

    fileprivate struct State {
        var calls: [String: [CallIdentifier]] = [:]
        var callIDs: [CallIdentifier: String] = [:]
        var ended: [(call: CallIdentifier, callID: String, until: Instant)] = []
        var waiting: [String: [TracedMessage]] = [:]
        /// The Call-IDs of those that wait, the oldest first.
        var order: [String] = []
        var waitingOctets = 0
    }

    private let state = Mutex(State())
    private let tell: @Sendable (CallMessage, CallIdentifier) -> Void

    init(tell: @escaping @Sendable (CallMessage, CallIdentifier) -> Void) {
        self.tell = tell
    }

    func take(_ message: TracedMessage) {
        // A keep-alive is no message.
        guard message.octets.count > 16, let parsed = try? Message(parsing: message.octets),
            let callID = parsed.callIDText
        else { return }
        let calls = state.withLock { state in
            state.forgetEnded(now: message.time)
            if let calls = state.calls[callID] { return calls }
            if parsed.isOfSetup { state.wait(message, callID, begins: parsed.beginsCall) }
            return []
        }
        guard !calls.isEmpty else { return }
        let told = CallMessage(message)
        for call in calls { tell(told, call) }
    }

    /// From now on messages with that Call-ID are the call's, those that waited as well.
    func bind(_ callID: String, to call: CallIdentifier) {
        let waiting = state.withLock { state -> [TracedMessage] in
            guard state.calls[callID, default: []].count < Self.maximumCallsPerID else { return [] }
            state.calls[callID, default: []].append(call)
            state.callIDs[call] = callID
            return state.release(callID)
        }
        for message in waiting { tell(CallMessage(message), call) }
    }

    func ended(_ call: CallIdentifier, now: Instant) {
        state.withLock { state in
            guard let callID = state.callIDs[call] else { return }
            state.ended.append((call, callID, now + Self.afterlife))
        }
    }

    /// Calls and waiting messages that are known: for leak checks.
    var counts: (calls: Int, waiting: Int) {
        state.withLock { ($0.callIDs.count, $0.waiting.values.reduce(0) { $0 + $1.count }) }
    }
}

extension CallMessageLedger.State {
    fileprivate mutating func forgetEnded(now: Instant) {
        guard let first = ended.first, first.until <= now else { return }
        let over = ended.prefix { $0.until <= now }
        for (call, callID, _) in over {
            // A call that was placed anew by another trunk has another Call-ID meanwhile.
            if callIDs[call] == callID { callIDs[call] = nil }
            calls[callID]?.removeAll { $0 == call }
            if calls[callID]?.isEmpty == true { calls[callID] = nil }
        }
        ended.removeFirst(over.count)
    }

    fileprivate mutating func wait(_ message: TracedMessage, _ callID: String, begins: Bool) {
        if waiting[callID] == nil {
            guard begins else { return }
            if order.count >= CallMessageLedger.maximumWaitingCalls, let oldest = order.first { _ = release(oldest) }
            waiting[callID] = []
            order.append(callID)
        }
        guard waiting[callID, default: []].count < CallMessageLedger.maximumWaitingMessages else { return }
        waiting[callID, default: []].append(message)
        waitingOctets += message.octets.count
        while waitingOctets > CallMessageLedger.maximumWaitingOctets, let oldest = order.first { _ = release(oldest) }
    }

    fileprivate mutating func release(_ callID: String) -> [TracedMessage] {
        guard let messages = waiting.removeValue(forKey: callID) else { return [] }
        order.removeAll { $0 == callID }
        for message in messages { waitingOctets -= message.octets.count }
        return messages
    }
}

extension Message {
    fileprivate var callIDText: String? {
        switch self {
        case .request(let request): try? request.callID.text
        case .response(let response): try? response.callID.text
        }
    }

    /// An INVITE outside of a dialog.
    fileprivate var beginsCall: Bool {
        guard case .request(let request) = self, request.method == .invite else { return false }
        return (try? request.to.tag) == nil
    }

    /// Whether it may belong to a call that is not known yet.
    fileprivate var isOfSetup: Bool {
        switch self {
        case .request(let request): request.method == .invite || request.method == .ack || request.method == .cancel
        case .response(let response):
            (try? response.cseq).map { $0.method == .invite || $0.method == .cancel } ?? false
        }
    }
}
