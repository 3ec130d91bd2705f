internal import Agent
internal import CallAPI
internal import CallSpans
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
    private let spans: SpanExporter?
    let prices: UsagePrices?
    fileprivate let masksKeys: Bool

    /// - Parameters:
    ///   - prices: of services, where they are known.
    ///   - masksKeys: whether no key is kept.
    init(
        store: any CallStore, messages: CallMessages?, calls: LiveCalls, transcript: LiveTranscript,
        metrics: CallMetrics, prices: UsagePrices?, masksKeys: Bool, spans: SpanExporter? = nil
    ) {
        self.prices = prices
        self.masksKeys = masksKeys
        self.store = store
        self.messages = messages
        self.calls = calls
        self.transcript = transcript
        self.metrics = metrics
        self.spans = spans
    }

    fileprivate func note(_ entry: CallEntry, of page: CallPage, answeredMs: Int?) {
        var entry = entry
        if case .usage(let usage, let at) = entry, let prices { entry = .usage(prices.priced(usage), at: at) }
        if case .ended(_, let at) = entry { messages?.end(page.id, at: at) }
        store.write(entry, of: page.id)
        if case .began = entry { messages?.begin(page.id, at: page.began) }
        calls.note(entry, of: page.id)
        metrics.take(entry, of: page.direction, answeredMs: answeredMs)
        spans?.note(entry, of: page.id)
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
    private struct State {
        var answeredMs: Int?
        var isOver = false
        var result = CallResult(end: CallEnd(cause: .failed, explanation: ""))
    }

    private let state = Mutex(State())
    private let mask: Mutex<RecordMask>

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
        mask = Mutex(RecordMask(masksKeys: journal.masksKeys))
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

    /// What came of the call, once it is over.
    var result: CallResult { state.withLock { $0.result } }

    /// Milliseconds since the call began.
    var now: Int { WallClock.milliseconds(since: start) }

    /// Writes something down; nothing follows the end.
    func note(_ entry: CallEntry) {
        let answeredMs: Int?? = state.withLock { state in
            guard !state.isOver else { return nil }
            switch entry {
            case .answered(let at): state.answeredMs = at
            case .event("answered by", let detail, _):
                state.result.answeredBy = AnsweredBy(rawValue: String(detail.prefix { $0 != "," }))
            case .event("voicemail", let detail, _): state.result.hasLeftVoicemail = detail.hasPrefix("left")
            case .ended(let end, let at):
                state.isOver = true
                state.result.end = end
                state.result.answeredMs = state.answeredMs.map { Int64(max(1, at - $0)) } ?? 0
            default: break
            }
            return .some(state.answeredMs)
        }
        guard let answeredMs else { return }
        let masked = mask.withLock { $0.masked(entry) }
        journal.note(masked, of: self, answeredMs: answeredMs)
    }

    /// Pauses the recording of the call, or has it go on, and leaves out of the record what is said and pressed meanwhile.
    func pause(_ recorder: CallRecorder, _ isPaused: Bool) {
        let changes = mask.withLock { mask in
            // Under the lock: what is written down and what is recorded pause in the same order.
            let changes = isPaused ? mask.pause(at: now) : mask.resume(at: now)
            if changes, isPaused { recorder.pause() }
            if changes, !isPaused { recorder.resume() }
            return changes
        }
        guard changes else { return }
        note { .event(kind: isPaused ? "recording paused" : "recording goes on", detail: "", at: $0) }
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
