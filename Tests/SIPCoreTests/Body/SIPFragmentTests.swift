import SIPCore
import Testing

@Suite("A fragment of a SIP message")
struct SIPFragmentTests {
    private static let cases: [(String, SIPFragment.StartLine?, [String], String)] = [
        ("SIP/2.0 603 Declined", .status(603, reason: "Declined"), [], ""),
        ("SIP/2.0 200\r\n", .status(200, reason: ""), [], ""),
        (
            "INVITE sip:alice@atlanta.com SIP/2.0\r\n", .request(.invite, uri: "sip:alice@atlanta.com"), [],
            ""
        ),
        ("From: Alice <sip:a@atlanta.com>\r\n", nil, ["From"], ""),
        (
            "SIP/2.0 486 Busy\r\nReason: Q.850;cause=17\r\nX-A: b\r\n c\r\n\r\nhello",
            .status(486, reason: "Busy"), ["Reason", "X-A"], "hello"
        ),
        (
            "Content-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello", nil, ["Content-Type", "Content-Length"],
            "hello"
        ),
        ("\r\nhello", nil, [], "hello"), ("SIP/2.0 200 OK\nTo: <sip:b@b>", .status(200, reason: "OK"), ["To"], ""),
        ("To: <sip:b@b>\r\nno header\r\nCall-ID: c\r\n", nil, ["To", "Call-ID"], ""),
    ]

    @Test("is read with whatever it has: a status or request line, headers, a body (RFC 3420 §2)", arguments: cases)
    func parts(_ text: String, start: SIPFragment.StartLine?, headers: [String], body: String) throws {
        let fragment = try SIPFragment(parsing: Array(text.utf8))
        #expect(fragment.startLine == start)
        #expect(fragment.headers.map(\.name.text) == headers)
        #expect(fragment.body == Array(body.utf8))
        if case .request? = start { #expect(fragment.hasMoreThanStatus) }
        if case .status? = start { #expect(fragment.hasMoreThanStatus == !headers.isEmpty) }
    }

    @Test(
        "is nothing where nothing of it is SIP, and never breaks",
        arguments: [
            "", "SIP/2.0", "SIP/2.0 999 No", "SIP/2.0 -20 No", "hello", ": a", "\u{0}", " ", "SIP/2.0 20000 OK",
        ])
    func rubbish(_ text: String) {
        #expect(throws: ParseError.self) { try SIPFragment(parsing: Array(text.utf8)) }
    }

    @Test("gives its headers as a message does, and says which one it lacks")
    func example() throws {
        let text = """
            INVITE sip:alice@atlanta.com SIP/2.0\r\nTo: <sip:alice@atlanta.com>\r\n\
            Contact: <sip:bob@192.0.2.10>\r\nContent-Type: application/sdp\r\n
            """
        let fragment = try SIPFragment(parsing: Array(text.utf8))
        #expect(try fragment.to.uri.description == "sip:alice@atlanta.com")
        #expect(try fragment.contentType?.description == "application/sdp")
        #expect(throws: ParseError.self) { try fragment.from }
    }
}
