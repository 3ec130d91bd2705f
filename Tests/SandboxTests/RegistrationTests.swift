import SIPCore
import Sandbox
import TelephonyPrimitives
import Testing

/// REGISTER as the reference has it (A3, A4).
struct RegistrationTests {
    @Test("A3: a REGISTER is asked for a password by 401 in the form of RFC 2069: no qop, opaque of CSeq and source")
    func challenge() throws {
        var desk = Desk()
        let refused = try #require(desk.hear(Desk.register("agent", sequence: 4711)).final)
        #expect(refused.status == 401)
        let challenge = try #require(refused.first(.wwwAuthenticate))
        #expect(Digest.value("realm", in: challenge) == "sip.telnyx.com")
        #expect(Digest.value("opaque", in: challenge) == "4711/192.0.2.10")
        #expect(!challenge.contains("qop"))
        #expect(refused.first(.server) == "Telnyx Registrar")
        #expect(try refused.topVia.description.contains("received=192.0.2.10"))
        #expect(try refused.topVia.rport == .value(5060))
    }

    @Test("A3: the realm is the host of To", arguments: ["sip.telnyx.com", "192.76.120.10", "sip.telnyx.eu"])
    func realm(host: String) throws {
        var desk = Desk()
        let refused = try #require(desk.hear(Desk.register("agent", sequence: 1, host: host)).final)
        #expect(Digest.value("realm", in: refused.first(.wwwAuthenticate) ?? "") == host)
    }

    @Test("A4: 200 has our Contact with where it came from, and a little less time than was asked for")
    func granted() throws {
        var desk = Desk()
        let found = desk.register("agent")
        let granted = try #require(found)
        #expect(granted.status == 200)
        #expect(
            granted.values(of: .contact) == ["<sip:agent@192.0.2.10:5060;alias=192.0.2.10~5060~1>;expires=3528"])
    }

    struct Refused: Sendable, CustomTestStringConvertible {
        var what: String
        var code: String
        var contact: String?
        var tag = ""
        var testDescription: String { what }
    }

    @Test(
        "A4: what a REGISTER may not have is refused with 403 and the carrier's code",
        arguments: [
            Refused(what: "two Contacts", code: "R47", contact: "<sip:a@192.0.2.10>, <sip:b@192.0.2.11>"),
            Refused(
                what: "a Contact of 512 octets", code: "P14",
                contact: "<sip:\(String(repeating: "a", count: 495))@192.0.2.10>"),
            Refused(what: "a To tag", code: "P04", tag: ";tag=old"),
        ])
    func refused(_ refused: Refused) throws {
        var desk = Desk()
        let answer = try #require(
            desk.hear(Desk.register("agent", sequence: 1, contact: refused.contact, tag: refused.tag)).final)
        #expect(answer.status == 403 && answer.reason.hasSuffix(refused.code), "\(answer.reason)")
    }

    @Test("A4: a Contact of 511 octets is taken")
    func longContact() {
        var desk = Desk()
        let contact = "<sip:\(String(repeating: "a", count: 494))@192.0.2.10>"
        #expect(contact.utf8.count == 511)
        #expect(desk.register("agent", contact: contact)?.status == 200)
    }

    @Test(
        "A4: a wrong user or password is refused with 403 and the carrier's code",
        arguments: [
            ("", "sandbox-agent", "R14"), ("nobody", "sandbox-agent", "R16"), ("agent", "guess", "R17"),
            ("mobile", "sandbox-mobile", "R18"),
        ])
    func wrong(user: String, password: String, code: String) throws {
        var desk = Desk()
        let challenge = desk.hear(Desk.register("agent", sequence: 1)).final?.first(.wwwAuthenticate) ?? ""
        let proof = Digest.answer(
            challenge, user: user, password: password, method: "REGISTER", uri: "sip:sip.telnyx.com")
        let answer = try #require(
            desk.hear(Desk.register("agent", sequence: 2, more: "Authorization: \(proof)\n")).final)
        #expect(answer.status == 403 && answer.reason.hasSuffix(code), "\(answer.reason)")
    }

    @Test("A3: a nonce is short-lived: after a minute there is a new one, marked stale")
    func stale() throws {
        var desk = Desk()
        let challenge = desk.hear(Desk.register("agent", sequence: 1)).final?.first(.wwwAuthenticate) ?? ""
        let proof = Digest.answer(
            challenge, user: "agent", password: "sandbox-agent", method: "REGISTER", uri: "sip:sip.telnyx.com")
        desk.pass(.seconds(61))
        let answer = try #require(
            desk.hear(Desk.register("agent", sequence: 2, more: "Authorization: \(proof)\n")).final)
        #expect(answer.status == 401 && answer.first(.wwwAuthenticate)?.contains("stale=true") == true)
    }

    @Test("A4: expires: what is asked for less a fiftieth, an hour at most", arguments: [(300, 294), (7_200, 3_528)])
    func expires(asked: Int, granted: Int) {
        var desk = Desk()
        let answer = desk.register("agent", contact: "<sip:agent@192.0.2.10>;expires=\(asked)")
        #expect(answer?.first(.contact)?.hasSuffix(";expires=\(granted)") == true)
    }

    @Test("A4: who registers last is called, and nobody is when that has run out or was taken back")
    func lastWins() {
        var desk = Desk()
        desk.register("mobile")
        desk.register("agent")
        let other = SandboxWire(.udp, remote: TransportAddress(ip: .v4(0xC000_020B), port: 5060))
        desk.register("agent", call: "other", contact: "<sip:agent@192.0.2.11>;expires=100", from: other)
        desk.call("+12025550131", by: "mobile", call: "one")
        #expect(desk.request(.invite, to: other) != nil && desk.request(.invite, to: Desk.agentWire) == nil)
        desk.pass(.seconds(99))
        let late = desk.call("+12025550131", by: "mobile", call: "two").final
        #expect(late?.status == 480 && late?.reason.hasSuffix("RG1") == true)
        desk.register("agent", call: "again")
        desk.register("agent", call: "away", contact: "<\(Desk.agentContact)>;expires=0")
        #expect(desk.call("+12025550131", by: "mobile", call: "three").final?.reason.hasSuffix("RG1") == true)
    }

    @Test("A4: a binding over TCP ends with its connection")
    func connection() {
        var desk = Desk()
        desk.register("mobile")
        let wire = SandboxWire(.tcp, remote: Desk.agentWire.remote, connection: 3)
        let granted = desk.register("agent", from: wire)
        #expect(granted?.first(.contact)?.contains("~5060~2>") == true)
        desk.take(.connectionClosed(3))
        #expect(desk.call("+12025550131", by: "mobile", call: "in").final?.reason.hasSuffix("RG1") == true)
    }

    @Test("A4: OPTIONS is answered")
    func options() {
        var desk = Desk()
        let answer = desk.hear(
            """
            OPTIONS sip:sip.telnyx.com SIP/2.0
            Via: SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bKo;rport
            From: <sip:agent@sip.telnyx.com>;tag=o
            To: <sip:sip.telnyx.com>
            Call-ID: o
            CSeq: 1 OPTIONS
            Content-Length: 0


            """
        ).final
        #expect(answer?.status == 200 && answer?.allow.contains(.refer) == true)
    }
}
