internal import Synchronization

/// Speech to text in this process: Silero finds the speech, Moonshine says what it was. English.
public final class LocalHearing: SpeechToText {
    public let name = "silero-vad + moonshine-tiny"

    /// Seconds of silence after which a caller is taken to have finished: the end is told about 0.2 s later than that
    /// after the last loud sound.
    static let silence = 0.28

    let library: SherpaLibrary
    let directory: SpeechDirectory
    let recognizer: SpeechRecognizer
    /// For what listens all the time and must never wait: a millisecond of work per call and window.
    private let listening: InferencePool
    let pool: InferencePool
    private let open = Mutex(0)
    private let maximumSessions: Int
    private let detectors: SpareDetectors

    init(
        library: SherpaLibrary, directory: SpeechDirectory, recognizer: SpeechRecognizer, listening: InferencePool,
        pool: InferencePool
    ) {
        self.library = library
        self.directory = directory
        self.recognizer = recognizer
        self.listening = listening
        self.pool = pool
        maximumSessions = pool.threads * 10
        detectors = SpareDetectors(library, directory, silence: Self.silence, pool: pool)
        detectors.refill()
    }

    public func makeSession(_ format: SpeechFormat) async throws(ProviderError) -> any SpeechToTextSession {
        let accepted = open.withLock { open in
            guard open < maximumSessions else { return false }
            open += 1
            return true
        }
        guard accepted else {
            throw .overloaded(
                "\(maximumSessions) calls are being listened to, which is all that the speech parts can take.")
        }
        do throws(ProviderError) {
            let detector = try detectors.take()
            return LocalHearingSession(
                detector: detector, recognizer: recognizer, listening: listening, pool: pool,
                onClose: { [weak self] in self?.open.withLock { $0 -= 1 } })
        } catch {
            open.withLock { $0 -= 1 }
            throw error
        }
    }
}

/// The hearing of one call.
final class LocalHearingSession: SpeechToTextSession {
    let sampleRate = VoiceDetector.sampleRate
    let events: AsyncStream<HearingEvent>

    /// One stretch of speech, with what came just before it.
    private struct Stretch {
        var samples: [Float]
        var start: Int
        var end: Int
        /// How much of it was speech.
        var voiced: Int
        var isFinal: Bool
    }

    private struct State {
        var pending: [Float] = []
        /// Samples judged so far.
        var position = 0
        /// The last samples before the speech.
        var history: [Float] = []
        var speech: [Float]?
        var onset = 0
        var nextPartial = 0
        var stretches: [Stretch] = []
        var isListening = false
        var isDecoding = false
        var isClosed = false
        var expected: [String] = []
    }

    /// Speech begins softly, before it is noticed: so much of what was before is taken along.
    private static let lead = sampleRate(seconds: 0.4)
    /// The detector tells the end when it has found no speech for so long; see ``LastSound`` for what was before.
    private static let trail = sampleRate(seconds: LocalHearing.silence)
    private static let shortest = sampleRate(seconds: 0.1)
    private static let longest = sampleRate(seconds: 25)
    private static let partialStep = sampleRate(seconds: 0.5)

    private static func sampleRate(seconds: Double) -> Int { Int(Double(VoiceDetector.sampleRate) * seconds) }

    private let detector: VoiceDetector
    private let recognizer: SpeechRecognizer
    private let listening: InferencePool
    private let pool: InferencePool
    private let onClose: @Sendable () -> Void
    private let sink: AsyncStream<HearingEvent>.Continuation
    private let state = Mutex(State())

    init(
        detector: VoiceDetector, recognizer: SpeechRecognizer, listening: InferencePool, pool: InferencePool,
        onClose: @escaping @Sendable () -> Void
    ) {
        self.detector = detector
        self.recognizer = recognizer
        self.listening = listening
        self.pool = pool
        self.onClose = onClose
        (events, sink) = AsyncStream.makeStream(of: HearingEvent.self)
    }

    func hear(_ samples: [Int16]) async {
        let starts = state.withLock { state in
            guard !state.isClosed else { return false }
            state.pending += samples.lazy.map { Float($0) / 32_768 }
            // Should listening ever fall behind by ten seconds, the oldest is given up.
            let excess = state.pending.count - VoiceDetector.sampleRate * 10
            if excess > 0 {
                state.pending.removeFirst(excess)
                state.position += excess
            }
            guard state.pending.count >= VoiceDetector.window, !state.isListening else { return false }
            state.isListening = true
            return true
        }
        if starts, !listening.submit(.urgent, { self.listen() }) {
            state.withLock { $0.isListening = false }
        }
    }

    func expect(_ phrases: [String]) async {
        state.withLock { $0.expected = phrases }
    }

    func close() async {
        let closes = state.withLock { state in
            defer { state.isClosed = true }
            return !state.isClosed
        }
        guard closes else { return }
        sink.finish()
        onClose()
    }

    // MARK: Listening

    /// Judges every window that is there; one thread at a time.
    private func listen() {
        while let window = nextWindow() {
            let isSpeech = detector.isSpeech(window)
            judge(window, isSpeech: isSpeech)
        }
    }

    private func nextWindow() -> [Float]? {
        state.withLock { state in
            guard !state.isClosed, state.pending.count >= VoiceDetector.window else {
                state.isListening = false
                return nil
            }
            let window = Array(state.pending.prefix(VoiceDetector.window))
            state.pending.removeFirst(VoiceDetector.window)
            state.position += VoiceDetector.window
            return window
        }
    }

    private func judge(_ window: [Float], isSpeech: Bool) {
        let (event, decodes): (HearingEvent?, Bool) = state.withLock { state in
            if var speech = state.speech {
                speech += window
                guard isSpeech, speech.count < Self.longest else {
                    return (endSpeech(speech, in: &state), true)
                }
                state.speech = speech
                guard speech.count >= state.nextPartial, pool.isIdle, !state.isDecoding else { return (nil, false) }
                // Each reads all of it again: the longer it is, the rarer.
                state.nextPartial = speech.count + max(Self.partialStep, speech.count / 4)
                state.stretches.append(
                    Stretch(
                        samples: speech, start: state.onset, end: state.position, voiced: speech.count, isFinal: false))
                return (nil, true)
            }
            if isSpeech {
                state.speech = state.history + window
                state.history = []
                state.onset = max(0, state.position - 3 * VoiceDetector.window)
                state.nextPartial = Self.lead + Self.partialStep
                return (.speechStarted(at: state.onset), false)
            }
            state.history += window
            if state.history.count > Self.lead { state.history.removeFirst(state.history.count - Self.lead) }
            return (nil, false)
        }
        if let event { sink.yield(event) }
        if decodes { startDecoding() }
    }

    private func endSpeech(_ speech: [Float], in state: inout State) -> HearingEvent {
        state.speech = nil
        state.history = Array(speech.suffix(Self.lead / 2))
        let end = max(state.onset, state.position - Self.trail)
        guard end - state.onset >= Self.shortest else { return .speechDismissed(at: state.position) }
        state.stretches.append(
            Stretch(samples: speech, start: state.onset, end: end, voiced: end - state.onset, isFinal: true))
        let quiet = LastSound.quiet(after: speech, trail: Self.trail)
        return .speechEnded(at: max(state.onset, state.position - quiet))
    }

    // MARK: Understanding

    /// Decodes the stretches one after the other, so that their texts come in order.
    private func startDecoding() {
        let starts = state.withLock { state in
            guard !state.isDecoding, !state.stretches.isEmpty, !state.isClosed else { return false }
            state.isDecoding = true
            return true
        }
        guard starts else { return }
        let isFinal = state.withLock { $0.stretches.first?.isFinal ?? false }
        if !pool.submit(isFinal ? .urgent : .partial, { self.decode() }) {
            state.withLock { state in
                state.isDecoding = false
                state.stretches.removeAll()
            }
            sink.yield(.failed(.overloaded("The speech parts have all the work that they can take.")))
        }
    }

    private func decode() {
        let next: (Stretch, [String])? = state.withLock { state in
            // A partial reading is of no use once the whole is there.
            while state.stretches.count > 1, state.stretches.first?.isFinal == false { state.stretches.removeFirst() }
            guard !state.stretches.isEmpty, !state.isClosed else { return nil }
            return (state.stretches.removeFirst(), state.expected)
        }
        if let (stretch, expected) = next {
            do throws(ProviderError) {
                let read = try recognizer.recognize(stretch.samples)
                if !stretch.isFinal {
                    let text = Reading.clean(read, voiced: stretch.voiced)
                    if !text.isEmpty { sink.yield(.partial(text, start: stretch.start)) }
                } else {
                    let text = Reading.chosen(read, voiced: stretch.voiced, expected: expected)
                    sink.yield(.final(text, start: stretch.start, end: stretch.end))
                }
            } catch {
                sink.yield(.failed(error))
            }
        }
        state.withLock { $0.isDecoding = false }
        startDecoding()
    }
}
