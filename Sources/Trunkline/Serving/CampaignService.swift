internal import Agent
internal import CallAPI
internal import Logging
internal import Synchronization
internal import Telephony
internal import TrunklineConfiguration

/// Carries campaigns out as the database has them, each attempt written before it is made.
actor CampaignService {
    /// A campaign under way.
    private struct Course {
        var campaign: Campaign
        var stored: StoredCampaign
        var targets: [Int64: CampaignTarget] = [:]
        /// The last number that was taken in.
        var last: Int64 = 0
    }

    private struct Ended: Sendable {
        var course: String
        var target: Int64
        var call: CallIdentifier
        var result: CallResult
    }

    /// How often the database is asked for what applications and the command line have changed.
    private static let beat = Duration.seconds(1)

    private let store: SQLiteCallStore
    private let gate: OutgoingGate
    private let zones: ZoneSource
    private let answering: AnsweringPlan
    /// What a model is told on a call that was promised.
    private let promised: String?
    private let logger: Logger
    private var courses: [String: Course] = [:]
    private let isOpen = Mutex(true)
    private let ends: AsyncStream<Ended>
    private let endSink: AsyncStream<Ended>.Continuation

    init(store: SQLiteCallStore, gate: OutgoingGate, settings: Configuration, logger: Logger) {
        self.store = store
        self.gate = gate
        zones = ZoneSource()
        answering = AnsweringPlan(settings.outbound)
        promised =
            settings.agent == .model
            ? (settings.instructions ?? AgentMaking.usualInstructions)
                + "\n\nYou call somebody back who has asked for it. It is about this: {reason}"
            : nil
        self.logger = logger
        (ends, endSink) = AsyncStream.makeStream()
    }

    /// Places no more calls.
    nonisolated func stop() { isOpen.withLock { $0 = false } }

    /// Every call is over.
    nonisolated func finish() { endSink.finish() }

    /// Works until ``finish()``.
    func run() async {
        await attempt { try await store.markInterruptedAttempts() }
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.takeEnds() }
            group.addTask { await self.goOn() }
            await group.next()
            group.cancelAll()
        }
    }

    private func takeEnds() async {
        for await end in ends { await took(end) }
    }

    private func goOn() async {
        while !Task.isCancelled, isOpen.withLock({ $0 }) {
            await look()
            for id in courses.keys.sorted() { await tell(.tick, to: id) }
            let now = WallClock.now
            let next = courses.values.compactMap { $0.campaign.wakes(now: now) }.min() ?? .max
            let wait = Duration.milliseconds(max(20, min(1_000, next == .max ? 1_000 : next - now)))
            try? await Task.sleep(for: min(Self.beat, wait))
        }
        // What is up goes on: whoever hears of the ends is cancelled with us, once they have all come.
        while !Task.isCancelled { try? await Task.sleep(for: .seconds(60)) }
    }

    // MARK: What the database says

    private func look() async {
        let running = await attempt { try await store.campaigns(.running) }
        guard let running else { return }
        let ids = Set(running.map(\.id))
        for id in courses.keys {
            courses[id]?.campaign.isPaused = !ids.contains(id)
            if !ids.contains(id), courses[id]?.campaign.liveCount == 0 { courses[id] = nil }
        }
        for stored in running {
            if courses[stored.id] == nil { await begin(stored) }
            await takeIn(stored.id)
        }
    }

    private func begin(_ stored: StoredCampaign) async {
        let history = await attempt {
            try await store.history(ofCampaign: stored.id, since: WallClock.now - 86_400_000)
        }
        guard let history else { return }
        guard let zone = zones.rules(named: stored.limits.timezone) else {
            await pause(stored.id, "There is no time zone \(stored.limits.timezone) on this machine; install tzdata.")
            return
        }
        courses[stored.id] = Course(
            campaign: Campaign(limits: stored.limits, zone: zone, placed: history.placed, spent: history.spent),
            stored: stored)
    }

    /// Numbers that are new.
    private func takeIn(_ id: String) async {
        guard let last = courses[id]?.last else { return }
        let new = await attempt {
            try await store.targets(
                ofCampaign: id, .waiting, after: last, limit: SQLiteCallStore.maximumTargets)
        }
        guard let new, let end = new.last?.number else { return }
        courses[id]?.last = end
        for target in new { courses[id]?.targets[target.number] = target }
        await tell(.added(new.map { Campaign.Target($0, in: zones) }), to: id)
    }

    // MARK: What is done

    private func tell(_ event: Campaign.Event, to id: String) async {
        guard let actions = courses[id]?.campaign.receive(event, now: WallClock.now) else { return }
        for action in actions {
            switch action {
            case .place(let number): await place(number, of: id)
            // Settled by whoever has told of the end.
            case .settle: break
            case .spent(let sentence):
                OutgoingGate.count(limit: "spend")
                await pause(id, sentence)
            case .done: if id != StoredCampaign.callbacks { await over(id) }
            }
        }
    }

    private func place(_ number: Int64, of id: String) async {
        guard isOpen.withLock({ $0 }), let course = courses[id], let target = course.targets[number] else {
            _ = courses[id]?.campaign.receive(.dropped(number), now: WallClock.now)
            return
        }
        let call = CallIdentifier.make()
        let begins = await attempt {
            try await store.beginAttempt(number, ofCampaign: id, as: call, at: WallClock.now)
        }
        guard begins == true, let destination = try? Destination(parsing: target.to) else {
            await tell(.dropped(number), to: id)
            return
        }
        let sink = endSink
        let brief = course.stored.brief
        let order = CallOrder(
            id: call, destination: destination, caller: brief.from.flatMap { try? Destination(parsing: $0) },
            brief: CallBrief(
                instructions: id == StoredCampaign.callbacks ? promised : brief.instructions,
                variables: target.variables,
                answering: answering.changed(
                    onMachine: brief.onMachine.flatMap { AnsweringPlan.OnMachine(rawValue: $0) },
                    voicemail: brief.voicemail)),
            onEnd: { sink.yield(Ended(course: id, target: number, call: call, result: $0)) })
        do throws(OutgoingGate.Refusal) {
            try await gate.place(order)
        } catch {
            await attempt { try await store.withdrawAttempt(number, as: call) }
            switch error {
            case .notAllowed, .doNotCall:
                let outcome: CampaignOutcome = if case .doNotCall = error { .doNotCall } else { .notAllowed }
                await attempt { try await store.drop(number, outcome) }
                courses[id]?.targets[number] = nil
                await tell(.dropped(number), to: id)
            case .tooMany(_, let wait):
                await tell(.postponed(number, until: WallClock.now + Int64(wait) * 1_000), to: id)
            case .full, .database: await tell(.postponed(number, until: WallClock.now + 10_000), to: id)
            }
        }
    }

    private func took(_ end: Ended) async {
        let outcome = CampaignOutcome(end.result)
        let actions =
            courses[end.course]?.campaign.receive(
                .ended(end.target, outcome, answeredMs: end.result.answeredMs), now: WallClock.now) ?? []
        // First what came of it, then whatever is called next.
        for case .settle(let number, let outcome, let cost, let due) in actions {
            await attempt {
                try await store.endAttempt(number, as: end.call, outcome, cost: cost, due: due)
            }
            if due == nil { courses[end.course]?.targets[number] = nil }
        }
        for action in actions {
            switch action {
            case .place(let number): await place(number, of: end.course)
            case .settle: break
            case .spent(let sentence):
                OutgoingGate.count(limit: "spend")
                await pause(end.course, sentence)
            case .done: if end.course != StoredCampaign.callbacks { await over(end.course) }
            }
        }
    }

    private func pause(_ id: String, _ reason: String) async {
        logger.warning(
            "The campaign \(courses[id]?.stored.name ?? id) is paused: \(reason)", metadata: ["campaign": "\(id)"])
        _ = await attempt { try await store.set(.paused, reason: reason, ofCampaign: id) }
        courses[id]?.campaign.isPaused = true
    }

    private func over(_ id: String) async {
        // Numbers may have been added meanwhile.
        guard let left = await attempt({ try await store.progress(ofCampaign: id) }), left.waiting + left.calling == 0
        else { return }
        _ = await attempt { try await store.set(.done, ofCampaign: id) }
        courses[id] = nil
    }

    /// What can't be read or written now is tried again with the next beat; nobody is called meanwhile.
    @discardableResult
    private func attempt<Value: Sendable>(_ body: () async throws -> Value) async -> Value? {
        do {
            return try await body()
        } catch {
            logger.error("\(error)")
            return nil
        }
    }
}
