internal import Telephony
internal import TelephonyPrimitives

/// What happens on a call with a model that hears and speaks: whose turn it is is the model's affair; what was heard of
/// it, when it is cut off, and when the call is over, is decided here. No provider, no task, no clock.
struct DuplexTurns: Sendable {
    enum Input: Sendable, Equatable {
        case began
        /// Anything but sound.
        case event(SpeechToSpeechEvent)
        /// So many samples of a reply came, at the call's rate; the first of them, should nothing be before it, goes out
        /// after so long.
        case sound(reply: Int, samples: Int, after: Duration = .zero)
        /// The caller speaks, by our own ears.
        case callerHeard
        /// The caller has stopped speaking, by our own ears, and was last heard then.
        case callerQuiet(lastSound: Instant)
        /// All that was taken has sounded; so many samples in all.
        case drained(played: Int)
        /// Answer to `stopPlayout`.
        case stopped(played: Int)
        /// Nothing more comes of the model.
        case sessionEnded
        /// Another model has taken its place.
        case reopened(isFullDuplex: Bool)
        /// The one that was to take its place can't be opened.
        case notReopened
        /// The apology has sounded.
        case apologised
        case pressed(Character)
        case held(Bool)
        case digitsSent
        case transferEnded(failure: String?)
        case consultationEnded(ConsultationEnd)
        case consult(ConsultationOrder)
        /// The call is to end, whatever is being said.
        case takeLeave(Farewell)
        /// A supervisor talks with the caller in the model's place, or no more.
        case takenOver(Bool)
        case tick
    }

    enum Output: Sendable, Equatable {
        /// Take the sound that was told of; without, it is dropped.
        case play
        /// Stop at once, drop what is queued, and tell with `.stopped` how much had sounded.
        case stopPlayout
        case prompt(DialogueInput)
        /// Play the waiting sound whenever there is nothing else to play, or play it no more.
        case waitingSound(Bool)
        case interrupted(reply: Int, heardMs: Int)
        case transfer(to: String)
        case consult(ConsultationOrder)
        case callOffConsultation
        case sendDTMF(String)
        case record(CallEntry)
        /// Once all has sounded, open a session of the next model that knows what was said, and tell with `.reopened` or
        /// `.notReopened`.
        case reopen
        /// Something of ours broke: say so once all has sounded, and tell with `.apologised`.
        case apologise
        /// The same with a goodbye; nothing is heard of the model any more.
        case sayGoodbye
        case hangUp(HangUpReason)
    }

    struct Reply: Sendable, Equatable {
        let number: Int
        var text = ""
        /// Samples that were taken.
        var samples = 0
        var begin: Instant?
        var end: Instant?
        var isDone = false
        /// The caller spoke over it.
        var isCut = false
    }

    struct Segment: Sendable, Equatable {
        let reply: Int
        var samples: Int
    }

    /// Letters that are spoken in a second: for a reply whose sound has not all come.
    static let lettersPerSecond = 14.5

    let configuration: ConversationConfiguration
    let sampleRate: Int
    var isFullDuplex: Bool
    let start: Instant
    /// Models that may still take the place of the one that talks.
    var fallbacks: Int
    var isReopening = false
    /// The model is gone, and nobody has taken its place.
    var isLost = false
    /// Replies of models that are gone are counted on.
    var numbersBefore = 0
    /// What a model that takes over is asked: what has not been answered by a sound.
    var asked: DialogueInput?
    /// Whether the caller has said something that no reply has sounded to.
    var owesReply = false

    var replies: [Reply] = []
    /// Of the newest reply.
    var lastNumber = 0
    /// What sounds or is going to, in order; the first begins at `base` as ``Call/playedSamples()`` counts.
    var segments: [Segment] = []
    var base: Int
    /// What was taken while playing was being stopped.
    var segmentsAfterStop: [Segment] = []
    var isStopping = false
    /// When what was taken will have sounded.
    var soundEnd: Instant

    /// When we greet even when the other side has said nothing; `nil`: it has begun.
    var greetsAt: Instant?
    var isCallerSpeaking = false
    var callerStart: Instant?
    var callerEnd: Instant?
    /// When the caller said what has not been answered yet, and when the last answer began.
    var times: TurnTimes?
    var answeredAt: Instant
    var tools: Set<String> = []
    /// When the tool at work has taken so long that the waiting sound covers it, until when that waits for a reply to the
    /// tool, and whether it plays.
    var waitingSoundDue: Instant?
    var waitingSoundEnd: Instant?
    var isWaitingSoundOn = false
    /// Since when something that we asked for is to be answered.
    var promptedAt: Instant?
    var promptIsSilence = false
    var closing: TurnTaking.Closing?
    var digitsToSend = ""
    var isSendingDigits = false
    var isTransferring = false
    /// The caller has been put through, and is nobody's here any more.
    var isPutThrough = false
    var isConsulting = false
    /// A supervisor talks with the caller.
    var isTakenOver = false
    var isOnHold = false
    var isFailing = false
    /// The last words are a goodbye, and no apology.
    var farewell: Farewell?
    var isOver = false
    var lastActivity: Instant
    var lastCallerActivity: Instant
    var silenceCount = 0
    /// Of a model without turns: its words since it last paused.
    var words = Reply(number: 0)

    init(
        configuration: ConversationConfiguration, sampleRate: Int, isFullDuplex: Bool, fallbacks: Int = 0,
        played: Int, now: Instant
    ) {
        self.fallbacks = fallbacks
        self.configuration = configuration
        self.sampleRate = sampleRate
        self.isFullDuplex = isFullDuplex
        start = now
        base = played
        soundEnd = now
        answeredAt = now
        lastActivity = now
        lastCallerActivity = now
    }

    // MARK: Inputs

    mutating func receive(_ input: Input, now: Instant) -> [Output] {
        guard !isOver else { return [] }
        var outputs: [Output] = []
        switch input {
        case .began: begin(now: now, &outputs)
        case .event(let event): happened(event, now: now, &outputs)
        case .sound(let reply, let samples, let wait): sound(reply, samples, after: wait, now: now, &outputs)
        case .callerHeard:
            lastActivity = now
            if !isCallerSpeaking { cut(now: now, &outputs) }
        case .callerQuiet(let lastSound): callerFellSilent(lastSound: lastSound, now: now)
        case .drained(let played): drained(played: played, now: now)
        case .stopped(let played): stopped(played: played, now: now, &outputs)
        case .notReopened:
            isReopening = false
            lose("No other model can be had.", now: now, &outputs)
        case .sessionEnded: lose("The model ended the session.", now: now, &outputs)
        case .reopened(let isFullDuplex): reopened(isFullDuplex: isFullDuplex, now: now, &outputs)
        case .apologised: apologised(&outputs)
        case .pressed(let key):
            heardCaller(now: now)
            guard !isTransferring, !isFailing else { break }
            cut(now: now, &outputs)
            prompt(.pressed(key), now: now, &outputs)
        case .held(let isHeld):
            isOnHold = isHeld
            heardCaller(now: now)
        case .digitsSent: isSendingDigits = false
        case .transferEnded(let failure): transferEnded(failure, now: now, &outputs)
        case .consultationEnded(let end): consultationEnded(end, now: now, &outputs)
        case .consult(let order): othersConsult(order, now: now, &outputs)
        case .takeLeave(let farewell): takeLeave(farewell, now: now, &outputs)
        case .takenOver(let isTaken): takenOver(isTaken, now: now, &outputs)
        case .tick: tick(now: now, &outputs)
        }
        settle(now: now, &outputs)
        settleWaitingSound(now: now, &outputs)
        return outputs
    }

    private mutating func happened(_ event: SpeechToSpeechEvent, now: Instant, _ outputs: inout [Output]) {
        switch event {
        case .callerStarted:
            isCallerSpeaking = true
            greetsAt = nil
            owesReply = true
            asked = nil
            callerStart = now
            times = nil
            lastActivity = now
            promptedAt = nil
            cut(now: now, &outputs)
        case .callerStopped:
            isCallerSpeaking = false
            callerEnd = now
            lastActivity = now
            modelNoticedSilence(now: now)
        case .callerText(let text):
            heardCaller(now: now)
            greetsAt = nil
            guard !text.isEmpty else { return }
            if owesReply { asked = .said(text) }
            outputs.append(
                .record(
                    .turn(
                        TurnRecord(
                            who: .caller, text: text, startMs: milliseconds(callerStart ?? now),
                            endMs: milliseconds(max(callerStart ?? now, callerEnd ?? now))))))
        case .replyStarted(let number): _ = reply(number + numbersBefore, now: now)
        case .agentText(let text, let number):
            lastActivity = now
            // Nobody hears it.
            guard !isTakenOver else { return }
            guard !isFullDuplex else { return spoke(text, now: now) }
            if let index = reply(number + numbersBefore, now: now) { replies[index].text += text }
        case .replyDone(let number, _):
            lastActivity = now
            if let index = reply(number + numbersBefore, now: now) { replies[index].isDone = true }
        case .action(let action): act(action, now: now, &outputs)
        case .failed(let error): record("model failed", error.description, now: now, &outputs)
        case .audio: break
        }
    }

    private mutating func act(_ action: DialogueAction, now: Instant, _ outputs: inout [Output]) {
        lastActivity = now
        // Without turns, what is to follow the last word follows the next pause.
        if isFullDuplex, words.text.isEmpty { spoke(" ", now: now) }
        switch action {
        // A model that speaks by itself could not be kept from it: it is not given the tool.
        case .say, .hold: break
        case .hangUp: closing = .hangUp(promptIsSilence ? .silence : .normal)
        case .transfer(let target): closing = .transfer(target)
        case .consult(let order): closing = .consult(order)
        case .sendDTMF(let digits): digitsToSend += digits
        case .cancelPlans:
            closing = nil
            digitsToSend = ""
            if isConsulting { outputs.append(.callOffConsultation) }
        // Only agents that speak by parts of their own ask for digits and hand over.
        case .collectDigits, .handedOver: break
        case .note(let key, let value):
            outputs.append(.record(.note(key: key, value: value, at: milliseconds(now))))
        case .toolStarted(let call):
            if tools.isEmpty, !isWaitingSoundOn { waitingSoundDue = configuration.toolFillerAfter.map { now + $0 } }
            tools.insert(call.id)
        case .toolEnded(let outcome):
            tools.remove(outcome.call.id)
            waitingSoundEnd = now + Self.replyGrace
        case .usage(let usage):
            outputs.append(.record(.usage(UsageRecord(usage, kind: .speechToSpeech), at: milliseconds(now))))
        }
    }

    mutating func heardCaller(now: Instant) {
        lastActivity = now
        lastCallerActivity = now
        silenceCount = 0
        promptIsSilence = false
    }

    mutating func prompt(_ input: DialogueInput, now: Instant, _ outputs: inout [Output]) {
        times = nil
        if case .silence = input { promptIsSilence = true } else { promptIsSilence = false }
        asked = input
        guard !isReopening else { return }
        promptedAt = now
        greetsAt = nil
        outputs.append(.prompt(input))
    }

    // MARK: The end of a turn

    /// Whether the model says and does nothing, and all of it has sounded.
    var isQuiet: Bool {
        segments.isEmpty && !isStopping && tools.isEmpty && replies.allSatisfy(\.isDone) && words.text.isEmpty
    }

    private mutating func settle(now: Instant, _ outputs: inout [Output]) {
        guard !isOver, segments.isEmpty, !isStopping else { return }
        for reply in replies where reply.isDone {
            write(reply, heard: reply.samples, isWhole: true, now: now, &outputs)
        }
        replies.removeAll(where: \.isDone)
        guard isQuiet, !isCallerSpeaking, !isTransferring, !isFailing else { return }
        if !digitsToSend.isEmpty {
            outputs.append(.sendDTMF(digitsToSend))
            isSendingDigits = true
            digitsToSend = ""
        }
        guard !isSendingDigits else { return }
        switch closing {
        case .hangUp(let reason): finish(reason, &outputs)
        case .transfer(let target):
            closing = nil
            isTransferring = true
            outputs.append(.transfer(to: target))
        case .consult(let order):
            closing = nil
            beginConsultation(order, &outputs)
        case nil: break
        }
    }

    /// What had sounded when the conversation ended, for the record.
    mutating func callEnded(played: Int, now: Instant) -> [Output] {
        var outputs: [Output] = []
        let heard = heardSamples(played: played)
        for reply in replies {
            let queued = segments.reduce(0) { $0 + ($1.reply == reply.number ? $1.samples : 0) }
            let sounded = reply.samples - queued + (heard[reply.number] ?? 0)
            write(
                reply, heard: sounded, isWhole: reply.isDone && sounded >= reply.samples, now: now, &outputs)
        }
        pause(now: now, &outputs)
        isOver = true
        return outputs
    }

    mutating func finish(_ reason: HangUpReason, _ outputs: inout [Output]) {
        isOver = true
        outputs.append(.hangUp(reason))
    }

    func record(_ kind: String, _ detail: String, now: Instant, _ outputs: inout [Output]) {
        outputs.append(.record(.event(kind: kind, detail: detail, at: milliseconds(now))))
    }

    func milliseconds(_ instant: Instant) -> Int {
        Int(clamping: (instant - start).inNanoseconds / 1_000_000)
    }
}
