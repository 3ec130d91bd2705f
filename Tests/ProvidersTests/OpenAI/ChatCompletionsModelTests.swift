import Agent
import ProviderDoubles
import Synchronization
import Testing

@testable import Providers

@Suite("Chat completions model", .timeLimit(.minutes(1)))
struct ChatCompletionsModelTests {
    private static let request = ModelRequest(instructions: "Be brief.", messages: [.user("Hello")])
    private static let tool = ToolDeclaration(name: "lookup", text: "Looks it up.")

    private static func model(
        _ double: ChatCompletionsDouble, key: String? = nil,
        field: ChatCompletionsConfiguration.TokenLimitField = .maxTokens,
        sleep: @escaping @Sendable (Duration) async throws -> Void = { _ in try await Task.sleep(for: .seconds(3_600)) }
    ) -> ChatCompletionsModel {
        ChatCompletionsModel(
            ChatCompletionsConfiguration(
                service: "double", url: double.url, key: key.map(Secret.init), model: "m", tokenLimitField: field),
            sleep: sleep)
    }

    private static func events(
        _ model: ChatCompletionsModel, _ request: ModelRequest = request, onEvent: (ModelEvent) -> Void = { _ in }
    )
        async -> (events: [ModelEvent], error: ProviderError?)
    {
        var events: [ModelEvent] = []
        do {
            for try await event in model.respond(to: request) {
                events.append(event)
                onEvent(event)
            }
            return (events, nil)
        } catch {
            return (events, error as? ProviderError)
        }
    }

    private static let hello: [ModelEvent] = [
        .text("Grüße"), .text(" 😀"),
        .usage(ProviderUsage(provider: "double m", inputTokens: 9, cachedTokens: 0, outputTokens: 2)),
        .finished(.complete),
    ]

    @Test(
        "An answer comes through, whatever its octets are split into", arguments: [nil, 1, 2, 3, 5, 7],
        ["\n", "\r\n", "\r"])
    func splitting(_ length: Int?, _ lineEnd: String) async throws {
        typealias Double = ChatCompletionsDouble
        var script = EventScript([
            .comment("ping"), Double.role, Double.text("Grüße"), .comment(""), Double.text(" 😀"), Double.finish("stop"),
            Double.usage(input: 9, output: 2), Double.done,
        ])
        script.lineEnd = lineEnd
        script.octetsPerWrite = length
        let double = try await Double(answers: [.events(script)])
        let result = await Self.events(Self.model(double))
        #expect(result.events == Self.hello)
        #expect(result.error == nil)
        #expect(double.violations.isEmpty)
        await double.stop()
    }

    @Test("A conversation with tools is one that the service accepts")
    func conversation() async throws {
        let double = try await ChatCompletionsDouble(
            key: "sk-1", isReasoning: true,
            answers: [
                ChatCompletionsDouble.calling("lookup", arguments: #"{"k":1}"#), ChatCompletionsDouble.saying("Yes"),
            ])
        let model = Self.model(double, key: "sk-1", field: .maxCompletionTokens)
        var request = ModelRequest(
            instructions: "Be brief.", messages: [.user("Hello")], tools: [Self.tool], maximumTokens: 100)
        let first = await Self.events(model, request).events
        let call = ToolCall(id: "call_a", name: "lookup", arguments: #"{"k":1}"#)
        #expect(first == [.call(call), .finished(.tools)])
        request.messages += [
            .assistant("", calls: [call]), .tool(id: "call_a", text: "found", failed: false), .assistant("", calls: []),
            .user("And?"), .assistant("Hm.", calls: [ToolCall(id: "b", name: "lookup", arguments: "{broken")]),
            .tool(id: "b", text: "no", failed: true),
        ]
        #expect(await Self.events(model, request).events.first == .text("Yes"))
        #expect(double.violations.isEmpty)
        await double.stop()
    }

    @Test("The double refuses what the service refuses")
    func strictness() async throws {
        let double = try await ChatCompletionsDouble(
            key: "sk-1", isReasoning: true, answers: [ChatCompletionsDouble.saying("Yes")])
        let call = ToolCall(id: "a", name: "lookup", arguments: "{}")
        let faults: [(String, ModelRequest, String)] = [
            ("sk-2", Self.request, "key"),
            ("sk-1", ModelRequest(instructions: "", messages: [.tool(id: "a", text: "x", failed: false)]), "preceding"),
            ("sk-1", ModelRequest(instructions: "", messages: [.assistant("", calls: [call])]), "response messages"),
            (
                "sk-1", ModelRequest(instructions: "", messages: [.assistant("", calls: [call]), .user("x")]),
                "followed by"
            ),
            ("sk-1", ModelRequest(instructions: "", messages: [.user("x")], maximumTokens: 5), "max_tokens"),
        ]
        for (key, request, reason) in faults {
            let error = await Self.events(Self.model(double, key: key), request).error
            #expect(error != nil)
            #expect(double.violations.last?.description.contains(reason) == true)
        }
        await double.stop()
    }

    @Test(
        "A refusal says what to do about it",
        arguments: [
            (401, "invalid_api_key", "check the key"), (403, "x", "permissions"), (404, "model_not_found", "the model"),
            (429, "insufficient_quota", "account's plan"),
        ])
    func refusals(_ status: Int, _ code: String, _ sentence: String) async throws {
        let double = try await ChatCompletionsDouble(answers: [
            .refusal(ChatCompletionsDouble.refusal(status: status, message: "about sk-planted-4711", code: code))
        ])
        let error = await Self.events(Self.model(double, key: "sk-planted-4711")).error
        guard case .unavailable(let text)? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(text.contains(sentence))
        #expect(!text.contains("4711"))
        #expect(double.requests.count == 1)
        await double.stop()
    }

    @Test(
        "A key that is refused is looked for where it was found",
        arguments: [
            (nil, "check the key of this provider."),
            ("the variable MODEL_KEY", "check the key in the variable MODEL_KEY."),
        ] as [(String?, String)])
    func place(_ place: String?, _ sentence: String) {
        let failure = HTTPFailure(
            status: 401, headers: [:], body: [], service: "compatible",
            secret: Secret("sk-planted-4711", from: place))
        #expect("\(failure.error)" == "compatible does not accept the key; \(sentence)")
    }

    @Test(
        "What may pass is asked once more, after as long as the service says",
        arguments: [
            (429, [("retry-after-ms", "300")], Duration.milliseconds(300)), (503, [], .milliseconds(250)),
            (429, [("Retry-After", "1")], .seconds(1)), (500, [], .milliseconds(250)),
            (400, [("x-should-retry", "true")], .milliseconds(250)),
        ] as [(Int, [(String, String)], Duration)])
    func retry(_ status: Int, _ headers: [(String, String)], _ expected: Duration) async throws {
        let waits = Mutex<[Duration]>([])
        let refusal = ChatCompletionsDouble.refusal(
            status: status, message: "later", code: "rate_limit_exceeded",
            headers: headers.map { (name: $0.0, value: $0.1) })
        let double = try await ChatCompletionsDouble(answers: [.refusal(refusal), ChatCompletionsDouble.saying("Yes")])
        let model = Self.model(double) { duration in
            // The patience of the request itself is none of this.
            guard duration < .seconds(2) else { return try await Task.sleep(for: .seconds(3_600)) }
            waits.withLock { $0.append(duration) }
        }
        #expect(await Self.events(model).events.first == .text("Yes"))
        #expect(waits.withLock { $0 } == [expected])
        await double.stop()
    }

    @Test(
        "What takes too long to pass is not waited for, and nothing is asked a third time",
        arguments: [
            ([("retry-after", "60")], 1), ([("x-should-retry", "false")], 1),
            ([("retry-after", "Wed, 21 Oct 2026 07:28:00 GMT")], 1),
            ([], 2),
        ] as [([(String, String)], Int)])
    func noRetry(_ headers: [(String, String)], _ count: Int) async throws {
        let refusal = ChatCompletionsDouble.refusal(
            status: 429, message: "later", code: "rate_limit_exceeded",
            headers: headers.map { (name: $0.0, value: $0.1) })
        let double = try await ChatCompletionsDouble(answers: [.refusal(refusal)])
        let model = Self.model(double, sleep: frozenTime)
        guard case .overloaded? = await Self.events(model).error else {
            Issue.record("not overloaded")
            return
        }
        #expect(double.requests.count == count)
        await double.stop()
    }

    @Test("What breaks before the first word is asked again; what breaks after it is not")
    func cuts() async throws {
        typealias Double = ChatCompletionsDouble
        let early = EventScript([Double.role, .cut])
        let heard = HTTPGate()
        let late = EventScript([Double.role, Double.text("I"), .wait(heard), .cut])
        let error = EventScript([Double.role, Double.error("overloaded", type: "server_overloaded")])
        for script in [early, error] {
            let double = try await Double(answers: [.events(script), Double.saying("Yes")])
            #expect(await Self.events(Self.model(double, sleep: frozenTime)).events.first == .text("Yes"))
            await double.stop()
        }
        let double = try await Double(answers: [.events(late), Double.saying("Yes")])
        let result = await Self.events(Self.model(double, sleep: frozenTime)) { _ in heard.open() }
        #expect(result.events == [.text("I")])
        #expect(result.error != nil)
        #expect(double.requests.count == 1)
        await double.stop()
    }

    @Test(
        "An answer without [DONE] is whole when it gave a reason to end, and cut short when not",
        arguments: [true, false])
    func withoutDone(_ finishes: Bool) async throws {
        typealias Double = ChatCompletionsDouble
        let double = try await Double(
            answers: [
                .events(EventScript([Double.role, Double.text("Hi")] + (finishes ? [Double.finish("stop")] : [])))
            ])
        let result = await Self.events(Self.model(double))
        #expect(result.events == [.text("Hi")] + (finishes ? [.finished(.complete)] : []))
        #expect((result.error == nil) == finishes)
        await double.stop()
    }

    @Test("Whoever stops reading closes the connection")
    func cancelling() async throws {
        typealias Double = ChatCompletionsDouble
        let double = try await Double(answers: [.events(EventScript([Double.role, Double.text("Hi"), .hang]))])
        let model = Self.model(double)
        for try await event in model.respond(to: Self.request) where event == .text("Hi") { break }
        await eventually { double.abandoned == 1 }
        #expect(double.abandoned == 1)
        await double.stop()
    }

    @Test("A connection serves for the next answer")
    func keptConnection() async throws {
        let double = try await ChatCompletionsDouble(answers: [ChatCompletionsDouble.saying("Yes")])
        let model = Self.model(double)
        for _ in 0..<3 { #expect(await Self.events(model).error == nil) }
        #expect(double.abandoned == 0)
        await double.stop()
    }

    @Test("A service that is not there can't be reached")
    func nobody() async throws {
        let double = try await ChatCompletionsDouble(answers: [])
        await double.stop()
        guard
            case .failed(let text)? = await Self.events(
                Self.model(double, sleep: frozenTime)
            ).error
        else {
            Issue.record("not failed")
            return
        }
        #expect(text.contains("can't be reached"))
    }

    @Test(
        "T-54 a service that says nothing, only signs of life, or goes silent in mid-answer is given up",
        arguments: [
            EventScript([.hang]), EventScript([.repeatForever(Array(": alive\n\n".utf8))]),
            EventScript([ChatCompletionsDouble.role, ChatCompletionsDouble.text("I"), .hang]),
        ])
    func silence(_ script: EventScript) async throws {
        let double = try await ChatCompletionsDouble(answers: [.events(script)])
        // Every wait is over as soon as the request is there.
        let model = Self.model(double) { _ in
            await eventually { !double.requests.isEmpty }
            for _ in 0..<2_000 { await Task.yield() }
        }
        guard case .timedOut(let text)? = await Self.events(model).error, text.contains("nothing of use") else {
            Issue.record("not timed out")
            return
        }
        await eventually { double.abandoned == 1 }
        await double.stop()
    }

    @Test("Each service is asked in its own way")
    func services() {
        let request = ModelRequest(instructions: "", messages: [.user("Hello")], maximumTokens: 50)
        func asked(_ configuration: ChatCompletionsConfiguration) -> (body: JSONValue, http: HTTPRequest) {
            let made = ChatCompletionsRequest(request, configuration)
            return (made.body, made.http)
        }
        let openAI = asked(.openAI(model: "gpt-4.1-mini", key: Secret("sk-1")))
        #expect(openAI.http.url == "https://api.openai.com/v1/chat/completions")
        #expect(openAI.body["max_completion_tokens"]?.integer == 50)
        #expect(openAI.body["max_tokens"] == nil)
        #expect(openAI.http.headers.contains { $0.name == "Authorization" && $0.value == "Bearer sk-1" })
        let ollama = asked(.ollama(model: "qwen3:4b"))
        #expect(ollama.http.url == "http://127.0.0.1:11434/v1/chat/completions")
        #expect(ollama.body["max_tokens"]?.integer == 50)
        #expect(!ollama.http.headers.contains { $0.name == "Authorization" })
        var own = ChatCompletionsConfiguration.compatible(model: "m", url: "http://10.0.0.1:8080/v1/")
        own.extraFields = ["cache_prompt": true]
        own.headers = ["X-Title": "Trunkline"]
        own.temperature = 0.5
        own.asksForUsage = false
        let other = asked(own)
        #expect(other.http.url == "http://10.0.0.1:8080/v1/chat/completions")
        #expect(other.body["cache_prompt"]?.bool == true)
        #expect(other.body["temperature"]?.number == 0.5)
        #expect(other.body["stream_options"] == nil)
        #expect(other.http.headers.contains { $0.name == "X-Title" && $0.value == "Trunkline" })
    }

    @Test("T-54 an answer that drips for ever comes to an end")
    func drip() async throws {
        let drop = Array("data: {\"choices\":[{\"delta\":{\"content\":\".\"}}]}\n\n".utf8)
        let double = try await ChatCompletionsDouble(answers: [.events(EventScript([.repeatForever(drop)]))])
        let got = Mutex(0)
        // A quarter of the patience is over whenever something has come.
        let model = Self.model(double) { _ in
            let before = got.withLock { $0 }
            await eventually { got.withLock { $0 } > before }
        }
        var error: ProviderError?
        do {
            for try await _ in model.respond(to: Self.request) { got.withLock { $0 += 1 } }
        } catch let failure as ProviderError {
            error = failure
        }
        guard case .timedOut(let text)? = error, text.contains("come to an end") else {
            Issue.record("\(String(describing: error))")
            return
        }
        await eventually { double.abandoned == 1 }
        await double.stop()
    }

    @Test(
        "An address or a key that can't be used is named, and never shown",
        arguments: [
            ("ftp://127.0.0.1/v1", "sk-planted-4711", "url"), ("nonsense", "sk-planted-4711", "url"),
            ("http://127.0.0.1:1/v1", "sk-planted\r\n-4711", "key"),
        ])
    func unusable(_ url: String, _ key: String, _ word: String) async throws {
        let model = ChatCompletionsModel(
            ChatCompletionsConfiguration(service: "double", url: url, key: Secret(key), model: "m"), sleep: frozenTime)
        guard case .unavailable(let text)? = await Self.events(model).error else {
            Issue.record("not unavailable")
            return
        }
        #expect(text.contains(word))
        #expect(!text.contains("planted"))
    }

    @Test(
        "T-54 an event of 10 MB, malformed JSON and an endless stream end the request",
        arguments: [
            EventScript([.raw(Array("data: ".utf8)), .repeatForever([UInt8](repeating: 0x78, count: 1 << 16))]),
            EventScript([.event(name: nil, data: Array("{\"choices\":".utf8)), .hang]),
            EventScript([
                .repeatForever(
                    Array(
                        "data: {\"choices\":[{\"delta\":{\"reasoning\":\"\(String(repeating: "hm ", count: 20_000))\"}}]}\n\n"
                            .utf8))
            ]),
        ])
    func monsters(_ script: EventScript) async throws {
        let double = try await ChatCompletionsDouble(answers: [.events(script)])
        let model = Self.model(double, sleep: frozenTime)
        guard case .failed? = await Self.events(model).error else {
            Issue.record("not failed")
            return
        }
        await eventually { double.abandoned == double.requests.count }
        await double.stop()
    }
}
