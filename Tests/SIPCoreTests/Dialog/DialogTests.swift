import Testing

@testable import SIPCore

@Suite("A dialog")
struct DialogTests {
    private func draft(routes: [String] = []) throws -> RequestDraft {
        RequestDraft(
            method: .invite, target: try URI(parsing: "sip:bob@example.com"),
            uri: try URI(parsing: "sip:bob@example.com"), routes: routes, from: "<sip:alice@example.com>;tag=a",
            fromTag: Tag("a"), to: "<sip:bob@example.com>", callID: CallID("c"), sequence: 7,
            contact: ContactIdentity(user: "alice", isSecure: false))
    }

    private func response(_ status: Int, _ headers: String) throws -> Response {
        let text =
            "SIP/2.0 \(status) OK\r\nVia: SIP/2.0/UDP a;branch=z9hG4bK1\r\nFrom: <sip:alice@example.com>;tag=a\r\n"
            + "To: \"Bob\" <sip:bob@example.com>;tag=b\r\nCall-ID: c\r\nCSeq: 7 INVITE\r\n\(headers)Content-Length: 0\r\n\r\n"
        guard case .response(let response) = try Message(parsing: Array(text.utf8)) else { throw CancellationError() }
        return response
    }

    private func invite(_ headers: String) throws -> Request {
        let text =
            "INVITE sip:bob@192.0.2.2 SIP/2.0\r\nVia: SIP/2.0/UDP a;branch=z9hG4bK1\r\nMax-Forwards: 70\r\n"
            + "From: \"Alice\" <sip:alice@example.com>;tag=a\r\nTo: <sip:bob@example.com>\r\nCall-ID: c\r\n"
            + "CSeq: 40 INVITE\r\n\(headers)Content-Length: 0\r\n\r\n"
        guard case .request(let request) = try Message(parsing: Array(text.utf8)) else { throw CancellationError() }
        return request
    }

    @Test("of the caller takes its route set from the response, reversed, and sends to the Contact")
    func caller() throws {
        let answer = try response(
            200,
            "Contact: <sip:bob@192.0.2.2:5070>\r\nRecord-Route: <sip:p2.example.com;lr>, <sip:p1.example.com;lr>\r\n")
        var dialog = try Dialog(invite: draft(), response: answer)
        #expect(dialog.id == DialogID(callID: CallID("c"), localTag: Tag("a"), remoteTag: Tag("b")))
        #expect(dialog.isConfirmed)
        let bye = dialog.makeRequest(.bye)
        #expect(bye.uri.description == "sip:bob@192.0.2.2:5070")
        #expect(bye.routes == ["<sip:p1.example.com;lr>", "<sip:p2.example.com;lr>"])
        #expect(bye.nextHop == FlowTarget(host: "p1.example.com"))
        #expect(bye.sequence == 8)
        #expect(bye.from == "<sip:alice@example.com>;tag=a")
        #expect(bye.to == "\"Bob\" <sip:bob@example.com>;tag=b")
        #expect(dialog.makeRequest(.info).sequence == 9)
    }

    @Test("of the callee takes its route set from the request in order")
    func callee() throws {
        let request = try invite(
            "Contact: <sip:alice@192.0.2.1>\r\nRecord-Route: <sip:p2.example.com;lr>\r\nRecord-Route: <sip:p1.example.com;lr>\r\n"
        )
        var dialog = try Dialog(request: request, localTag: Tag("b"))
        let bye = dialog.makeRequest(.bye)
        #expect(bye.routes == ["<sip:p2.example.com;lr>", "<sip:p1.example.com;lr>"])
        #expect(bye.uri.description == "sip:alice@192.0.2.1")
        #expect(bye.from == "<sip:bob@example.com>;tag=b")
        #expect(bye.to == "\"Alice\" <sip:alice@example.com>;tag=a")
        #expect(bye.sequence == 1)
    }

    @Test("puts a strict router into the Request-URI and the target at the end of the route")
    func strict() throws {
        let answer = try response(
            200,
            "Contact: <sip:bob@192.0.2.2>\r\nRecord-Route: <sip:p2.example.com;lr>\r\nRecord-Route: <sip:p1.example.com>\r\n"
        )
        var dialog = try Dialog(invite: draft(), response: answer)
        let bye = dialog.makeRequest(.bye)
        #expect(bye.uri.description == "sip:p1.example.com")
        #expect(bye.routes == ["<sip:p2.example.com;lr>", "<sip:bob@192.0.2.2>"])
        #expect(bye.nextHop == FlowTarget(host: "p1.example.com"))
    }

    @Test("takes target and route set of the 2xx, not of the provisional response")
    func confirmed() throws {
        var dialog = try Dialog(
            invite: draft(),
            response: response(180, "Contact: <sip:early@192.0.2.2>\r\nRecord-Route: <sip:p1.example.com;lr>\r\n"))
        #expect(!dialog.isConfirmed)
        try dialog.confirm(with: response(200, "Contact: <sip:bob@192.0.2.3>\r\n"))
        #expect(dialog.isConfirmed)
        #expect(dialog.remoteTarget.description == "sip:bob@192.0.2.3")
        #expect(dialog.makeRequest(.bye).routes == [])
    }

    @Test("keeps its route set when the target moves")
    func refreshed() throws {
        var dialog = try Dialog(
            invite: draft(),
            response: response(200, "Contact: <sip:bob@192.0.2.2>\r\nRecord-Route: <sip:p1.example.com;lr>\r\n"))
        try dialog.refreshTarget(
            with: response(200, "Contact: <sip:bob@192.0.2.9>\r\nRecord-Route: <sip:p9.example.com;lr>\r\n"))
        let bye = dialog.makeRequest(.bye)
        #expect(bye.uri.description == "sip:bob@192.0.2.9")
        #expect(bye.routes == ["<sip:p1.example.com;lr>"])
    }

    @Test("takes numbers that rise, with gaps, and no other")
    func order() throws {
        var dialog = try Dialog(request: invite("Contact: <sip:a@192.0.2.1>\r\n"), localTag: Tag("b"))
        let steps: [(UInt32, Bool)] = [(40, false), (39, false), (41, true), (41, false), (100, true), (99, false)]
        for (number, expected) in steps { #expect(dialog.accepts(sequence: number) == expected, "\(number)") }
    }

    @Test("makes an ACK with the number and the credentials of its INVITE")
    func acknowledgement() throws {
        var draft = try draft()
        draft.authorization = [(.proxyAuthorization, "Digest x")]
        let dialog = try Dialog(invite: draft, response: response(200, "Contact: <sip:bob@192.0.2.2>\r\n"))
        let ack = dialog.makeAcknowledgement(of: draft, body: nil)
        #expect(ack.sequence == 7)
        #expect(ack.authorization.map(\.1) == ["Digest x"])
        #expect(ack.uri.description == "sip:bob@192.0.2.2")
    }

    @Test("refuses a response with two Contacts")
    func twoContacts() throws {
        let answer = try response(200, "Contact: <sip:a@192.0.2.2>, <sip:b@192.0.2.2>\r\n")
        #expect(throws: ParseError.self) { try Dialog(invite: draft(), response: answer) }
    }
}
