internal import TelephonyPrimitives

/// How a step came out.
struct StepVerdict: Sendable, Equatable {
    var failure: String?
    /// Whether what follows makes no sense any more.
    var isFatal = false
    /// What there is to say of a step that passed.
    var detail = ""
    var answer: Duration?
    var stop: Duration?

    static func failed(_ reason: String) -> StepVerdict { StepVerdict(failure: reason, isFatal: true) }
}

extension RehearsedCaller {
    /// - Returns: how the step came out; `nil` while it goes on.
    mutating func step(_ act: RehearsalStep.Act, at now: Instant, _ actions: inout [Action]) -> StepVerdict? {
        switch act {
        case .hear(let expected): return hear(expected, at: now)
        case .say(let text):
            begin(.say(text), measuresStop: false, at: now, &actions)
            return hasActed ? StepVerdict() : nil
        case .press(let keys):
            begin(.press(keys), measuresStop: false, at: now, &actions)
            return hasActed ? StepVerdict() : nil
        case .interrupt(let after, let deed, let limit):
            return interrupt(after: after, deed, stopsWithin: limit, at: now, &actions)
        case .silence(let duration): return now - began >= duration ? StepVerdict() : nil
        case .hangUp: return StepVerdict()
        case .waitForEnd(let limit):
            guard now - began >= limit else { return nil }
            return .failed("the agent did not hang up within \(limit.forPeople)")
        }
    }

    /// The same once the agent has hung up.
    mutating func stepAtEnd(_ act: RehearsalStep.Act) -> StepVerdict {
        switch act {
        case .waitForEnd: return StepVerdict(detail: "the agent hung up")
        case .hangUp: return StepVerdict(detail: "the agent had hung up")
        case .hear(let expected):
            let words = speech.words(since: mark)
            guard isFound(expected, in: words) else {
                return .failed("the agent hung up; \(expected.missing(in: words)); heard: \(words.quoted)")
            }
            return heard(expected, words)
        default: return .failed("the agent had hung up")
        }
    }

    private mutating func begin(
        _ deed: RehearsalStep.Deed, measuresStop: Bool, at now: Instant, _ actions: inout [Action]
    ) {
        guard !isActing else { return }
        beginActing(at: now, measuresStop: measuresStop)
        switch deed {
        case .say(let text): actions.append(.say(text))
        case .press(let keys): actions.append(.press(keys))
        }
    }

    // MARK: Hearing

    private mutating func hear(_ expected: WordExpectation, at now: Instant) -> StepVerdict? {
        let words = speech.words(since: mark)
        if foundAt == nil, isFound(expected, in: words) { foundAt = now }
        guard let foundAt else {
            guard now - began > expected.within else { return nil }
            return .failed(
                "\(expected.missing(in: words)) within \(expected.within.forPeople); heard: \(words.quoted)")
        }
        guard isHeardOut(at: now) || now - foundAt > Self.longestTurn else { return nil }
        let verdict = heard(expected, words)
        heardInTurn = .zero
        return verdict
    }

    private func isFound(_ expected: WordExpectation, in words: HeardWords) -> Bool {
        expected.wantsWords ? expected.isMet(by: words) : heardInTurn >= Self.shortestTurn
    }

    /// Whether the agent has finished. Who is about to cut in does not wait for that.
    private func isHeardOut(at now: Instant) -> Bool {
        if index + 1 < steps.count, case .interrupt = steps[index + 1].act { return true }
        guard let lastHeard else { return true }
        let quiet = now - lastHeard
        return quiet >= Self.quiet && (!speech.isChanging || quiet >= Self.slowestReading)
    }

    private mutating func heard(_ expected: WordExpectation, _ words: HeardWords) -> StepVerdict {
        var verdict = StepVerdict(detail: "heard: \(words.quoted)", answer: hasToldAnswer ? nil : answer)
        hasToldAnswer = true
        if let unwanted = expected.none.first(where: words.has) {
            verdict.failure = "\"\(unwanted)\" was heard: \(words.quoted)"
        } else if let limit = expected.answerWithin {
            if let answer {
                if answer > limit {
                    verdict.failure = "answered after \(answer.forPeople), not within \(limit.forPeople)"
                }
            } else {
                verdict.failure = "no delay could be measured: the agent never paused before it answered"
            }
        }
        return verdict
    }

    // MARK: Cutting in

    private mutating func interrupt(
        after: Duration, _ deed: RehearsalStep.Deed, stopsWithin limit: Duration?, at now: Instant,
        _ actions: inout [Action]
    ) -> StepVerdict? {
        if !isActing {
            guard heardInStep >= after else {
                guard now - began > Self.patience else { return nil }
                return .failed("the agent did not speak for \(after.forPeople) within \(Self.patience.forPeople)")
            }
            begin(deed, measuresStop: limit != nil, at: now, &actions)
        }
        guard hasActed else { return nil }
        guard let limit else { return StepVerdict() }
        guard let stop else { return nil }
        var verdict = StepVerdict(detail: "the agent stopped after \(stop.forPeople)", stop: stop)
        if stop > limit {
            verdict.failure = "the agent talked on for \(stop.forPeople), not at most \(limit.forPeople)"
        }
        return verdict
    }
}

extension WordExpectation {
    /// Whether it asks for anything but a sound.
    var wantsWords: Bool { !any.isEmpty || !all.isEmpty || pattern != nil }

    func isMet(by words: HeardWords) -> Bool {
        (any.isEmpty || any.contains(where: words.has)) && all.allSatisfy(words.has)
            && pattern.map(words.matches) ?? true
    }

    /// What is not there, for people.
    func missing(in words: HeardWords) -> String {
        if !wantsWords { return "nothing was heard" }
        if !any.isEmpty, !any.contains(where: words.has) {
            return any.count == 1
                ? "\"\(any[0])\" was not heard" : "none of \(any.map { "\"\($0)\"" }.joined(separator: ", ")) was heard"
        }
        if let missing = all.first(where: { !words.has($0) }) { return "\"\(missing)\" was not heard" }
        return "nothing that matches \(pattern ?? "") was heard"
    }
}

extension HeardWords {
    /// For people.
    var quoted: String { text.isEmpty ? "nothing" : "\"\(text)\"" }
}

extension Duration {
    /// `312 ms`, `10 s`: as a file has it.
    package var forPeople: String {
        let milliseconds = inMilliseconds
        return milliseconds >= 1_000 && milliseconds % 1_000 == 0 ? "\(milliseconds / 1_000) s" : "\(milliseconds) ms"
    }
}
