internal import Synchronization

/// Detectors that are made before a call needs them: making one takes longer than a caller may wait for the greeting.
final class SpareDetectors: Sendable {
    /// So many calls may begin at once.
    private static let wanted = 4

    private struct State {
        var ready: [VoiceDetector] = []
        var isMaking = false
    }

    private let library: SherpaLibrary
    private let directory: SpeechDirectory
    private let silence: Double
    private let pool: InferencePool
    private let state = Mutex(State())

    /// - Parameters:
    ///   - silence: see ``VoiceDetector``.
    ///   - pool: where they are made, while nothing else waits there.
    init(_ library: SherpaLibrary, _ directory: SpeechDirectory, silence: Double, pool: InferencePool) {
        self.library = library
        self.directory = directory
        self.silence = silence
        self.pool = pool
    }

    /// How many are ready.
    var count: Int { state.withLock { $0.ready.count } }

    /// One that is ready, or else a new one. The next is made meanwhile.
    func take() throws(ProviderError) -> VoiceDetector {
        let ready = state.withLock { $0.ready.popLast() }
        defer { refill() }
        if let ready { return ready }
        return try VoiceDetector(library, directory, silence: silence)
    }

    /// Has one more made when there are too few.
    func refill() {
        let starts = state.withLock { state in
            guard !state.isMaking, state.ready.count < Self.wanted else { return false }
            state.isMaking = true
            return true
        }
        guard starts else { return }
        let isTaken = pool.submit(.partial) {
            // One that can't be made is told of when a call needs it.
            let made = try? VoiceDetector(self.library, self.directory, silence: self.silence)
            self.state.withLock { state in
                if let made { state.ready.append(made) }
                state.isMaking = false
            }
            if made != nil { self.refill() }
        }
        if !isTaken { state.withLock { $0.isMaking = false } }
    }
}
