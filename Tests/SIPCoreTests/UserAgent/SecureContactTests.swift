import SIPCore
import TelephonyPrimitives
import Testing

@Suite("Our Contact is a sips URI")
struct SecureContactTests {
    struct Invite: Sendable, CustomTestStringConvertible {
        var uri = "sip:alice@192.0.2.1"
        var headers: [String] = []
        var isSecure: Bool

        var testDescription: String { ([uri] + headers).joined(separator: ", ") }
    }

    static let invites = [
        Invite(isSecure: false), Invite(uri: "sips:alice@192.0.2.1", isSecure: true),
        Invite(headers: ["Record-Route: <sips:p.example.com;lr>"], isSecure: true),
        Invite(headers: ["Contact: <sips:bob@192.0.2.9>"], isSecure: true),
        Invite(
            headers: ["Record-Route: <sip:p.example.com;lr>", "Contact: <sips:bob@192.0.2.9>"], isSecure: false),
    ]

    @Test("when the caller's URI, first Record-Route or Contact is one (RFC 3261 §12.1.1)", arguments: invites)
    func callee(invite: Invite) throws {
        var stage = Stage(transport: .tls)
        stage.request("INVITE", uri: invite.uri, headers: invite.headers, body: "v=0")
        let id = try #require(stage.incoming.first)
        stage.command(.answer(id, body: .answer))
        let contact = try #require(stage.lastResponse(to: .invite)?.first(.contact))
        #expect(contact.hasPrefix("<sips:") == invite.isSecure)
        try stage.learnOurTag()
        stage.acknowledge()
        stage.command(.reinvite(id, body: .offer))
        let own = try #require(stage.lastRequest(.invite)?.first(.contact))
        #expect(own.hasPrefix("<sips:") == invite.isSecure)
    }

    @Test("when whom we call or our first Route is one (RFC 3261 §8.1.1.8)", arguments: ["sip", "sips"])
    func caller(scheme: String) throws {
        var stage = Stage(transport: .tls)
        var proxy = try SIPURI(parsing: "\(scheme):p.example.com")
        proxy.parameters.set("lr", to: nil)
        _ = try stage.call("sip:bob@example.com", route: [proxy])
        let contact = try #require(stage.lastRequest(.invite)?.first(.contact))
        #expect(contact.hasPrefix("<sips:") == (scheme == "sips"))
    }
}
