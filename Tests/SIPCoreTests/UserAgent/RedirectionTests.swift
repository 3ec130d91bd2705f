import SIPCore
import TelephonyPrimitives
import Testing

@Suite("A call that is redirected (RFC 3261 §8.1.3.4)")
struct RedirectionTests {
    private func call(_ stage: inout Stage, _ target: String = "sip:bob@192.0.2.9", most: Int = 5) throws -> SessionID {
        let id = stage.core.makeSessionID()
        var invite = OutgoingInvite(
            target: try SIPURI(parsing: target), from: try NameAddress(parsing: "<sip:alice@example.com>"),
            body: .offer, credentials: Credentials(username: "alice", password: "secret"))
        invite.maximumRedirections = most
        stage.command(.invite(id, invite))
        return id
    }

    private func redirect(_ stage: inout Stage, _ contacts: String, status: Int = 302) throws {
        stage.respond(status, to: try #require(stage.lastRequest(.invite)), headers: [(.contact, contacts)])
    }

    @Test("goes on to the Contact of the highest q, with the same Call-ID and From and the next number")
    func follows() throws {
        var stage = Stage()
        _ = try call(&stage)
        let first = try #require(stage.lastRequest(.invite))
        try redirect(
            &stage, "<sip:low@192.0.2.9>;q=0.1, <sip:high@192.0.2.9;method=BYE?Subject=x>;q=0.9, <mailto:b@example.com>"
        )
        #expect(stage.titles == ["INVITE", "ACK", "INVITE"])
        let second = try #require(stage.lastRequest(.invite))
        #expect(second.requestURIText == "sip:high@192.0.2.9")
        #expect(second.first(.subject) == nil)
        #expect(try second.callID == first.callID && second.from == first.from && second.to == first.to)
        #expect(try second.cseq.number == first.cseq.number + 1)
        #expect(try second.topVia.branch != first.topVia.branch)
        #expect(second.body == first.body)
        stage.respond(486, to: second)
        let third = try #require(stage.lastRequest(.invite))
        #expect(third.requestURIText == "sip:low@192.0.2.9")
        stage.respond(200, to: third, body: "v=0 answer")
        #expect(stage.names.last == "answered")
        #expect(stage.lastRequest(.ack)?.requestURIText == "sip:bob@192.0.2.9:5060")
    }

    @Test("ends when nobody is left, with 6xx at once, and is no loop")
    func ends() throws {
        var stage = Stage()
        _ = try call(&stage)
        try redirect(&stage, "<sip:bob@192.0.2.9>, <sip:c@192.0.2.9>")
        #expect(stage.lastRequest(.invite)?.requestURIText == "sip:c@192.0.2.9")
        try redirect(&stage, "<sip:c@192.0.2.9>, <sip:bob@192.0.2.9>")
        #expect(stage.ends.map(\.status) == [302])
        stage.forget()
        _ = try call(&stage)
        try redirect(&stage, "<sip:c@192.0.2.9>, <sip:d@192.0.2.9>")
        stage.respond(603, to: try #require(stage.lastRequest(.invite)))
        #expect(stage.ends.map(\.status) == [603])
        stage.forget()
        _ = try call(&stage, most: 2)
        for name in ["c", "d", "e"] { try redirect(&stage, "<sip:\(name)@192.0.2.9>") }
        #expect(stage.titles.count { $0 == "INVITE" } == 3)
        #expect(stage.ends.map(\.status) == [302])
        stage.advance(.seconds(40))
        #expect(stage.core.counters.isIdle)
    }

    @Test("is handed up with its Contacts when the application wants that")
    func handedUp() throws {
        var stage = Stage()
        _ = try call(&stage, most: 0)
        try redirect(&stage, "<sip:c@192.0.2.9>", status: 301)
        #expect(stage.titles == ["INVITE", "ACK"])
        #expect(stage.ends.first?.response?.first(.contact) == "<sip:c@192.0.2.9>")
    }

    @Test("stays secure, and tells its password to nobody new")
    func secure() throws {
        var stage = Stage(transport: .tls)
        _ = try call(&stage, "sips:bob@example.com")
        try redirect(&stage, "<sip:plain@example.com>, <sips:safe@example.com>;q=0.1")
        let second = try #require(stage.lastRequest(.invite))
        #expect(second.requestURIText == "sips:safe@example.com")
        stage.respond(401, to: second, headers: [(.wwwAuthenticate, "Digest realm=\"stranger\", nonce=\"n\"")])
        #expect(stage.ends.map(\.cause) == [.unauthorized])
        #expect(stage.lastRequest(.invite)?.first(.authorization) == nil)
    }
}
