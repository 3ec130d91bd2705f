internal import RTPMedia
internal import Telephony

/// Calls one supervisor, and connects them as is wished: the tasks around ``Supervision``.
actor SupervisionRun {
    private let order: SupervisionOrder
    private let call: any Call
    private let leg: AgentLeg
    private let taps: CallTaps
    private let line: any SupervisorLine
    private let agent: @Sendable () -> SupervisedAgent?
    private let facts: @Sendable () async -> Supervision.Facts
    private let record: CallSupervision.RecordWriter
    private let endCall: @Sendable () -> Void
    private let sound = SupervisorSound()
    private var core: Supervision
    private let ends: AsyncStream<Void>
    private let end: AsyncStream<Void>.Continuation

    private var placing: Task<Void, Never>?
    /// The supervisor's call, while it is up.
    private var supervisor: (any Call)?
    private let dismissal = Bell()
    private var isDismissed = false
    /// Taking over, giving back and keys, one after the other.
    private var work = OrderedSteps()

    /// Of a supervisor's line that is slow: 400 ms may wait.
    private static let patience = 20

    init(
        _ order: SupervisionOrder, call: any Call, leg: AgentLeg, taps: CallTaps, line: any SupervisorLine,
        agent: @escaping @Sendable () -> SupervisedAgent?, facts: @escaping @Sendable () async -> Supervision.Facts,
        record: @escaping CallSupervision.RecordWriter, endCall: @escaping @Sendable () -> Void
    ) {
        self.order = order
        self.call = call
        self.leg = leg
        self.taps = taps
        self.line = line
        self.agent = agent
        self.facts = facts
        self.record = record
        self.endCall = endCall
        core = Supervision(order, facts: Supervision.Facts(takesNotes: false, hearsWhispers: false))
        (ends, end) = AsyncStream.makeStream()
    }

    /// Returns once the supervisor is gone.
    func run() async {
        await receive(.began)
        for await _ in ends { break }
        await work.done()
        await placing?.value
    }

    var holdsCaller: Bool { core.holdsCaller }

    // MARK: What others tell

    func receive(_ event: Supervision.Event) async {
        core.facts = await facts()
        perform(core.receive(event))
    }

    /// Has the supervisor do something else.
    func ask(_ mode: SupervisionMode, by: String) async throws(SupervisionRefusal) {
        core.facts = await facts()
        guard !core.isOver else { throw .notSupervised }
        if let obstacle = core.obstacle(to: mode) { throw obstacle }
        perform(core.receive(.asked(mode, by: by)))
    }

    /// A key of the caller's.
    ///
    /// - Returns: whether it is the supervisor's, who talks with the caller.
    func takes(_ key: Character) -> Bool {
        guard core.holdsCaller else { return false }
        let supervisor = supervisor
        work.add { try? await supervisor?.sendDTMF(String(key)) }
        return true
    }

    // MARK: Doing

    private func perform(_ actions: [Supervision.Action]) {
        for action in actions {
            switch action {
            case .place: place()
            case .withdraw: placing?.cancel()
            case .set(let mode): set(mode)
            case .giveBack:
                let (sound, leg) = (sound, leg)
                work.add {
                    sound.listener = .nobody
                    await leg.open()
                }
            case .hangUpSupervisor:
                isDismissed = true
                dismissal.ring()
            case .record(let kind, let detail): record { .event(kind: kind, detail: detail, at: $0) }
            case .endCall: endCall()
            case .over:
                end.yield()
                end.finish()
            }
        }
    }

    private func set(_ mode: SupervisionMode) {
        let sound = sound
        switch mode {
        case .listen: work.add { sound.listener = .nobody }
        case .whisper: work.add { sound.listener = .agent }
        case .takeover: work.add { await self.takeOver() }
        }
    }

    private func takeOver() async {
        guard let supervisor else { return }
        await leg.shut()
        // People are heard as they are.
        try? await supervisor.setFrontEnd(nil)
        do throws(ResamplerError) {
            sound.listener = .caller(
                try SoundPipe(from: supervisor.sampleRate, to: call, played: await call.flush(), music: nil))
        } catch {
            record { .event(kind: SupervisionRecord.refused, detail: "takeover: \(error.description)", at: $0) }
            await leg.open()
        }
    }

    /// Tells the agent's model what a supervisor says, and writes it down.
    static func tell(
        _ text: String, by: String, _ note: @Sendable (SupervisorNote) async -> Void,
        _ record: CallSupervision.RecordWriter
    ) async {
        let advice = SupervisorNote.advice(of: text)
        guard case .advice(let plain) = advice, !plain.isEmpty else { return }
        record { .event(kind: SupervisionRecord.note, detail: "\(by): \(plain)", at: $0) }
        await note(advice)
    }

    // MARK: The supervisor's call

    private func place() {
        let (line, order, call) = (line, order, call)
        // Unstructured: it lasts as long as the supervisor's call, which ``run()`` waits for.
        placing = Task {
            do throws(CallError) {
                try await line.call(order, about: call) {
                    // Unstructured, since this is told on the loop of the signalling.
                    Task { await self.receive(.ringing) }
                } _: { supervisor in
                    await self.attend(supervisor)
                }
                await self.receive(.supervisorGone(hungUp: true))
            } catch {
                await self.receive(.failed(error.consultationReason))
            }
        }
    }

    /// Stays on the call until it is over, or the supervisor is dismissed.
    private func attend(_ supervisor: any Call) async {
        self.supervisor = supervisor
        await receive(.answered)
        await withTaskGroup(of: Bool.self) { group in
            group.addTask {
                await self.watch(supervisor)
                return true
            }
            group.addTask {
                await self.waitForDismissal()
                return true
            }
            group.addTask {
                await self.feed(supervisor)
                return false
            }
            group.addTask {
                await self.listen(to: supervisor)
                return false
            }
            while let isOver = await group.next(), !isOver {}
            group.cancelAll()
        }
        await work.done()
        self.supervisor = nil
    }

    private func waitForDismissal() async {
        while !isDismissed, !Task.isCancelled { await dismissal.wait() }
    }

    private func watch(_ supervisor: any Call) async {
        for await event in supervisor.events {
            switch event {
            case .dtmf(let key, _): await receive(.pressed(key))
            case .held(let isHeld): if case .caller(let pipe) = sound.listener { pipe.isHeld = isHeld }
            case .ended(let end): await receive(.supervisorGone(hungUp: end.cause == .remoteHangUp))
            default: break
            }
        }
    }

    /// What the supervisor hears.
    private nonisolated func feed(_ supervisor: any Call) async {
        let heard = await taps.listen(capacity: Self.patience)
        defer { heard.close() }
        guard
            let pipe = try? SoundPipe(
                from: call.sampleRate, to: supervisor, played: await supervisor.playedSamples(), music: nil)
        else { return }
        var mixer = AudioMixer(sampleRate: call.sampleRate)
        for await moment in heard.moments { await pipe.carry(sound.mix(moment, with: &mixer)) }
    }

    /// What the supervisor says.
    private nonisolated func listen(to supervisor: any Call) async {
        var ears: LineEars?
        for await frame in supervisor.audio {
            switch sound.listener {
            case .nobody: await Self.close(&ears)
            case .agent:
                if ears == nil { ears = await makeEars(on: supervisor) }
                await ears?.hear(frame)
            case .caller(let pipe):
                await Self.close(&ears)
                await pipe.carry(frame)
            }
        }
        await Self.close(&ears)
    }

    private static func close(_ ears: inout LineEars?) async {
        guard let open = ears else { return }
        ears = nil
        await open.close()
    }

    private nonisolated func makeEars(on supervisor: any Call) async -> LineEars? {
        guard let agent = agent(), let hearing = agent.hearing, let note = agent.note else {
            await whisperFailed(SupervisionRefusal.noConversation.sentence)
            return nil
        }
        do {
            let format = SpeechFormat(sampleRate: supervisor.sampleRate, codec: await supervisor.statistics().codec)
            let session = try await UsageMeter.$current.withValue(agent.meter) {
                try await hearing.makeSession(format)
            }
            let ears: LineEars
            do throws(ResamplerError) {
                ears = try await LineEars(session, on: supervisor)
            } catch {
                await session.close()
                throw error
            }
            let (words, record) = (ears.words, record)
            // Unstructured: it ends with the ears, which are closed.
            Task {
                for await text in words { await Self.tell(text, by: "whispered", note, record) }
            }
            return ears
        } catch {
            await whisperFailed("\(error)")
            return nil
        }
    }

    private func whisperFailed(_ reason: String) async {
        sound.listener = .nobody
        await receive(.whisperFailed(reason))
    }
}
