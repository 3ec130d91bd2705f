package import Telephony

/// All that supervisors do on one call while it is up, and what becomes of the call through them.
package actor CallSupervision {
    private let call: any Call
    private let leg: AgentLeg
    private let line: (any SupervisorLine)?
    private let desk: SupervisionDesk
    private let record: RecordWriter
    /// For the recorder and whoever else hears both sides.
    package nonisolated let taps: CallTaps
    private var run: SupervisionRun?
    private var running: Task<Void, Never>?
    private var isAgentGone = false
    /// How the call ended, once it has.
    private var end: CallEnd?
    private let outcomes: AsyncStream<ConversationOutcome>
    private let outcome: AsyncStream<ConversationOutcome>.Continuation

    /// Writes something into the call's record.
    package typealias RecordWriter = @Sendable (@Sendable (_ atMs: Int) -> CallEntry) -> Void

    /// Of a listener without a telephone: three seconds may wait.
    private static let patience = 150

    /// - Parameters:
    ///   - call: that has just been answered.
    ///   - line: calls supervisors; `nil`: there are none but those who listen and write.
    ///   - desk: through which others reach it, as long as it is not closed.
    ///   - record: writes into the call's record.
    package init(
        _ call: any Call, line: (any SupervisorLine)?, desk: SupervisionDesk, record: @escaping RecordWriter
    ) {
        self.call = call
        self.line = line
        self.desk = desk
        self.record = record
        leg = AgentLeg(call)
        taps = CallTaps(call)
        (outcomes, outcome) = AsyncStream.makeStream()
    }

    /// The call as the agent is to have it.
    package nonisolated var agentCall: any Call { leg }

    nonisolated var sampleRate: Int { call.sampleRate }

    // MARK: Whoever runs the call

    /// Passes on what happens on the call, until the call is over or the task is cancelled.
    ///
    /// - Returns: how the conversation ended, when that was a supervisor's doing, or the agent had gone before the caller.
    package func watch() async -> ConversationOutcome? {
        desk.attach(self)
        return await withTaskGroup(of: ConversationOutcome?.self) { group in
            group.addTask {
                await self.passOn()
                return nil
            }
            group.addTask { await self.outcomes.first { _ in true } }
            var found: ConversationOutcome?
            while found == nil, let next = await group.next() { found = next }
            group.cancelAll()
            return found
        }
    }

    private func passOn() async {
        for await event in call.events {
            if case .dtmf(let key, _) = event, let run, await run.takes(key) {
                note(event)
                continue
            }
            if case .ended(let end) = event { self.end = end }
            leg.tell(event)
            if isAgentGone { note(event) }
            guard case .ended(let end) = event else { continue }
            await run?.receive(.callOver)
            if isAgentGone { outcome.yield(ConversationOutcome(reason: .normal, end: end)) }
        }
        leg.finishEvents()
    }

    private func note(_ event: CallEvent) {
        guard let entry = CallEntry(event, at: 0) else { return }
        record { entry.moved(by: $0) }
    }

    /// The agent has ended its part.
    ///
    /// - Returns: how the conversation ended; `nil`: the caller is with a supervisor, and the call goes on.
    package func agentLeft(_ outcome: ConversationOutcome) async -> ConversationOutcome? {
        isAgentGone = true
        var outcome = outcome
        outcome.end = outcome.end ?? end
        guard outcome.end == nil, let run, await run.holdsCaller else { return outcome }
        return nil
    }

    /// Nobody listens any more, and nobody can.
    package func close() async {
        desk.attach(nil as CallSupervision?)
        await run?.receive(.callOver)
        await running?.value
        await taps.close()
        outcome.finish()
    }

    // MARK: Supervisors

    func begin(_ order: SupervisionOrder) async throws(SupervisionRefusal) {
        guard let line else { throw .noLine }
        if let obstacle = Supervision(order, facts: await facts()).obstacle(to: order.mode) { throw obstacle }
        // Nothing is waited for between here and the new run.
        guard run == nil else { throw .isSupervised }
        let outcome = outcome
        let run = SupervisionRun(
            order, call: call, leg: leg, taps: taps, line: line, agent: { [desk] in desk.agent },
            facts: { [weak self] in
                await self?.facts() ?? Supervision.Facts(takesNotes: false, hearsWhispers: false)
            },
            record: record, endCall: { outcome.yield(ConversationOutcome(reason: .normal)) })
        self.run = run
        // Unstructured: whoever orders it does not wait. It ends with the call; ``close()`` waits for it.
        running = Task {
            await run.run()
            self.ended()
        }
    }

    private func ended() { run = nil }

    func change(to mode: SupervisionMode, by: String) async throws(SupervisionRefusal) {
        guard let run else { throw .notSupervised }
        try await run.ask(mode, by: by)
    }

    func end(by: String) async throws(SupervisionRefusal) {
        guard let run else { throw .notSupervised }
        await run.receive(.dismissed(by: by))
    }

    func advise(_ text: String, by: String) async throws(SupervisionRefusal) {
        guard let agent = desk.agent, !isAgentGone else { throw .noConversation }
        guard let note = agent.note else { throw .noNotes }
        await SupervisionRun.tell(text, by: by, note, record)
    }

    private func facts() async -> Supervision.Facts {
        let agent = desk.agent
        return Supervision.Facts(
            takesNotes: agent?.note != nil, hearsWhispers: agent?.hearing != nil,
            isTransferring: await agent?.isTransferring() ?? false, isAgentThere: !isAgentGone)
    }

    // MARK: Listeners

    func listen(by: String) async -> LiveSound {
        let record = record
        record { .event(kind: SupervisionRecord.listening, detail: "over HTTP, by \(by)", at: $0) }
        return await taps.listen(capacity: Self.patience) { lost in
            let detail = lost == 0 ? "" : "\(Double(lost) / 50) s were lost on a slow listener"
            record { .event(kind: SupervisionRecord.listeningOver, detail: detail, at: $0) }
        }
    }
}
