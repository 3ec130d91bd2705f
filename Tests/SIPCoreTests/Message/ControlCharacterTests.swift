import SIPCore
import Testing

/// Control characters and quotes are no part of tokens; in quoted strings they stand behind a backslash.
@Suite struct ControlCharacterTests {
    @Test func `a password needs a user`() {
        #expect(throws: ParseError.self) { try SIPURI(parsing: "sip::secret@b.example") }
    }

    @Test(arguments: ["\"", "\u{0}", "\u{7}", "\u{1b}", "\u{7f}"])
    func `no parameter has them in its value`(control: String) {
        #expect(throws: ParseError.self) { try Via(parsing: "SIP/2.0/UDP a.example;branch=z9hG4b\(control)K1") }
        #expect(throws: ParseError.self) { try NameAddress(parsing: "<sip:a@b.example>;tag=1\(control)2") }
        #expect(throws: ParseError.self) { try TelURI(parsing: "tel:+1-555;x=\(control)12") }
        #expect(throws: ParseError.self) { try SIPURI(parsing: "sip:a@b.example;x=\(control)12") }
    }

    @Test func `a quoted string keeps them when it is written again`() throws {
        let text = "\"BEL:\\\u{7} NUL:\\\u{0} DEL:\\\u{7f} \\\"\\\\\" <sip:a@b.example>"
        let address = try NameAddress(parsing: text)
        #expect(address.displayName == "BEL:\u{7} NUL:\u{0} DEL:\u{7f} \"\\")
        #expect(try NameAddress(parsing: address.description) == address)
    }

    @Test func `an answer has From and To as they came`() throws {
        let from = "\"a\\\u{0}b\" <sip:a@b.example>;tag=1"
        let message = try Message(
            parsing: Array(
                """
                OPTIONS sip:b@c.example SIP/2.0\r
                Via: SIP/2.0/UDP a.example;branch=z9hG4bK1\r
                From: \(from)\r
                To: <sip:b@c.example>\r
                Call-ID: 1\r
                CSeq: 1 OPTIONS\r
                \r

                """.utf8))
        guard case .request(let request) = message else {
            Issue.record("no request")
            return
        }
        let answer = MessageBuilder(response: 200, to: request, toTag: Tag("x")).buildResponse()
        #expect(answer.first(.from) == from)
        #expect(try answer.from == request.from)
    }
}
