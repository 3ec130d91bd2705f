internal import RTPMedia
internal import Telephony
internal import TelephonyPrimitives

/// Hears, thinks and speaks on one call: the tasks around ``TurnTaking``.
actor Conversation {
    let call: any Call
    private let hearing: any SpeechToTextSession
    private let dialogue: any DialogueSession
    let voice: any TextToSpeechSession
    private let observer: ConversationObserver
    private let clock: ContinuousClock.Instant
    private let hearingClock: HearingClock
    private var turns: TurnTaking
    private var activity: SpeechActivity

    private var reply: Task<Void, Never>?
    private var commitment: (id: Int, turn: TurnCommitment)?
    // What is being said; see Conversation+Speaking.
    var queue: SpeechQueue
    var toSpeak: [(id: Int, text: String)] = []
    var making: Task<Void, Never>?
    var playing: Task<Void, Never>?
    var mayPlay = true
    var voiceFailure: String?
    /// Samples that had been played when playing was last stopped.
    var stoppedAt = 0
    var isWoken = false
    var sleeper: CheckedContinuation<Void, Never>?

    /// Stopping, transferring and pressing keys: short work of the call's own, awaited at the end.
    private var errands: [Task<Void, Never>] = []
    private var alarm: Task<Void, Never>?
    private var outcome: ConversationOutcome?
    private var waiting: CheckedContinuation<Void, Never>?
    /// What the call last told of its delays.
    private var quality: QualityReport?

    init(
        call: any Call, hearing: any SpeechToTextSession, dialogue: any DialogueSession,
        voice: any TextToSpeechSession, configuration: ConversationConfiguration,
        observer: @escaping ConversationObserver
    ) {
        self.call = call
        self.hearing = hearing
        self.dialogue = dialogue
        self.voice = voice
        self.observer = observer
        clock = .now
        let zero = Instant(nanoseconds: 0)
        hearingClock = HearingClock(sampleRate: hearing.sampleRate)
        activity = SpeechActivity(hearingFindsSpeech: hearing.abilities.findsSpeech, now: zero)
        queue = SpeechQueue(sampleRate: call.sampleRate)
        turns = TurnTaking(
            configuration: configuration, sampleRate: call.sampleRate,
            hearingJudgesTurns: hearing.abilities.judgesTurns, now: zero)
    }

    /// Talks until it is over.
    func run() async -> ConversationOutcome {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.listen() }
            group.addTask { await self.understand() }
            group.addTask { await self.watch() }
            group.addTask { await self.measure() }
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
        }
        alarm?.cancel()
        commitment?.turn.withdraw()
        // Only the end of the call ends a transfer that nobody answers.
        if turns.isTransferring, let outcome, outcome.end == nil { await call.hangUp(reason: outcome.reason) }
        let tasks = [reply, making, playing].compactMap { $0 } + errands
        for task in tasks { task.cancel() }
        wake()
        // Whoever waits for room in the queue goes on, and sees that it is over.
        await call.flush()
        for task in tasks { await task.value }
        perform(turns.callEnded(played: await call.flush(), now: now))
        await dialogue.close()
        await voice.close()
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
        let isPlain = call.sampleRate == hearing.sampleRate
        var unwatched = 0
        for await frame in call.audio {
            let samples = isPlain ? frame.samples : resampler.process(frame.samples)
            hearingClock.heard(samples.count, now: await now)
            await hearing.hear(samples)
            if let observation = await call.speechObservation() {
                await saw(observation)
            } else if !hearing.abilities.findsSpeech {
                // Nobody else would say when the caller has stopped.
                unwatched += 1
                if unwatched == 5 { try? await call.setFrontEnd(SpeechFrontEndConfiguration(cancelsEcho: true)) }
            }
        }
    }

    private func saw(_ observation: SpeechObservation) async {
        guard let event = activity.saw(observation, now: now) else { return }
        receive(event)
        if case .ended = event { await hearing.finishUtterance() }
    }

    private func receive(_ event: SpeechActivity.Event?) {
        switch event {
        case .started: receive(.speechStarted)
        case .dismissed: receive(.speechDismissed)
        case .ended(let lastSound): receive(.speechEnded(lastSound: lastSound))
        case nil: break
        }
    }

    private func understand() async {
        for await event in hearing.events {
            switch event {
            case .speechStarted: receive(activity.hearingStarted())
            case .speechDismissed: receive(activity.hearingDismissed())
            case .speechEnded(let end): receive(activity.hearingEnded(lastSound: hearingClock.time(of: end)))
            case .partial(let text, _): receive(.partial(text))
            case .final(let text, let start, let end):
                receive(.final(text, startMs: milliseconds(of: start), endMs: milliseconds(of: end)))
            case .turn(let judgement): receive(.turn(judgement))
            case .failed(let error): receive(.hearingFailed(error.description))
            }
        }
        if !Task.isCancelled { receive(.hearingEnded("The hearing stopped in mid-call.")) }
    }

    private func milliseconds(of position: Int) -> Int {
        max(0, Int(hearingClock.time(of: position).nanoseconds / 1_000_000))
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

    private func measure() async {
        for await report in call.quality { quality = report }
    }

    func receive(_ input: TurnTaking.Input) {
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
            case .commit(let id): if commitment?.id == id { commitment?.turn.commit() }
            case .cancelReply:
                commitment?.turn.withdraw()
                reply?.cancel()
            case .speak(let id, let text): speak(id, text)
            case .holdPlayout: mayPlay = false
            case .letPlay:
                mayPlay = true
                wake()
            case .stopPlayout: stopPlayout()
            case .resumePlayout(let point): resumePlayout(at: point)
            case .dropPlayout: dropPlayout()
            case .interrupted(let heard): interrupted(heard: heard)
            case .answerBriefly(let isWanted):
                let dialogue = dialogue
                errand { await dialogue.answerBriefly(isWanted) }
            case .announced(let text):
                let dialogue = dialogue
                errand { await dialogue.announced(text) }
            case .transfer(let target): transfer(to: target)
            case .sendDTMF(let digits): press(digits)
            case .record(let entry): observer(withDelays(entry))
            case .hangUp(let reason): finish(ConversationOutcome(reason: reason))
            }
        }
    }

    /// A ledger gets what the call knows of the delays before and behind it.
    private func withDelays(_ entry: CallEntry) -> CallEntry {
        guard case .ledger(var ledger, let at) = entry, let quality else { return entry }
        ledger.jitterBufferMs = Int(quality.bufferDelay.inNanoseconds / 1_000_000)
        ledger.networkMs = quality.roundTripTime.map { Int($0.inNanoseconds / 2_000_000) }
        return .ledger(ledger, at: at)
    }

    private func startReply(_ id: Int, to input: DialogueInput) {
        let before = reply
        let (dialogue, hearing, earlier) = (dialogue, hearing, errands)
        let turn = TurnCommitment()
        commitment = (id, turn)
        reply = Task {
            // One thought at a time, and the interruption of the last one comes first.
            await before?.value
            for errand in earlier { await errand.value }
            guard !Task.isCancelled else { return }
            do {
                for try await action in dialogue.reply(to: input, turn: turn) {
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

    func errand(_ work: @escaping @Sendable () async -> Void) {
        errands = errands.suffix(20) + [Task { await work() }]
    }

    private func finish(_ outcome: ConversationOutcome) {
        guard self.outcome == nil else { return }
        self.outcome = outcome
        waiting?.resume()
        waiting = nil
    }
}
