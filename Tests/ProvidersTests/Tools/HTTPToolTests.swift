import Agent
import ProviderDoubles
import TelephonyPrimitives
import Testing
import Webhooks

@testable import Providers

struct HTTPToolTests {
    private static let context = DialogueContext(callID: "c-1", caller: "sip:ann@x", called: "sip:desk@y")
    private static let declaration = ToolDeclaration(
        name: "free_times", text: "Tells the free times of a day.",
        parameters: [
            "type": "object", "required": ["day"], "additionalProperties": false,
            "properties": ["day": ["type": "string"], "people": ["type": "array", "items": ["type": "string"]]],
        ])

    private static func tool(
        _ url: String, method: HTTPToolConfiguration.Method = .post, allowsPrivate: Bool = true,
        resolver: @escaping ToolAddress.Resolver = ToolAddress.system,
        sleep: @escaping @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }
    ) throws -> HTTPTool {
        var configuration = HTTPToolConfiguration(
            declaration: declaration, url: url, method: method, token: Secret("t0ken"),
            signingSecret: Secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"), allowsPrivateAddresses: allowsPrivate)
        configuration.tellsTrace = method == .post
        return try HTTPTool(
            configuration, resolver: resolver, clock: { 1_614_265_330 }, sleep: sleep)
    }

    @Test("The arguments are posted with the key, the call and a signature, and the answer is told to the model")
    func post() async throws {
        let server = try await HTTPDouble { _ in .init(steps: [.send(Array(#"{"free": ["9:00"]}"#.utf8))]) }
        let tool = try Self.tool("\(server.url)/times?room=2")
        let result = try await tool.run(["day": "monday"], context: Self.context)
        #expect(result == ToolResult(text: #"{"free": ["9:00"]}"#))
        await server.stop()
        let request = try #require(server.requests.first)
        #expect(request.method == "POST" && request.path == "/times?room=2")
        #expect(String(decoding: request.body, as: UTF8.self) == #"{"day":"monday"}"#)
        #expect(request.headers["authorization"] == "Bearer t0ken")
        #expect(request.headers["content-type"] == "application/json")
        #expect(request.headers["x-trunkline-call"] == "c-1")
        let trace = TraceContext(call: "c-1")
        #expect(request.headers["traceparent"] == "00-\(trace.traceID)-\(trace.callSpan)-01")
        let id = try #require(request.headers["webhook-id"])
        #expect(id.hasPrefix("c-1."))
        #expect(request.headers["webhook-timestamp"] == "1614265330")
        let signature = try #require(WebhookSignature(secret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"))
        #expect(
            request.headers["webhook-signature"]
                == signature.value(id: id, seconds: 1_614_265_330, body: request.body))
    }

    @Test(
        "T-53 A service gets the digits that the model only knows by name, where it is allowed, and its answer is cleaned of them"
    )
    func digits() async throws {
        let server = try await HTTPDouble { request in
            .init(steps: [.send(Array("got ".utf8) + request.body)])
        }
        for takesDigits in [true, false] {
            var configuration = HTTPToolConfiguration(
                declaration: Self.declaration, url: server.url, allowsPrivateAddresses: true)
            configuration.takesDigits = takesDigits
            let context = DialogueContext(callID: "c-2", caller: "sip:ann@x", called: "sip:desk@y")
            context.keptDigits.keep("4111111111111111", as: "card")
            let result = try await HTTPTool(configuration).run(
                ["day": "{card}", "people": ["{card}", "a {card}", "{other}"]], context: context)
            let name = takesDigits ? "••••••••••••••••" : "{card}"
            #expect(result.text == #"got {"day":"\#(name)","people":["\#(name)","a {card}","{other}"]}"#)
        }
        await server.stop()
        let bodies = server.requests.map { String(decoding: $0.body, as: UTF8.self) }
        #expect(bodies.first?.contains(#""day":"4111111111111111""#) == true)
        #expect(bodies.last?.contains("4111111111111111") == false)
    }

    @Test("A secret that is too short to sign with is refused when the program starts")
    func secret() {
        var configuration = HTTPToolConfiguration(declaration: Self.declaration, url: "https://x.example/")
        configuration.signingSecret = Secret("short")
        #expect(throws: ToolRefusal.self) { try HTTPTool(configuration) }
    }

    @Test("In a query everything that could mean something is encoded")
    func get() async throws {
        let server = try await HTTPDouble { _ in .init(steps: []) }
        let tool = try Self.tool("\(server.url)/times?room=2", method: .get)
        let day = "a b&c=d/../#?é\r\nHost: evil"
        let result = try await tool.run(["day": .string(day), "people": ["x", "y"]], context: Self.context)
        #expect(result == ToolResult(text: "Done."))
        await server.stop()
        let request = try #require(server.requests.first)
        #expect(
            request.path == "/times?room=2&day=a%20b%26c%3Dd%2F..%2F%23%3F%C3%A9%0D%0AHost%3A%20evil&people=x&people=y")
        #expect(request.headers["host"]?.hasPrefix("127.0.0.1") == true && request.body.isEmpty)
        #expect(request.headers["traceparent"] == nil)
    }

    @Test("T-50 What was not declared is never sent")
    func undeclared() async throws {
        let server = try await HTTPDouble { _ in .init(steps: []) }
        let tool = try Self.tool(server.url)
        for arguments in [[:], ["day": 5], ["day": "x", "url": "http://evil"]] as [JSONValue] {
            await #expect(throws: ToolRefusal.self) { try await tool.run(arguments, context: Self.context) }
        }
        await server.stop()
        #expect(server.requests.isEmpty)
    }

    @Test(
        "T-51 A private address is never asked unless the configuration says so, also when a name leads there only now",
        arguments: [
            "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "::1",
            "::",
            "fd00::1", "fe80::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::",
        ])
    func privateAddress(address: String) async throws {
        let ip = try #require(IPAddress(address))
        let named = try Self.tool("http://rebound.example:81/x", allowsPrivate: false, resolver: { _, _ in ip })
        let literal = try Self.tool(
            "http://\(address.contains(":") ? "[\(address)]" : address):81/x", allowsPrivate: false,
            resolver: { _, _ in throw ToolRefusal("not asked") })
        for tool in [named, literal] {
            let error = await #expect(throws: ToolRefusal.self) {
                try await tool.run(["day": "x"], context: Self.context)
            }
            #expect(error?.description.contains("private") == true)
        }
    }

    @Test("T-51 The address that was judged is the one that is asked, whatever the name leads to next")
    func pinned() async throws {
        let server = try await HTTPDouble { _ in .init(steps: [.send(Array("ok".utf8))]) }
        let port = try #require(server.url.split(separator: ":").last)
        let loopback = try #require(IPAddress("127.0.0.1"))
        // No resolver of the system knows this name.
        let tool = try Self.tool("http://service.invalid:\(port)/", resolver: { _, _ in loopback })
        #expect(try await tool.run(["day": "x"], context: Self.context).text == "ok")
        await server.stop()
        #expect(server.requests.first?.headers["host"] == "service.invalid:\(port)")
    }

    @Test(
        "T-51 T-52 What a service does wrong is told in a sentence, and redirects are not followed",
        arguments: [
            (302, "", "The service sends one elsewhere, which is not followed."),
            (401, "", "The service does not accept our key."),
            (422, "no such\r\nday", "The service refuses that (422): no such  day"),
            (429, "", "The service has too much to do; try later."), (500, "secret stack", "The service failed (500)."),
        ])
    func refused(status: Int, body: String, sentence: String) async throws {
        let server = try await HTTPDouble { _ in
            .init(
                status: status, headers: [(name: "location", value: "http://169.254.169.254/")],
                steps: [.send(Array(body.utf8))])
        }
        let error = await #expect(throws: ToolRefusal.self) {
            try await Self.tool(server.url).run(["day": "x"], context: Self.context)
        }
        #expect(error?.description == sentence)
        await server.stop()
        #expect(server.requests.count == 1)
    }

    @Test("T-52 An answer without end is given up, and so is one that never begins")
    func endless() async throws {
        let endless = try await HTTPDouble { _ in .init(steps: [.repeatForever(Array(repeating: 0x61, count: 4_096))]) }
        let much = await #expect(throws: ToolRefusal.self) {
            try await Self.tool(endless.url).run(["day": "x"], context: Self.context)
        }
        #expect(much?.description.contains("too much") == true)
        await endless.stop()
        let silent = try await HTTPDouble { _ in .init(steps: [.hang]) }
        let late = await #expect(throws: ToolRefusal.self) {
            try await Self.tool(silent.url, sleep: { _ in }).run(["day": "x"], context: Self.context)
        }
        #expect(late?.description == "The service did not answer in time.")
        await silent.stop()
    }

    @Test(
        "A URL that is none is refused when the program starts",
        arguments: [
            "file:///etc/passwd", "ftp://x", "https://", "/times", "http://user:pass@x/", "http://x/#a",
            "http://x:99999/",
        ])
    func url(url: String) {
        #expect(throws: ToolRefusal.self) { try Self.tool(url) }
    }
}
