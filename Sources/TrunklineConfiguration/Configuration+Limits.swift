extension Configuration {
    /// What may be used up on one call.
    public struct Limits: Sendable, Equatable {
        /// Calls of tools; `nil`: as many as it likes.
        public var toolCalls: Int? = 100
        /// Tokens, read and written, as the service counts them; `nil`: as many as it likes.
        public var tokens: Int? = 2_000_000
        /// How long a call may last; `nil`: as long as `calls.maximum_duration` lets it.
        public var talkTime: Duration?
        /// What it may cost, in millionths of the currency of the prices; `nil`: whatever it costs.
        public var cost: Int64?
        /// What is said when one of them is used up.
        public var goodbye = "I am sorry, I have to end this call now. Goodbye."
        /// Where the caller is put through to then; `nil`: the call ends.
        public var transfer: String?
    }

    /// Digits that callers may be asked to type.
    public struct Digits: Sendable, Equatable {
        public var name: String
        public var minimum = 1
        public var maximum = 20
        /// The key that ends them; `nil`: none does.
        public var terminator: Character? = "#"
        /// How long the first key is waited for.
        public var firstTimeout = Duration.seconds(10)
        /// How long each further key is waited for.
        public var nextTimeout = Duration.seconds(4)
        /// How often they are asked for again.
        public var retries = 2
        /// Whether nobody is to see them.
        public var isSecret = false
    }

    mutating func readLimits(_ top: ConfigurationReader.Section, with reader: inout ConfigurationReader) {
        let section = reader.section(top, "limits")
        reader.read(
            section, "tool_calls", into: &limits.toolCalls, using: ValueReading.numberOrFalse(in: 1...1_000_000))
        reader.read(
            section, "tokens", into: &limits.tokens, using: ValueReading.numberOrFalse(in: 1...1_000_000_000))
        reader.read(section, "minutes", into: &limits.talkTime, using: ValueReading.minutesOrFalse)
        reader.read(section, "cost", into: &limits.cost) { (text: String) throws(InvalidValue) -> Int64? in
            text == "false" ? nil : try ValueReading.money(text)
        }
        reader.read(section, "goodbye", into: &limits.goodbye) { (text: String) throws(InvalidValue) -> String in
            try ValueReading.text(text) ?? ""
        }
        reader.read(section, "transfer", into: &limits.transfer) { (text: String) throws(InvalidValue) -> String? in
            try ValueReading.destination(text)
        }
    }

    /// Limits that don't go together with other settings.
    var contradictionsOfLimits: [(key: String, sentence: String)] {
        var found: [(key: String, sentence: String)] = []
        if limits.cost != nil, prices.services.isEmpty {
            found.append(
                (
                    "limits.cost",
                    "limits.cost needs to know what services cost; write prices: with their prices, or delete limits.cost"
                ))
        }
        if let talkTime = limits.talkTime, talkTime > calls.maximumDuration {
            found.append(
                (
                    "limits.minutes",
                    "limits.minutes is longer than calls.maximum_duration, which hangs up without a word; make one of them "
                        + "fit the other"
                ))
        }
        return found
    }

    mutating func readDigits(_ top: ConfigurationReader.Section, with reader: inout ConfigurationReader) {
        let section = reader.section(top, "digits", takesAnyKey: true)
        for (name, (line, node)) in section.entries.sorted(by: { $0.value.line < $1.value.line }) {
            let path = section.path(of: name)
            guard (1...32).contains(name.utf8.count),
                name.utf8.allSatisfy({ (0x61...0x7A).contains($0 | 0x20) || (0x30...0x39).contains($0) || $0 == 0x5F })
            else {
                reader.note(line, "\(path) is no name for digits; use at most 32 letters, digits and _")
                continue
            }
            let inner = reader.section(node, line: line, path: path, schema: Schema.digits)
            var kind = Digits(name: name)
            let count = ValueReading.number(in: 1...32)
            if inner.entries["length"] != nil {
                reader.read(inner, "length", into: &kind.minimum, using: count)
                kind.maximum = kind.minimum
                if let other = ["minimum", "maximum"].first(where: { inner.entries[$0] != nil }) {
                    reader.note(line, "\(path) has length and \(other); delete one of the two")
                }
            }
            reader.read(inner, "minimum", into: &kind.minimum, using: count)
            reader.read(inner, "maximum", into: &kind.maximum, using: count)
            if kind.minimum > kind.maximum {
                reader.note(line, "\(path): minimum is above maximum; exchange them")
            }
            reader.read(inner, "terminator", into: &kind.terminator) {
                (text: String) throws(InvalidValue) -> Character? in
                if text == "false" { return nil }
                guard text.count == 1, let key = text.first, "#*ABCD".contains(key) else {
                    throw InvalidValue("ends no digits", fix: "write \"#\" in quotes, or false for none")
                }
                return key
            }
            reader.read(inner, "first_timeout", into: &kind.firstTimeout, using: ValueReading.positiveDuration)
            reader.read(inner, "next_timeout", into: &kind.nextTimeout, using: ValueReading.positiveDuration)
            reader.read(inner, "retries", into: &kind.retries, using: ValueReading.number(in: 0...5))
            reader.read(inner, "secret", into: &kind.isSecret, using: ValueReading.truth)
            digits.append(kind)
        }
    }
}

extension ValueReading {
    /// `10` or `2.5`, up to a day, or `false`.
    static func minutesOrFalse(_ text: String) throws(InvalidValue) -> Duration? {
        if text == "false" { return nil }
        // As exact as money, and of the same form.
        guard let millionths = try? money(text), (50_000...1_440_000_000).contains(millionths) else {
            throw InvalidValue(
                "is neither false nor a number of minutes from 0.05 to 1440", fix: "write one such as 10 or 2.5")
        }
        return .microseconds(millionths * 60)
    }
}
