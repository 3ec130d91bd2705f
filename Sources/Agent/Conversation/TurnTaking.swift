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
        case voiceFailed(String)
        case pressed(Character)
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

    private enum Closing: Sendable, Equatable {
        case hangUp(HangUpReason)
        case transfer(String)
    }

    /// Words with which a listener only says that he listens.
    private static let backchannels: Set<String> = [
        "mm", "mhm", "mm hmm", "mmhmm", "uh huh", "hmm", "okay", "ok", "yeah", "yes", "right", "sure", "i see", "aha",
    ]

    private let configuration: ConversationConfiguration
    private let start: Instant
    private let sampleRate: Int

    private var nextReply = 0
    private var nextSentence = 0
    /// The reply that is being thought out.
    private var reply: Int?
    private var replyIsSilencePrompt = false
    /// What the reply under way answers to, to be said again with what the caller adds.
    private var question: String?
    /// The agent's turn under way.
    private var playout: Playout
    private var turnStart: Instant?
    private var closing: Closing?
    private var digitsToSend = ""

    private var isCallerSpeaking = false
    /// The caller has stopped, and what was said is being made out.
    private var awaitsFinal = false
    private var isStopping = false
    /// Playing was stopped because somebody spoke, and it is not yet clear whether that was meant.
    private var isSuspended = false
    private var suspended: (heard: String, unheard: [String]) = ("", [])
    private var heldSentences: [String] = []
    private var isTransferring = false
    private var isOver = false

    private var lastActivity: Instant
    private var lastCallerActivity: Instant
    private var silenceCount = 0
    private var hearingFailures = 0

    init(configuration: ConversationConfiguration, sampleRate: Int, now: Instant) {
        self.configuration = configuration
        self.sampleRate = sampleRate
        start = now
        lastActivity = now
        lastCallerActivity = now
        playout = Playout(sampleRate: sampleRate)
    }

    /// Whether the agent has something to say that has not sounded yet.
    var isSpeaking: Bool { !playout.isEmpty && !isSuspended }

    /// When `.tick` is wanted.
    var deadline: Instant? {
        guard !isOver else { return nil }
        let end = start + configuration.maximumDuration
        guard let quiet = silenceDeadline else { return end }
        return min(end, quiet)
    }

    private var silenceDeadline: Instant? {
        guard !isCallerSpeaking, !awaitsFinal, reply == nil, playout.isEmpty, heldSentences.isEmpty, !isSuspended,
            !isTransferring, !isStopping
        else { return nil }
        let hangUp = lastCallerActivity + configuration.silenceHangUp
        return silenceCount == 0 ? min(hangUp, lastActivity + configuration.silencePrompt) : max(hangUp, lastActivity)
    }

    mutating func receive(_ input: Input, now: Instant) -> [Output] {
        guard !isOver else { return [] }
        var outputs: [Output] = []
        switch input {
        case .began: think(.began, now: now, &outputs)
        case .speechStarted: callerBegan(now: now, &outputs)
        case .speechDismissed:
            isCallerSpeaking = false
            resume(now: now, &outputs)
        case .speechEnded:
            isCallerSpeaking = false
            awaitsFinal = true
            lastActivity = now
        case .partial: lastActivity = now
        case .final(let text, let startMs, let endMs): callerSaid(text, startMs, endMs, now: now, &outputs)
        case .hearingFailed(let reason): hearingFailed(reason, now: now, &outputs)
        case .action(let id, let action): if id == reply { act(action, now: now, &outputs) }
        case .replyFinished(let id): if id == reply { replyFinished(now: now, &outputs) }
        case .replyFailed(let id, let reason): if id == reply { replyFailed(reason, now: now, &outputs) }
        case .sentenceStarted(let id, let position):
            playout.started(id, at: position)
            turnStart = turnStart ?? now
        case .sentenceEnded(let id, let position): playout.ended(id, at: position)
        case .drained: drained(now: now, &outputs)
        case .stopped(let played): stopped(played: played, now: now, &outputs)
        case .voiceFailed(let reason):
            record("voice failed", reason, now: now, &outputs)
            finish(.failure, &outputs)
        case .pressed(let key): pressed(key, now: now, &outputs)
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

    private mutating func callerSaid(
        _ text: String, _ startMs: Int, _ endMs: Int, now: Instant, _ outputs: inout [Output]
    ) {
        awaitsFinal = false
        guard !text.isEmpty else {
            resume(now: now, &outputs)
            return
        }
        heardCaller(now: now)
        hearingFailures = 0
        let turn = CallEntry.turn(TurnRecord(who: .caller, text: text, startMs: startMs, endMs: endMs))
        if isSuspended, !isStopping, suspended.unheard.joined().count > 30, isBackchannel(text) {
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
        return isUnderWay && !playout.hasBegun && suspended.heard.isEmpty
    }

    /// Drops what is being thought, held back and said.
    private mutating func giveUpReply(now: Instant, _ outputs: inout [Output]) {
        let wasUnheard = isReplyUnheard
        if reply != nil { outputs.append(.cancelReply) }
        reply = nil
        heldSentences = []
        if isSpeaking, !isStopping {
            isSuspended = true
            isStopping = true
            outputs.append(.stopPlayout)
        }
        if wasUnheard { outputs.append(.interrupted(heard: "")) }
        guard isSuspended else { return }
        isSuspended = false
        if !isStopping { closeInterruptedTurn(tells: !wasUnheard, now: now, &outputs) }
    }

    private func isBackchannel(_ text: String) -> Bool {
        let words = String(text.lowercased().map { $0.isLetter ? $0 : " " }).split(separator: " ").joined(
            separator: " ")
        return Self.backchannels.contains(words)
    }

    private mutating func pressed(_ key: Character, now: Instant, _ outputs: inout [Output]) {
        heardCaller(now: now)
        giveUpReply(now: now, &outputs)
        think(.pressed(key), now: now, &outputs)
    }

    private mutating func hearingFailed(_ reason: String, now: Instant, _ outputs: inout [Output]) {
        record("hearing failed", reason, now: now, &outputs)
        hearingFailures += 1
        if hearingFailures >= 3 { apologise(now: now, &outputs) } else { resume(now: now, &outputs) }
    }

    // MARK: Thinking

    private mutating func think(_ input: DialogueInput, now: Instant, _ outputs: inout [Output]) {
        nextReply += 1
        reply = nextReply
        closing = nil
        digitsToSend = ""
        if case .said(let text) = input { question = text } else { question = nil }
        if case .silence = input { replyIsSilencePrompt = true } else { replyIsSilencePrompt = false }
        outputs.append(.startReply(nextReply, input))
    }

    private mutating func act(_ action: DialogueAction, now: Instant, _ outputs: inout [Output]) {
        switch action {
        case .say(let text): say(text, &outputs)
        case .hangUp: closing = .hangUp(replyIsSilencePrompt ? .silence : .normal)
        case .transfer(let target): closing = .transfer(target)
        case .sendDTMF(let digits): digitsToSend += digits
        case .note(let key, let value): record(.note(key: key, value: value, at: milliseconds(now)), &outputs)
        }
    }

    private mutating func say(_ text: String, _ outputs: inout [Output]) {
        for sentence in SentenceSplitter.split(text) {
            if isStopping || isSuspended || isCallerSpeaking {
                heldSentences.append(sentence)
            } else {
                nextSentence += 1
                playout.add(id: nextSentence, text: sentence)
                outputs.append(.speak(nextSentence, sentence))
            }
        }
    }

    private mutating func replyFinished(now: Instant, _ outputs: inout [Output]) {
        reply = nil
        if playout.isEmpty, heldSentences.isEmpty, !isSuspended, !isStopping { turnEnded(now: now, &outputs) }
    }

    private mutating func replyFailed(_ reason: String, now: Instant, _ outputs: inout [Output]) {
        record("dialogue failed", reason, now: now, &outputs)
        apologise(now: now, &outputs)
    }

    private mutating func apologise(now: Instant, _ outputs: inout [Output]) {
        if reply != nil { outputs.append(.cancelReply) }
        reply = nil
        closing = .hangUp(.failure)
        say(configuration.apology, &outputs)
    }

    // MARK: Speaking

    private mutating func drained(now: Instant, _ outputs: inout [Output]) {
        guard !playout.isEmpty, !isStopping, !isSuspended, playout.isComplete else { return }
        recordAgentTurn(playout.text, interrupted: false, now: now, &outputs)
        playout = Playout(sampleRate: sampleRate)
        lastActivity = now
        if !replyIsSilencePrompt { lastCallerActivity = now }
        if reply == nil { turnEnded(now: now, &outputs) }
    }

    private mutating func stopped(played: Int, now: Instant, _ outputs: inout [Output]) {
        isStopping = false
        suspended = playout.split(at: played)
        playout = Playout(sampleRate: sampleRate)
        guard isSuspended else {
            closeInterruptedTurn(tells: true, now: now, &outputs)
            return
        }
        if suspended.unheard.isEmpty, heldSentences.isEmpty, reply == nil {
            // All had been said: there is nothing to interrupt.
            isSuspended = false
            closeInterruptedTurn(tells: false, now: now, &outputs)
            turnEnded(now: now, &outputs)
        } else if !isCallerSpeaking, !awaitsFinal {
            resume(now: now, &outputs)
        }
    }

    /// Writes down what of the agent's turn was heard, and says what a new reply has brought meanwhile.
    private mutating func closeInterruptedTurn(tells: Bool, now: Instant, _ outputs: inout [Output]) {
        if !suspended.heard.isEmpty {
            recordAgentTurn(suspended.heard, interrupted: !suspended.unheard.isEmpty, now: now, &outputs)
        }
        turnStart = nil
        if tells, !suspended.unheard.isEmpty { outputs.append(.interrupted(heard: suspended.heard)) }
        suspended = ("", [])
        let held = heldSentences
        heldSentences = []
        for sentence in held { say(sentence, &outputs) }
    }

    /// It was nothing: the agent goes on with the sentence that was cut, and with what was held back.
    private mutating func resume(now: Instant, _ outputs: inout [Output]) {
        lastActivity = now
        guard !isStopping, !isCallerSpeaking else { return }
        if isSuspended {
            isSuspended = false
            if !suspended.heard.isEmpty {
                recordAgentTurn(suspended.heard, interrupted: !suspended.unheard.isEmpty, now: now, &outputs)
            }
            turnStart = nil
        }
        let rest = suspended.unheard + heldSentences
        suspended = ("", [])
        heldSentences = []
        for sentence in rest { say(sentence, &outputs) }
        if rest.isEmpty, playout.isEmpty, reply == nil { turnEnded(now: now, &outputs) }
    }

    private mutating func recordAgentTurn(
        _ text: String, interrupted: Bool, now: Instant, _ outputs: inout [Output]
    ) {
        let begin = turnStart ?? now
        record(
            .turn(
                TurnRecord(
                    who: .agent, text: text, startMs: milliseconds(begin), endMs: milliseconds(now),
                    interrupted: interrupted)), &outputs)
        turnStart = nil
    }

    /// The agent has said what it had to say: what it promised is done.
    private mutating func turnEnded(now: Instant, _ outputs: inout [Output]) {
        lastActivity = max(lastActivity, now)
        if !digitsToSend.isEmpty {
            outputs.append(.sendDTMF(digitsToSend))
            digitsToSend = ""
        }
        switch closing {
        case .hangUp(let reason): finish(reason, &outputs)
        case .transfer(let target):
            closing = nil
            isTransferring = true
            outputs.append(.transfer(to: target))
        case nil: break
        }
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

    private mutating func tick(now: Instant, _ outputs: inout [Output]) {
        if now >= start + configuration.maximumDuration {
            record("too long", "The call has reached its maximum length.", now: now, &outputs)
            if !playout.isEmpty { outputs.append(.stopPlayout) }
            finish(.maximumDuration, &outputs)
            return
        }
        guard let due = silenceDeadline, now >= due else { return }
        if now >= lastCallerActivity + configuration.silenceHangUp, silenceCount >= 2 {
            finish(.silence, &outputs)
            return
        }
        silenceCount += 1
        if now >= lastCallerActivity + configuration.silenceHangUp { silenceCount = max(2, silenceCount) }
        think(.silence(count: silenceCount), now: now, &outputs)
    }

    private mutating func finish(_ reason: HangUpReason, _ outputs: inout [Output]) {
        isOver = true
        outputs.append(.hangUp(reason))
    }

    /// What of the agent's turn had sounded when the call ended, for the record.
    mutating func callEnded(played: Int, now: Instant) -> [Output] {
        var outputs: [Output] = []
        let heard = isSuspended && !isStopping ? suspended.heard : playout.split(at: played).heard
        if !heard.isEmpty { recordAgentTurn(heard, interrupted: true, now: now, &outputs) }
        isOver = true
        return outputs
    }

    // MARK: Records

    private func record(_ kind: String, _ detail: String, now: Instant, _ outputs: inout [Output]) {
        outputs.append(.record(.event(kind: kind, detail: detail, at: milliseconds(now))))
    }

    private func record(_ entry: CallEntry, _ outputs: inout [Output]) {
        outputs.append(.record(entry))
    }

    private func milliseconds(_ instant: Instant) -> Int {
        Int(clamping: (instant - start).inNanoseconds / 1_000_000)
    }
}
