internal import RTPMedia
internal import Telephony
internal import TelephonyPrimitives

/// Carries sound between a call and a model that hears and speaks: the tasks around ``DuplexTurns``.
actor DuplexConversation {
    private let call: any Call
    private var session: any SpeechToSpeechSession
    private var fallbacks: DuplexFallbacks
    private let observer: ConversationObserver
    private let apology: CallApology
    private let goodbye: CallApology
    private let listensForCaller: Bool
    private let waitingSound: WaitingSound?
    private let consulting: ConsultationParts?
    /// Somebody is being called for the caller, or is connected with them.
    private var consultation: ConsultationRun?
    private let sound = CallerSound()
    private let clock = CallClock()
    /// When the call took and gave its last 20 ms.
    private let beats: HearingClock
    private let end = ConversationEnd()
    private let player: PacedPlayer
    private var turns: DuplexTurns
    /// What the conversation is replayed from, where that is kept.
    private let journal: TurnJournal?
    /// What was said, for a model that takes over.
    private var history: [TurnRecord] = []
    /// Converts the caller's sound for the session; `nil` while there is none, and sound is kept for the next.
    private var ears: Resampler?
    private var unheard: [Int16] = []
    /// Counts the sessions; of one that was given up nothing is heard any more.
    private var sessionNumber = 1
    private var isBetweenSessions = false
    /// Rings when another session has taken the place of one that ended.
    private let hasOpened = Bell()
    /// What the model is told comes to it in the order in which it happened.
    private var work = OrderedSteps()
    private var errands: CallErrands
    private var alarm = CallAlarm()

    /// Of a model that speaks in real time so much may wait, in milliseconds: more is its clock running ahead of ours.
    private static let maximumLead = 400
    /// Frames of speech in a row, by our own ears, that are no accident.
    private static let certainSpeech = 8
    /// Turns that another model is told, and seconds of the caller that are kept while there is none.
    private static let (maximumHistory, maximumUnheard) = (100, 5)

    init(
        call: any Call, session: any SpeechToSpeechSession, fallbacks: DuplexFallbacks,
        configuration: ConversationConfiguration, apology: AudioClip?, goodbye: AudioClip? = nil,
        listensForCaller: Bool, played: Int, consulting: ConsultationParts? = nil, journal: TurnJournal? = nil,
        observer: @escaping ConversationObserver
    ) {
        self.call = call
        self.journal = journal
        self.session = session
        self.fallbacks = fallbacks
        self.observer = observer
        // The transfer is the turns' affair: what happens on the call meanwhile counts.
        self.apology = CallApology(apology, transfer: nil)
        self.goodbye = CallApology(goodbye, transfer: nil)
        self.listensForCaller = listensForCaller
        waitingSound = configuration.waitingSound
        self.consulting = consulting
        beats = HearingClock(sampleRate: call.sampleRate)
        player = PacedPlayer(call, played: played)
        errands = CallErrands(on: call, clock: clock, observer: observer)
        turns = DuplexTurns(
            configuration: configuration, sampleRate: call.sampleRate, isFullDuplex: session.isFullDuplex,
            fallbacks: fallbacks.count, played: played, now: .zero)
        journal?.beganDuplex(
            configuration, sampleRate: call.sampleRate, isFullDuplex: session.isFullDuplex,
            fallbacks: fallbacks.count, played: played, now: .zero)
    }

    /// Talks until it is over.
    func run() async -> ConversationOutcome {
        player.begin { [weak self] in await self?.receive(.drained(played: $0)) }
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.listen() }
            group.addTask { await self.understand() }
            group.addTask { await self.watch() }
            receive(.began)
            await end.wait()
            group.cancelAll()
            await session.close()
        }
        alarm.cancel()
        let outcome = end.outcome
        // Only the end of the call ends a transfer that nobody answers.
        if turns.isTransferring, !turns.isConsulting, let outcome, outcome.end == nil {
            await call.hangUp(reason: outcome.reason)
        }
        let tasks = [work.last].compactMap { $0 } + errands.tasks
        for task in tasks { task.cancel() }
        // Whoever waits for room in the queue goes on, and sees that it is over.
        let played = await player.close()
        for task in tasks { await task.value }
        let now = now
        let last = turns.callEnded(played: played, now: now)
        journal?.ended(played: played, last, now: now)
        perform(last)
        return outcome ?? ConversationOutcome(reason: .shutdown)
    }

    // MARK: What comes in

    /// The caller's sound, to the model.
    private func listen() async {
        do throws(ProviderError) {
            ears = try Self.ears(for: session, call)
        } catch {
            failed(error)
        }
        var speechInARow = 0
        var activity = SpeechActivity(hearingFindsSpeech: false, now: now)
        for await incoming in call.audio {
            let (frame, isForAgent) = await sound.pass(incoming)
            beats.heard(frame.samples.count, now: now)
            await hear(frame.samples)
            guard isForAgent, listensForCaller, let heard = await call.speechObservation() else { continue }
            if case .ended(let last) = activity.saw(heard, now: now) { receive(.callerQuiet(lastSound: last)) }
            speechInARow = heard.isSpeech && !heard.isOwnEcho ? speechInARow + 1 : 0
            if speechInARow == Self.certainSpeech { receive(.callerHeard) }
        }
    }

    private static func ears(
        for session: any SpeechToSpeechSession, _ call: any Call
    ) throws(ProviderError) -> Resampler {
        do throws(ResamplerError) {
            return try Resampler(from: call.sampleRate, to: session.inputSampleRate)
        } catch {
            throw .unavailable(error.description)
        }
    }

    private func hear(_ samples: [Int16]) async {
        guard let converted = ears?.process(samples) else {
            unheard = (unheard + samples).suffix(Self.maximumUnheard * call.sampleRate)
            return
        }
        await session.hear(converted)
    }

    /// What the model does; when another takes its place, what that one does.
    private func understand() async {
        while !Task.isCancelled {
            let number = sessionNumber
            do throws(ResamplerError) {
                var resampler = try Resampler(from: session.outputSampleRate, to: call.sampleRate)
                for await event in session.events {
                    // What a session still tells that was given up is no news.
                    guard number == sessionNumber, !isBetweenSessions else { break }
                    if case .audio(let frame, let reply) = event {
                        take(resampler.process(frame.samples), reply: reply)
                    } else {
                        receive(.event(event))
                    }
                }
                if Task.isCancelled { return }
                if number == sessionNumber, !isBetweenSessions { receive(.sessionEnded) }
            } catch {
                failed(.unavailable(error.description))
            }
            while number == sessionNumber, !Task.isCancelled { await hasOpened.wait() }
        }
    }

    private func failed(_ error: ProviderError) {
        receive(.event(.failed(error)))
        receive(.sessionEnded)
    }

    /// Opens a session of the next model; what was made before is heard out first.
    private func reopen() {
        isBetweenSessions = true
        ears = nil
        let (lost, player) = (session, player)
        errands.run {
            await player.heardOut()
            await lost.close()
            await self.openNext()
        }
    }

    private func openNext() async {
        // What is asked of it is no part of what was before.
        var told = history[...]
        if case .said(let text)? = turns.asked, told.last?.who == .caller, told.last?.text == text {
            told.removeLast()
        }
        guard let opening = fallbacks.next(history: Array(told)) else { return receive(.notReopened) }
        do throws(ProviderError) {
            let next = try await opening.open()
            guard end.outcome == nil else { return await next.close() }
            session = next
            ears = try Self.ears(for: next, call)
        } catch {
            observer(.event(kind: "agent failed", detail: "\(opening.model.name): \(error)", at: clock.milliseconds))
            return receive(.notReopened)
        }
        observer(.event(kind: "agent", detail: "\(opening.model.name) goes on", at: clock.milliseconds))
        sessionNumber += 1
        isBetweenSessions = false
        let kept = unheard
        unheard = []
        await hear(kept)
        receive(.reopened(isFullDuplex: session.isFullDuplex))
        hasOpened.ring()
    }

    private func watch() async {
        for await event in call.events {
            if let entry = CallEntry(event, at: clock.milliseconds) { observer(entry) }
            switch event {
            case .dtmf(let digit, _):
                await consultation?.pressed(digit)
                receive(.pressed(digit))
            case .held(let isHeld):
                await consultation?.held(isHeld)
                receive(.held(isHeld))
            case .takenOver(let isTaken): receive(.takenOver(isTaken))
            case .ended(let end): self.end.come(ConversationOutcome(reason: .normal, end: end))
            default: break
            }
        }
    }

    /// Whether the caller is being put through, or with somebody else already.
    var isTransferring: Bool { turns.isTransferring && !turns.isTakenOver }

    /// Has the caller put through, for others.
    func put(through order: ConsultationOrder) { receive(.consult(order)) }

    /// Has the call ended politely.
    func takeLeave(_ farewell: Farewell) { receive(.takeLeave(farewell)) }

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
        let (call, player) = (call, player)
        errands.run {
            let before = await call.playedSamples()
            let end = await run.run()
            // The music is none of what the model has said.
            player.leaveOut(await call.playedSamples() - before)
            await self.consultationEnded(end)
        }
    }

    private func consultationEnded(_ end: ConsultationEnd) {
        consultation = nil
        receive(.consultationEnded(end))
    }

    private func receive(_ input: DuplexTurns.Input) {
        guard end.outcome == nil else {
            // Who puts the caller through may hang up before it is known here that it has been done.
            if case .transferEnded(failure: nil) = input {
                observer(.event(kind: "transferred", detail: "", at: clock.milliseconds))
            }
            return
        }
        perform(decide(input))
        alarm.set(turns.deadline, clock) { await self.receive(.tick) }
    }

    private func decide(_ input: DuplexTurns.Input) -> [DuplexTurns.Output] {
        let now = now
        let outputs = turns.receive(input, now: now)
        journal?.took(input, outputs, now: now)
        return outputs
    }

    private var now: Instant { clock.now }

    // MARK: What goes out

    private func perform(_ outputs: [DuplexTurns.Output]) {
        for output in outputs {
            switch output {
            case .play: break
            case .stopPlayout: errands.add(player.stop { await self.receive(.stopped(played: $0)) })
            case .prompt(let input):
                let session = session
                work.add { await session.prompt(input) }
            case .interrupted(let reply, let heardMs):
                let session = session
                work.add { await session.interrupted(reply: reply, heardMs: heardMs) }
            case .waitingSound(let isOn):
                player.setWaitingSound(isOn ? waitingSound?.begin(sampleRate: call.sampleRate) : nil)
            case .transfer(let target):
                errands.transfer(to: consulting?.line.address(of: target) ?? target) {
                    await self.receive(.transferEnded(failure: $0))
                }
            case .consult(let order): consult(order)
            case .callOffConsultation:
                let consultation = consultation
                errands.run { await consultation?.callOff() }
            case .sendDTMF(let digits): errands.press(digits) { await self.receive(.digitsSent) }
            case .record(let entry): record(entry)
            case .reopen: reopen()
            case .apologise: sayLast(apology)
            case .sayGoodbye:
                // Nor do its tools act any more.
                let session = session
                errands.run { await session.close() }
                sayLast(goodbye)
            case .hangUp(let reason): end.come(turns.isPutThrough ? .putThrough : ConversationOutcome(reason: reason))
            }
        }
    }

    // MARK: Sound

    private func take(_ samples: [Int16], reply: Int) {
        // Who hears music, or somebody else, is not talked to.
        guard end.outcome == nil, !samples.isEmpty, consultation == nil else { return }
        let outputs = decide(
            .sound(reply: reply, samples: samples.count, after: beats.untilNextBeat(now: now)))
        perform(outputs)
        guard outputs.contains(.play) else { return }
        player.add(samples)
        if session.isFullDuplex { player.keep(newest: call.sampleRate * Self.maximumLead / 1_000) }
    }

    private func sayLast(_ words: CallApology) {
        let (call, player, earlier) = (call, player, errands.tasks)
        errands.run {
            // What plays is being stopped, or was made before a failure and is heard out.
            for errand in earlier { await errand.value }
            await player.heardOut()
            await words.say(on: call)
            await self.receive(.apologised)
        }
    }

    private func record(_ entry: CallEntry) {
        if case .turn(let turn) = entry { history = history.suffix(Self.maximumHistory - 1) + [turn] }
        observer(entry)
    }
}
