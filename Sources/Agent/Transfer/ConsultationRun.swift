internal import RTPMedia
internal import Telephony
internal import TelephonyPrimitives

/// What a conversation needs to ask somebody whether they take its caller.
struct ConsultationParts: Sendable {
    var line: any ConsultationLine
    /// Who speaks to them, and who makes out what they say; without a voice they are not asked.
    var voice: (any TextToSpeech)?
    var hearing: (any SpeechToText)?
    var words = ConsultationWords()
    /// What the caller hears meanwhile.
    var music: WaitingSound?
}

/// Puts one caller through by way of a question: the tasks around ``Consultation``.
actor ConsultationRun {
    private let caller: any Call
    private let sound: CallerSound
    private let parts: ConsultationParts
    private let clock: CallClock
    private let observer: ConversationObserver
    private var core: Consultation
    private let ends: AsyncStream<ConsultationEnd>
    private let end: AsyncStream<ConsultationEnd>.Continuation
    private var alarm = CallAlarm()

    private var music: HoldMusic?
    private var placing: Task<Void, Never>?
    /// The call of whoever was asked, while it is up.
    private var callee: Callee?
    private let dismissal = Bell()
    private var isDismissed = false
    private var farewell: String?
    /// Bridging, referring and keys, one after the other.
    private var work = OrderedSteps()
    private var pipes: (toCallee: SoundPipe, toCaller: SoundPipe)?

    init(
        _ order: ConsultationOrder, for caller: any Call, sound: CallerSound, parts: ConsultationParts,
        clock: CallClock, observer: @escaping ConversationObserver
    ) {
        self.caller = caller
        self.sound = sound
        self.parts = parts
        self.clock = clock
        self.observer = observer
        core = Consultation(order, words: parts.words, hasVoice: parts.voice != nil)
        (ends, end) = AsyncStream.makeStream()
    }

    /// Returns when it is clear where the caller is; whoever was asked may still be told goodbye then. Cancelling the task
    /// ends it as the caller's hanging up does.
    func run() async -> ConsultationEnd {
        receive(.began)
        var outcome: ConsultationEnd?
        for await found in ends {
            outcome = found
            break
        }
        if outcome == nil { receive(.callerGone) }
        alarm.cancel()
        work.last?.cancel()
        await music?.stop()
        await work.done()
        switch outcome {
        case .returned, .calledOff: sound.listener = .agent
        // There is nobody whom the agent has to hear any more.
        case .transferred, .bridgeOver, .abandoned, nil: sound.listener = .nobody
        }
        return outcome ?? .abandoned
    }

    // MARK: What the conversation tells

    /// The caller's key goes to whoever the caller is connected with, and to nobody else.
    func pressed(_ key: Character) {
        guard core.isBridged, let callee = callee?.call else { return }
        work.add { try? await callee.sendDTMF(String(key)) }
    }

    func held(_ isHeld: Bool) { pipes?.toCallee.isHeld = isHeld }

    func callOff() { receive(.calledOff) }

    // MARK: Deciding

    private func receive(_ event: Consultation.Event) {
        perform(core.receive(event, now: clock.now))
        alarm.set(core.deadline, clock) { await self.receive(.tick) }
    }

    private func perform(_ actions: [Consultation.Action]) {
        for action in actions {
            switch action {
            case .place: place()
            case .withdraw: placing?.cancel()
            case .playMusic:
                sound.listener = .nobody
                music = HoldMusic(parts.music, on: caller)
            case .stopMusic:
                let music = music
                self.music = nil
                work.add { await music?.stop() }
            case .brief(let text): callee?.say(text) { await self.receive(.briefed(failure: $0)) }
            case .bridge: work.add { await self.bridge() }
            case .refer: refer()
            case .hangUpCallee(let words):
                farewell = words
                isDismissed = true
                dismissal.ring()
            case .record(let kind, let detail):
                observer(.event(kind: kind, detail: detail, at: clock.milliseconds))
            case .end(let outcome):
                end.yield(outcome)
                end.finish()
            }
        }
    }

    // MARK: The call to whoever is asked

    private func place() {
        let (line, caller, name) = (parts.line, caller, core.order.name)
        // Unstructured: the caller need not wait until goodbye has been said there. It ends with that call, for which the
        // endpoint waits before it closes.
        placing = Task {
            do throws(CallError) {
                try await line.call(name, for: caller) {
                    // Unstructured, since this is told on the loop of the signalling.
                    Task { await self.receive(.ringing) }
                } _: { call in
                    await self.attend(call)
                }
                self.receive(.calleeGone)
            } catch {
                self.receive(.failed(error.consultationReason))
            }
        }
    }

    /// Stays on the call until it is over, or whoever has answered is dismissed.
    private func attend(_ call: any Call) async {
        let callee = await Callee(call, parts: parts, hears: core.order.destination.acceptance == .keyOrYes)
        self.callee = callee
        let canRefer = await caller.takesAttendedTransfer
        let canReplace = await call.takesAttendedTransfer
        receive(.answered(takesReplaces: canRefer && canReplace))
        await withTaskGroup(of: Bool.self) { group in
            group.addTask {
                await self.watch(call)
                return true
            }
            group.addTask {
                await self.waitForDismissal()
                return true
            }
            group.addTask {
                await self.listen(to: callee)
                return false
            }
            group.addTask {
                for await text in callee.answers { await self.receive(.said(text)) }
                return false
            }
            while let isOver = await group.next(), !isOver {}
            group.cancelAll()
        }
        await callee.leave(saying: isDismissed ? farewell : nil)
        self.callee = nil
    }

    private func waitForDismissal() async {
        while !isDismissed, !Task.isCancelled { await dismissal.wait() }
    }

    private func watch(_ call: any Call) async {
        for await event in call.events {
            switch event {
            case .dtmf(let key, _):
                if core.isBridged { press(key) } else { receive(.pressed(key)) }
            case .held(let isHeld): pipes?.toCaller.isHeld = isHeld
            case .ended: receive(.calleeGone)
            default: break
            }
        }
    }

    private func press(_ key: Character) {
        observer(.key(KeyRecord(digit: String(key), direction: .sent, atMs: clock.milliseconds, durationMs: 100)))
        let caller = caller
        work.add { try? await caller.sendDTMF(String(key)) }
    }

    private func listen(to callee: Callee) async {
        for await frame in callee.call.audio {
            if let pipe = pipes?.toCaller { await pipe.carry(frame) } else { await callee.hear(frame) }
        }
    }

    // MARK: Connecting

    private func bridge() async {
        guard let callee, !Task.isCancelled else { return }
        await callee.beQuiet()
        // People are heard as they are.
        try? await caller.setFrontEnd(nil)
        try? await callee.call.setFrontEnd(nil)
        do throws(ResamplerError) {
            let toCallee = try SoundPipe(
                from: caller.sampleRate, to: callee.call, played: await callee.call.flush(), music: parts.music)
            let toCaller = try SoundPipe(
                from: callee.call.sampleRate, to: caller, played: await caller.flush(), music: parts.music)
            pipes = (toCallee, toCaller)
            sound.listener = .other(toCallee)
        } catch {
            observer(.event(kind: "bridge failed", detail: error.description, at: clock.milliseconds))
        }
    }

    private func refer() {
        guard let call = callee?.call else { return receive(.referEnded(failure: "The other side has hung up.")) }
        let caller = caller
        // Unstructured: it takes as long as the caller's telephone does, and ends with the caller's call.
        Task {
            do throws(CallError) {
                try await caller.transfer(to: call)
                self.receive(.referEnded(failure: nil))
            } catch {
                self.receive(.referEnded(failure: error.consultationReason))
            }
        }
    }
}

extension CallError {
    /// Why somebody could not be called, or a transfer was refused, for the record and the agent.
    var consultationReason: String {
        switch self {
        case .ended(let end):
            end.status.map { "\(end.explanation) (\($0))" } ?? end.explanation
        case .refused(let status, let reason): status == 0 ? reason : "\(status) \(reason)"
        default: String(describing: self)
        }
    }
}
