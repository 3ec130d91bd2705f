internal import Telephony
internal import TelephonyPrimitives

/// Decides whose turn it is: what to say when, when to stop, and when it is over. No provider, no task, no clock.
struct TurnTaking: Sendable {
    enum Input: Sendable, Equatable {
        case began
        case speechStarted
        case speechDismissed
        case speechEnded
        case partial(String)
        /// What the caller said; times in milliseconds since the conversation began.
        case final(String, startMs: Int, endMs: Int)
        case hearingFailed(String)
        case action(reply: Int, DialogueAction)
        case replyFinished(Int)
        case replyFailed(Int, String)
        /// The first sample of a sentence is the `at`-th that was given to the call.
        case sentenceStarted(Int, at: Int)
        case sentenceEnded(Int, at: Int)
        /// Everything that was to be said has sounded.
        case drained
        /// Answer to `stopPlayout`: so many samples have sounded in all.
        case stopped(played: Int)
        /// The voice could not say a sentence; so many samples had sounded in all.
        case voiceFailed(String, played: Int)
        /// Nothing is heard any more, for the reason given.
        case hearingEnded(String)
        case pressed(Character)
        /// The other side put us on hold, or took us back.
        case held(Bool)
        /// The keys that were to be sent have been, or could not be.
        case digitsSent
        /// `nil` when the transfer succeeded.
        case transferEnded(failure: String?)
        case tick
    }

    enum Output: Sendable, Equatable {
        case startReply(Int, DialogueInput)
        case cancelReply
        case speak(Int, String)
        /// Stop at once, drop what is queued, and tell with `.stopped` how much had sounded.
        case stopPlayout
        /// The caller heard only this of the reply.
        case interrupted(heard: String)
        case transfer(to: String)
        case sendDTMF(String)
        case record(CallEntry)
        case hangUp(HangUpReason)
    }

    /// What is done once everything has been said.
    enum Closing: Sendable, Equatable {
        case hangUp(HangUpReason)
        case transfer(String)
    }

    /// Words with which a listener only says that he listens.
    private static let backchannels: Set<String> = [
        "mm", "mhm", "mm hmm", "mmhmm", "uh huh", "hmm", "okay", "ok", "yeah", "yes", "right", "sure", "i see", "aha",
    ]

    let configuration: ConversationConfiguration
    let start: Instant
    let sampleRate: Int

    private var nextReply = 0
    var nextSentence = 0
    /// The reply that is being thought out, and since when nothing has come of it.
    var reply: Int?
    var replyActivity: Instant
    var replyIsSilencePrompt = false
    /// What the reply under way answers to, to be said again with what the caller adds.
    private var question: String?
    /// The agent's turn under way.
    var playout: Playout
    var turnStart: Instant?
    var voiceActivity: Instant
    var hasVoiceFailed = false
    /// A part of ours has broken: after the apology the call ends, whatever the caller says.
    private(set) var isFailing = false
    var closing: Closing?
    /// What of the reply under way was heard and written down.
    var heardOfReply = ""
    var digitsToSend = ""
    var isSendingDigits = false

    var isCallerSpeaking = false
    /// The caller has stopped, and what was said is being made out.
    var awaitsFinal = false
    /// A key was pressed in the midst of what is being said: the key is answered, not the words.
    private var isTalkedOverByKey = false
    var isStopping = false
    /// What was said and pressed while playing was being stopped: only then is it known what of the agent was heard.
    var inputsAfterStop: [Input] = []
    /// Playing was stopped because somebody spoke, and it is not yet clear whether that was meant.
    var isSuspended = false
    var suspended: (heard: String, unheard: [String]) = ("", [])
    var heldSentences: [String] = []
    private(set) var isTransferring = false
    private(set) var isOnHold = false
    private(set) var isOver = false

    var lastActivity: Instant
    var lastCallerActivity: Instant
    var silenceCount = 0
    private var hearingFailures = 0

    init(configuration: ConversationConfiguration, sampleRate: Int, now: Instant) {
        self.configuration = configuration
        self.sampleRate = sampleRate
        start = now
        lastActivity = now
        lastCallerActivity = now
        replyActivity = now
        voiceActivity = now
        playout = Playout(sampleRate: sampleRate)
    }

    /// Whether the agent has something to say that has not sounded yet.
    var isSpeaking: Bool { !playout.isEmpty && !isSuspended }

    /// Whether nobody says, thinks or makes out anything.
    var isIdle: Bool {
        !isCallerSpeaking && !awaitsFinal && reply == nil && playout.isEmpty && heldSentences.isEmpty && !isSuspended
            && !isStopping
    }

    // MARK: Inputs

    mutating func receive(_ input: Input, now: Instant) -> [Output] {
        guard !isOver else { return [] }
        var outputs: [Output] = []
        switch input {
        case .began: think(.began, now: now, &outputs)
        case .speechStarted: callerBegan(now: now, &outputs)
        case .speechDismissed:
            isCallerSpeaking = false
            isTalkedOverByKey = false
            resume(now: now, &outputs)
        case .speechEnded:
            isCallerSpeaking = false
            awaitsFinal = true
            lastActivity = now
        case .partial: lastActivity = now
        case .final(let text, let startMs, let endMs):
            awaitsFinal = false
            if text.isEmpty || !stopsFirst(input, &outputs) { callerSaid(text, startMs, endMs, now: now, &outputs) }
        case .hearingFailed(let reason): hearingFailed(reason, now: now, &outputs)
        case .action(let id, let action): if id == reply { act(action, now: now, &outputs) }
        case .replyFinished(let id): if id == reply { replyFinished(now: now, &outputs) }
        case .replyFailed(let id, let reason): if id == reply { replyFailed(reason, now: now, &outputs) }
        case .sentenceStarted(let id, let position):
            playout.started(id, at: position)
            voiceActivity = now
            turnStart = turnStart ?? now
        case .sentenceEnded(let id, let position):
            playout.ended(id, at: position)
            voiceActivity = now
        case .drained: drained(now: now, &outputs)
        case .stopped(let played): stopped(played: played, now: now, &outputs)
        case .voiceFailed(let reason, let played): voiceFailed(reason, played: played, now: now, &outputs)
        case .hearingEnded(let reason):
            record("hearing failed", reason, now: now, &outputs)
            // Nobody will say any more that the caller has stopped.
            isCallerSpeaking = false
            awaitsFinal = false
            apologise(now: now, &outputs)
        case .pressed(let key): if !stopsFirst(input, &outputs) { pressed(key, now: now, &outputs) }
        case .held(let isHeld):
            isOnHold = isHeld
            voiceActivity = now
            heardCaller(now: now)
        case .digitsSent:
            isSendingDigits = false
            if isIdle { turnEnded(now: now, &outputs) }
        case .transferEnded(let failure): transferEnded(failure, now: now, &outputs)
        case .tick: tick(now: now, &outputs)
        }
        return outputs
    }

    // MARK: The caller

    private mutating func heardCaller(now: Instant) {
        lastActivity = now
        lastCallerActivity = now
        silenceCount = 0
    }

    private mutating func callerBegan(now: Instant, _ outputs: inout [Output]) {
        isCallerSpeaking = true
        lastActivity = now
        guard isSpeaking, !isStopping else { return }
        isSuspended = true
        isStopping = true
        outputs.append(.stopPlayout)
    }

    /// Whether playing has to stop before `input` can be answered; then it is kept until it has.
    private mutating func stopsFirst(_ input: Input, _ outputs: inout [Output]) -> Bool {
        if isSpeaking, !isStopping {
            isSuspended = true
            isStopping = true
            outputs.append(.stopPlayout)
        }
        // More than a few at once is no conversation.
        if isStopping, inputsAfterStop.count < 20 { inputsAfterStop.append(input) }
        return isStopping
    }

    private mutating func callerSaid(
        _ text: String, _ startMs: Int, _ endMs: Int, now: Instant, _ outputs: inout [Output]
    ) {
        guard !text.isEmpty else {
            isTalkedOverByKey = false
            resume(now: now, &outputs)
            return
        }
        heardCaller(now: now)
        hearingFailures = 0
        let turn = CallEntry.turn(TurnRecord(who: .caller, text: text, startMs: startMs, endMs: endMs))
        if isTransferring || isFailing {
            record(turn, &outputs)
            resume(now: now, &outputs)
            return
        }
        let isMeantToInterrupt = suspended.unheard.joined().count <= 30 || !isBackchannel(text)
        if isTalkedOverByKey || (isSuspended && !isMeantToInterrupt) {
            isTalkedOverByKey = false
            record(turn, &outputs)
            resume(now: now, &outputs)
            return
        }
        // A reply of which nothing was heard is given up: both halves are answered together.
        let whole = isReplyUnheard ? [question, text].compactMap { $0 }.joined(separator: " ") : text
        giveUpReply(now: now, &outputs)
        record(turn, &outputs)
        think(.said(whole), now: now, &outputs)
    }

    /// Whether an answer is under way of which the caller has heard nothing yet.
    private var isReplyUnheard: Bool {
        let isUnderWay = reply != nil || !playout.isEmpty || !suspended.unheard.isEmpty || !heldSentences.isEmpty
        return isUnderWay && !playout.hasBegun && suspended.heard.isEmpty && heardOfReply.isEmpty
    }

    /// Drops what is being thought, held back and said.
    private mutating func giveUpReply(now: Instant, _ outputs: inout [Output]) {
        let wasUnheard = isReplyUnheard
        if reply != nil { outputs.append(.cancelReply) }
        reply = nil
        heldSentences = []
        if wasUnheard { outputs.append(.interrupted(heard: "")) }
        guard isSuspended else { return }
        isSuspended = false
        closeInterruptedTurn(tells: !wasUnheard, now: now, &outputs)
    }

    private func isBackchannel(_ text: String) -> Bool {
        let words = String(text.lowercased().map { $0.isLetter ? $0 : " " }).split(separator: " ").joined(
            separator: " ")
        return Self.backchannels.contains(words)
    }

    private mutating func pressed(_ key: Character, now: Instant, _ outputs: inout [Output]) {
        heardCaller(now: now)
        guard !isTransferring, !isFailing else {
            resume(now: now, &outputs)
            return
        }
        isTalkedOverByKey = isCallerSpeaking || awaitsFinal
        giveUpReply(now: now, &outputs)
        think(.pressed(key), now: now, &outputs)
    }

    private mutating func hearingFailed(_ reason: String, now: Instant, _ outputs: inout [Output]) {
        record("hearing failed", reason, now: now, &outputs)
        awaitsFinal = false
        hearingFailures += 1
        if hearingFailures >= 3, closing != .hangUp(.failure) {
            apologise(now: now, &outputs)
        } else {
            resume(now: now, &outputs)
        }
    }

    // MARK: Thinking

    mutating func think(_ input: DialogueInput, now: Instant, _ outputs: inout [Output]) {
        guard !isFailing else { return }
        nextReply += 1
        reply = nextReply
        replyActivity = now
        heardOfReply = ""
        closing = nil
        digitsToSend = ""
        if case .said(let text) = input { question = text } else { question = nil }
        if case .silence = input { replyIsSilencePrompt = true } else { replyIsSilencePrompt = false }
        outputs.append(.startReply(nextReply, input))
    }

    private mutating func act(_ action: DialogueAction, now: Instant, _ outputs: inout [Output]) {
        replyActivity = now
        switch action {
        case .say(let text): say(text, now: now, &outputs)
        case .hangUp: closing = .hangUp(replyIsSilencePrompt ? .silence : .normal)
        case .transfer(let target): closing = .transfer(target)
        case .sendDTMF(let digits): digitsToSend += digits
        case .toolStarted, .toolEnded, .usage: break
        case .note(let key, let value): record(.note(key: key, value: value, at: milliseconds(now)), &outputs)
        }
    }

    private mutating func replyFinished(now: Instant, _ outputs: inout [Output]) {
        reply = nil
        if isIdle { turnEnded(now: now, &outputs) }
    }

    mutating func replyFailed(_ reason: String, now: Instant, _ outputs: inout [Output]) {
        record("dialogue failed", reason, now: now, &outputs)
        apologise(now: now, &outputs)
    }

    mutating func apologise(now: Instant, _ outputs: inout [Output]) {
        // Who is being put through needs neither our ears nor our words.
        guard !isTransferring else { return }
        guard !isFailing else { return }
        isFailing = true
        if reply != nil { outputs.append(.cancelReply) }
        reply = nil
        closing = .hangUp(.failure)
        heldSentences = []
        if isSuspended, !isStopping {
            isSuspended = false
            closeInterruptedTurn(tells: false, now: now, &outputs)
        }
        say(configuration.apology, now: now, &outputs)
    }

    // MARK: Ends

    private mutating func transferEnded(_ failure: String?, now: Instant, _ outputs: inout [Output]) {
        isTransferring = false
        guard let failure else {
            record("transferred", "", now: now, &outputs)
            finish(.normal, &outputs)
            return
        }
        record("transfer failed", failure, now: now, &outputs)
        think(.transferFailed(reason: failure), now: now, &outputs)
    }

    mutating func beginTransfer(to target: String, _ outputs: inout [Output]) {
        isTransferring = true
        outputs.append(.transfer(to: target))
    }

    /// Nothing is done any more.
    mutating func end() {
        isOver = true
    }

    mutating func finish(_ reason: HangUpReason, _ outputs: inout [Output]) {
        isOver = true
        outputs.append(.hangUp(reason))
    }

    // MARK: Records

    func record(_ kind: String, _ detail: String, now: Instant, _ outputs: inout [Output]) {
        outputs.append(.record(.event(kind: kind, detail: detail, at: milliseconds(now))))
    }

    func record(_ entry: CallEntry, _ outputs: inout [Output]) {
        outputs.append(.record(entry))
    }

    func milliseconds(_ instant: Instant) -> Int {
        Int(clamping: (instant - start).inNanoseconds / 1_000_000)
    }
}
