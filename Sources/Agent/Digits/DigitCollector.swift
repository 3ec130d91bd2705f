internal import TelephonyPrimitives

/// Puts digits together key by key. A value; it is told the time.
struct DigitCollector: Sendable, Equatable {
    enum Step: Sendable, Equatable {
        case wait
        /// The question is to be asked again, in these words.
        case again(String)
        case over(DigitAnswer)
    }

    let collection: DigitCollection
    private var digits = ""
    private var tries = 0
    private var lastKey: Instant?

    init(_ collection: DigitCollection) {
        self.collection = collection
    }

    /// When it is no longer waited for the next key.
    ///
    /// - Parameter quiet: since when nothing has been said or pressed.
    func deadline(quietSince quiet: Instant) -> Instant {
        guard let lastKey else { return quiet + collection.firstTimeout }
        return lastKey + collection.nextTimeout
    }

    /// `*` begins anew; other keys than digits and the one that ends are nothing.
    mutating func pressed(_ key: Character, now: Instant) -> Step {
        lastKey = now
        if key == collection.terminator { return end() }
        if key == "*" { digits = "" }
        guard key.isASCIIDigit else { return .wait }
        digits.append(key)
        return digits.count >= collection.maximum ? end() : .wait
    }

    mutating func timeIsUp() -> Step { end() }

    private mutating func end() -> Step {
        guard digits.count < collection.minimum else { return .over(DigitAnswer(collection, digits: digits)) }
        let wasEmpty = digits.isEmpty
        digits = ""
        lastKey = nil
        tries += 1
        guard tries <= collection.retries else { return .over(DigitAnswer(collection, digits: nil)) }
        return .again(wasEmpty ? collection.question : "Those were too few digits. \(collection.question)")
    }
}
