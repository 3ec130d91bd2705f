import SIPCore
import TelephonyPrimitives
import Testing

struct MessageBuilderTests {
    static let invite = """
        INVITE sip:bob@biloxi.example.com SIP/2.0\r
        v: SIP/2.0/UDP client.atlanta.example.com:5060;branch=z9hG4bK74bf9;rport, SIP/2.0/TCP 10.0.0.1;branch=z9hG4bKx\r
        Record-Route: <sip:p1.example.com;lr>\r
        f: Alice <sip:alice@atlanta.example.com>;tag=9fxced76sl\r
        t: Bob <sip:bob@biloxi.example.com>\r
        i: 3848276298220188511@atlanta.example.com\r
        CSeq: 1 INVITE\r
        Content-Length: 0\r
        \r

        """

    private func parsed() throws -> Request {
        guard case .request(let request) = try Message(parsing: Array(Self.invite.utf8)) else {
            throw ParseError(offset: 0, section: "", message: "no request")
        }
        return request
    }

    @Test("A response copies Via, From, Call-ID and CSeq, and adds a tag to To (RFC 3261 §8.2.6)")
    func response() throws {
        let response = MessageBuilder(response: 180, to: try parsed(), toTag: Tag("abc")).buildResponse()
        #expect(response.status == 180)
        #expect(response.reason == "Ringing")
        #expect(try response.vias == parsed().vias)
        #expect(try response.to.tag == Tag("abc"))
        #expect(try response.from.tag == Tag("9fxced76sl"))
        #expect(try response.recordRoutes.count == 1)
        #expect(response.first(.contentLength) == "0")
        guard case .response(let again) = try Message(parsing: response.octets) else {
            Issue.record("what was built is no response")
            return
        }
        try again.validate()
        #expect(again.headers.map(\.value) == response.headers.map(\.value))
    }

    @Test(
        "Record-Route is copied only into responses that can make a dialog", arguments: [(100, 0), (200, 1), (486, 0)])
    func recordRoute(status: Int, count: Int) throws {
        let response = MessageBuilder(response: status, to: try parsed(), toTag: nil).buildResponse()
        #expect(try response.recordRoutes.count == count)
    }

    @Test("received and rport are noted in the topmost Via alone (RFC 3261 §18.2.1, RFC 3581 §4)")
    func received() throws {
        let source = TransportAddress(ip: try #require(IPAddress("203.0.113.7")), port: 40_000)
        let request = try parsed().withTopViaReceived(from: source)
        #expect(try request.topVia.received == source.ip)
        #expect(try request.topVia.rport == .value(40_000))
        #expect(try request.vias.count == 2)
        #expect(try request.vias[1].parameters.has("received") == false)
        #expect(try request.cseq == parsed().cseq)
    }

    @Test("T-15: line ends in a value that came from outside add no header")
    func injection() throws {
        var builder = MessageBuilder(request: .invite, uri: try URI(parsing: "sip:bob@example.com"))
        builder.add(.subject, "hello\r\nX-Evil: yes\0\n")
        let request = builder.buildRequest()
        guard case .request(let again) = try Message(parsing: request.octets) else {
            Issue.record("what was built is no request")
            return
        }
        #expect(again.first(HeaderName("X-Evil")) == nil)
        #expect(again.first(.subject)?.hasPrefix("hello") == true)
        let response = MessageBuilder(response: 480, reason: "no\r\nX-Evil: 1", to: again, toTag: nil).buildResponse()
        #expect(!response.octets.contains(Array("\r\nX-Evil".utf8)))
    }

    @Test("Setting a header replaces all of its lines and keeps the first one's place")
    func set() throws {
        var builder = MessageBuilder(request: .options, uri: try URI(parsing: "sip:bob@example.com"))
        builder.add(.allow, "INVITE")
        builder.add(.subject, "one")
        builder.add(.allow, "BYE")
        builder.set(.allow, "ACK")
        builder.setBody(Array("x".utf8), contentType: "text/plain")
        let request = builder.buildRequest()
        #expect(request.headers.map(\.value) == ["ACK", "one", "text/plain", "1"])
    }

    @Test("Limits are named: too many headers, too long a header, too large a message")
    func limits() throws {
        func status(_ text: String) throws -> Int? {
            do {
                guard case .request(let request) = try Message(parsing: Array(text.utf8)) else { return nil }
                try request.validate()
                return 200
            } catch {
                return error.suggestedStatus
            }
        }
        let head = Self.invite.dropLast(2)
        #expect(try status(Self.invite) == 200)
        #expect(try status(head + String(repeating: "X: y\r\n", count: 300) + "\r\n") == 513)
        #expect(try status(head + "X: " + String(repeating: "y", count: 9_000) + "\r\n\r\n") == 513)
        #expect(try status(Self.invite + String(repeating: "y", count: 70_000)) == 513)
    }
}
