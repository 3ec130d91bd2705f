internal import RTPMedia
internal import Telephony
internal import TelephonyPrimitives

/// Carries sound between a call and a model that hears and speaks: the tasks around ``DuplexTurns``.
actor DuplexConversation {
    private let call: any Call
    private let session: any SpeechToSpeechSession
    private let observer: ConversationObserver
    private let apology: AudioClip?
    private let listensForCaller: Bool
    private let clock = CallClock()
    private let end = ConversationEnd()
    private let player: PacedPlayer
    private var turns: DuplexTurns
    private var work: Task<Void, Never>?
    private var errands: CallErrands
    private var alarm = CallAlarm()

    /// Of a model that speaks in real time so much may wait, in milliseconds: more is its clock running ahead of ours.
    private static let maximumLead = 400
    /// Frames of speech in a row, by our own ears, that are no accident.
    private static let certainSpeech = 8

    init(
        call: any Call, session: any SpeechToSpeechSession, configuration: ConversationConfiguration,
        apology: AudioClip?, listensForCaller: Bool, played: Int, observer: @escaping ConversationObserver
    ) {
        self.call = call
        self.session = session
        self.observer = observer
        self.apology = apology
        self.listensForCaller = listensForCaller
        player = PacedPlayer(call, played: played)
        errands = CallErrands(on: call, clock: clock, observer: observer)
        turns = DuplexTurns(
            configuration: configuration, sampleRate: call.sampleRate, isFullDuplex: session.isFullDuplex,
            played: played, now: .zero)
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
        if turns.isTransferring, let outcome, outcome.end == nil { await call.hangUp(reason: outcome.reason) }
        let tasks = [work].compactMap { $0 } + errands.tasks
        for task in tasks { task.cancel() }
        // Whoever waits for room in the queue goes on, and sees that it is over.
        let played = await player.close()
        for task in tasks { await task.value }
        perform(turns.callEnded(played: played, now: now))
        return outcome ?? ConversationOutcome(reason: .shutdown)
    }

    // MARK: What comes in

    /// The caller's sound, to the model.
    private nonisolated func listen() async {
        var resampler: Resampler
        do throws(ResamplerError) {
            resampler = try Resampler(from: call.sampleRate, to: session.inputSampleRate)
        } catch {
            await failed(error.description)
            return
        }
        var speechInARow = 0
        for await frame in call.audio {
            await session.hear(resampler.process(frame.samples))
            guard listensForCaller, let heard = await call.speechObservation() else { continue }
            speechInARow = heard.isSpeech && !heard.isOwnEcho ? speechInARow + 1 : 0
            if speechInARow == Self.certainSpeech { await receive(.callerHeard) }
        }
    }

    private func understand() async {
        var resampler: Resampler
        do throws(ResamplerError) {
            resampler = try Resampler(from: session.outputSampleRate, to: call.sampleRate)
        } catch {
            failed(error.description)
            return
        }
        for await event in session.events {
            if case .audio(let frame, let reply) = event {
                take(resampler.process(frame.samples), reply: reply)
            } else {
                receive(.event(event))
            }
        }
        if !Task.isCancelled { receive(.sessionEnded) }
    }

    private func failed(_ reason: String) {
        receive(.event(.failed(.unavailable(reason))))
        receive(.sessionEnded)
    }

    private func watch() async {
        for await event in call.events {
            if let entry = CallEntry(event, at: clock.milliseconds) { observer(entry) }
            switch event {
            case .dtmf(let digit, _): receive(.pressed(digit))
            case .held(let isHeld): receive(.held(isHeld))
            case .ended(let end): self.end.come(ConversationOutcome(reason: .normal, end: end))
            default: break
            }
        }
    }

    private func receive(_ input: DuplexTurns.Input) {
        guard end.outcome == nil else { return }
        perform(turns.receive(input, now: now))
        alarm.set(turns.deadline, clock) { await self.receive(.tick) }
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
                inOrder { await session.prompt(input) }
            case .interrupted(let reply, let heardMs):
                let session = session
                inOrder { await session.interrupted(reply: reply, heardMs: heardMs) }
            case .transfer(let target):
                errands.transfer(to: target) { await self.receive(.transferEnded(failure: $0)) }
            case .sendDTMF(let digits): errands.press(digits) { await self.receive(.digitsSent) }
            case .record(let entry): observer(entry)
            case .apologise: apologise()
            case .hangUp(let reason): end.come(ConversationOutcome(reason: reason))
            }
        }
    }

    /// What the model is told comes to it in the order in which it happened.
    private func inOrder(_ step: @escaping @Sendable () async -> Void) {
        let before = work
        work = Task {
            await before?.value
            await step()
        }
    }

    // MARK: Sound

    private func take(_ samples: [Int16], reply: Int) {
        guard end.outcome == nil, !samples.isEmpty else { return }
        let outputs = turns.receive(.sound(reply: reply, samples: samples.count), now: now)
        perform(outputs)
        guard outputs.contains(.play) else { return }
        player.add(samples)
        if session.isFullDuplex { player.keep(newest: call.sampleRate * Self.maximumLead / 1_000) }
    }

    private func apologise() {
        let (call, apology, player, end) = (call, apology, player, end)
        errands.run {
            // What was made before the failure is heard out.
            await player.heardOut()
            if let clip = try? apology?.converted(to: call.sampleRate) {
                for frame in clip.frames {
                    do throws(CallError) { try await call.play(frame) } catch { break }
                }
                await call.drain()
            }
            end.come(ConversationOutcome(reason: .failure))
        }
    }
}
