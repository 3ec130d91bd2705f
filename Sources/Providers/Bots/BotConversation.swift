internal import Agent
internal import RTPMedia
internal import Telephony

/// Carries sound, keys and marks between a call and a bot: the tasks around a ``BotProtocol``.
actor BotConversation {
    private let call: any Call
    private let line: any BotLine
    private let observer: ConversationObserver
    private let maximumDuration: Duration
    private let start = ContinuousClock.now
    private var wire: any BotProtocol
    private var playout: BotPlayout
    private var speech: Task<Void, Never>?
    private var isStopping = false
    private var complaints = 0
    private var outcome: ConversationOutcome?
    private var waiting: CheckedContinuation<Void, Never>?

    /// Complaints of one call that are written down.
    private static let maximumComplaints = 20
    /// How far a bot may be ahead of what is played.
    private static let maximumLead = 300

    init(
        call: any Call, line: any BotLine, wire: any BotProtocol, played: Int, maximumDuration: Duration,
        observer: @escaping ConversationObserver
    ) {
        self.call = call
        self.line = line
        self.wire = wire
        self.maximumDuration = maximumDuration
        self.observer = observer
        playout = BotPlayout(played: played, maximumSamples: call.sampleRate * Self.maximumLead)
    }

    /// Talks until either side leaves.
    func run() async -> ConversationOutcome {
        send(wire.began())
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.listen() }
            group.addTask { await self.obey() }
            group.addTask { await self.watch() }
            group.addTask { await self.limit() }
            await withTaskCancellationHandler {
                await withCheckedContinuation { continuation in
                    if outcome != nil || Task.isCancelled { continuation.resume() } else { waiting = continuation }
                }
            } onCancel: {
                Task { await self.finish(ConversationOutcome(reason: .shutdown)) }
            }
            for message in wire.ended() { _ = line.send(message) }
            group.cancelAll()
            await line.close()
        }
        let talking = speech
        talking?.cancel()
        await call.flush()
        await talking?.value
        return outcome ?? ConversationOutcome(reason: .shutdown)
    }

    private var milliseconds: Int {
        let elapsed = start.duration(to: .now).components
        return Int(elapsed.seconds * 1_000 + elapsed.attoseconds / 1_000_000_000_000_000)
    }

    // MARK: To the bot

    private nonisolated func listen() async {
        var resampler: Resampler
        do throws(ResamplerError) {
            resampler = try Resampler(from: call.sampleRate, to: await wire.sampleRate)
        } catch {
            await finish(ConversationOutcome(reason: .failure))
            return
        }
        for await frame in call.audio {
            await heard(resampler.process(frame.samples), played: await call.playedSamples())
        }
    }

    private func heard(_ samples: [Int16], played: Int) {
        send(wire.heard(samples))
        tell(played: played)
    }

    /// Marks that have been reached, at the pace of what is heard: every 20 ms.
    private func tell(played: Int) {
        guard !isStopping else { return }
        for mark in playout.sounded(played) { send(wire.reached(mark)) }
    }

    private func send(_ messages: [BotMessage]) {
        guard outcome == nil else { return }
        for message in messages where !line.send(message) {
            observer(.event(kind: "agent failed", detail: "The bot takes nothing any more.", at: milliseconds))
            finish(ConversationOutcome(reason: .failure))
            return
        }
    }

    private func watch() async {
        let start = start
        for await event in call.events {
            if let entry = CallEntry(event, at: Self.milliseconds(since: start)) { observer(entry) }
            switch event {
            case .dtmf(let digit, _): send(wire.pressed(digit))
            case .ended(let end): finish(ConversationOutcome(reason: .normal, end: end))
            default: break
            }
        }
    }

    private static func milliseconds(since start: ContinuousClock.Instant) -> Int {
        let elapsed = start.duration(to: .now).components
        return Int(elapsed.seconds * 1_000 + elapsed.attoseconds / 1_000_000_000_000_000)
    }

    private func limit() async {
        do { try await Task.sleep(for: maximumDuration) } catch { return }
        finish(ConversationOutcome(reason: .maximumDuration))
    }

    // MARK: From the bot

    private func obey() async {
        var rate = 8_000
        var resampler: Resampler
        do throws(ResamplerError) {
            resampler = try Resampler(from: rate, to: call.sampleRate)
        } catch {
            finish(ConversationOutcome(reason: .failure))
            return
        }
        do {
            while let message = try await line.next() {
                for wish in wire.received(message) {
                    switch wish {
                    case .play(let samples, let wanted):
                        if wanted != rate {
                            resampler = try Resampler(from: wanted, to: call.sampleRate)
                            rate = wanted
                        }
                        play(resampler.process(samples))
                    case .mark(let name):
                        if !playout.add(mark: name) { complain("The bot sent too many marks.") }
                        if playout.queued == 0, speech == nil { tell(played: await call.playedSamples()) }
                    case .clear: await clear()
                    case .hangUp: await sayTheRest()
                    case .complaint(let text): complain(text)
                    }
                }
            }
            await sayTheRest()
        } catch {
            guard !Task.isCancelled else { return }
            observer(.event(kind: "agent failed", detail: "The bot: \(error)", at: milliseconds))
            finish(ConversationOutcome(reason: .failure))
        }
    }

    /// The bot has left: what it said before is heard out.
    private func sayTheRest() async {
        guard !Task.isCancelled, outcome == nil else { return }
        await speech?.value
        observer(.event(kind: "bot left", detail: "", at: milliseconds))
        finish(ConversationOutcome(reason: .normal))
    }

    private func complain(_ text: String) {
        complaints += 1
        guard complaints <= Self.maximumComplaints else { return }
        observer(.event(kind: "bot", detail: text, at: milliseconds))
    }

    private func play(_ samples: [Int16]) {
        guard playout.add(samples) else {
            complain("The bot is more than \(Self.maximumLead) s ahead: its sound is dropped.")
            return
        }
        speak()
    }

    private func speak() {
        guard speech == nil, !isStopping, outcome == nil, playout.queued > 0 else { return }
        speech = Task { await self.speakAll() }
    }

    private func speakAll() async {
        let length = call.sampleRate / 50
        while !Task.isCancelled {
            let frame = playout.take(length)
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
            guard playout.queued == 0 else { continue }
            speech = nil
            tell(played: played)
            return
        }
    }

    /// Nothing more is played of what was sent, and every mark is reached.
    private func clear() async {
        let talking = speech
        speech = nil
        isStopping = true
        let marks = playout.clear()
        talking?.cancel()
        // First what is queued, so that it is quiet at once; then what was being handed over meanwhile.
        await call.flush()
        await talking?.value
        playout.stopped(played: await call.flush())
        isStopping = false
        for mark in marks { send(wire.reached(mark)) }
    }

    private func finish(_ outcome: ConversationOutcome) {
        guard self.outcome == nil else { return }
        self.outcome = outcome
        waiting?.resume()
        waiting = nil
    }
}
