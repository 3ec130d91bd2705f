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
    /// What the conversation is replayed from, where that is kept.
    private let journal: TurnJournal?
    private let clock = CallClock()
    private let end = ConversationEnd()
    let hearingClock: HearingClock
    private var turns: TurnTaking
    private var activity: SpeechActivity

    private var reply: Task<Void, Never>?
    private var commitment: (id: Int, turn: TurnCommitment)?
    // What is being said; see Conversation+Speaking.
    var queue: SpeechQueue
    var toSpeak: [(id: Int, text: String, speaker: String)] = []
    /// Whose voice speaks, and the voices of those who have one of their own.
    var speaker = AgentRole.first
    let voices: [String: any TextToSpeech]
    var otherVoices: [String: any TextToSpeechSession] = [:]
    let format: SpeechFormat
    var making: Task<Void, Never>?
    var playing: Task<Void, Never>?
    var mayPlay = true
    var voiceFailure: String?
    /// Samples that had been played when playing was last stopped.
    var stoppedAt = 0
    /// Rings for whoever plays when there is something to play, or nothing any more.
    let toPlay = Bell()
    /// Rings for whoever makes when something was played.
    let hasPlayed = Bell()
    /// What is played while a tool works; begun when it is first wanted.
    var waitingSound: BackgroundSound?
    var isWaitingSoundOn = false
    private let waits: WaitingSound?
    private let listensForTones: Bool

    private let consulting: ConsultationParts?
    /// Somebody is being asked whether they take the caller, or is connected with them.
    private var consultation: ConsultationRun?
    private nonisolated let sound = CallerSound()
    private let holdMusic: WaitingSound?
    /// The caller waits with music; and the end of the wait before.
    private var hold: HoldMusic?
    var holdEnding: Task<Void, Never>?

    var errands: CallErrands
    private var alarm = CallAlarm()
    /// What the call last told of its delays.
    private var quality: QualityReport?

    init(
        call: any Call, hearing: any SpeechToTextSession, dialogue: any DialogueSession,
        voice: any TextToSpeechSession, voices: [String: any TextToSpeech] = [:], format: SpeechFormat? = nil,
        configuration: ConversationConfiguration, consulting: ConsultationParts? = nil, journal: TurnJournal? = nil,
        context: DialogueContext? = nil, observer: @escaping ConversationObserver
    ) {
        self.journal = journal
        self.call = call
        self.hearing = hearing
        self.dialogue = dialogue
        self.voice = voice
        self.voices = voices
        self.format = format ?? SpeechFormat(sampleRate: call.sampleRate)
        self.observer = observer
        waits = configuration.waitingSound
        self.consulting = consulting
        holdMusic = configuration.holdMusic
        listensForTones = configuration.answering != nil
        errands = CallErrands(on: call, clock: clock, observer: observer)
        let zero = Instant(nanoseconds: 0)
        hearingClock = HearingClock(sampleRate: hearing.sampleRate)
        activity = SpeechActivity(hearingFindsSpeech: hearing.abilities.findsSpeech, now: zero)
        queue = SpeechQueue(sampleRate: call.sampleRate)
        turns = TurnTaking(
            configuration: configuration, sampleRate: call.sampleRate,
            hearingJudgesTurns: hearing.abilities.judgesTurns, now: zero)
        if let journal, let context {
            journal.began(
                configuration, sampleRate: call.sampleRate, hearingJudgesTurns: hearing.abilities.judgesTurns,
                context: context, now: zero)
        }
    }

    /// Talks until it is over.
    func run() async -> ConversationOutcome {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.listen() }
            group.addTask { await self.understand() }
            group.addTask { await self.watch() }
            group.addTask { await self.measure() }
            receive(.began)
            await end.wait()
            group.cancelAll()
            await hearing.close()
        }
        alarm.cancel()
        await hold?.stop()
        await holdEnding?.value
        let outcome = end.outcome
        commitment?.turn.withdraw()
        // Only the end of the call ends a transfer that nobody answers.
        if turns.isTransferring, !turns.isConsulting, let outcome, outcome.end == nil {
            await call.hangUp(reason: outcome.reason)
        }
        let tasks = [reply, making, playing].compactMap { $0 } + errands.tasks
        for task in tasks { task.cancel() }
        // Whoever waits for room in the queue goes on, and sees that it is over.
        await call.flush()
        for task in tasks { await task.value }
        let (played, now) = (await call.flush(), now)
        let goodbye = outcome?.end?.cause == .remoteHangUp ? turns.unheardGoodbye(played: played) : nil
        let last = turns.callEnded(played: played, now: now)
        journal?.ended(played: played, last, now: now)
        perform(last)
        if let goodbye {
            let detail = "\(goodbye.words) of \(goodbye.all) words had not sounded when the other side hung up"
            observer(.event(kind: "goodbye cut", detail: detail, at: clock.milliseconds))
        }
        await dialogue.close()
        await voice.close()
        for other in otherVoices.values { await other.close() }
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
        var beeps = listensForTones ? BeepDetector(sampleRate: call.sampleRate) : nil
        var sinceBegin = Duration.zero
        for await incoming in call.audio {
            if let events = beeps?.receive(incoming.samples.span) {
                sinceBegin += .milliseconds(20)
                // Nobody's greeting is longer.
                if sinceBegin > .seconds(180) { beeps = nil }
                for event in events { await receive(TurnTaking.Input(event)) }
            }
            // While there is music for the caller, or somebody else, the hearing hears silence: its places stay true.
            let (frame, isForAgent) = await sound.pass(incoming)
            let samples = isPlain ? frame.samples : resampler.process(frame.samples)
            hearingClock.heard(samples.count, now: await now)
            await hearing.hear(samples)
            guard isForAgent else { continue }
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
            case .speechEnded(let end):
                receive(activity.hearingEnded(at: end, lastSound: hearingClock.time(of: end)))
            case .partial(let text, _): if !activity.isHearingEcho { receive(.partial(text)) }
            case .final(let text, let start, let end):
                guard !activity.isEcho(from: start) else { continue }
                receive(.final(text, startMs: milliseconds(of: start), endMs: milliseconds(of: end)))
            case .turn(let judgement): if !activity.isHearingEcho { receive(.turn(judgement)) }
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
            if let entry = CallEntry(event, at: clock.milliseconds) {
                observer(turns.hidesKeys(now: now) ? entry.withoutKey : entry)
            }
            switch event {
            case .dtmf(let digit, _):
                await consultation?.pressed(digit)
                receive(.pressed(digit))
            case .held(let isHeld):
                await consultation?.held(isHeld)
                receive(.held(isHeld))
            case .takenOver(let isTaken):
                if !isTaken { advise(.givenBack) }
                receive(.takenOver(isTaken))
            case .ended(let end): self.end.come(ConversationOutcome(reason: .normal, end: end))
            default: break
            }
        }
    }

    /// What a supervisor tells.
    func advise(_ note: SupervisorNote) {
        let dialogue = dialogue
        errands.run { await dialogue.supervised(note) }
    }

    /// Whether the caller is being put through, or with somebody else already.
    var isTransferring: Bool { turns.isTransferring && !turns.isTakenOver }

    private func measure() async {
        for await report in call.quality { quality = report }
    }

    func receive(_ input: TurnTaking.Input) {
        guard end.outcome == nil else {
            // Who puts the caller through may hang up before it is known here that it has been done.
            if case .transferEnded(failure: nil) = input {
                observer(.event(kind: "transferred", detail: "", at: clock.milliseconds))
            }
            return
        }
        let now = now
        let outputs = turns.receive(input, now: now)
        journal?.took(input, outputs, now: now)
        perform(outputs)
        alarm.set(turns.deadline, clock) { await self.receive(.tick) }
    }

    var now: Instant { clock.now }

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
            case .changeVoice(let name): speaker = name
            case .holdPlayout: mayPlay = false
            case .letPlay:
                mayPlay = true
                toPlay.ring()
            case .stopPlayout: stopPlayout()
            case .resumePlayout(let point): resumePlayout(at: point)
            case .dropPlayout: dropPlayout()
            case .waitingSound(let isOn): playWaitingSound(isOn)
            case .interrupted(let heard): interrupted(heard: heard)
            case .answerBriefly(let isWanted):
                let dialogue = dialogue
                errands.run { await dialogue.answerBriefly(isWanted) }
            case .announced(let text):
                let dialogue = dialogue
                errands.run { await dialogue.announced(text) }
            case .transfer(let target):
                errands.transfer(to: consulting?.line.address(of: target) ?? target) {
                    await self.receive(.transferEnded(failure: $0))
                }
            case .consult(let order): consult(order)
            case .callOffConsultation:
                let consultation = consultation
                errands.run { await consultation?.callOff() }
            case .holdMusic(let isOn): setHold(isOn)
            case .sendDTMF(let digits): errands.press(digits) { await self.receive(.digitsSent) }
            case .record(let entry): observer(withDelays(entry))
            case .hangUp(let reason): end.come(turns.isPutThrough ? .putThrough : ConversationOutcome(reason: reason))
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
        let (dialogue, hearing, earlier) = (dialogue, hearing, errands.tasks)
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

    private func setHold(_ isOn: Bool) {
        if isOn {
            sound.listener = .nobody
            hold = HoldMusic(holdMusic, on: call)
        } else if let music = hold {
            hold = nil
            sound.listener = .agent
            holdEnding = Task { await music.stop() }
        }
    }

    private func consult(_ order: ConsultationOrder) {
        guard let consulting else {
            errands.run {
                await self.consultationEnded(.returned("Nobody can be called for the caller from here."))
            }
            return
        }
        let run = ConsultationRun(
            order, for: call, sound: sound, parts: consulting, clock: clock, observer: observer)
        consultation = run
        let before = holdEnding
        errands.run {
            await before?.value
            await self.consultationEnded(run.run())
        }
    }

    private func consultationEnded(_ end: ConsultationEnd) {
        consultation = nil
        receive(.consultationEnded(end))
    }

    private func playWaitingSound(_ isOn: Bool) {
        isWaitingSoundOn = isOn
        if isOn, waitingSound == nil { waitingSound = waits?.begin(sampleRate: call.sampleRate) }
        if isOn, playing == nil { playing = Task { await self.playAll() } }
        toPlay.ring()
    }

    private func interrupted(heard: String) {
        let (dialogue, interrupted) = (dialogue, reply)
        errands.run {
            // The dialogue has taken in what it is interrupted in.
            await interrupted?.value
            await dialogue.interrupted(heard: heard)
        }
    }
}

extension TurnTaking.Input {
    fileprivate init(_ event: BeepDetector.Event) {
        switch event {
        case .started(let hertz): self = .toneStarted(hertz: hertz)
        case .ended(let hertz, let duration): self = .toneEnded(hertz: hertz, duration: duration)
        }
    }
}
