import Testing

@testable import WebSockets

@Suite struct WebSocketURLTests {
    @Test func `reads scheme, host, port, path and query`() throws {
        let rows: [(String, Bool, String, Int, String, String)] = [
            ("ws://127.0.0.1:7860/ws", false, "127.0.0.1", 7_860, "/ws", "127.0.0.1:7860"),
            (
                "wss://api.example.com/v1/x?model=a-1&b=%20", true, "api.example.com", 443, "/v1/x?model=a-1&b=%20",
                "api.example.com"
            ),
            ("WS://Host", false, "host", 80, "/", "host"),
            ("wss://host?call_id=1", true, "host", 443, "/?call_id=1", "host"),
            ("ws://[::1]:9/", false, "::1", 9, "/", "[::1]:9"),
            ("wss://host:80/", true, "host", 80, "/", "host:80"),
        ]
        for (text, isSecure, host, port, target, authority) in rows {
            let url = try #require(WebSocketURL(text), "\(text)")
            #expect(url.isSecure == isSecure && url.host == host && url.port == port, "\(text)")
            #expect(url.target == target && url.authority == authority, "\(text)")
        }
    }

    @Test(arguments: [
        "", "http://a/", "ws:/a", "ws://", "ws:///path", "ws://a:0/", "ws://a:65536/", "ws://a:/", "ws://a:+1/",
        "ws://user@host/", "ws://a/#part", "ws://a/ b", "ws://a/%2", "ws://a/%zz", "ws://a b/", "ws://[::1",
        "ws://[x]/",
        "ws://[::1]x/", "ws://a/\r\nX: y", "ws://ä/", "ws://a/" + String(repeating: "x", count: 9_000),
    ]) func `takes nothing else`(_ text: String) {
        #expect(WebSocketURL(text) == nil)
    }

    @Test func `adds to the query, encoded, and shows no query`() throws {
        let url = try #require(WebSocketURL("wss://a/b")).appending(query: [("key", "a b&ü"), ("n", "1")])
        #expect(url.target == "/b?key=a%20b%26%C3%BC&n=1")
        #expect(WebSocketURL("wss://a\(url.target)") == url)
        #expect("\(url)" == "wss://a/b")
    }
}
