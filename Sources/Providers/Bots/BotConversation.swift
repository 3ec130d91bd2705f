internal import Agent
internal import RTPMedia
internal import Telephony
internal import TelephonyPrimitives

/// Carries sound, keys and marks between a call and a bot: the tasks around a ``BotProtocol`` and ``BotTurns``.
actor BotConversation {
    private let call: any Call
    private let line: any BotLine
    private let observer: ConversationObserver
    private let maximumDuration: Duration
    private let clock = CallClock()
    private let end = ConversationEnd()
    private let player: PacedPlayer
    private var wire: any BotProtocol
    private var turns: BotTurns
    /// What the conversation is replayed from, where that is kept.
    private let journal: TurnJournal?
    /// The goodbye, once it is said in place of the bot's words.
    private var leaving: Task<Void, Never>?

    init(
        call: any Call, line: any BotLine, wire: any BotProtocol, played: Int, maximumDuration: Duration,
        journal: TurnJournal? = nil, observer: @escaping ConversationObserver
    ) {
        self.call = call
        self.line = line
        self.wire = wire
        self.maximumDuration = maximumDuration
        self.journal = journal
        self.observer = observer
        player = PacedPlayer(call, played: played)
        turns = BotTurns(sampleRate: call.sampleRate, maximumDuration: maximumDuration, now: .zero)
        journal?.beganBot(sampleRate: call.sampleRate, maximumDuration: maximumDuration, now: .zero)
    }

    /// Talks until either side leaves.
    func run() async -> ConversationOutcome {
        player.begin { [weak self] in await self?.sounded($0) }
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
        leaving?.cancel()
        await leaving?.value
        let played = await player.close()
        let now = clock.now
        journal?.ended(played: played, turns.callEnded(played: played, now: now), now: now)
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
        sounded(played)
    }

    /// Marks that have been reached, at the pace of what is heard: every 20 ms.
    private func sounded(_ played: Int) {
        if turns.awaitsMarks { receive(.sounded(played)) }
    }

    private func send(_ messages: [BotMessage]) {
        guard end.outcome == nil else { return }
        for message in messages where !line.send(message) {
            receive(.tookNothing)
            return
        }
    }

    private func watch() async {
        for await event in call.events {
            if let entry = CallEntry(event, at: clock.milliseconds) { observer(entry) }
            switch event {
            case .dtmf(let digit, _): receive(.pressed(digit))
            case .ended(let end): self.end.come(ConversationOutcome(reason: .normal, end: end))
            default: break
            }
        }
    }

    /// Has the call ended politely; nothing is heard of the bot any more.
    ///
    /// - Parameters:
    ///   - farewell: where to, and why.
    ///   - goodbye: its words as sound; `nil`: none.
    func takeLeave(_ farewell: Farewell, saying goodbye: AudioClip?) {
        guard leaving == nil, end.outcome == nil else { return }
        let (call, clock, observer, end) = (call, clock, observer, end)
        let stopping = player.stop { _ in }
        leaving = Task {
            await stopping.value
            end.come(
                await CallApology(goodbye, transfer: farewell.transfer)
                    .end(call, clock: clock, reason: farewell.reason, observer: observer))
        }
    }

    private func limit() async {
        do { try await Task.sleep(for: maximumDuration) } catch { return }
        receive(.tick)
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
                        receive(.mark(name, at: player.end))
                        if !player.isPlaying { sounded(await call.playedSamples()) }
                    case .clear:
                        receive(.clear)
                        await player.stop { _ in }.value
                        receive(.stopped)
                    case .hangUp: await sayTheRest()
                    case .complaint(let text): receive(.nonsense(text))
                    }
                }
            }
            await sayTheRest()
        } catch {
            guard !Task.isCancelled else { return }
            receive(.broke("\(error)"))
        }
    }

    /// The bot has left: what it said before is heard out.
    private func sayTheRest() async {
        guard !Task.isCancelled, end.outcome == nil, leaving == nil else { return }
        receive(.left)
        await player.heardOut()
        receive(.heardOut)
    }

    private func play(_ samples: [Int16]) {
        guard receive(.sound(samples: samples.count, queued: player.queued)).contains(.play) else { return }
        player.add(samples)
    }

    // MARK: What is decided

    @discardableResult
    private func receive(_ input: BotTurns.Input) -> [BotTurns.Output] {
        guard end.outcome == nil, leaving == nil else { return [] }
        let now = clock.now
        let outputs = turns.receive(input, now: now)
        journal?.took(input, outputs, now: now)
        for output in outputs {
            switch output {
            // Done where the bot's message is at hand.
            case .play, .stopPlayout, .hearOut: break
            case .tell(let key): send(wire.pressed(key))
            case .reached(let mark): send(wire.reached(mark))
            case .record(let entry): observer(entry)
            case .hangUp(let reason): end.come(ConversationOutcome(reason: reason))
            }
        }
        return outputs
    }
}
