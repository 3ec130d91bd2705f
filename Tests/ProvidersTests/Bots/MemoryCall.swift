import RTPMedia
import Synchronization
import Telephony

/// A call in memory, whose clock is in the test's hand.
final class MemoryCall: Call {
    private struct State {
        var given: [Int16] = []
        /// Samples of `given` that have been sent.
        var sent = 0
        var sentInAll = 0
        var played: [Int16] = []
        var soundsAtOnce = true
        var waiting: [CheckedContinuation<Void, Never>] = []
        var end: CallEnd?
    }

    let id = CallIdentifier("memory")
    let direction = CallDirection.incoming
    let remote = CallParty(address: "sip:ada@example.com", displayName: "Ada")
    let local = CallParty(address: "sip:desk@example.com")
    let sampleRate: Int
    let audio: CallAudio
    let events: AsyncStream<CallEvent>
    private let codec: String
    private let ring: AudioRing
    private let sink: AsyncStream<CallEvent>.Continuation
    private let state = Mutex(State())

    init(codec: String = "PCMU", sampleRate: Int = 8_000) {
        self.codec = codec
        self.sampleRate = sampleRate
        (audio, ring) = CallAudio.makeRing(capacity: 10_000)
        (events, sink) = AsyncStream.makeStream()
    }

    // MARK: The other side

    func say(_ samples: [Int16]) { ring.put(PCMFrame(samples: samples, sampleRate: sampleRate)) }
    func press(_ digit: Character) { sink.yield(.dtmf(digit: digit, duration: .milliseconds(100))) }
    func remoteHangUp() { end(CallEnd(cause: .remoteHangUp, explanation: "The caller hung up.")) }

    /// From now on only what ``sound(samples:)`` lets through sounds.
    func stopClock() { state.withLock { $0.soundsAtOnce = false } }

    func sound(samples: Int) {
        let waiting = state.withLock { state in
            Self.send(samples, &state)
            defer { state.waiting = [] }
            return state.waiting
        }
        for continuation in waiting { continuation.resume() }
    }

    private static func send(_ samples: Int, _ state: inout State) {
        let part = Array(state.given.prefix(samples))
        state.given.removeFirst(part.count)
        state.played += part
        state.sentInAll += part.count
    }

    private func end(_ end: CallEnd) {
        let waiting: [CheckedContinuation<Void, Never>] = state.withLock { state in
            guard state.end == nil else { return [] }
            state.end = end
            defer { state.waiting = [] }
            return state.waiting
        }
        ring.finish()
        sink.yield(.ended(end))
        sink.finish()
        for continuation in waiting { continuation.resume() }
    }

    /// What the other side has heard.
    var played: [Int16] { state.withLock { $0.played } }
    /// What waits in the call.
    var queued: [Int16] { state.withLock { $0.given } }

    // MARK: Call

    func play(_ frame: PCMFrame) async throws(CallError) {
        await pause { $0.given.count >= self.sampleRate / 5 }
        let end: CallEnd? = state.withLock { state in
            guard state.end == nil else { return state.end }
            state.given += frame.samples
            if state.soundsAtOnce { Self.send(.max, &state) }
            return nil
        }
        if let end { throw .ended(end) }
    }

    private func pause(while mustWait: @Sendable (borrowing State) -> Bool) async {
        while !Task.isCancelled {
            let isFree = state.withLock { !mustWait($0) || $0.end != nil }
            if isFree { return }
            await withCheckedContinuation { continuation in
                let isFree = state.withLock { state in
                    guard mustWait(state), state.end == nil, !Task.isCancelled else { return true }
                    state.waiting.append(continuation)
                    return false
                }
                if isFree { continuation.resume() }
            }
        }
    }

    @discardableResult func flush() async -> Int {
        let (sent, waiting) = state.withLock { state in
            state.given = []
            defer { state.waiting = [] }
            return (state.sentInAll, state.waiting)
        }
        for continuation in waiting { continuation.resume() }
        return sent
    }

    func playedSamples() async -> Int { state.withLock { $0.sentInAll } }
    func drain() async { await pause { !$0.given.isEmpty } }
    func sendDTMF(_ digits: String) async throws(CallError) {}
    func transfer(to target: String) async throws(CallError) {}
    func hold() async throws(CallError) {}
    func resume() async throws(CallError) {}
    func hangUp(reason: HangUpReason) async { end(CallEnd(cause: .localHangUp, explanation: "We hung up.")) }

    func statistics() async -> CallStatistics {
        var statistics = CallStatistics()
        statistics.codec = codec
        return statistics
    }

    func setTap(_ tap: CallTap?) async {}
}
