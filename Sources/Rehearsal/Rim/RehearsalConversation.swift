internal import Agent
internal import RTPMedia
internal import Synchronization
internal import Telephony
internal import TelephonyPrimitives

/// One call that is up: sound goes to the caller's ear and comes from its mouth, and the caller decides.
struct RehearsalConversation {
    private let call: any Call
    private let ear: CallerEar
    private let tell: @Sendable (RehearsalStepResult) -> Void
    private let clips: [String: [Int16]]
    private var caller: RehearsedCaller
    private var mouth: CallerMouth
    /// Counted in frames, from the answer on.
    private var now = Instant.zero
    private var pressing: Task<Void, Never>?
    private let hasPressed = PressedSign()
    private var isHangingUp = false

    /// So long the last words are waited for once the agent has hung up.
    private static let lastWords = 100

    init(
        _ rehearsal: Rehearsal, on call: any Call, hearing: any SpeechToText, voice: CallerVoice,
        tell: @escaping @Sendable (RehearsalStepResult) -> Void
    ) async throws {
        self.call = call
        self.tell = tell
        caller = RehearsedCaller(rehearsal)
        mouth = CallerMouth(sampleRate: call.sampleRate)
        var clips: [String: [Int16]] = [:]
        for text in rehearsal.lines {
            clips[text] = try await voice.clip(text).converted(to: call.sampleRate).samples
        }
        self.clips = clips
        ear = try await CallerEar(hearing, sampleRate: call.sampleRate)
    }

    /// Goes on until one side hangs up.
    ///
    /// - Parameter referrals: whom the agent has asked for since the last time.
    mutating func run(
        recording: String?, referrals: @escaping @Sendable () -> [String]
    ) async throws -> CallerOutcome {
        let recorder = try recording.map {
            try CallRecorder(path: $0, format: RecordingFormat(fileName: $0), sampleRate: call.sampleRate)
        }
        if let recorder { await call.setTap { heard, sent in recorder.take(heard, sent) } }
        let reading = Task { [ear] in await ear.run() }
        let watching = Task { [call] () -> CallEnd? in
            for await event in call.events { if case .ended(let end) = event { return end } }
            return nil
        }
        await talk(referrals)
        await pressing?.value
        if isHangingUp {
            await call.drain()
            await call.hangUp(reason: .normal)
            act(caller.receive(.ended(byAgent: false), at: now))
        } else if Task.isCancelled {
            await call.hangUp(reason: .normal)
            act(caller.receive(.failed("it was given up"), at: now))
        } else {
            await hearLastWords()
            for target in referrals() { act(caller.receive(.referred(to: target), at: now)) }
            let end = await watching.value
            switch end?.cause {
            case .remoteHangUp, .transferred: act(caller.receive(.ended(byAgent: true), at: now))
            default:
                let why = end?.explanation ?? "nothing more came"
                act(caller.receive(.failed("the call broke off: \(why)"), at: now))
            }
        }
        watching.cancel()
        await ear.close()
        await reading.value
        // A recording that is not whole spoils no rehearsal.
        _ = try? await recorder?.finish()
        return caller.outcome
    }

    private mutating func talk(_ referrals: @Sendable () -> [String]) async {
        act(caller.receive(.answered, at: now))
        let silence = PCMFrame(
            samples: Array(repeating: 0, count: call.sampleRate / 25), sampleRate: call.sampleRate)
        try? await call.play(silence)
        for await heard in call.audio {
            now = now + RehearsedCaller.frameLength
            await ear.hear(heard.samples)
            for target in referrals() { act(caller.receive(.referred(to: target), at: now)) }
            for news in ear.news() { act(caller.receive(news, at: now)) }
            if hasPressed.take() { act(caller.receive(.pressed, at: now)) }
            act(caller.receive(.frame(isLoud: Loudness.isSpeech(heard.samples)), at: now))
            if isHangingUp { return }
            let (samples, isLast) = mouth.next()
            guard (try? await call.play(PCMFrame(samples: samples, sampleRate: call.sampleRate))) != nil else { return }
            if isLast { act(caller.receive(.spoken, at: now)) }
            if isHangingUp { return }
        }
    }

    /// The agent has hung up: what it said last may still be being understood.
    private mutating func hearLastWords() async {
        // A second of silence ends the last sentence.
        for _ in 0..<50 { await ear.hear(Array(repeating: 0, count: call.sampleRate / 50)) }
        var rounds = 0
        repeat {
            try? await Task.sleep(for: .milliseconds(50))
            rounds += 1
        } while rounds < Self.lastWords && (rounds < 6 || ear.isBusy)
        for news in ear.news() { act(caller.receive(news, at: now)) }
    }

    private mutating func act(_ actions: [RehearsedCaller.Action]) {
        for action in actions {
            switch action {
            case .say(let text): mouth.say(clips[text].flatMap { $0.isEmpty ? nil : $0 } ?? [0])
            case .press(let keys):
                pressing = Task { [call, hasPressed] in
                    try? await call.sendDTMF(keys)
                    hasPressed.set()
                }
            case .hangUp: isHangingUp = true
            case .report(let result): tell(result)
            }
        }
    }
}

/// Says once that keys have been pressed.
private final class PressedSign: Sendable {
    private let isSet = Mutex(false)

    func set() { isSet.withLock { $0 = true } }

    func take() -> Bool {
        isSet.withLock { isSet in
            defer { isSet = false }
            return isSet
        }
    }
}
