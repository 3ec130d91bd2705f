internal import Agent
internal import RTPMedia
internal import Telephony

/// Carries sound, keys and marks between a call and a bot: the tasks around a ``BotProtocol``.
actor BotConversation {
    private let call: any Call
    private let line: any BotLine
    private let observer: ConversationObserver
    private let maximumDuration: Duration
    private let clock = CallClock()
    private let end = ConversationEnd()
    private let player: PacedPlayer
    private var wire: any BotProtocol
    private var marks = BotMarks()
    private var isStopping = false
    private var complaints = 0

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
        player = PacedPlayer(call, played: played)
    }

    /// Talks until either side leaves.
    func run() async -> ConversationOutcome {
        player.begin { [weak self] in await self?.tell(played: $0) }
        send(wire.began())
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.listen() }
            group.addTask { await self.obey() }
            group.addTask { await self.watch() }
            group.addTask { await self.limit() }
            await end.wait()
            for message in wire.ended() { _ = line.send(message) }
            group.cancelAll()
            await line.close()
        }
        _ = await player.close()
        return end.outcome ?? ConversationOutcome(reason: .shutdown)
    }

    // MARK: To the bot

    private nonisolated func listen() async {
        var resampler: Resampler
        do throws(ResamplerError) {
            resampler = try Resampler(from: call.sampleRate, to: await wire.sampleRate)
        } catch {
            end.come(ConversationOutcome(reason: .failure))
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
        for mark in marks.sounded(played) { send(wire.reached(mark)) }
    }

    private func send(_ messages: [BotMessage]) {
        guard end.outcome == nil else { return }
        for message in messages where !line.send(message) {
            observer(.event(kind: "agent failed", detail: "The bot takes nothing any more.", at: clock.milliseconds))
            end.come(ConversationOutcome(reason: .failure))
            return
        }
    }

    private func watch() async {
        for await event in call.events {
            if let entry = CallEntry(event, at: clock.milliseconds) { observer(entry) }
            switch event {
            case .dtmf(let digit, _): send(wire.pressed(digit))
            case .ended(let end): self.end.come(ConversationOutcome(reason: .normal, end: end))
            default: break
            }
        }
    }

    private func limit() async {
        do { try await Task.sleep(for: maximumDuration) } catch { return }
        end.come(ConversationOutcome(reason: .maximumDuration))
    }

    // MARK: From the bot

    private func obey() async {
        var rate = 8_000
        var resampler: Resampler
        do throws(ResamplerError) {
            resampler = try Resampler(from: rate, to: call.sampleRate)
        } catch {
            end.come(ConversationOutcome(reason: .failure))
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
                        if !marks.add(name, at: player.end) { complain("The bot sent too many marks.") }
                        if !player.isPlaying { tell(played: await call.playedSamples()) }
                    case .clear: await clear()
                    case .hangUp: await sayTheRest()
                    case .complaint(let text): complain(text)
                    }
                }
            }
            await sayTheRest()
        } catch {
            guard !Task.isCancelled else { return }
            observer(.event(kind: "agent failed", detail: "The bot: \(error)", at: clock.milliseconds))
            end.come(ConversationOutcome(reason: .failure))
        }
    }

    /// The bot has left: what it said before is heard out.
    private func sayTheRest() async {
        guard !Task.isCancelled, end.outcome == nil else { return }
        await player.heardOut()
        observer(.event(kind: "bot left", detail: "", at: clock.milliseconds))
        end.come(ConversationOutcome(reason: .normal))
    }

    private func complain(_ text: String) {
        complaints += 1
        guard complaints <= Self.maximumComplaints else { return }
        observer(.event(kind: "bot", detail: text, at: clock.milliseconds))
    }

    private func play(_ samples: [Int16]) {
        guard player.queued + samples.count <= call.sampleRate * Self.maximumLead else {
            complain("The bot is more than \(Self.maximumLead) s ahead: its sound is dropped.")
            return
        }
        if !samples.isEmpty { player.add(samples) }
    }

    /// Nothing more is played of what was sent, and every mark is reached.
    private func clear() async {
        isStopping = true
        let reached = marks.clear()
        await player.stop { _ in }.value
        isStopping = false
        for mark in reached { send(wire.reached(mark)) }
    }
}
