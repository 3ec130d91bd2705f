internal import TelephonyPrimitives

/// The caller's turn: speaking, stopping, being understood, and cutting in.
extension TurnTaking {
    /// Words with which a listener only says that he listens.
    private static let backchannels: Set<String> = [
        "mm", "mhm", "mm hmm", "mmhmm", "mm hm", "uh huh", "hmm", "okay", "ok", "yeah", "yes", "right", "sure", "i see",
        "aha", "oh", "ah", "great", "good",
        // What is made out of a hum; nobody says more with one of them.
        "um", "uh", "er", "erm", "hm", "huh", "uh oh", "i", "a", "the", "and", "so", "but",
    ]

    mutating func heardCaller(now: Instant) {
        lastActivity = now
        lastCallerActivity = now
        silenceCount = 0
    }

    mutating func callerBegan(now: Instant, _ outputs: inout [Output]) {
        if !isCallerSpeaking {
            speechStart = now
            pauseBefore = isReplyUnheard ? max(.zero, now - lastSound) : nil
        }
        isCallerSpeaking = true
        lastPartial = ""
        lastActivity = now
        // What nobody hears need not be stopped: it waits until it is clear what the caller does.
        guard isSpeaking, !isStopping, !isSpeculative, !ignoresSounds else { return }
        isSuspended = true
        isStopping = true
        outputs.append(.stopPlayout)
    }

    mutating func callerStopped(lastSound sound: Instant, now: Instant, _ outputs: inout [Output]) {
        isCallerSpeaking = false
        awaitsFinal = true
        awaitsFinalSince = now
        lastActivity = now
        // A provider's idea of when that was may be far off.
        lastSound = min(max(sound, speechStart), now)
        times = TurnTimes(lastSound: lastSound, noticed: now)
        // Whole words are thought about before it is certain that they are all.
        if Completeness(of: lastPartial) == .finished, !hearingJudgesTurns {
            speculate(on: lastPartial, now: now, &outputs)
        }
    }

    /// Whether playing has to stop before `input` can be answered; then it is kept until it has.
    mutating func stopsFirst(_ input: Input, _ outputs: inout [Output]) -> Bool {
        if isSpeaking, !isStopping, !isSpeculative {
            isSuspended = true
            isStopping = true
            outputs.append(.stopPlayout)
        }
        // More than a few at once is no conversation.
        if isStopping, inputsAfterStop.count < 20 { inputsAfterStop.append(input) }
        return isStopping
    }

    mutating func callerSaid(_ text: String, _ startMs: Int, _ endMs: Int, now: Instant, _ outputs: inout [Output]) {
        lastPartial = ""
        guard !text.isEmpty else {
            isTalkedOverByKey = false
            resume(now: now, &outputs)
            return
        }
        heardCaller(now: now)
        hearingFailures = 0
        let turn = CallEntry.turn(TurnRecord(who: .caller, text: text, startMs: startMs, endMs: endMs))
        defer { if !isSpeaking { saidThrough = "" } }
        if isOwnWords(text) {
            record("echo", "The line gave back what the agent had just said.", now: now, &outputs)
            resume(now: now, &outputs)
            return
        }
        if isTransferring || isLeaving {
            record(turn, &outputs)
            resume(now: now, &outputs)
            return
        }
        if isTalkedOverByKey || isSaidThrough(text) || (isSuspended && isBackchannel(text)) {
            isTalkedOverByKey = false
            record(turn, &outputs)
            resume(now: now, &outputs)
            return
        }
        times?.reached(\.transcript, at: now)
        if case .partial(let thought) = basis, Self.areSame(thought, text) {
            // It has been thought about already.
            record(turn, &outputs)
            basis = .pause(until: pauseEnd(after: question ?? text))
            openIfOver(now: now, &outputs)
            return
        }
        if isReplyUnheard, let pauseBefore { patience.callerWentOn(after: pauseBefore) }
        pauseBefore = nil
        // A reply of which nothing was heard is given up: both halves are answered together.
        let whole = isReplyUnheard ? [unanswered, text].compactMap { $0 }.joined(separator: " ") : text
        giveUpReply(now: now, &outputs)
        record(turn, &outputs)
        if greetsAt != nil {
            // The other side has answered with a word: now we greet.
            think(.began, now: now, &outputs)
            return
        }
        think(.said(whole), on: .pause(until: pauseEnd(after: whole)), now: now, &outputs)
        openIfOver(now: now, &outputs)
    }

    /// What the caller said for certain that the reply under way answers.
    private var unanswered: String? {
        if case .partial(let thought) = basis, let question {
            // The part that was only thought about comes again as certain words.
            let certain = question.dropLast(min(question.count, thought.count)).split(separator: " ")
            return certain.isEmpty ? nil : certain.joined(separator: " ")
        }
        return question
    }

    /// The words that an answer was begun on before they were certain will not come: what was certain is answered alone.
    mutating func giveUpThought(now: Instant, _ outputs: inout [Output]) {
        guard case .partial = basis else { return }
        let certain = unanswered
        giveUpReply(now: now, &outputs)
        guard let certain else { return }
        think(.said(certain), on: .pause(until: pauseEnd(after: certain)), now: now, &outputs)
    }

    /// When the pause after `text` is long enough; `nil` when the hearing will say so.
    private func pauseEnd(after text: String) -> Instant? {
        hearingJudgesTurns ? nil : lastSound + patience.pause(after: text)
    }

    /// When the reply is let out at the latest.
    var commitDeadline: Instant? {
        guard case .pause(let until) = basis, !isCallerSpeaking, !awaitsFinal else { return nil }
        return until ?? lastSound + configuration.pauses.longest
    }

    /// Lets the reply out when nothing speaks against it any more.
    mutating func openIfOver(now: Instant, _ outputs: inout [Output]) {
        guard let due = commitDeadline, now >= due else { return }
        patience.turnStood()
        commit(now: now, &outputs)
    }

    /// Thinks about words that may still change.
    private mutating func speculate(on text: String, now: Instant, _ outputs: inout [Output]) {
        guard !text.isEmpty, playout.isEmpty || isSpeculative, !isSuspended, !isStopping, !isTransferring, !isLeaving,
            !isTalkedOverByKey, greetsAt == nil, reply == nil || isReplyUnheard
        else { return }
        if case .partial(let thought) = basis, Self.areSame(thought, text) { return }
        let certain = isReplyUnheard ? unanswered : nil
        giveUpReply(now: now, &outputs)
        let whole = [certain, text].compactMap { $0 }.joined(separator: " ")
        think(.said(whole), on: .partial(text), now: now, &outputs)
    }

    mutating func judged(_ judgement: TurnJudgement, now: Instant, _ outputs: inout [Output]) {
        switch judgement {
        case .probablyOver: speculate(on: lastPartial, now: now, &outputs)
        case .resumed:
            // The caller's words come again, as a whole.
            if case .partial = basis { giveUpReply(now: now, &outputs) }
        case .over:
            if case .pause = basis {
                isCallerSpeaking = false
                awaitsFinal = false
                commit(now: now, &outputs)
            }
        }
    }

    static func areSame(_ one: String, _ other: String) -> Bool {
        Completeness.words(of: one) == Completeness.words(of: other)
    }

    /// Whether an answer is under way of which the caller has heard nothing yet.
    var isReplyUnheard: Bool {
        let isUnderWay =
            reply != nil || playout.hasReply || !suspended.unheard.isEmpty || !heldSentences.isEmpty || isSpeculative
        return isUnderWay && !playout.hasBegun && suspended.heardOfReply.isEmpty && heardOfReply.isEmpty
    }

    /// Drops what is being thought, held back and said.
    mutating func giveUpReply(now: Instant, _ outputs: inout [Output]) {
        let wasUnheard = isReplyUnheard
        if wasUnheard {
            (closing, digitsToSend) = plansBefore
            heldNotes = []
        }
        if reply != nil { outputs.append(.cancelReply) }
        reply = nil
        toolsRunning = 0
        heldSentences = []
        if isSpeculative {
            if !playout.isEmpty {
                outputs.append(.dropPlayout)
                playout = Playout(sampleRate: sampleRate)
            }
            basis = .committed
            outputs.append(.letPlay)
        }
        if wasUnheard { outputs.append(.interrupted(heard: "")) }
        guard isSuspended else { return }
        isSuspended = false
        dropPaused(&outputs)
        closeInterruptedTurn(tells: !wasUnheard, now: now, &outputs)
    }

    /// Whether a sound alone stops the agent no more: the last few were nothing, and each had cut it short at nearly the
    /// same word. A line that gives back our own voice does so for ever. Words still do.
    var ignoresSounds: Bool { fruitlessStops.count >= 3 }

    /// Whether this is no reason to stop for an agent that sounds alone stop no more.
    func isSaidThrough(_ text: String) -> Bool {
        ignoresSounds && isSpeaking && !isSuspended && Self.backchannels.contains(Self.plain(text))
    }

    private static func plain(_ text: String) -> String {
        Completeness.words(of: text).joined(separator: " ")
    }

    /// Whether the caller only says that he listens: not when the agent had all but finished, or was asking.
    private func isBackchannel(_ text: String) -> Bool {
        guard suspended.lettersLeft > 20, suspended.unheard.first?.contains("?") != true else { return false }
        return Self.backchannels.contains(Self.plain(text))
    }

    /// Whether the words are those that the agent was saying: an echo that nothing took out.
    private func isOwnWords(_ text: String) -> Bool {
        guard isSuspended || !saidThrough.isEmpty else { return false }
        let words = Completeness.words(of: text)
        if isSuspended, words.count == 1 || words.count == 2 { return isBeingSaid(words) }
        guard words.count >= 3 else { return false }
        let lately = isSuspended ? suspended.heard + " " + (suspended.unheard.first ?? "") : saidThrough
        let said = Completeness.words(of: lately).suffix(40)
        // In order, with a slip of the hearing here and there.
        var place = said.startIndex
        var found = 0
        for word in words {
            guard let match = said[place...].firstIndex(of: word) else { continue }
            found += 1
            place = match + 1
        }
        return found * 5 >= words.count * 4
    }

    /// Whether the agent was saying these words, one or two, when it was stopped. A caller who repeats words of what was
    /// said a while ago means them.
    private func isBeingSaid(_ words: [String]) -> Bool {
        let heard = Completeness.words(of: suspended.heard)
        guard let sentence = suspended.unheard.first else { return false }
        // The sentence that was cut stands there whole, with what was heard of it.
        let whole = Completeness.words(of: sentence)
        let cut = whole.indices.last { heard.suffix($0 + 1).elementsEqual(whole.prefix($0 + 1)) }.map { $0 + 1 } ?? 0
        if words.count == 1 { return whole[max(0, cut - 1)..<min(whole.count, cut + 1)].contains(words[0]) }
        let near = Array(whole[max(0, cut - 2)..<min(whole.count, cut + 2)])
        return (0..<max(0, near.count - 1)).contains { near[$0] == words[0] && near[$0 + 1] == words[1] }
    }

    mutating func pressed(_ key: Character, now: Instant, _ outputs: inout [Output]) {
        heardCaller(now: now)
        guard !isTransferring, !isLeaving else {
            resume(now: now, &outputs)
            return
        }
        if collected(key, now: now, &outputs) { return }
        isTalkedOverByKey = isCallerSpeaking || awaitsFinal
        giveUpReply(now: now, &outputs)
        times = nil
        think(.pressed(key), now: now, &outputs)
    }

    /// What was being heard counts no more: the line is on hold.
    mutating func forgetHearing(now: Instant, _ outputs: inout [Output]) {
        isCallerSpeaking = false
        awaitsFinal = false
        lastPartial = ""
        resume(now: now, &outputs)
    }

    mutating func hearingFailed(_ reason: String, now: Instant, _ outputs: inout [Output]) {
        record("hearing failed", reason, now: now, &outputs)
        awaitsFinal = false
        hearingFailures += 1
        if hearingFailures >= 3, !isLeaving {
            apologise(now: now, &outputs)
        } else if case .partial(let thought) = basis, !isCallerSpeaking {
            // What is known of the words counts; that they were not made out counts too.
            let failures = hearingFailures
            callerSaid(thought, milliseconds(speechStart), milliseconds(lastSound), now: now, &outputs)
            hearingFailures = failures
        } else {
            resume(now: now, &outputs)
        }
    }
}
