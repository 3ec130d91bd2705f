import Testing

@testable import Agent

@Suite("Hedged model", .timeLimit(.minutes(1)))
struct HedgedModelTests {
    private static let request = ModelRequest(instructions: "", messages: [.user("Hello")])

    private static func events(_ model: HedgedModel) async -> (events: [ModelEvent], error: ProviderError?) {
        var events: [ModelEvent] = []
        do {
            for try await event in model.respond(to: request) { events.append(event) }
            return (events, nil)
        } catch {
            return (events, error as? ProviderError)
        }
    }

    private static let never: @Sendable (Duration) async throws -> Void = { _ in
        try await Task.sleep(for: .seconds(3_600))
    }

    @Test("A first model that speaks in time answers alone")
    func first() async {
        let (first, second) = (ScriptedModel([ScriptedModel.saying("One", ".")]), ScriptedModel([]))
        let model = HedgedModel([first, second], after: .seconds(1), sleep: Self.never)
        #expect(await Self.events(model).events == [.text("One"), .text("."), .finished(.complete)])
        #expect(second.requests.isEmpty)
    }

    @Test(
        "A first model that fails before its first word is replaced, whatever it told besides",
        arguments: [
            [ScriptedModel.Step.fail(.overloaded("busy"))], [],
            [.event(.usage(ProviderUsage(provider: "1"))), .fail(.failed("gone"))],
        ])
    func failing(_ steps: [ScriptedModel.Step]) async {
        let (first, second) = (ScriptedModel([steps]), ScriptedModel([ScriptedModel.saying("Two")]))
        let model = HedgedModel([first, second], after: .seconds(1), sleep: Self.never)
        let result = await Self.events(model)
        #expect(result.events == [.text("Two"), .finished(.complete)])
        #expect(result.error == nil)
    }

    @Test(
        "When the first lets one wait, whoever speaks first answers and the other is given up",
        arguments: [true, false])
    func late(firstWins: Bool) async {
        let (begun, gates) = (Gate(), (Gate(), Gate()))
        let first = ScriptedModel([[.wait(gates.0)] + ScriptedModel.saying("One")])
        let second = ScriptedModel([[.wait(gates.1)] + ScriptedModel.saying("Two")])
        let model = HedgedModel([first, second], after: .seconds(1), sleep: { _ in await begun.passes() })
        async let result = Self.events(model)
        await until { !first.requests.isEmpty }
        #expect(second.requests.isEmpty)
        begun.open()
        await until { !second.requests.isEmpty }
        (firstWins ? gates.0 : gates.1).open()
        #expect(await result.events == [.text(firstWins ? "One" : "Two"), .finished(.complete)])
        let loser = firstWins ? second : first
        await until { loser.cancelled == 1 }
        (firstWins ? gates.1 : gates.0).open()
    }

    @Test("When all fail, the first one's reason counts")
    func allFailing() async {
        let models = [
            ScriptedModel([[.fail(.overloaded("first"))]]), ScriptedModel([[.fail(.failed("second"))]]),
            ScriptedModel([[]]),
        ]
        #expect(
            await Self.events(HedgedModel(models, after: .seconds(1), sleep: Self.never)).error == .overloaded("first"))
        #expect(models.allSatisfy { $0.requests.count == 1 })
        guard case .unavailable? = await Self.events(HedgedModel([], after: .seconds(1), sleep: Self.never)).error
        else {
            Issue.record("nobody answered")
            return
        }
    }

    @Test("A model that fails after its first word is not replaced: nothing is said twice")
    func failingLate() async {
        let first = ScriptedModel([[.event(.text("One")), .fail(.failed("gone"))]])
        let second = ScriptedModel([ScriptedModel.saying("Two")])
        let result = await Self.events(HedgedModel([first, second], after: .seconds(1), sleep: Self.never))
        #expect(result.events == [.text("One")])
        #expect(result.error == .failed("gone"))
        #expect(second.requests.isEmpty)
    }

    @Test("Whoever stops reading ends all requests")
    func cancelling() async {
        let models = [ScriptedModel([[.hang]]), ScriptedModel([[.hang]])]
        let model = HedgedModel(models, after: .seconds(1), sleep: { _ in })
        let reading = Task { await Self.events(model) }
        await until { models.allSatisfy { $0.requests.count == 1 } }
        reading.cancel()
        _ = await reading.value
        await until { models.allSatisfy { $0.cancelled == 1 } }
    }

    @Test("A late clock of one that has failed asks nobody")
    func lateClock() {
        var race = HedgeRace(count: 3)
        #expect(race.begin() == [.ask(0), .wait(0)])
        #expect(race.receive(.ended(0, .failed("x"))) == [.ask(1), .wait(1)])
        #expect(race.receive(.late(0)) == [])
        #expect(race.receive(.late(1)) == [.ask(2)])
        #expect(race.receive(.event(2, .usage(ProviderUsage(provider: "2")))) == [])
        #expect(
            race.receive(.event(2, .text("a"))) == [
                .giveUp(1), .give(.usage(ProviderUsage(provider: "2"))), .give(.text("a")),
            ])
        #expect(race.receive(.event(1, .text("b"))) == [])
        #expect(race.receive(.ended(1, .cancelled)) == [])
        #expect(race.receive(.ended(2, nil)) == [.finish(nil)])
    }
}
