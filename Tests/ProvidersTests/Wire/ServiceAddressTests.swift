import Agent
import Testing
import WebSockets

@testable import Providers

@Suite("Service address")
struct ServiceAddressTests {
    private func address() throws -> ServiceAddress {
        ServiceAddress(
            service: "Acme",
            url: try ServiceAddress.url("wss://api.example.com/", path: "/v1", query: [("a b", "c&d")]),
            keyField: "Authorization", keyPrefix: "Token ", key: Secret("planted-4711"), keySource: "ACME_KEY")
    }

    @Test("The query is encoded and the key goes into its field")
    func request() throws {
        let address = try address()
        #expect(address.url.target == "/v1?a%20b=c%26d")
        #expect(address.requestHeaders.first("authorization") == "Token planted-4711")
    }

    @Test("What is no URL of a WebSocket is refused with a sentence", arguments: ["https://a.b", "", "ws://", "a.b"])
    func noURL(_ text: String) {
        let error = #expect(throws: ProviderError.self) { try ServiceAddress.url(text, path: "/", query: []) }
        #expect(error?.mayPass == false)
    }

    @Test(
        "Each way to fail says whether trying again may help",
        arguments: [
            (WebSocketConnectionError.timedOut, ProviderError.timedOut("Acme was not reached in time.")),
            (.cancelled, .cancelled), (.tls("bad"), .unavailable("Acme: the TLS handshake failed: bad.")),
            (.lost("reset"), .failed("Acme: the connection broke: reset.")),
            (
                .refused(WebSocketAnswer(status: 403, body: Array("no\n\tplanted-4711 \u{7}".utf8))),
                .unavailable("Acme refused the connection (403): no (secret). Check ACME_KEY.")
            ), (.refused(WebSocketAnswer(status: 404)), .unavailable("Acme refused the connection (404)")),
            (.refused(WebSocketAnswer(status: 529)), .overloaded("Acme refused the connection (529)")),
            (.refused(WebSocketAnswer(status: 502)), .failed("Acme refused the connection (502)")),
            (.refused(WebSocketAnswer(status: 302)), .failed("Acme refused the connection (302)")),
        ])
    func errors(_ error: WebSocketConnectionError, _ expected: ProviderError) throws {
        #expect(try address().error(error) == expected)
    }

    @Test("A key that is refused is looked for where it was found")
    func place() throws {
        var address = try address()
        address.key = Secret("planted-4711", from: "the file /etc/acme.key")
        #expect(
            address.error(.refused(WebSocketAnswer(status: 401)))
                == .unavailable("Acme refused the connection (401). Check the file /etc/acme.key."))
    }

    @Test("T-54 a long story is cut short")
    func long() throws {
        #expect(try address().redacted(String(repeating: "x", count: 5_000)).count == 300)
    }
}
