import Telephony
import Testing

@testable import CallAPI

/// T-42: who is let in.
struct AccessTests {
    private static let token = "0123456789abcdef0123456789abcdef"

    private func guarded() throws -> Desk {
        try Desk {
            $0.tokens = try BearerTokens(parsing: "# of the shop\n\(Self.token)\nfedcba9876543210fedcba9876543210")
        }
    }

    @Test(
        "T-42: without one of the tokens nothing of a call is told or done",
        arguments: [
            nil, "", "Bearer", "Bearer ", "Bearer x", "Bearer \(token)x", "Bearer \(token.dropLast())",
            "Bearer \(token.uppercased())", "Basic \(token)", token, "Bearer \(token),\(token)",
        ])
    func refused(header: String?) async throws {
        let desk = try guarded()
        for route in Route.all where !route.isOpen {
            let path = route.path.replacing("{id}", with: "0000-1")
            let answer = await desk.ask(
                route.method, path, "{}", headers: header.map { [("Authorization", $0)] } ?? [])
            #expect(answer.status == 401, "\(route.method) \(path)")
            #expect(answer.header("www-authenticate") == "Bearer")
            #expect(!answer.text.contains(Self.token))
        }
    }

    @Test("Each of the tokens opens, whatever the case of the scheme", arguments: ["Bearer", "bearer"])
    func admitted(scheme: String) async throws {
        let desk = try guarded()
        for token in [Self.token, "fedcba9876543210fedcba9876543210"] {
            let answer = await desk.ask("GET", "/v1/calls", headers: [("authorization", "\(scheme) \(token)")])
            #expect(answer.status == 200)
        }
    }

    @Test("Two Authorization fields are none: nobody chooses which one counts")
    func twice() async throws {
        let desk = try guarded()
        let answer = await desk.ask(
            "GET", "/v1/calls",
            headers: [("Authorization", "Bearer \(Self.token)"), ("authorization", "Bearer \(Self.token)")])
        #expect(answer.status == 401)
    }

    @Test("Health and the description need no token; metrics do", arguments: ["/healthz", "/readyz", "/openapi.json"])
    func open(path: String) async throws {
        let desk = try guarded()
        #expect(await desk.ask("GET", path).status == 200)
        #expect(await desk.ask("HEAD", path).text.isEmpty)
        #expect(await desk.ask("GET", "/metrics").status == 401)
    }

    @Test("Who asks too often is told when to come again, and nobody else is slowed down")
    func rate() async throws {
        let desk = try Desk {
            $0.tokens = try BearerTokens(parsing: "\(Self.token) fedcba9876543210fedcba9876543210")
            $0.requestsPerSecond = 2
        }
        let (one, other) = (
            [("Authorization", "Bearer \(Self.token)")],
            [("Authorization", "Bearer fedcba9876543210fedcba9876543210")]
        )
        for _ in 0..<4 { #expect(await desk.ask("GET", "/v1/calls", headers: one).status == 200) }
        let refused = await desk.ask("GET", "/v1/calls", headers: one)
        #expect(refused.status == 429 && refused.header("retry-after") == "1")
        #expect(await desk.ask("GET", "/v1/calls", headers: other).status == 200)
        desk.wait(.seconds(1))
        for _ in 0..<2 { #expect(await desk.ask("GET", "/v1/calls", headers: one).status == 200) }
        #expect(await desk.ask("GET", "/v1/calls", headers: one).status == 429)
        // Guessing is slowed down, and slows down no token and no probe.
        for _ in 0..<4 { #expect(await desk.ask("GET", "/v1/calls").status == 401) }
        #expect(await desk.ask("GET", "/v1/calls").status == 429)
        #expect(await desk.ask("GET", "/v1/calls", headers: other).status == 200)
        #expect(await desk.ask("GET", "/healthz").status == 200)
    }

    @Test(
        "Without tokens a page in a browser on this machine can't ask, whatever name it has for it",
        arguments: [
            ("127.0.0.1:8080", nil, 200), ("localhost:8080", nil, 200), ("[::1]:8080", nil, 200),
            ("LOCALHOST", nil, 200),
            ("evil.example:8080", nil, 403), ("127.0.0.1.evil.example", nil, 403), ("192.0.2.1", nil, 403),
            ("", nil, 403),
            ("127.0.0.1:8080", "http://evil.example", 403), ("127.0.0.1:8080", "null", 403),
            ("127.0.0.1:8080", "http://127.0.0.1:8080", 200),
        ])
    func browser(host: String, origin: String?, status: Int) async throws {
        let desk = try Desk()
        let headers = [("Host", host)] + (origin.map { [("Origin", $0)] } ?? [])
        #expect(await desk.ask("GET", "/v1/calls", headers: headers).status == status)
    }

    @Test(
        "Tokens that can be guessed or are none are said when the server starts",
        arguments: [
            ("", BearerTokens.Failure.none), ("# nothing\n\n", .none), ("short", .short(number: 1)),
            ("0123456789abcdef 0123", .short(number: 2)), ("0123456789abcd\u{E9}f", .odd(number: 1)),
        ])
    func badTokens(text: String, failure: BearerTokens.Failure) {
        #expect(throws: failure) { try BearerTokens(parsing: text) }
    }

    @Test("No token comes out in a description or a dump")
    func secrets() throws {
        let tokens = try BearerTokens(parsing: Self.token)
        var dumped = ""
        dump(tokens, to: &dumped)
        #expect(!"\(tokens)\(String(reflecting: tokens))\(dumped)".contains(Self.token))
    }
}
