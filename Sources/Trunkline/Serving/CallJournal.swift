internal import Agent
internal import CallAPI
internal import SIPNIO
internal import Synchronization
internal import Telephony
internal import TelephonyPrimitives

/// Tells everybody who keeps up with calls what happens on one: the database, the terminal, those who read along, and the
/// metrics.
final class CallJournal: Sendable {
    let store: any CallStore
    /// What keeps the SIP messages of calls; `nil` when they are not kept.
    private let messages: CallMessages?
    let calls: LiveCalls
    private let transcript: LiveTranscript
    private let metrics: CallMetrics

    init(
        store: any CallStore, messages: CallMessages?, calls: LiveCalls, transcript: LiveTranscript,
        metrics: CallMetrics
    ) {
        self.store = store
        self.messages = messages
        self.calls = calls
        self.transcript = transcript
        self.metrics = metrics
    }

    fileprivate func note(_ entry: CallEntry, of page: CallPage, answeredMs: Int?) {
        if case .ended(_, let at) = entry { messages?.end(page.id, at: at) }
        store.write(entry, of: page.id)
        if case .began = entry { messages?.begin(page.id, at: page.began) }
        calls.note(entry, of: page.id)
        metrics.take(entry, of: page.direction, answeredMs: answeredMs)
        switch entry {
        case .began(let beginning):
            let preposition = beginning.direction == .incoming ? "from" : "to"
            transcript.say(page.id, "call \(preposition) \(beginning.remote.address)")
        case .ended(let end, _): transcript.say(page.id, "ended: \(end.explanation)")
        default: transcript.say(page.id, entry)
        }
    }
}

/// The page of one call in the journal.
final class CallPage: Sendable {
    let id: CallIdentifier
    let direction: CallDirection
    /// On the clock of the loops.
    fileprivate let began: Instant
    private let journal: CallJournal
    private let start: ContinuousClock.Instant
    private let state = Mutex((answeredMs: Int?.none, isOver: false))

    /// Begins it.
    ///
    /// - Parameter began: on the clock of the loops: an incoming call begins with its INVITE.
    init(
        _ id: CallIdentifier, direction: CallDirection, remote: CallParty, local: CallParty, agent: String,
        began: Instant = .now, in journal: CallJournal
    ) {
        self.id = id
        self.direction = direction
        self.journal = journal
        self.began = began
        let age = Instant.now - began
        start = ContinuousClock.now - age
        note(
            .began(
                CallBeginning(
                    direction: direction, remote: remote, local: local, agent: agent,
                    startedAt: WallClock.now - age.inMilliseconds)))
    }

    /// Of a call that was refused before the agent saw it, so that there is an answer to why it failed.
    @discardableResult convenience init(of call: RefusedCall, agent: String, in journal: CallJournal) {
        self.init(
            call.id, direction: .incoming, remote: call.remote, local: call.local, agent: agent, began: call.began,
            in: journal)
        end(CallEnd(cause: .rejected, status: call.status, explanation: "We refused the call: \(call.reason)"))
    }

    /// Whether its end has been written down.
    var isOver: Bool { state.withLock { $0.isOver } }

    /// Milliseconds since the call began.
    var now: Int { WallClock.milliseconds(since: start) }

    /// Writes something down; nothing follows the end.
    func note(_ entry: CallEntry) {
        let answeredMs: Int?? = state.withLock { state in
            guard !state.isOver else { return nil }
            switch entry {
            case .answered(let at): state.answeredMs = at
            case .ended: state.isOver = true
            default: break
            }
            return .some(state.answeredMs)
        }
        if let answeredMs { journal.note(entry, of: self, answeredMs: answeredMs) }
    }

    /// The same with the time of now.
    func note(_ entry: (_ atMs: Int) -> CallEntry) { note(entry(now)) }

    /// What a call of ours comes to before its answer.
    func note(progress: CallProgress) {
        if case .provisional(let status, let reason) = progress {
            note { .event(kind: "progress", detail: "\(status) \(reason)", at: $0) }
        }
    }

    func end(_ end: CallEnd) { note(.ended(end, at: now)) }
}
