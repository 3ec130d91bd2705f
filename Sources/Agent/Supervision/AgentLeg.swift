internal import RTPMedia
internal import Synchronization
internal import Telephony

/// A call as its agent has it: all of it, until a supervisor takes the call over. Then the agent hears silence, and what it
/// says and does reaches nobody, at the pace at which it would.
final class AgentLeg: Call {
    private struct State {
        var isShut = false
        /// Samples that the call has sent and that were not the agent's; below zero when the agent's were not sent.
        var others = 0
        /// Samples that the agent has given, and, while it is shut out, those of them that count as sent.
        var given = 0
        var sent = 0
        /// Frames that are being handed to the call, and who waits until none is.
        var underWay = 0
        var waiting: CheckedContinuation<Void, Never>?
    }

    private let call: any Call
    private let gate = SoundGate()
    private let state = Mutex(State())
    private let sink: AsyncStream<CallEvent>.Continuation

    let audio: CallAudio
    let events: AsyncStream<CallEvent>

    init(_ call: any Call) {
        self.call = call
        audio = call.audio.behind(gate)
        (events, sink) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1_000))
    }

    var id: CallIdentifier { call.id }
    var direction: CallDirection { call.direction }
    var remote: CallParty { call.remote }
    var local: CallParty { call.local }
    var sampleRate: Int { call.sampleRate }
    var quality: AsyncStream<QualityReport> { call.quality }

    // MARK: Taking over

    var isShut: Bool { state.withLock { $0.isShut } }

    /// Shuts the agent out: what waits to be sent is dropped.
    func shut() async {
        let before = await call.playedSamples()
        let wasOpen = state.withLock { state in
            guard !state.isShut else { return false }
            state.isShut = true
            state.sent = before - state.others
            return true
        }
        guard wasOpen else { return }
        gate.isShut = true
        sink.yield(.takenOver(true))
        // First what is queued, so that it is quiet at once; then what was being handed over meanwhile.
        await call.flush()
        await withCheckedContinuation { continuation in
            let isDone = state.withLock { state in
                guard state.underWay > 0 else { return true }
                state.waiting = continuation
                return false
            }
            if isDone { continuation.resume() }
        }
        await call.flush()
    }

    private func handedOver() {
        let waiting = state.withLock { state in
            state.underWay -= 1
            guard state.underWay == 0 else { return nil as CheckedContinuation<Void, Never>? }
            defer { state.waiting = nil }
            return state.waiting
        }
        waiting?.resume()
    }

    /// Lets the agent talk again. Nothing of others may wait to be sent.
    func open() async {
        let before = await call.flush()
        let wasShut = state.withLock { state in
            guard state.isShut else { return false }
            state.isShut = false
            state.sent = max(state.sent, state.given)
            state.others = before - state.sent
            return true
        }
        guard wasShut else { return }
        gate.isShut = false
        sink.yield(.takenOver(false))
    }

    /// What happens on the call, for the agent.
    func tell(_ event: CallEvent) { sink.yield(event) }

    func finishEvents() { sink.finish() }

    // MARK: Sound

    func play(_ frame: PCMFrame) async throws(CallError) {
        let isShut = state.withLock { state in
            state.given += frame.samples.count
            if !state.isShut { state.underWay += 1 }
            return state.isShut
        }
        guard isShut else {
            defer { handedOver() }
            return try await call.play(frame)
        }
        try? await Task.sleep(for: .milliseconds(20))
        state.withLock { state in
            // It was given back, or flushed, meanwhile.
            if state.isShut { state.sent = min(state.given, state.sent + frame.samples.count) }
        }
    }

    @discardableResult func flush() async -> Int {
        if let sent = sentWhileShut(dropping: true) { return sent }
        let played = await call.flush()
        return state.withLock { state in
            guard !state.isShut else { return state.sent }
            state.given = played - state.others
            return state.given
        }
    }

    func playedSamples() async -> Int {
        if let sent = sentWhileShut(dropping: false) { return sent }
        let played = await call.playedSamples()
        return state.withLock { $0.isShut ? $0.sent : played - $0.others }
    }

    func drain() async {
        let isShut = state.withLock { state in
            if state.isShut { state.sent = max(state.sent, state.given) }
            return state.isShut
        }
        if !isShut { await call.drain() }
    }

    private func sentWhileShut(dropping: Bool) -> Int? {
        state.withLock { state in
            guard state.isShut else { return nil }
            if dropping { state.given = state.sent }
            return state.sent
        }
    }

    func setFrontEnd(_ configuration: SpeechFrontEndConfiguration?) async throws(SpeechFrontEndError) {
        try await call.setFrontEnd(configuration)
    }

    func speechObservation() async -> SpeechObservation? {
        let observation = await call.speechObservation()
        guard isShut, observation != nil else { return observation }
        return SpeechObservation(isSpeech: false, speechProbability: 0, isOwnEcho: false)
    }

    func setTap(_ tap: CallTap?) async { await call.setTap(tap) }
    func levels() async -> CallLevels? { await call.levels() }
    func statistics() async -> CallStatistics { await call.statistics() }

    // MARK: Changing and ending

    private func ensureOpen() throws(CallError) {
        if isShut { throw .busy }
    }

    func sendDTMF(_ digits: String) async throws(CallError) {
        try ensureOpen()
        try await call.sendDTMF(digits)
    }

    func transfer(to target: String) async throws(CallError) { try await transfer(to: target, headers: []) }

    func transfer(to target: String, headers: [(name: String, value: String)]) async throws(CallError) {
        try ensureOpen()
        try await call.transfer(to: target, headers: headers)
    }

    var takesAttendedTransfer: Bool { get async { await call.takesAttendedTransfer } }

    func transfer(to other: any Call) async throws(CallError) {
        try ensureOpen()
        try await call.transfer(to: other)
    }

    func hold() async throws(CallError) {
        try ensureOpen()
        try await call.hold()
    }

    func resume() async throws(CallError) {
        try ensureOpen()
        try await call.resume()
    }

    /// Not while the caller is with the supervisor.
    func hangUp(reason: HangUpReason) async { await hangUp(reason: reason, headers: []) }

    func hangUp(reason: HangUpReason, headers: [(name: String, value: String)]) async {
        if !isShut { await call.hangUp(reason: reason, headers: headers) }
    }
}
