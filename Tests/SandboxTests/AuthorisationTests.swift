import SIPCore
import Sandbox
import TelephonyPrimitives
import Testing

/// How the carrier knows who calls (A2, A3).
struct AuthorisationTests {
    @Test("A3: an INVITE gets 100 and then 407 with qop; nonce and opaque are UUIDs, opaque with the source")
    func challenge() throws {
        var desk = Desk()
        let answers = desk.hear(Desk.invite("+12025550101")).compactMap(\.response)
        #expect(answers.map(\.status) == [100, 407])
        #expect(answers.first?.reason == "Telnyx Trying" && answers.first?.first(.server) == "Telnyx SIP Proxy")
        let challenge = try #require(answers.last?.first(.proxyAuthenticate))
        #expect(challenge.contains("qop=\"auth\"") && challenge.contains("algorithm=MD5"))
        #expect(Digest.value("nonce", in: challenge)?.split(separator: "-").map(\.count) == [8, 4, 4, 4, 12])
        #expect(Digest.value("opaque", in: challenge)?.hasSuffix("/192.0.2.10") == true)
    }

    @Test("A3: a nonce counts again with a higher count, and not with the same")
    func nonceCount() throws {
        var desk = Desk()
        let challenge = desk.hear(Desk.invite("+12025550101")).final?.first(.proxyAuthenticate) ?? ""
        func proof(_ count: Int) -> String {
            let value = Digest.answer(
                challenge, user: "agent", password: "sandbox-agent", method: "INVITE",
                uri: "sip:+12025550101@sip.telnyx.com", count: count)
            return "Proxy-Authorization: \(value)\n"
        }
        #expect(desk.hear(Desk.invite("+12025550101", call: "a", more: proof(1))).final == nil)
        #expect(desk.hear(Desk.invite("+12025550101", call: "b", more: proof(2))).final == nil)
        #expect(desk.hear(Desk.invite("+12025550101", call: "c", more: proof(2))).final?.status == 407)
    }

    @Test("A10: a wrong password is refused with D25")
    func wrongPassword() {
        var desk = Desk()
        let challenge = desk.hear(Desk.invite("+12025550101")).final?.first(.proxyAuthenticate) ?? ""
        let proof = Digest.answer(
            challenge, user: "agent", password: "guess", method: "INVITE", uri: "sip:+12025550101@sip.telnyx.com")
        let answer = desk.hear(
            Desk.invite("+12025550101", sequence: 2, more: "Proxy-Authorization: \(proof)\n")
        ).final
        #expect(answer?.status == 403 && answer?.reason.hasSuffix("D25") == true)
        #expect(answer?.first(.reason) == "Q.850;cause=21;text=\"CALL_REJECTED\"")
    }

    struct Source: Sendable, CustomTestStringConvertible {
        var what: String
        var mark: SandboxTrunk.SourceMark?
        var number = "+12025550101"
        var more = ""
        var contact: String?
        var ip: UInt32 = 0xC000_020A
        /// Whether it is let in; else it is asked for a password.
        var isKnown: Bool
        var testDescription: String { what }
    }

    @Test(
        "A2: an IP connection is known by its address and its mark; who names a user is asked for a password first",
        arguments: [
            Source(what: "its address", isKnown: true),
            Source(what: "another address", ip: 0xC000_02FF, isKnown: false),
            Source(what: "X-Telnyx-Username", more: "X-Telnyx-Username: agent\n", isKnown: false),
            Source(what: "a user in Contact", contact: "sip:agent@192.0.2.10:5060", isKnown: false),
            Source(what: "prefix", mark: .techPrefix("1234"), number: "123412025550101", isKnown: true),
            Source(what: "no prefix", mark: .techPrefix("1234"), number: "12025550101", isKnown: false),
            Source(
                what: "token", mark: .token("tokentoken12"), more: "X-Telnyx-Token: tokentoken12\n", isKnown: true),
            Source(what: "no token", mark: .token("tokentoken12"), isKnown: false),
            Source(
                what: "charge", mark: .chargedNumber,
                more: "P-Charge-Info: <sip:+12025550131@sip.telnyx.com>\n", isKnown: true),
            Source(
                what: "charge of others", mark: .chargedNumber,
                more: "P-Charge-Info: <sip:+12025550199@sip.telnyx.com>\n", isKnown: false),
        ])
    func source(_ source: Source) {
        var desk = Desk {
            $0.trunk.outbound = .source([Desk.agentWire.remote.ip], source.mark)
        }
        let wire = SandboxWire(.udp, remote: TransportAddress(ip: .v4(source.ip), port: 5060))
        let answer = desk.hear(
            Desk.invite(source.number, contact: source.contact, more: source.more, wire: wire), from: wire
        ).final
        #expect(answer?.status == (source.isKnown ? nil : 407))
        if source.isKnown {
            desk.pass(.milliseconds(1_300))
            #expect(desk.response(to: wire)?.status == 200)
        }
    }

    @Test("A5: the twenty-first call within a second is refused with P05; a second later there may be more")
    func rate() {
        var desk = Desk()
        for number in 1...20 {
            #expect(desk.hear(Desk.invite("+12025550101", call: "c\(number)")).final?.status == 407)
        }
        let answer = desk.hear(Desk.invite("+12025550101", call: "c21")).final
        #expect(answer?.status == 403 && answer?.reason.hasSuffix("P05") == true)
        desk.pass(.seconds(1))
        #expect(desk.hear(Desk.invite("+12025550101", call: "c22")).final?.status == 407)
    }
}
