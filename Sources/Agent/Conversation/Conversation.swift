internal import RTPMedia
internal import Telephony
internal import TelephonyPrimitives

/// Hears, thinks and speaks on one call: the tasks around ``TurnTaking``.
actor Conversation {
    private let call: any Call
    private let hearing: any SpeechToTextSession
    private let dialogue: any DialogueSession
    private let voice: any TextToSpeechSession
    private let observer: ConversationObserver
    private let clock: ContinuousClock.Instant
    private var turns: TurnTaking

    private var reply: Task<Void, Never>?
    private var speech: Task<Void, Never>?
    private var toSpeak: [(id: Int, text: String)] = []
    /// Stopping, transferring and pressing keys: short work of the call's own, awaited at the end.
    private var errands: [Task<Void, Never>] = []
    private var alarm: Task<Void, Never>?
    private var outcome: ConversationOutcome?
    private var waiting: CheckedContinuation<Void, Never>?

    init(
        call: any Call, hearing: any SpeechToTextSession, dialogue: any DialogueSession, voice: any TextToSpeechSession,
        configuration: ConversationConfiguration, observer: @escaping ConversationObserver
    ) {
        self.call = call
        self.hearing = hearing
        self.dialogue = dialogue
        self.voice = voice
        self.observer = observer
        clock = .now
        turns = TurnTaking(configuration: configuration, sampleRate: call.sampleRate, now: .zero)
    }

    /// Talks until it is over.
    func run() async -> ConversationOutcome {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.listen() }
            group.addTask { await self.understand() }
            group.addTask { await self.watch() }
            receive(.began)
            await withTaskCancellationHandler {
                await withCheckedContinuation { continuation in
                    if outcome != nil || Task.isCancelled { continuation.resume() } else { waiting = continuation }
                }
            } onCancel: {
                Task { await self.finish(ConversationOutcome(reason: .shutdown)) }
            }
            group.cancelAll()
            await hearing.close()
            await dialogue.close()
            await voice.close()
        }
        alarm?.cancel()
        // Only the end of the call ends a transfer that nobody answers.
        if turns.isTransferring, let outcome, outcome.end == nil { await call.hangUp(reason: outcome.reason) }
        let tasks = [reply, speech].compactMap { $0 } + errands
        for task in tasks { task.cancel() }
        // Whoever waits for room in the queue goes on, and sees that it is over.
        await call.flush()
        for task in tasks { await task.value }
        perform(turns.callEnded(played: await call.flush(), now: now))
        return outcome ?? ConversationOutcome(reason: .shutdown)
    }

    // MARK: What comes in

    /// The caller's sound, to the hearing.
    private nonisolated func listen() async {
        // One resampler for the whole call: it carries its state from frame to frame.
        var resampler: Resampler
        do throws(ResamplerError) {
            resampler = try Resampler(from: call.sampleRate, to: hearing.sampleRate)
        } catch {
            await receive(.hearingEnded(error.description))
            return
        }
        for await frame in call.audio {
            await hearing.hear(resampler.process(frame.samples))
        }
    }

    private func understand() async {
        let rate = hearing.sampleRate
        func milliseconds(_ position: Int) -> Int { position / max(1, rate / 1_000) }
        for await event in hearing.events {
            switch event {
            case .speechStarted: receive(.speechStarted)
            case .speechDismissed: receive(.speechDismissed)
            case .speechEnded: receive(.speechEnded)
            case .partial(let text, _): receive(.partial(text))
            case .final(let text, let start, let end):
                receive(.final(text, startMs: milliseconds(start), endMs: milliseconds(end)))
            case .turn: break
            case .failed(let error): receive(.hearingFailed(error.description))
            }
        }
        if !Task.isCancelled { receive(.hearingEnded("The hearing stopped in mid-call.")) }
    }

    private func watch() async {
        for await event in call.events {
            if let entry = CallEntry(event, at: milliseconds) { observer(entry) }
            switch event {
            case .dtmf(let digit, _): receive(.pressed(digit))
            case .held(let isHeld): receive(.held(isHeld))
            case .ended(let end): finish(ConversationOutcome(reason: .normal, end: end))
            default: break
            }
        }
    }

    private func receive(_ input: TurnTaking.Input) {
        guard outcome == nil else { return }
        perform(turns.receive(input, now: now))
        setAlarm()
    }

    private var now: Instant {
        let elapsed = clock.duration(to: .now).components
        return Instant(nanoseconds: elapsed.seconds * 1_000_000_000 + elapsed.attoseconds / 1_000_000_000)
    }

    private var milliseconds: Int { Int(now.nanoseconds / 1_000_000) }

    private func setAlarm() {
        alarm?.cancel()
        alarm = nil
        guard let deadline = turns.deadline else { return }
        let wait = Duration.nanoseconds(max(0, deadline.nanoseconds - now.nanoseconds))
        alarm = Task {
            try? await Task.sleep(for: wait)
            if !Task.isCancelled { self.receive(.tick) }
        }
    }

    // MARK: What goes out

    private func perform(_ outputs: [TurnTaking.Output]) {
        for output in outputs {
            switch output {
            case .startReply(let id, let input): startReply(id, to: input)
            case .cancelReply: reply?.cancel()
            case .speak(let id, let text): speak(id, text)
            case .stopPlayout: stopPlayout()
            case .interrupted(let heard): interrupted(heard: heard)
            case .transfer(let target): transfer(to: target)
            case .sendDTMF(let digits): press(digits)
            case .record(let entry): observer(entry)
            case .hangUp(let reason): finish(ConversationOutcome(reason: reason))
            }
        }
    }

    private func startReply(_ id: Int, to input: DialogueInput) {
        let before = reply
        let (dialogue, hearing, earlier) = (dialogue, hearing, errands)
        reply = Task {
            // One thought at a time, and the interruption of the last one comes first.
            await before?.value
            for errand in earlier { await errand.value }
            do {
                for try await action in dialogue.reply(to: input, turn: TurnCommitment(isCommitted: true)) {
                    guard !Task.isCancelled else { return }
                    self.receive(.action(reply: id, action))
                }
                guard !Task.isCancelled else { return }
                await hearing.expect(dialogue.expectedPhrases())
                self.receive(.replyFinished(id))
            } catch {
                guard !Task.isCancelled else { return }
                self.receive(.replyFailed(id, String(describing: error)))
            }
        }
    }

    private func interrupted(heard: String) {
        let (dialogue, interrupted) = (dialogue, reply)
        errand {
            // The dialogue has taken in what it is interrupted in.
            await interrupted?.value
            await dialogue.interrupted(heard: heard)
        }
    }

    private func speak(_ id: Int, _ text: String) {
        toSpeak.append((id, text))
        guard speech == nil else { return }
        speech = Task { await self.speakAll() }
    }

    private func speakAll() async {
        var position = await call.playedSamples()
        while !Task.isCancelled {
            guard !toSpeak.isEmpty else {
                await call.drain()
                guard !Task.isCancelled else { return }
                guard toSpeak.isEmpty else { continue }
                speech = nil
                receive(.drained)
                return
            }
            let (id, text) = toSpeak.removeFirst()
            do {
                try await speak(id, text, position: &position)
            } catch {
                if Task.isCancelled { return }
                if case CallError.ended = error { return }
                await voiceFailed(error)
                return
            }
        }
    }

    private func voiceFailed(_ error: any Error) async {
        // What was made before the failure is heard out.
        await call.drain()
        let played = await call.playedSamples()
        guard !Task.isCancelled else { return }
        toSpeak = []
        speech = nil
        receive(.voiceFailed(String(describing: error), played: played))
    }

    /// Makes the sound of one sentence and gives it to the call at the pace of speech.
    private func speak(_ id: Int, _ text: String, position: inout Int) async throws {
        let frameLength = call.sampleRate / 50
        var rest: [Int16] = []
        var hasBegun = false
        for try await sound in voice.speak(text) {
            rest += sound.frame.samples
            if !hasBegun, rest.count >= frameLength {
                hasBegun = true
                receive(.sentenceStarted(id, at: position))
            }
            var done = 0
            while rest.count - done >= frameLength {
                try await play(Array(rest[done..<(done + frameLength)]), position: &position)
                done += frameLength
            }
            rest.removeFirst(done)
        }
        if !hasBegun { receive(.sentenceStarted(id, at: position)) }
        if !rest.isEmpty {
            try await play(rest + Array(repeating: 0, count: frameLength - rest.count), position: &position)
        }
        try Task.checkCancellation()
        receive(.sentenceEnded(id, at: position))
    }

    private func play(_ samples: [Int16], position: inout Int) async throws {
        try Task.checkCancellation()
        try await call.play(PCMFrame(samples: samples, sampleRate: call.sampleRate))
        position += samples.count
    }

    private func stopPlayout() {
        let talking = speech
        speech = nil
        toSpeak = []
        talking?.cancel()
        let call = call
        errand {
            // First what is queued, so that it is quiet at once; then what was being handed over meanwhile.
            await call.flush()
            await talking?.value
            let played = await call.flush()
            await self.receive(.stopped(played: played))
        }
    }

    private func transfer(to target: String) {
        let call = call
        errand {
            do throws(CallError) {
                try await call.transfer(to: target)
                await self.receive(.transferEnded(failure: nil))
            } catch {
                await self.receive(.transferEnded(failure: String(describing: error)))
            }
        }
    }

    private func press(_ digits: String) {
        for digit in digits where digit != "," {
            observer(.key(KeyRecord(digit: String(digit), direction: .sent, atMs: milliseconds, durationMs: 100)))
        }
        let (call, observer, at) = (call, observer, milliseconds)
        errand {
            do throws(CallError) {
                try await call.sendDTMF(digits)
            } catch {
                observer(.event(kind: "keys failed", detail: String(describing: error), at: at))
            }
            await self.receive(.digitsSent)
        }
    }

    private func errand(_ work: @escaping @Sendable () async -> Void) {
        errands = errands.suffix(20) + [Task { await work() }]
    }

    private func finish(_ outcome: ConversationOutcome) {
        guard self.outcome == nil else { return }
        self.outcome = outcome
        waiting?.resume()
        waiting = nil
    }
}
