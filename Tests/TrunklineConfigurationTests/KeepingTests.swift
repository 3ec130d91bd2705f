import Testing
import TrunklineConfiguration

@Suite("Keeping and prices")
struct KeepingTests {
    private func load(_ text: String) throws(ConfigurationErrors) -> Configuration {
        try Configuration.load(text: text, file: "t.yaml", environment: [:])
    }

    @Test("how long calls and recordings are kept is read, and false is for ever")
    func keeping() throws {
        let read = try load("calls: {keep: 90d, keep_recordings: 12h, keys: mask}").calls
        #expect(read.keep == .seconds(90 * 86_400) && read.keepRecordings == .seconds(12 * 3_600) && read.keys == .mask)
        #expect(
            try load("calls: {keep: false, keep_recordings: 3660d}").calls.keepRecordings == .seconds(3_660 * 86_400))
    }

    @Test("prices are read in whole millionths")
    func prices() throws {
        let read = try load(
            """
            prices:
              currency: EUR
              services:
                openai gpt-4.1-mini: {input_per_million: 0.40, cached_per_million: "0.1", output_per_million: 1.6}
                deepgram: {per_minute: 0.004301}
                cartesia: {per_million_characters: 1000000}
            """
        ).prices
        #expect(read.currency == "EUR")
        let model = try #require(read.services["openai gpt-4.1-mini"])
        #expect(
            [model.inputPerMillion, model.cachedPerMillion, model.outputPerMillion] == [400_000, 100_000, 1_600_000])
        #expect(read.services["deepgram"]?.perMinute == 4_301)
        #expect(read.services["cartesia"]?.perMillionCharacters == 1_000_000_000_000)
    }

    @Test(
        "a mistake is named with its line and its fix",
        arguments: [
            ("calls:\n  keep: 90", 2, "calls.keep: \"90\" is no time to keep something; write whole days such as 90d"),
            ("calls:\n  keep: 0d", 2, "is no time to keep something"), ("calls:\n  keep: 1y", 2, "whole days"),
            ("calls:\n  keep: 3661d", 2, "is longer than ten years; write at most 3660d"),
            ("calls:\n  keep: 99999999999999999999d", 2, "is no time to keep something"),
            ("calls:\n  keep: 9223372036854775807d", 2, "is longer than ten years"),
            ("calls:\n  keep: 3d\n  keep_recordings: 4d", 3, "a recording goes with its call; make it shorter"),
            ("calls:\n  keys: hide", 2, "write one of show, mask"),
            ("prices:\n  currency: euro", 2, "is no currency; write three capital letters such as EUR or USD"),
            ("prices:\n  services:\n    a: {per_minute: 1}", 2, "prices has no currency; write prices.currency: EUR"),
            ("prices:\n  currency: EUR\n  services:\n    a: {per_minute: 1,5}", 4, "in \"prices.services.a\""),
            (
                "prices:\n  currency: EUR\n  services:\n    a: {per_minute: -1}", 4,
                "is no price; write a number such as 0.40"
            ),
            ("prices:\n  currency: EUR\n  services:\n    a: {per_minute: 1e3}", 4, "is no price"),
            ("prices:\n  currency: EUR\n  services:\n    a: {per_minute: 0.0000001}", 4, "with six decimals at most"),
            ("prices:\n  currency: EUR\n  services:\n    a: {per_minute: 1000001}", 4, "is no price"),
            ("prices:\n  currency: EUR\n  services:\n    a: {}", 4, "prices.services.a has no price"),
        ])
    func mistakes(text: String, line: Int, sentence: String) throws {
        let errors = try #require(throws: ConfigurationErrors.self) { _ = try load(text) }
        let problem = try #require(errors.problems.first)
        #expect(problem.line == line && problem.sentence.contains(sentence), "\(problem.line): \(problem.sentence)")
    }
}
