import Agent
import ProviderDoubles
import Testing

@testable import Providers

@Suite("Anthropic model", .timeLimit(.minutes(1)))
struct AnthropicModelTests {
    private typealias Double = AnthropicDouble

    private static let tool = ToolDeclaration(name: "lookup", text: "Looks it up.")

    private static func model(
        _ double: AnthropicDouble, key: String = "sk-planted-4711",
        sleep: @escaping @Sendable (Duration) async throws -> Void = frozenTime
    ) -> AnthropicModel {
        AnthropicModel(AnthropicConfiguration(key: Secret(key), model: "m", url: double.url), sleep: sleep)
    }

    private static func events(
        _ model: AnthropicModel, _ messages: [ModelMessage] = [.user("Hello")], tools: [ToolDeclaration] = []
    ) async -> (events: [ModelEvent], error: ProviderError?) {
        var events: [ModelEvent] = []
        do {
            let request = ModelRequest(instructions: "Be brief.", messages: messages, tools: tools)
            for try await event in model.respond(to: request) { events.append(event) }
            return (events, nil)
        } catch {
            return (events, error as? ProviderError)
        }
    }

    private static func double(_ scripts: [EventScript.Piece]...) async throws -> AnthropicDouble {
        try await AnthropicDouble(key: "sk-planted-4711", answers: scripts.map { .events(EventScript($0)) })
    }

    @Test("An answer comes through, whatever its octets are split into", arguments: [nil, 1, 3, 7], ["\n", "\r\n"])
    func text(_ length: Int?, _ lineEnd: String) async throws {
        var script = EventScript([
            Double.start(input: 9, cached: 4), Double.thought("hm", 0), Double.endOfBlock(0), Double.textBlock(1),
            Double.ping, Double.text("Grüße", 1), Double.ping, Double.text(" 😀", 1), Double.endOfBlock(1),
            Double.finish("end_turn", output: 7), Double.stop,
        ])
        script.octetsPerWrite = length
        script.lineEnd = lineEnd
        let double = try await AnthropicDouble(key: "sk-planted-4711", answers: [.events(script)])
        let result = await Self.events(Self.model(double))
        let usage = ProviderUsage(provider: "anthropic m", inputTokens: 13, cachedTokens: 4, outputTokens: 7)
        #expect(result.events == [.text("Grüße"), .text(" 😀"), .usage(usage), .finished(.complete)])
        #expect(double.violations.isEmpty)
        await double.stop()
    }

    @Test("Calls come whole, also without any input")
    func calls() async throws {
        let double = try await Self.double([
            Double.start(), Double.textBlock(0), Double.text("Wait."), Double.endOfBlock(0),
            Double.toolBlock(1, id: "a", name: "lookup"), Double.input("", 1), Double.input(#"{"k""#, 1),
            Double.input(":1}", 1), Double.endOfBlock(1), Double.toolBlock(2, id: "b", name: "lookup"),
            Double.endOfBlock(2), Double.finish("tool_use"), Double.stop,
        ])
        let events = await Self.events(Self.model(double), tools: [Self.tool]).events
        #expect(
            events.filter { if case .usage = $0 { false } else { true } } == [
                .text("Wait."), .call(ToolCall(id: "a", name: "lookup", arguments: #"{"k":1}"#)),
                .call(ToolCall(id: "b", name: "lookup", arguments: "")), .finished(.tools),
            ])
        await double.stop()
    }

    @Test("A conversation with tools, greetings and empty answers is one that the service accepts")
    func conversation() async throws {
        let double = try await AnthropicDouble(key: "sk-planted-4711", answers: [Double.saying("Yes.")])
        let result = await Self.events(
            Self.model(double),
            [
                .assistant("Hello, this is the desk. ", calls: []), .user("Two things"), .user("at once"),
                .assistant(
                    "",
                    calls: [
                        ToolCall(id: "a", name: "lookup", arguments: ""),
                        ToolCall(id: "b", name: "lookup", arguments: "{broken"),
                    ]), .tool(id: "a", text: "", failed: false), .tool(id: "b", text: "no JSON", failed: true),
                .user("And?"), .assistant(" ", calls: []), .user("Well?"), .assistant("I think so. ", calls: []),
            ], tools: [Self.tool])
        #expect(result.error == nil)
        #expect(double.violations.isEmpty)
        await double.stop()
    }

    @Test("The double refuses what the service refuses")
    func strictness() async throws {
        let double = try await AnthropicDouble(key: "sk-planted-4711", answers: [Double.saying("Yes.")])
        let call = ToolCall(id: "a", name: "lookup", arguments: "{}")
        let faults: [(String, [ModelMessage], [ToolDeclaration], String)] = [
            ("sk-2", [.user("x")], [], "x-api-key"), ("sk-planted-4711", [], [], "at least one"),
            ("sk-planted-4711", [.user("x"), .assistant("", calls: [call])], [Self.tool], "without `tool_result`"),
            ("sk-planted-4711", [.user("x"), .tool(id: "a", text: "x", failed: false)], [Self.tool], "come first"),
            ("sk-planted-4711", [.tool(id: "a", text: "x", failed: false)], [Self.tool], "unexpected"),
            (
                "sk-planted-4711",
                [.user("x"), .assistant("", calls: [call]), .tool(id: "a", text: "x", failed: false)],
                [], "with tools"
            ),
        ]
        for (key, messages, tools, reason) in faults {
            #expect(await Self.events(Self.model(double, key: key), messages, tools: tools).error != nil)
            #expect(double.violations.last?.description.contains(reason) == true, "\(reason)")
        }
        await double.stop()
    }

    @Test(
        "The reason of the end is told",
        arguments: [
            ("end_turn", ModelFinish.complete), ("stop_sequence", .complete), ("max_tokens", .length),
            ("refusal", .filtered), ("pause_turn", .complete), ("something_new", .complete), ("tool_use", .complete),
        ])
    func finish(_ reason: String, _ expected: ModelFinish) async throws {
        let double = try await Self.double([Double.start(), Double.finish(reason), Double.stop])
        #expect(await Self.events(Self.model(double)).events.last == .finished(expected))
        await double.stop()
    }

    @Test(
        "A refusal says what to do about it, without the key",
        arguments: [(401, "check the key"), (402, "billing"), (403, "permissions"), (404, "the model")])
    func refusals(_ status: Int, _ sentence: String) async throws {
        let double = try await AnthropicDouble(
            key: "sk-planted-4711",
            answers: [.refusal(Double.refusal(status: status, type: "x", message: "about sk-planted-4711"))])
        guard case .unavailable(let text)? = await Self.events(Self.model(double)).error else {
            Issue.record("not unavailable")
            return
        }
        #expect(text.contains(sentence))
        #expect(!text.contains("4711"))
        await double.stop()
    }

    @Test("An overloaded service is asked once more, before the first word only", arguments: [true, false])
    func overloaded(inBand: Bool) async throws {
        let refusal: AnthropicDouble.Answer =
            inBand
            ? .events(EventScript([Double.start(), Double.error("overloaded_error", "Overloaded")]))
            : .refusal(Double.refusal(status: 529, type: "overloaded_error", message: "Overloaded"))
        let double = try await AnthropicDouble(key: "sk-planted-4711", answers: [refusal, Double.saying("Yes.")])
        #expect(await Self.events(Self.model(double)).events.first == .text("Yes."))
        await double.stop()

        let late = try await Self.double([
            Double.start(), Double.textBlock(), Double.text("I"), Double.error("overloaded_error", "Overloaded"),
        ])
        let result = await Self.events(Self.model(late))
        #expect(result.events == [.text("I")])
        guard case .overloaded? = result.error else {
            Issue.record("not overloaded")
            return
        }
        #expect(late.requests.count == 1)
        await late.stop()
    }

    @Test(
        "T-54 an answer that is cut, malformed, too long or silent is an error",
        arguments: [
            EventScript([Double.start(), Double.textBlock(), .cut]), EventScript([Double.start(), Double.textBlock()]),
            EventScript([.event(name: "message_start", data: Array("{\"type\":".utf8))]),
            EventScript([
                Double.start(), .raw(Array("data: ".utf8)), .repeatForever([UInt8](repeating: 0x78, count: 1 << 16)),
            ]),
            EventScript([
                Double.start(), Double.toolBlock(0, id: "a", name: "x"),
                Double.input(String(repeating: "x", count: 70_000), 0), .hang,
            ]),
        ])
    func broken(_ script: EventScript) async throws {
        let double = try await AnthropicDouble(key: "sk-planted-4711", answers: [.events(script)])
        guard case .failed? = await Self.events(Self.model(double)).error else {
            Issue.record("not failed")
            return
        }
        await double.stop()
    }

    @Test("T-54 endless text ends as if the tokens had run out, and endless pings are no answer")
    func endless() async throws {
        guard case .event(_, let data) = Double.text(String(repeating: "word ", count: 2_000)) else { return }
        let chunk = Array("data: ".utf8) + data + Array("\n\n".utf8)
        let double = try await Self.double([Double.start(), Double.textBlock(), .repeatForever(chunk)])
        #expect(await Self.events(Self.model(double)).events.last == .finished(.length))
        await eventually { double.abandoned == 1 }
        await double.stop()

        let silent = try await Self.double([
            Double.start(), .repeatForever(Array("data: {\"type\":\"ping\"}\n\n".utf8)),
        ])
        let model = Self.model(silent) { _ in
            await eventually { !silent.requests.isEmpty }
            for _ in 0..<2_000 { await Task.yield() }
        }
        guard case .timedOut? = await Self.events(model).error else {
            Issue.record("not timed out")
            return
        }
        await silent.stop()
    }
}
