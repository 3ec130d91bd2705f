internal import Agent
internal import CallAPI
internal import Synchronization
internal import Telephony

/// Tells everybody who keeps up with calls what happens on one: the database, the terminal, those who read along, and the
/// metrics.
final class CallJournal: Sendable {
    let store: any CallStore
    let calls: LiveCalls
    private let transcript: LiveTranscript
    private let metrics: CallMetrics

    init(store: any CallStore, calls: LiveCalls, transcript: LiveTranscript, metrics: CallMetrics) {
        self.store = store
        self.calls = calls
        self.transcript = transcript
        self.metrics = metrics
    }

    fileprivate func note(_ entry: CallEntry, of page: CallPage, answeredMs: Int?) {
        store.write(entry, of: page.id)
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
    private let journal: CallJournal
    private let start = ContinuousClock.now
    private let state = Mutex((answeredMs: Int?.none, isOver: false))

    /// Begins it.
    init(
        _ id: CallIdentifier, direction: CallDirection, remote: CallParty, local: CallParty, agent: String,
        in journal: CallJournal
    ) {
        self.id = id
        self.direction = direction
        self.journal = journal
        note(
            .began(
                CallBeginning(
                    direction: direction, remote: remote, local: local, agent: agent, startedAt: WallClock.now)))
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

    func end(_ end: CallEnd) { note(.ended(end, at: now)) }
}
