import Testing

@testable import Agent

/// Costs are whole millionths of a currency; without a price there is none.
struct UsagePricesTests {
    private var prices: UsagePrices {
        var model = UsagePrices.Price()
        model.inputPerMillion = 400_000
        model.cachedPerMillion = 100_000
        model.outputPerMillion = 1_600_000
        var voice = UsagePrices.Price()
        voice.perMillionCharacters = 15_000_000
        var hearing = UsagePrices.Price()
        hearing.perMinute = 4_300
        return UsagePrices(
            currency: "USD", services: ["openai gpt-4.1-mini": model, "cartesia": voice, "deepgram": hearing])
    }

    @Test(
        "What was counted costs what its price says, to a millionth",
        arguments: [
            (ProviderUsage(provider: "openai gpt-4.1-mini", inputTokens: 1_000_000, outputTokens: 1), 400_002),
            (
                ProviderUsage(
                    provider: "openai gpt-4.1-mini", inputTokens: 1_000, cachedTokens: 900, outputTokens: 100), 290
            ),
            (ProviderUsage(provider: "openai gpt-4.1-mini", inputTokens: 10, cachedTokens: 900), 1),
            (ProviderUsage(provider: "openai gpt-4.1-mini", inputTokens: 1), 0),
            (ProviderUsage(provider: "openai gpt-4.1-mini", inputTokens: 2), 1),
            (ProviderUsage(provider: "openai gpt-4.1-mini", outputTokens: -5), nil),
            (ProviderUsage(provider: "openai gpt-4.1"), nil), (ProviderUsage(provider: "openai"), nil),
            (ProviderUsage(provider: "cartesia sonic-3", characters: 1_000), 15_000),
            (ProviderUsage(provider: "deepgram nova-3", audioSeconds: 90), 6_450),
            (ProviderUsage(provider: "deepgram nova-3", audioSeconds: .nan), nil),
            (ProviderUsage(provider: "deepgram nova-3", characters: 5), nil),
            (ProviderUsage(provider: "openai gpt-4.1-mini", inputTokens: .max), 3_689_348_814_741_910_323),
            (ProviderUsage(provider: "cartesia", characters: .max), nil),
        ] as [(ProviderUsage, Int64?)])
    func costs(usage: ProviderUsage, micros: Int64?) {
        let priced = prices.priced(UsageRecord(usage))
        #expect(priced.costMicros == micros)
        #expect((priced.currency == "USD") == (micros != nil))
    }

    @Test("The uses of a service are added, and a call costs what they cost together, without those that have no price")
    func sums() throws {
        let usages = [
            ProviderUsage(provider: "openai gpt-4.1-mini", inputTokens: 1_000_000, outputTokens: 2),
            ProviderUsage(provider: "local m", outputTokens: 5),
            ProviderUsage(provider: "openai gpt-4.1-mini", inputTokens: 500_000, cachedTokens: 0, outputTokens: 3),
            ProviderUsage(provider: "deepgram nova-3", audioSeconds: 60),
        ]
        let sums = UsageRecord.summed(usages.map { prices.priced(UsageRecord($0)) })
        #expect(sums.map(\.service) == ["openai gpt-4.1-mini", "local m", "deepgram nova-3"])
        #expect(sums.map(\.inputTokens) == [1_500_000, nil, nil] && sums.map(\.outputTokens) == [5, 5, nil])
        #expect(sums.first?.sentence == "openai gpt-4.1-mini: 1500000 tokens in, 5 tokens out, USD 0.6000")
        let cost = try #require(CallCost(of: sums))
        #expect(cost == CallCost(of: usages.map { prices.priced(UsageRecord($0)) }))
        #expect(cost.micros == 604_308 && cost.currency == "USD" && cost.withoutPrice == ["local m"])
        #expect(cost.sentence == "USD 0.6043, without local m")
        #expect(CallCost(micros: 12_999_950, currency: "EUR").sentence == "EUR 13.0000")
        #expect(CallCost(of: [UsageRecord(ProviderUsage(provider: "local m", outputTokens: 5))]) == nil)
    }
}
