extension Configuration {
    /// What services cost, in whole millionths of a currency.
    public struct Prices: Sendable, Equatable {
        /// Three capital letters, as ISO 4217 has them.
        public var currency: String?
        /// By the name under which the record counts a service, `openai gpt-4.1-mini`, or by its provider alone.
        public var services: [String: Price] = [:]

        public init() {}
    }

    /// The prices of one service; what is `nil` is not counted.
    public struct Price: Sendable, Equatable {
        public var inputPerMillion: Int64?
        public var cachedPerMillion: Int64?
        public var outputPerMillion: Int64?
        public var perMinute: Int64?
        public var perMillionCharacters: Int64?

        public init() {}
    }

    mutating func readPrices(_ top: ConfigurationReader.Section, with reader: inout ConfigurationReader) {
        let section = reader.section(top, "prices")
        reader.read(section, "currency", into: &prices.currency) { (text: String) throws(InvalidValue) -> String? in
            guard text.utf8.count == 3, text.utf8.allSatisfy({ (0x41...0x5A).contains($0) }) else {
                throw InvalidValue("is no currency", fix: "write three capital letters such as EUR or USD")
            }
            return text
        }
        let services = reader.section(section, "services", takesAnyKey: true)
        for (name, (line, node)) in services.entries {
            let entry = reader.section(node, line: line, path: services.path(of: name), schema: Schema.price)
            var price = Price()
            reader.read(entry, "input_per_million", into: &price.inputPerMillion, using: ValueReading.money)
            reader.read(entry, "cached_per_million", into: &price.cachedPerMillion, using: ValueReading.money)
            reader.read(entry, "output_per_million", into: &price.outputPerMillion, using: ValueReading.money)
            reader.read(entry, "per_minute", into: &price.perMinute, using: ValueReading.money)
            reader.read(entry, "per_million_characters", into: &price.perMillionCharacters, using: ValueReading.money)
            if price == Price() {
                reader.note(
                    line,
                    "\(services.path(of: name)) has no price; write one such as output_per_million: 1.60, or delete it")
            }
            prices.services[name] = price
        }
    }

    /// Settings of prices that don't go together.
    var contradictionsOfPrices: [(key: String, sentence: String)] {
        guard !prices.services.isEmpty, prices.currency == nil else { return [] }
        return [("prices.services", "prices has no currency; write prices.currency: EUR or another")]
    }
}

extension ValueReading {
    /// `0.40` as 400 000 millionths; up to a million, no more than six decimals.
    static func money(_ text: String) throws(InvalidValue) -> Int64? {
        let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        let fraction = parts.count > 1 ? parts[1] : "0"
        guard let first = parts.first, (1...7).contains(first.utf8.count), (1...6).contains(fraction.utf8.count),
            (first + fraction).utf8.allSatisfy({ (0x30...0x39).contains($0) }), let whole = Int64(first),
            let part = Int64(fraction + String(repeating: "0", count: 6 - fraction.utf8.count)), whole <= 1_000_000
        else {
            throw InvalidValue("is no price", fix: "write a number such as 0.40, with six decimals at most")
        }
        return whole * 1_000_000 + part
    }
}
