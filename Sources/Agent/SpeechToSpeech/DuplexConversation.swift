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
    private let clock = ContinuousClock.now
    private var turns: DuplexTurns

    /// Sound that waits for its time, at the call's rate.
    private var sound: [Int16] = []
    private var taken = 0
    private var speech: Task<Void, Never>?
    private var isStopping = false
    private var work: Task<Void, Never>?
    private var errands: [Task<Void, Never>] = []
    private var alarm: Task<Void, Never>?
    private var outcome: ConversationOutcome?
    private var waiting: CheckedContinuation<Void, Never>?

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
        turns = DuplexTurns(
            configuration: configuration, sampleRate: call.sampleRate, isFullDuplex: session.isFullDuplex,
            played: played, now: .zero)
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
            await session.close()
        }
        alarm?.cancel()
        // Only the end of the call ends a transfer that nobody answers.
        if turns.isTransferring, let outcome, outcome.end == nil { await call.hangUp(reason: outcome.reason) }
        let tasks = [speech, work].compactMap { $0 } + errands
        for task in tasks { task.cancel() }
        // Whoever waits for room in the queue goes on, and sees that it is over.
        await call.flush()
        for task in tasks { await task.value }
        perform(turns.callEnded(played: await call.flush(), now: now))
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
            if let entry = CallEntry(event, at: milliseconds) { observer(entry) }
            switch event {
            case .dtmf(let digit, _): receive(.pressed(digit))
            case .held(let isHeld): receive(.held(isHeld))
            case .ended(let end): finish(ConversationOutcome(reason: .normal, end: end))
            default: break
            }
        }
    }

    private func receive(_ input: DuplexTurns.Input) {
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

    private func perform(_ outputs: [DuplexTurns.Output]) {
        for output in outputs {
            switch output {
            case .play: break
            case .stopPlayout: stopPlayout()
            case .prompt(let input):
                let session = session
                inOrder { await session.prompt(input) }
            case .interrupted(let reply, let heardMs):
                let session = session
                inOrder { await session.interrupted(reply: reply, heardMs: heardMs) }
            case .transfer(let target): transfer(to: target)
            case .sendDTMF(let digits): press(digits)
            case .record(let entry): observer(entry)
            case .apologise: apologise()
            case .hangUp(let reason): finish(ConversationOutcome(reason: reason))
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
        guard outcome == nil, !samples.isEmpty else { return }
        let outputs = turns.receive(.sound(reply: reply, samples: samples.count), now: now)
        perform(outputs)
        guard outputs.contains(.play) else { return }
        if taken > 0, taken * 2 > sound.count {
            sound.removeFirst(taken)
            taken = 0
        }
        sound += samples
        if session.isFullDuplex {
            let most = call.sampleRate * Self.maximumLead / 1_000
            if sound.count - taken > most { taken = sound.count - most }
        }
        speak()
    }

    private func speak() {
        guard speech == nil, !isStopping, outcome == nil else { return }
        speech = Task { await self.speakAll() }
    }

    /// Gives what waits to the call at the pace of speech.
    private func speakAll() async {
        let length = call.sampleRate / 50
        while !Task.isCancelled {
            let frame = Array(sound.dropFirst(taken).prefix(length))
            taken += frame.count
            guard frame.isEmpty else {
                do throws(CallError) {
                    try await call.play(PCMFrame(samples: frame, sampleRate: call.sampleRate))
                } catch {
                    return
                }
                continue
            }
            await call.drain()
            let played = await call.playedSamples()
            guard !Task.isCancelled else { return }
            guard sound.count == taken else { continue }
            speech = nil
            receive(.drained(played: played))
            return
        }
    }

    private func stopPlayout() {
        let talking = speech
        speech = nil
        isStopping = true
        sound = []
        taken = 0
        talking?.cancel()
        let call = call
        errand {
            // First what is queued, so that it is quiet at once; then what was being handed over meanwhile.
            await call.flush()
            await talking?.value
            let played = await call.flush()
            await self.hasStopped(played: played)
        }
    }

    private func hasStopped(played: Int) {
        isStopping = false
        receive(.stopped(played: played))
        if sound.count > taken { speak() }
    }

    private func apologise() {
        let talking = speech
        let (call, apology) = (call, apology)
        errand {
            // What was made before the failure is heard out.
            await talking?.value
            if let clip = try? apology?.converted(to: call.sampleRate) {
                for frame in clip.frames {
                    do throws(CallError) { try await call.play(frame) } catch { break }
                }
                await call.drain()
            }
            await self.finish(ConversationOutcome(reason: .failure))
        }
    }

    // MARK: Errands

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
