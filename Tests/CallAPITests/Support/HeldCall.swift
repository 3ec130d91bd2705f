import RTPMedia
import Synchronization
import Telephony

/// A call that is up, on which nothing is heard.
final class HeldCall: Call {
    let id: CallIdentifier
    let direction: CallDirection
    let remote = CallParty(address: "sip:ada@example.com")
    let local = CallParty(address: "sip:desk@example.com")
    let sampleRate = 8_000
    let audio: CallAudio
    let events: AsyncStream<CallEvent>
    private let state = Mutex((digits: "", transfers: [String](), hangUps: 0))
    private let outcome = Mutex<Result<Void, CallError>>(.success(()))
    private let taps = Mutex<CallTap?>(nil)
    /// What was asked of it, told as it comes.
    let acts: AsyncStream<String>
    private let sink: AsyncStream<String>.Continuation

    init(id: CallIdentifier, direction: CallDirection) {
        self.id = id
        self.direction = direction
        (audio, _) = CallAudio.makeRing(capacity: 1)
        events = AsyncStream { $0.finish() }
        (acts, sink) = AsyncStream.makeStream()
    }

    func refusesTransfers() { outcome.withLock { $0 = .failure(.refused(status: 603, reason: "Decline")) } }

    func play(_ frame: PCMFrame) async throws(CallError) {}
    func flush() async -> Int { 0 }
    func playedSamples() async -> Int { 0 }
    func drain() async {}
    func sendDTMF(_ digits: String) async throws(CallError) { sink.yield("keys \(digits)") }

    func transfer(to target: String) async throws(CallError) {
        sink.yield("transfer \(target)")
        try outcome.withLock { $0 }.get()
    }

    func hold() async throws(CallError) {}
    func resume() async throws(CallError) {}
    func hangUp(reason: HangUpReason) async { sink.yield("hang up") }
    func statistics() async -> CallStatistics { CallStatistics() }
    func setTap(_ tap: CallTap?) async { taps.withLock { $0 = tap } }

    /// 20 ms of both sides, two samples each.
    func passes(heard: [Int16], sent: [Int16]) {
        let tap = taps.withLock { $0 }
        tap?(PCMFrame(samples: heard, sampleRate: sampleRate), PCMFrame(samples: sent, sampleRate: sampleRate))
    }

    var hasTap: Bool { taps.withLock { $0 != nil } }
}
