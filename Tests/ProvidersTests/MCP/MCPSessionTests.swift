import Agent
import Testing

@testable import Providers

@Suite("A session of the Model Context Protocol")
struct MCPSessionTests {
    private static let capabilities: JSONValue = ["tools": ["listChanged": true]]

    private static func ready(_ tools: [JSONValue] = []) -> MCPSession {
        var session = MCPSession()
        _ = session.begin()
        _ = session.receive(
            .result(id: 1, ["protocolVersion": "2025-11-25", "capabilities": capabilities, "serverInfo": [:]]))
        _ = session.receive(.result(id: 2, ["tools": .array(tools)]))
        return session
    }

    @Test("is begun with our newest revision, and the tools are asked for page by page")
    func beginning() {
        var session = MCPSession()
        #expect(
            session.begin() == [
                .send(
                    .request(
                        id: 1, method: "initialize",
                        parameters: [
                            "protocolVersion": "2025-11-25", "capabilities": [:],
                            "clientInfo": ["name": "trunkline", "version": "0.1.0"],
                        ]))
            ])
        #expect(
            session.receive(.result(id: 1, ["protocolVersion": "2025-06-18", "capabilities": Self.capabilities])) == [
                .agreed(version: "2025-06-18"),
                .send(.notification(method: "notifications/initialized", parameters: nil)),
                .send(.request(id: 2, method: "tools/list", parameters: [:])),
            ])
        let schema: JSONValue = ["type": "object", "properties": ["a": ["type": "string"]]]
        #expect(
            session.receive(
                .result(
                    id: 2,
                    [
                        "tools": [
                            ["name": "one", "description": "First.", "inputSchema": schema], ["title": "no name"],
                        ],
                        "nextCursor": "next",
                    ])) == [.send(.request(id: 3, method: "tools/list", parameters: ["cursor": "next"]))])
        #expect(
            session.receive(.result(id: 3, ["tools": [["name": "two", "title": "Second", "inputSchema": "odd"]]])) == [
                .tools([
                    MCPToolDescription(name: "one", text: "First.", parameters: schema),
                    MCPToolDescription(
                        name: "two", text: "Second", parameters: ["type": "object", "properties": [:]]),
                ])
            ])
    }

    @Test(
        "ends with a sentence where nothing can be done with the server",
        arguments: [
            (
                ["protocolVersion": "2031-01-01", "capabilities": ["tools": [:]]],
                "It speaks the revision \"2031-01-01\""
            ),
            (["protocolVersion": "2025-06-18", "capabilities": ["prompts": [:]]], "It offers no tools."),
            ([:], "It speaks the revision \"\""),
        ] as [(JSONValue, String)])
    func refusals(result: JSONValue, sentence: String) {
        var session = MCPSession()
        _ = session.begin()
        let outputs = session.receive(.result(id: 1, result))
        guard case .failed(let told)? = outputs.first, outputs.count == 1 else {
            Issue.record("\(outputs)")
            return
        }
        #expect(told.hasPrefix(sentence))
    }

    @Test("reads the tools anew when they change, once more when they change meanwhile")
    func changes() {
        var session = Self.ready()
        let changed = MCPMessage.notification(method: "notifications/tools/list_changed", parameters: nil)
        #expect(session.receive(changed) == [.send(.request(id: 3, method: "tools/list", parameters: [:]))])
        #expect(session.receive(changed) == [])
        #expect(
            session.receive(.result(id: 3, ["tools": []])) == [
                .tools([]), .send(.request(id: 4, method: "tools/list", parameters: [:])),
            ])
        #expect(session.receive(.result(id: 4, ["tools": [["name": "x"]]])).count == 1)
    }

    @Test("A list without end is read to a bound")
    func endlessList() {
        var session = Self.ready()
        _ = session.receive(.notification(method: "notifications/tools/list_changed", parameters: nil))
        var asked = 0
        var outputs: [MCPSession.Output] = []
        for number in 3..<1_000 {
            asked += 1
            outputs = session.receive(
                .result(id: .number(Double(number)), ["tools": [["name": "x"]], "nextCursor": "x"]))
            if case .tools? = outputs.first { break }
        }
        #expect(asked == 50 && outputs.count == 1)
    }

    @Test(
        "answers a ping, refuses what it does not offer, and minds nothing else",
        arguments: [
            (#"{"jsonrpc":"2.0","id":"p","method":"ping"}"#, #"{"id":"p","jsonrpc":"2.0","result":{}}"#),
            (
                #"{"jsonrpc":"2.0","id":7,"method":"sampling/createMessage","params":{}}"#,
                #"{"error":{"code":-32601,"message":"Method not found"},"id":7,"jsonrpc":"2.0"}"#
            ),
            (
                #"{"jsonrpc":"2.0","id":8,"method":"elicitation/create"}"#,
                #"{"error":{"code":-32601,"message":"Method not found"},"id":8,"jsonrpc":"2.0"}"#
            ),
            (#"{"jsonrpc":"2.0","method":"notifications/progress","params":{"progress":1}}"#, nil),
            (#"{"jsonrpc":"2.0","method":"notifications/message","params":{"data":"x"}}"#, nil),
            (#"{"jsonrpc":"2.0","id":99,"result":{}}"#, nil), (#"{"jsonrpc":"2.0","id":null,"result":{}}"#, nil),
            (#"{"jsonrpc":"1.0","id":1,"result":{}}"#, nil), (#"[1,2]"#, nil), (#"{"jsonrpc":"2.0","id":3}"#, nil),
            (#"{"jsonrpc":"2.0","id":1.5,"result":{}}"#, nil), (#"{"jsonrpc":"2.0","id":1e300,"result":{}}"#, nil),
        ] as [(String, String?)])
    func others(line: String, answer: String?) throws {
        var session = Self.ready()
        guard let message = MCPMessage(try JSONValue(parsing: line.utf8)) else {
            #expect(answer == nil)
            return
        }
        let sent = session.receive(message).compactMap { output -> String? in
            if case .send(let message) = output { message.json.json } else { nil }
        }
        #expect(sent == [answer].compactMap { $0 })
    }

    @Test("A call is answered once: by its result, by an error, or by the loss of the request")
    func calls() {
        var session = Self.ready()
        #expect(
            session.call("add", ["a": 1], number: 5) == [
                .send(.request(id: 3, method: "tools/call", parameters: ["name": "add", "arguments": ["a": 1]]))
            ])
        #expect(session.request(of: 5) == 3)
        #expect(
            session.receive(.result(id: 3, ["content": [["type": "text", "text": "2"]]])) == [
                .answered(call: 5, .text("2"))
            ])
        #expect(session.receive(.result(id: 3, [:])) == [])
        _ = session.call("add", [:], number: 6)
        #expect(
            session.receive(.failure(id: 4, code: -32602, sentence: "Unknown tool\u{1B}[2J")) == [
                .answered(call: 6, .refused("The service refuses that (-32602): Unknown tool\u{FFFD}[2J"))
            ])
        _ = session.call("add", [:], number: 7)
        #expect(session.failed(5, "Gone.") == [.answered(call: 7, .refused("Gone."))])
        #expect(session.failed(5, "Gone.") == [])
    }

    @Test("A call that nobody waits for is cancelled by name, and its late answer is dropped")
    func cancelling() {
        var session = Self.ready()
        _ = session.call("slow", [:], number: 1)
        #expect(
            session.cancel(1, because: "why") == [
                .send(
                    .notification(
                        method: "notifications/cancelled", parameters: ["requestId": 3, "reason": "why"]))
            ])
        #expect(session.cancel(1, because: "why") == [])
        #expect(session.receive(.result(id: 3, ["content": []])) == [])
    }

    @Test("Before the session is there a call is refused")
    func early() {
        var session = MCPSession()
        #expect(
            session.call("x", [:], number: 1) == [.answered(call: 1, .refused("The service is not there just now."))])
    }

    @Test(
        "What a tool gave is told as text",
        arguments: [
            (
                ["content": [["type": "text", "text": "a"], ["type": "text", "text": "b\u{0}\nc"]]],
                .text("a\nb\u{FFFD}\nc")
            ),
            (
                ["content": [["type": "image", "data": "AAAA"], ["type": "audio"], ["type": "text", "text": "x"]]],
                .text("[image]\n[audio]\nx")
            ),
            (
                [
                    "content": [
                        ["type": "resource_link", "name": "menu.pdf"], ["type": "resource", "resource": ["text": "t"]],
                    ]
                ],
                .text("[link to menu.pdf]\nt")
            ),
            (["content": [["type": "hologram"]]], .text("[something that is no text]")),
            (["content": [], "structuredContent": ["sum": 3]], .text(#"{"sum":3}"#)),
            (["content": [], "isError": true], .refused("The service failed and does not say why.")),
            (["content": [["type": "text", "text": "No."]], "isError": true], .refused("No.")), ([:], .text("Done.")),
        ] as [(JSONValue, MCPAnswer)])
    func answers(result: JSONValue, answer: MCPAnswer) {
        #expect(MCPAnswer(result) == answer)
    }

    @Test("T-54 What is too long is cut")
    func long() {
        let content: JSONValue = ["type": "text", "text": .string(String(repeating: "é", count: 10_000))]
        guard case .text(let text) = MCPAnswer(["content": [content, content]]) else {
            Issue.record("no text")
            return
        }
        #expect(text.utf8.count <= 8_010 && text.hasSuffix("…"))
    }

    @Test("Names are unique and fit models")
    func names() {
        #expect(
            MCPToolNames.names(
                of: [
                    "add", "add", "ns/tool.x", String(repeating: "long", count: 20),
                    String(repeating: "long", count: 21),
                ],
                server: "calc", taken: ["calc_add"])
                == [
                    "calc_add_2", "calc_add_3", "calc_ns_tool_x",
                    "calc_" + String(repeating: "long", count: 14) + "lon",
                    "calc_" + String(repeating: "long", count: 13) + "lon_2",
                ])
    }
}
