/// What services cost, in whole millionths of a currency.
public struct UsagePrices: Sendable, Equatable {
    /// The prices of one service; what is `nil` is not counted.
    public struct Price: Sendable, Equatable {
        /// For a million tokens in, in millionths of the currency.
        public var inputPerMillion: Int64?
        /// For a million of those that were read from a cache; `nil`: as much as others.
        public var cachedPerMillion: Int64?
        public var outputPerMillion: Int64?
        public var perMinute: Int64?
        public var perMillionCharacters: Int64?

        public init() {}
    }

    public var currency: String
    /// By the service's name: `openai gpt-4.1-mini`, or `openai` for all of its models.
    public var services: [String: Price]

    public init(currency: String, services: [String: Price]) {
        self.currency = currency
        self.services = services
    }

    /// `usage` with its cost, when the service has a price for all that it counted.
    public func priced(_ usage: UsageRecord) -> UsageRecord {
        let company = usage.service.prefix { $0 != " " }
        guard let price = services[usage.service] ?? services[String(company)], let micros = price.cost(of: usage)
        else {
            return usage
        }
        var priced = usage
        priced.costMicros = micros
        priced.currency = currency
        return priced
    }
}

extension UsagePrices.Price {
    /// Half a millionth is rounded up. A count without a price costs nothing of its own, when another has one: realtime
    /// models have tokens, and maybe minutes.
    fileprivate func cost(of usage: UsageRecord) -> Int64? {
        let cached = min(max(0, usage.cachedTokens ?? 0), max(0, usage.inputTokens ?? 0))
        let parts: [(count: Int?, price: Int64?, unit: Int64)] = [
            (usage.inputTokens.map { max(0, $0) - cached }, inputPerMillion, 1_000_000),
            (usage.cachedTokens == nil ? nil : cached, cachedPerMillion ?? inputPerMillion, 1_000_000),
            (usage.outputTokens, outputPerMillion, 1_000_000), (usage.audioMs, perMinute, 60_000),
            (usage.characters, perMillionCharacters, 1_000_000),
        ]
        var total: Int64?
        for (count, price, unit) in parts {
            guard let count, let price, count >= 0, price >= 0 else { continue }
            let (high, low) = Int64(count).multipliedFullWidth(by: price)
            // What can't be counted is no cost that anybody pays.
            guard high < unit / 2 else { return nil }
            let (quotient, remainder) = unit.dividingFullWidth((high, low))
            let (sum, overflow) = (total ?? 0).addingReportingOverflow(quotient + (remainder * 2 >= unit ? 1 : 0))
            guard !overflow else { return nil }
            total = sum
        }
        return total
    }
}
