import SIPCore
import Sandbox
import TelephonyPrimitives
import Testing

/// The agent hands its caller on by REFER (A9).
struct TransferTests {
    static let deskWire = SandboxWire(.udp, remote: TransportAddress(ip: .v4(0xC000_021E), port: 5064))

    /// A telephone talks with the agent, and another one is registered.
    private func talking(_ change: (inout SandboxSettings) -> Void = { _ in }) throws -> (Desk, Request) {
        var desk = Desk {
            $0.phones.append(SandboxPhone(username: "desk", password: "sandbox-mobile", number: "+12025550134"))
            change(&$0)
        }
        desk.register("desk", contact: "<sip:desk@192.0.2.30:5064>", from: Self.deskWire)
        let found = desk.phoneTalks()
        return (desk, try #require(found).invite)
    }

    private func refer(_ target: String, in invite: Request) -> String {
        Desk.request("REFER", in: invite, sequence: 1, from: Desk.agentWire, more: "Refer-To: <\(target)>\n")
    }

    private func report(_ desk: Desk) -> String? {
        desk.request(.notify, to: Desk.agentWire).map { String(decoding: $0.body, as: UTF8.self) }
    }

    @Test("A9, F-06: a blind transfer: 202, NOTIFY of how it goes, BYE to the agent; the caller talks to the new place")
    func blind() throws {
        var (desk, invite) = try talking()
        let accepted = desk.hear(refer("sip:+12025550134@sip.telnyx.com", in: invite)).compactMap(\.response)
        #expect(accepted.map(\.status) == [202])
        #expect(report(desk) == "SIP/2.0 100 Trying\r\n")
        let second = try #require(desk.request(.invite, to: Self.deskWire))
        // The caller's number is kept.
        #expect(try second.from.uri.sip?.unescapedUser == "+12025550133")
        desk.hear(Desk.answer(180, to: second, from: Self.deskWire), from: Self.deskWire)
        #expect(report(desk) == "SIP/2.0 180 Because\r\n")
        desk.hear(
            Desk.answer(200, to: second, from: Self.deskWire, body: Desk.offer(host: "192.0.2.30", port: 32_000)),
            from: Self.deskWire)
        #expect(report(desk) == "SIP/2.0 200 OK\r\n")
        #expect(desk.request(.notify, to: Desk.agentWire)?.first(.subscriptionState) == "terminated;reason=noresource")
        #expect(desk.request(.bye, to: Desk.agentWire) != nil && desk.request(.ack, to: Self.deskWire) != nil)
        let change = try #require(desk.request(.invite, to: Desk.phoneWire))
        #expect(change.toTag == "tagin")
        #expect(desk.orders.contains(.aim(.callee, TransportAddress(ip: .v4(0xC000_021E), port: 32_000))))
        // The caller hangs up, and so does the carrier at the new place.
        let answer = try #require(desk.answered)
        desk.hear(Desk.request("BYE", after: answer, sequence: 9, from: Desk.phoneWire), from: Desk.phoneWire)
        #expect(desk.request(.bye, to: Self.deskWire) != nil)
    }

    @Test(
        "F-06: where the new place is busy, the agent is told and goes on; if it has hung up, so does the carrier",
        arguments: [false, true])
    func busy(hasHungUp: Bool) throws {
        var (desk, invite) = try talking()
        desk.hear(refer("sip:+12025550134@sip.telnyx.com", in: invite))
        let second = try #require(desk.request(.invite, to: Self.deskWire))
        if hasHungUp { desk.hear(Desk.request("BYE", in: invite, sequence: 2, from: Desk.agentWire)) }
        #expect(desk.request(.bye, to: Desk.phoneWire) == nil)
        desk.hear(Desk.answer(486, to: second, from: Self.deskWire), from: Self.deskWire)
        #expect(report(desk) == (hasHungUp ? "SIP/2.0 100 Trying\r\n" : "SIP/2.0 486 Because\r\n"))
        #expect((desk.request(.bye, to: Desk.phoneWire) != nil) == hasHungUp)
        #expect(desk.request(.bye, to: Desk.agentWire) == nil)
    }

    @Test("A number that answers by itself can be the new place")
    func scripted() throws {
        var (desk, invite) = try talking()
        desk.hear(refer("sip:+12025550101@sip.telnyx.com", in: invite))
        desk.pass(.milliseconds(1_300))
        #expect(report(desk) == "SIP/2.0 200 OK\r\n")
        #expect(desk.request(.bye, to: Desk.agentWire) != nil && desk.request(.invite, to: Desk.phoneWire) != nil)
        #expect(desk.orders.contains(.play(.echo, payloadType: 0)))
        #expect(desk.handedOn == ["+12025550133 to +12025550101"])
    }

    @Test("The caller hangs up while the new place rings: it is called back")
    func callerGone() throws {
        var (desk, invite) = try talking()
        let answer = try #require(desk.answered)
        desk.hear(refer("sip:+12025550134@sip.telnyx.com", in: invite))
        let second = try #require(desk.request(.invite, to: Self.deskWire))
        desk.hear(Desk.answer(180, to: second, from: Self.deskWire), from: Self.deskWire)
        desk.hear(Desk.request("BYE", after: answer, sequence: 3, from: Desk.phoneWire), from: Desk.phoneWire)
        #expect(desk.request(.cancel, to: Self.deskWire) != nil && desk.request(.bye, to: Desk.agentWire) != nil)
    }

    @Test(
        "A9: what is refused: 405 D42 where transfer is off, 403 for one that names another call, 480 RG1, 404 D40",
        arguments: [
            ("sip:+12025550134@sip.telnyx.com", SandboxFault?.some(.transferRefused), 405, "D42"),
            ("sip:+12025550134@sip.telnyx.com?Replaces=a%3Bto-tag%3Db%3Bfrom-tag%3Dc", nil, 403, "Forbidden"),
            ("sip:+12025550135@sip.telnyx.com", nil, 480, "RG1"), ("sip:+12025550199@sip.telnyx.com", nil, 404, "D40"),
        ])
    func refused(target: String, fault: SandboxFault?, status: Int, code: String) throws {
        var (desk, invite) = try talking {
            $0.fault = fault
            $0.phones.append(SandboxPhone(username: "away", password: "sandbox-mobile", number: "+12025550135"))
        }
        let answer = desk.hear(refer(target, in: invite)).final
        #expect(answer?.status == status && answer?.reason.hasSuffix(code) == true, "\(answer?.reason ?? "")")
    }
}

extension Desk {
    /// The 200 that the telephone's INVITE has got.
    var answered: Response? {
        for (message, wire) in sent where wire == Desk.phoneWire {
            if case .response(let response) = message, response.status == 200,
                (try? response.cseq.method) == .invite
            {
                return response
            }
        }
        return nil
    }
}
