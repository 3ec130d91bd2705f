internal import TelephonyPrimitives

/// Digits that the caller is asked to type: while they are, keys are theirs and nothing else.
extension TurnTaking {
    /// What is typed after the last digit belongs to them, too.
    private static let afterwards = Duration.seconds(3)

    /// Whether keys that come now are nobody's business.
    func hidesKeys(now: Instant) -> Bool {
        if let collector { return collector.collection.isSecret }
        return lateKeysUntil.map { now < $0.time && $0.areSecret } ?? false
    }

    mutating func collect(_ collection: DigitCollection) {
        collector = DigitCollector(collection)
        lateKeysUntil = nil
    }

    /// - Returns: whether the key is taken.
    mutating func collected(_ key: Character, now: Instant, _ outputs: inout [Output]) -> Bool {
        guard var collector else {
            if let late = lateKeysUntil, now < late.time {
                resume(now: now, &outputs)
                return true
            }
            return false
        }
        // The question need not be heard to its end.
        giveUpReply(now: now, &outputs)
        times = nil
        let step = collector.pressed(key, now: now)
        self.collector = collector
        follow(step, now: now, &outputs)
        return true
    }

    /// When the next key is not waited for any more.
    var digitsDeadline: Instant? {
        guard let collector, isIdle, !isTransferring, !isOnHold else { return nil }
        return collector.deadline(quietSince: lastActivity)
    }

    mutating func digitsTimeIsUp(now: Instant, _ outputs: inout [Output]) {
        guard var collector else { return }
        let step = collector.timeIsUp()
        self.collector = collector
        follow(step, now: now, &outputs)
    }

    private mutating func follow(_ step: DigitCollector.Step, now: Instant, _ outputs: inout [Output]) {
        switch step {
        case .wait: break
        case .again(let question): say(question, isFiller: true, now: now, &outputs)
        case .over(let answer):
            collector = nil
            lateKeysUntil = (now + Self.afterwards, answer.collection.isSecret)
            record(
                answer.digits == nil ? "no digits" : "digits", answer.description, now: now, &outputs)
            think(.digits(answer), now: now, &outputs)
        }
    }
}
