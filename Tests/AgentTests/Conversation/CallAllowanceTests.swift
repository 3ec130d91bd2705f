import Telephony
import TelephonyPrimitives
import Testing

@testable import Agent

/// Minutes and money of a call, in virtual time.
struct CallAllowanceTests {
    private static var prices: UsagePrices {
        var model = UsagePrices.Price()
        model.outputPerMillion = 1_000_000
        var voice = UsagePrices.Price()
        voice.perMillionCharacters = 1_000_000
        return UsagePrices(currency: "EUR", services: ["m": model, "v": voice])
    }

    private static func tokens(_ count: Int) -> UsageRecord {
        UsageRecord(ProviderUsage(provider: "m", outputTokens: count), kind: .thinking)
    }

    private static func characters(_ count: Int) -> UsageRecord {
        UsageRecord(ProviderUsage(provider: "v", characters: count), kind: .speaking)
    }

    private static func at(_ seconds: Double) -> Instant { .zero + .milliseconds(Int64(seconds * 1_000)) }

    @Test(
        "The goodbye comes 15 s before the end, or a quarter of a short call; each step comes once",
        arguments: [(600.0, 585.0), (60, 45), (20, 15), (3, 2.25)])
    func talkTime(length: Double, goodbye: Double) {
        let time = Duration.milliseconds(Int64(length * 1_000))
        var allowance = CallAllowance(talkTime: time, cost: nil, prices: nil, now: .zero)
        #expect(allowance.nextStep(after: .zero) == Self.at(goodbye))
        #expect(allowance.step(now: Self.at(goodbye - 0.001)) == nil)
        #expect(allowance.step(now: Self.at(goodbye)) == .sayGoodbye(.talkTime(time)))
        #expect(allowance.nextStep(after: Self.at(goodbye)) == Self.at(length))
        #expect(allowance.step(now: Self.at(length - 0.001)) == nil)
        #expect(allowance.step(now: Self.at(length)) == .end(.talkTime(time)))
        #expect(allowance.step(now: Self.at(length + 9)) == nil)
        #expect(allowance.nextStep(after: Self.at(length + 9)) == nil)
    }

    @Test("What is told of at once and what is only metered counts together, and a call that has passed its money ends")
    func cost() {
        var allowance = CallAllowance(talkTime: nil, cost: 1_000, prices: Self.prices, now: .zero)
        allowance.used(Self.tokens(600))
        // What has no price costs nothing.
        allowance.used(UsageRecord(ProviderUsage(provider: "x", outputTokens: 1_000_000)))
        #expect(allowance.step(metered: [Self.characters(400)], now: Self.at(10)) == nil)
        #expect(allowance.nextStep(after: Self.at(10)) == Self.at(11))
        let bound = CallAllowance.Bound.cost(spent: 1_001, allowed: 1_000, currency: "EUR")
        #expect(allowance.step(metered: [Self.characters(401)], now: Self.at(11)) == .sayGoodbye(bound))
        #expect(allowance.step(metered: [Self.characters(900)], now: Self.at(25.9)) == nil)
        #expect(allowance.step(now: Self.at(26)) == .end(bound))
        #expect(
            bound.sentence == "The call had passed limits.cost: EUR 0.0010 of EUR 0.0010." && bound.reason == .budget)
    }

    @Test("The minutes count on while the goodbye for the money is said; sums do not run over")
    func both() {
        var allowance = CallAllowance(talkTime: .seconds(20), cost: 5, prices: Self.prices, now: .zero)
        allowance.used(Self.tokens(.max))
        allowance.used(Self.tokens(.max))
        let bound = CallAllowance.Bound.cost(spent: .max, allowed: 5, currency: "EUR")
        #expect(allowance.step(now: Self.at(14)) == .sayGoodbye(bound))
        #expect(allowance.nextStep(after: Self.at(14)) == Self.at(20))
        #expect(allowance.step(now: Self.at(15)) == nil)
        #expect(allowance.step(now: Self.at(20)) == .end(bound))
    }

    @Test("Without limits, or without prices, nothing ever comes")
    func none() {
        for allowance in [
            CallAllowance(talkTime: nil, cost: nil, prices: Self.prices, now: .zero),
            CallAllowance(talkTime: nil, cost: 1, prices: nil, now: .zero),
        ] {
            var allowance = allowance
            allowance.used(Self.tokens(1_000_000))
            #expect(allowance.nextStep(after: .zero) == nil)
            #expect(allowance.step(now: Self.at(1_000_000)) == nil)
        }
    }

    @Test(
        "What is used up is said in a sentence",
        arguments: [
            (Duration.seconds(600), "10 minutes"), (.seconds(60), "60 s"), (.seconds(150), "150 s"),
            (.milliseconds(6_000), "6 s"),
        ])
    func sentence(time: Duration, words: String) {
        #expect(CallAllowance.Bound.talkTime(time).sentence == "The call had reached limits.minutes: \(words).")
    }
}
