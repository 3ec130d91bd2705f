import Agent
import Testing

@testable import Providers

@Suite("Chat completions stream")
struct ChatCompletionsStreamTests {
    /// What comes of these deltas and, in brackets, finish reasons.
    private static func events(_ chunks: [String], ends: Bool = true) throws -> [ModelEvent] {
        var stream = ChatCompletionsStream(service: "double", usageName: "double m", secret: Secret("sk-planted-4711"))
        var events: [ModelEvent] = []
        for chunk in chunks {
            events += try stream.receive(ServerSentEvent(name: nil, data: Array(chunk.utf8)))
        }
        return ends ? events + (try stream.end()) : events
    }

    private static func delta(_ delta: String, _ finish: String? = nil) -> String {
        #"{"choices":[{"index":0,"delta":\#(delta),"finish_reason":\#(finish.map { "\"\($0)\"" } ?? "null")}]}"#
    }

    private static func toolDelta(_ calls: String, _ finish: String? = nil) -> String {
        delta(#"{"tool_calls":[\#(calls)]}"#, finish)
    }

    private static func call(_ name: String, _ arguments: String, id: String) -> ModelEvent {
        .call(ToolCall(id: id, name: name, arguments: arguments))
    }

    @Test(
        "Text and the reason of the end come through",
        arguments: [
            (
                [
                    delta(#"{"role":"assistant","content":""}"#), delta(#"{"content":"Hi"}"#), delta("{}", "stop"),
                    "[DONE]",
                ],
                [ModelEvent.text("Hi"), .finished(.complete)]
            ),
            // No role, null content, no [DONE].
            (
                [delta(#"{"content":null}"#), delta(#"{"content":"Hi"}"#), delta("{}", "length")],
                [.text("Hi"), .finished(.length)]
            ),
            ([delta(#"{"refusal":"No."}"#), delta("{}", "content_filter")], [.text("No."), .finished(.filtered)]),
            ([delta(#"{"content":[{"type":"text","text":"Hi"}]}"#), "[DONE]"], [.text("Hi"), .finished(.complete)]),
            // Thoughts are never spoken.
            (
                [
                    delta(#"{"reasoning_content":"hm"}"#), delta(#"{"reasoning":"hm"}"#),
                    delta(#"{"content":"Hi"}"#, "stop"),
                ],
                [.text("Hi"), .finished(.complete)]
            ),
            // Usage, with and without choices.
            (
                [
                    delta(#"{"content":"Hi"}"#, "stop"),
                    #"{"choices":[],"usage":{"prompt_tokens":9,"completion_tokens":2,"prompt_tokens_details":{"cached_tokens":4}}}"#,
                    "[DONE]",
                ],
                [
                    .text("Hi"),
                    .usage(ProviderUsage(provider: "double m", inputTokens: 9, cachedTokens: 4, outputTokens: 2)),
                    .finished(.complete),
                ]
            ),
            (
                [
                    #"{"choices":[{"delta":{"content":"Hi"},"finish_reason":"stop"}],"x_groq":{"usage":{"prompt_tokens":1,"completion_tokens":2}}}"#
                ],
                [
                    .text("Hi"), .usage(ProviderUsage(provider: "double m", inputTokens: 1, outputTokens: 2)),
                    .finished(.complete),
                ]
            ),
            // Unknown things are passed over.
            (
                [#"{"object":"new.thing"}"#, delta(#"{"content":"Hi","mood":3}"#, "new_reason")],
                [.text("Hi"), .finished(.complete)]
            ),
        ] as [([String], [ModelEvent])])
    func reading(_ chunks: [String], _ expected: [ModelEvent]) throws {
        #expect(try Self.events(chunks) == expected)
    }

    @Test(
        "Calls are put together however a server sends them",
        arguments: [
            // OpenAI: fragments by index.
            (
                [
                    toolDelta(#"{"index":0,"id":"a","type":"function","function":{"name":"x","arguments":""}}"#),
                    toolDelta(#"{"index":1,"id":"b","function":{"name":"y","arguments":""}}"#),
                    toolDelta(
                        #"{"index":0,"function":{"arguments":"{\"k\":"}},{"index":1,"function":{"arguments":"{}"}}"#),
                    toolDelta(#"{"index":0,"function":{"arguments":"1}"}}"#, "tool_calls"), "[DONE]",
                ],
                [call("x", #"{"k":1}"#, id: "a"), call("y", "{}", id: "b"), .finished(.tools)]
            ),
            // Ollama: whole in one chunk, and the reason is `stop`.
            (
                [
                    toolDelta(
                        #"{"index":0,"id":"call_z","type":"function","function":{"name":"x","arguments":"{}"}}"#, "stop"
                    )
                ],
                [call("x", "{}", id: "call_z"), .finished(.tools)]
            ),
            // Every call numbered 0.
            (
                [
                    toolDelta(
                        #"{"index":0,"id":"a","function":{"name":"x","arguments":"{}"}},{"index":0,"id":"b","function":{"name":"y","arguments":"{}"}}"#,
                        "stop")
                ],
                [call("x", "{}", id: "a"), call("y", "{}", id: "b"), .finished(.tools)]
            ),
            // Ids empty, and repeated in each fragment; the name too.
            (
                [
                    toolDelta(#"{"index":0,"id":"","function":{"name":"x","arguments":"{"}}"#),
                    toolDelta(#"{"index":0,"id":"","function":{"name":"","arguments":"}"}}"#, "tool_calls"),
                ],
                [call("x", "{}", id: "call_0"), .finished(.tools)]
            ),
            (
                [
                    toolDelta(#"{"index":0,"id":"a","function":{"name":"x","arguments":"{"}}"#),
                    toolDelta(#"{"index":0,"id":"a","function":{"name":"x","arguments":"}"}}"#, "tool_calls"),
                ],
                [call("x", "{}", id: "a"), .finished(.tools)]
            ),
            // No index; arguments an object, none, and null.
            (
                [
                    toolDelta(
                        #"{"id":"a","function":{"name":"x","arguments":{"k":1}}},{"id":"b","function":{"name":"y","arguments":null}},{"id":"c","function":{"name":"z"}}"#,
                        "stop")
                ],
                [call("x", #"{"k":1}"#, id: "a"), call("y", "", id: "b"), call("z", "", id: "c"), .finished(.tools)]
            ),
            // The same id twice is two calls that must be told apart.
            (
                [
                    toolDelta(
                        #"{"index":0,"id":"a","function":{"name":"x","arguments":"{}"}},{"index":1,"id":"a","function":{"name":"x","arguments":"{}"}}"#,
                        "stop")
                ],
                [call("x", "{}", id: "a"), call("x", "{}", id: "call_1"), .finished(.tools)]
            ),
            // What was being written when the tokens ran out is no wish.
            (
                [toolDelta(#"{"index":0,"id":"a","function":{"name":"x","arguments":"{\"k\":"}}"#, "length")],
                [.finished(.length)]
            ),
            ([delta("{}", "tool_calls")], [.finished(.complete)]),
        ] as [([String], [ModelEvent])])
    func assembling(_ chunks: [String], _ expected: [ModelEvent]) throws {
        #expect(try Self.events(chunks) == expected)
    }

    @Test(
        "What a model thinks aloud is left out, wherever its tags are split",
        arguments: [
            ("<think>secret</think>Hi", "Hi"), ("a<think>\nb\n</think> c", "a c"), ("a < b <thin c", "a < b <thin c"),
            ("<<think>x</think>>", "<>"), ("<think>never closed", ""), ("</think>", "</think>"),
            ("<thinking>x</thinking>y<think", "y<think"),
        ])
    func thoughts(_ text: String, _ expected: String) {
        for length in 1...8 {
            var filter = ThoughtFilter()
            var heard = ""
            var rest = Substring(text)
            while !rest.isEmpty {
                heard += filter.receive(String(rest.prefix(length)))
                rest = rest.dropFirst(length)
            }
            #expect(heard + filter.finish() == expected)
        }
    }

    @Test(
        "T-54 a stream that is cut, broken or without end is an error, not an answer",
        arguments: [
            [delta(#"{"content":"Hi"}"#)], [], [#"{"choices":[{"delta":{"content":"H"#], ["[]"], ["nonsense"],
            [toolDelta(#"{"index":0,"id":"a","function":{"name":"x","arguments":"{}"}}"#)],
            [
                toolDelta(
                    #"{"index":0,"id":"a","function":{"name":"x","arguments":"\#(String(repeating: "x", count: 70_000))"}}"#,
                    "stop")
            ],
            [toolDelta((0..<40).map { #"{"index":\#($0),"function":{"name":"x"}}"# }.joined(separator: ","), "stop")],
            [delta(#"{"content":"Hi"}"#), #"{"error":{"message":"boom","type":"server_error"}}"#],
            [String(repeating: "[", count: 100_000)],
        ])
    func broken(_ chunks: [String]) {
        #expect(throws: ProviderError.self) { try Self.events(chunks) }
    }

    @Test("T-54 endless text ends as if the tokens had run out")
    func endless() throws {
        let piece = Self.delta(#"{"content":"\#(String(repeating: "word ", count: 2_000))"}"#)
        let events = try Self.events(Array(repeating: piece, count: 20))
        #expect(events.last == .finished(.length))
        #expect(events.count == 8)
    }

    @Test(
        "An error in mid-stream says what it is, without the key",
        arguments: [
            (#"{"error":{"message":"slow down","type":"rate_limit_error"}}"#, "takes no more"),
            (#"{"error":{"code":429,"message":"x"}}"#, "takes no more"),
            (#"{"error":{"code":"insufficient_quota","message":"x"}}"#, "quota"),
            (#"{"error":"key sk-planted-4711 is odd"}"#, "key (secret) is odd"),
        ])
    func errors(_ chunk: String, _ sentence: String) {
        let error = #expect(throws: ProviderError.self) { try Self.events([chunk]) }
        #expect(error?.description.contains(sentence) == true)
        #expect(error?.description.contains("4711") == false)
    }
}
