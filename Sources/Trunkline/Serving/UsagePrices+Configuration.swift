internal import Agent
internal import TrunklineConfiguration

extension UsagePrices {
    /// - Returns: `nil` when no price is known.
    init?(_ prices: Configuration.Prices) {
        guard let currency = prices.currency, !prices.services.isEmpty else { return nil }
        self.init(
            currency: currency,
            services: prices.services.mapValues { price in
                var known = Price()
                known.inputPerMillion = price.inputPerMillion
                known.cachedPerMillion = price.cachedPerMillion
                known.outputPerMillion = price.outputPerMillion
                known.perMinute = price.perMinute
                known.perMillionCharacters = price.perMillionCharacters
                return known
            })
    }
}
