import RTPMedia
import Synchronization
import Telephony

/// A call in memory. Its clock is the number of frames that it has "sent": one whenever it is asked to.
final class ScriptedCall: Call {
    private struct State {
        var given: [PCMFrame] = []
        /// Samples that were dropped before they were sent.
        var dropped = 0
        var sent = 0
        /// Whether everything that is given sounds at once; otherwise only what ``sound(samples:)`` lets through.
        var soundsAtOnce = true
        var waiting: [CheckedContinuation<Void, Never>] = []
        var end: CallEnd?
        var digits = ""
        var transfers: [String] = []
        var transferResult: Result<Void, CallError> = .success(())
        var transferEndsCall = false
        var flushes = 0
        /// What had sounded when the queue was first dropped.
        var sentAtFlush: Int?
        var hangUps: [HangUpReason] = []
        var frontEnd: SpeechFrontEndConfiguration?
        var tap: CallTap?
        /// Of the frames that were said, whether each is loud; the front end looks at them one after the other.
        var loud: [Bool] = []
    }

    let id = CallIdentifier("scripted")
    let direction = CallDirection.incoming
    let remote = CallParty(address: "sip:ada@example.com", displayName: "Ada")
    let local = CallParty(address: "sip:desk@example.com")
    let sampleRate = 8_000
    let audio: CallAudio
    let events: AsyncStream<CallEvent>

    private let ring: AudioRing
    private let eventSink: AsyncStream<CallEvent>.Continuation
    private let state = Mutex(State())

    init() {
        (audio, ring) = CallAudio.makeRing(capacity: 10_000)
        (events, eventSink) = AsyncStream.makeStream()
    }

    var frontEnd: SpeechFrontEndConfiguration? { state.withLock { $0.frontEnd } }

    func setFrontEnd(_ configuration: SpeechFrontEndConfiguration?) async throws(SpeechFrontEndError) {
        state.withLock { $0.frontEnd = configuration }
    }

    /// Of the next frame that was said.
    func speechObservation() async -> SpeechObservation? {
        state.withLock { state in
            guard !state.loud.isEmpty else { return nil }
            let isLoud = state.loud.removeFirst()
            guard state.frontEnd != nil else { return nil }
            return SpeechObservation(isSpeech: isLoud, speechProbability: isLoud ? 0.9 : 0.1, isOwnEcho: false)
        }
    }

    // MARK: The other side

    func say(_ samples: [Int16]) {
        state.withLock { $0.loud.append(samples.contains { $0.magnitude > 1_000 }) }
        ring.put(PCMFrame(samples: samples, sampleRate: sampleRate))
    }

    /// 20 ms as a tap gets them, each side at one level.
    func passes(heard: Int16, sent: Int16) {
        let tap = state.withLock { $0.tap }
        tap?(
            PCMFrame(samples: Array(repeating: heard, count: 160), sampleRate: sampleRate),
            PCMFrame(samples: Array(repeating: sent, count: 160), sampleRate: sampleRate))
    }

    var hasTap: Bool { state.withLock { $0.tap != nil } }

    func press(_ digit: Character) { eventSink.yield(.dtmf(digit: digit, duration: .milliseconds(100))) }
    func happen(_ event: CallEvent) { eventSink.yield(event) }

    func remoteHangUp() { end(CallEnd(cause: .remoteHangUp, explanation: "The caller hung up.")) }

    private func end(_ end: CallEnd) {
        let waiting = state.withLock { state in
            guard state.end == nil else { return [CheckedContinuation<Void, Never>]() }
            state.end = end
            defer { state.waiting = [] }
            return state.waiting
        }
        ring.finish()
        eventSink.yield(.ended(end))
        eventSink.finish()
        for continuation in waiting { continuation.resume() }
    }

    /// From now on only so many samples sound, and `play` waits as soon as 200 ms are queued.
    func stopClock() { state.withLock { $0.soundsAtOnce = false } }

    func sound(samples: Int) {
        let waiting = state.withLock { state in
            let queued = state.given.reduce(0) { $0 + $1.samples.count } - state.dropped - state.sent
            state.sent += min(samples, queued)
            defer { state.waiting = [] }
            return state.waiting
        }
        for continuation in waiting { continuation.resume() }
    }

    /// Lets sound pass until `position`, and returns once the queue of 200 ms behind it is full.
    func sound(upTo position: Int) async {
        for queued in stride(from: 1_600, through: position, by: 1_600) {
            await until { self.played.count >= queued }
            sound(samples: 1_600)
        }
        await until { self.played.count >= position + 1_600 }
    }

    /// Whoever puts the caller through hangs up at once.
    func endWithTransfer() { state.withLock { $0.transferEndsCall = true } }

    func refuseTransfers(_ error: CallError) { state.withLock { $0.transferResult = .failure(error) } }

    var played: [Int16] { state.withLock { $0.given.flatMap(\.samples) } }
    var digits: String { state.withLock { $0.digits } }
    var transfers: [String] { state.withLock { $0.transfers } }
    var flushes: Int { state.withLock { $0.flushes } }
    var sentAtFlush: Int? { state.withLock { $0.sentAtFlush } }
    /// Samples that were given and have neither sounded nor been dropped.
    var queuedSamples: Int { state.withLock { queued($0) } }
    var hangUps: [HangUpReason] { state.withLock { $0.hangUps } }

    private func queued(_ state: borrowing State) -> Int {
        state.given.reduce(0) { $0 + $1.samples.count } - state.dropped - state.sent
    }

    // MARK: Call

    func play(_ frame: PCMFrame) async throws(CallError) {
        try await wait(untilQueuedIsBelow: 1_600)
        let end = state.withLock { state in
            if state.end == nil {
                state.given.append(frame)
                if state.soundsAtOnce { state.sent += frame.samples.count }
            }
            return state.end
        }
        if let end { throw .ended(end) }
    }

    private func wait(untilQueuedIsBelow limit: Int) async throws(CallError) {
        while true {
            let end: CallEnd? = state.withLock { $0.end }
            if let end { throw .ended(end) }
            if state.withLock({ queued($0) < limit }) { return }
            await pause(whileQueuedIsAtLeast: limit)
        }
    }

    private func pause(whileQueuedIsAtLeast limit: Int) async {
        await withCheckedContinuation { continuation in
            let goesOn = state.withLock { state in
                guard queued(state) >= limit, state.end == nil else { return true }
                state.waiting.append(continuation)
                return false
            }
            if goesOn { continuation.resume() }
        }
    }

    @discardableResult func flush() async -> Int {
        let (sent, waiting) = state.withLock { state in
            state.flushes += 1
            state.sentAtFlush = state.sentAtFlush ?? state.sent
            state.dropped += queued(state)
            defer { state.waiting = [] }
            return (state.sent, state.waiting)
        }
        for continuation in waiting { continuation.resume() }
        return sent
    }

    func playedSamples() async -> Int { state.withLock { $0.sent } }

    func drain() async {
        while state.withLock({ queued($0) > 0 && $0.end == nil }) { await pause(whileQueuedIsAtLeast: 1) }
    }

    func sendDTMF(_ digits: String) async throws(CallError) { state.withLock { $0.digits += digits } }

    func transfer(to target: String) async throws(CallError) {
        let (result, endsCall, flushes) = state.withLock { state in
            state.transfers.append(target)
            return (state.transferResult, state.transferEndsCall, state.flushes)
        }
        if endsCall {
            end(CallEnd(cause: .transferred, explanation: "The caller was put through."))
            // The agent has seen that before it hears how the transfer came out.
            await until { self.flushes > flushes }
        }
        try result.get()
    }

    func hold() async throws(CallError) {}
    func resume() async throws(CallError) {}

    func hangUp(reason: HangUpReason) async {
        state.withLock { $0.hangUps.append(reason) }
        end(CallEnd(cause: .localHangUp, explanation: "We hung up."))
    }

    func statistics() async -> CallStatistics { CallStatistics() }
    func setTap(_ tap: CallTap?) async { state.withLock { $0.tap = tap } }
}
