import SIPCore
import Sandbox
import TelephonyPrimitives
import Testing

/// The agent is called (A6).
struct IncomingCallTests {
    @Test("A6: the INVITE is as the carrier writes it: compact names, no blanks, three Record-Routes, private hosts")
    func shape() throws {
        var desk = Desk()
        let found = desk.phoneCalls()
        let invite = try #require(found)
        let lines = String(decoding: invite.octets, as: UTF8.self).split(separator: "\r\n").map(String.init)
        #expect(lines.first == "INVITE sip:12025550131@192.0.2.10:5060 SIP/2.0")
        let routes = invite.values(of: .recordRoute)
        #expect(routes.count == 3)
        #expect(routes.first?.hasPrefix("<sip:198.51.100.10:5060;transport=udp;r2=on;lr;ftag=") == true)
        #expect(routes.dropFirst().first?.hasPrefix("<sip:10.255.0.2;r2=on;lr;ftag=") == true)
        for start in [
            "Via:SIP/2.0/UDP 198.51.100.10:5060;branch=z9hG4bK", "v:SIP/2.0/",
            "f:\"12025550133\"<sip:12025550133@sip.telnyx.com>;tag=",
            "t:<sip:12025550131@10.", "i:", "m:<sip:mod_sofia@10.", "k:timer,path", "u:talk,hold,conference,refer",
            "c:application/sdp", "l:", "Allow:INVITE,ACK,", "Privacy:none", "X-Telnyx-Session-ID:", "X-Telnyx-Leg-ID:",
            "P-Asserted-Identity:",
        ] {
            #expect(lines.contains { $0.hasPrefix(start) }, "\(start)")
        }
        #expect(invite.first(.pAssertedIdentity)?.contains("verstat=TN-Validation-Passed") == true)
    }

    @Test("A6: names may be written in full")
    func long() throws {
        var desk = Desk { $0.usesCompactHeaders = false }
        let found = desk.phoneCalls()
        let invite = try #require(found)
        let text = String(decoding: invite.octets, as: UTF8.self)
        #expect(text.contains("\r\nCall-ID: ") && !text.contains("\r\ni:"))
    }

    @Test(
        "A6: numbers in the formats of the portal",
        arguments: [
            (TrunkNumberFormat.plusE164, TrunkNumberFormat.plusE164, "+12025550133", "+12025550131"),
            (.e164, .e164, "12025550133", "12025550131"), (.national, .national, "2025550133", "2025550131"),
            (.e164, .sipUsername, "12025550133", "agent"),
        ])
    func formats(caller: TrunkNumberFormat, called: TrunkNumberFormat, from: String, user: String) throws {
        var desk = Desk {
            $0.trunk.callerFormat = caller
            $0.trunk.calledFormat = called
        }
        let found = desk.phoneCalls()
        let invite = try #require(found)
        #expect(try invite.from.uri.sip?.unescapedUser == from)
        #expect(try invite.requestURI.sip?.unescapedUser == user)
    }

    @Test("A6: the agent's 180 and 200 reach the caller, its ACK comes again for each copy of the 200, BYE ends both")
    func answered() throws {
        var desk = Desk()
        let found = desk.phoneCalls()
        let invite = try #require(found)
        desk.hear(Desk.answer(180, to: invite, from: Desk.agentWire))
        #expect(desk.response(to: Desk.phoneWire)?.status == 180)
        let accepted = Desk.answer(200, to: invite, from: Desk.agentWire, body: Desk.offer())
        desk.hear(accepted)
        let ack = try #require(desk.request(.ack, to: Desk.agentWire))
        #expect(ack.requestURIText == "sip:there@192.0.2.10:5060" && ack.toTag == "callee")
        #expect(try ack.from.tag != nil && ack.from.tag == invite.from.tag)
        desk.hear(accepted)
        #expect(desk.count(.ack, to: Desk.agentWire) == 2)
        let answer = try #require(desk.response(to: Desk.phoneWire))
        desk.hear(Desk.request("ACK", after: answer, sequence: 2, from: Desk.phoneWire), from: Desk.phoneWire)
        // The agent hangs up, by its route: the edge first.
        let ended = desk.hear(Desk.request("BYE", in: invite, sequence: 1, from: Desk.agentWire))
        #expect(ended.final?.status == 200)
        #expect(desk.request(.bye, to: Desk.phoneWire) != nil)
        #expect(desk.hear(Desk.request("BYE", in: invite, sequence: 2, from: Desk.agentWire)).final?.status == 481)
    }

    @Test(
        "A6: of several addresses the next is called after 408, 480, 503, 504 and silence; 404, 486 and 603 are final",
        arguments: [
            (408, true), (480, true), (503, true), (504, true), (0, true), (404, false), (486, false), (603, false),
        ])
    func failover(status: Int, movesOn: Bool) throws {
        let second = TransportAddress(ip: .v4(0xC000_020B), port: 5060)
        var desk = Desk { $0.trunk.inbound = .addresses([Desk.agentWire.remote, second]) }
        desk.register("mobile")
        desk.call("+12025550131", by: "mobile", call: "in")
        let invite = try #require(desk.request(.invite, to: Desk.agentWire))
        #expect(invite.requestURIText == "sip:12025550131@192.0.2.10:5060")
        if status == 0 {
            desk.pass(.seconds(33))
        } else {
            desk.hear(Desk.answer(status, to: invite, from: Desk.agentWire))
            #expect(desk.request(.ack, to: Desk.agentWire) != nil)
        }
        #expect((desk.request(.invite, to: SandboxWire(.udp, remote: second)) != nil) == movesOn)
        if !movesOn { #expect(desk.response(to: Desk.phoneWire)?.status == status) }
    }

    @Test("A6: who says nothing for long, or rings for long, is given up: 408, 480, and CANCEL")
    func patience() throws {
        var desk = Desk()
        let found = desk.phoneCalls()
        _ = try #require(found)
        desk.pass(.milliseconds(9_900))
        #expect(desk.response(to: Desk.phoneWire)?.status == 100)
        desk.pass(.milliseconds(200))
        #expect(desk.response(to: Desk.phoneWire)?.status == 408)

        desk = Desk()
        let other = desk.phoneCalls()
        let invite = try #require(other)
        desk.hear(Desk.answer(180, to: invite, from: Desk.agentWire))
        desk.pass(.seconds(59))
        #expect(desk.response(to: Desk.phoneWire)?.status == 180)
        desk.pass(.seconds(2))
        #expect(desk.response(to: Desk.phoneWire)?.status == 480)
        #expect(desk.request(.cancel, to: Desk.agentWire) != nil)
    }

    @Test(
        "F-04: a telephone's hold goes through to the agent and its answer back; the same offer again is answered here")
    func hold() throws {
        var desk = Desk()
        let found = desk.phoneTalks()
        let (_, answer) = try #require(found)
        let offer = Desk.offer(host: "192.0.2.20", port: 31_000, direction: "sendonly")
        desk.hear(
            Desk.request("INVITE", after: answer, sequence: 3, from: Desk.phoneWire, body: offer), from: Desk.phoneWire)
        let change = try #require(desk.request(.invite, to: Desk.agentWire))
        #expect(change.toTag == "callee")
        #expect(String(decoding: change.body, as: UTF8.self).contains("a=sendonly"))
        desk.hear(
            Desk.answer(200, to: change, from: Desk.agentWire, body: Desk.offer(direction: "recvonly")))
        let held = try #require(desk.response(to: Desk.phoneWire))
        #expect(held.status == 200 && String(decoding: held.body, as: UTF8.self).contains("a=recvonly"))
        desk.hear(Desk.request("ACK", after: answer, sequence: 3, from: Desk.phoneWire), from: Desk.phoneWire)

        let before = desk.count(.invite, to: Desk.agentWire)
        let again = desk.hear(
            Desk.request("INVITE", after: answer, sequence: 4, from: Desk.phoneWire, body: offer), from: Desk.phoneWire)
        #expect(again.final?.body == held.body && desk.count(.invite, to: Desk.agentWire) == before)
    }

    @Test("While a change is under way another one gets 491; a number of CSeq that was used gets 500")
    func order() throws {
        var desk = Desk()
        let found = desk.phoneTalks()
        let (invite, answer) = try #require(found)
        desk.hear(
            Desk.request(
                "INVITE", after: answer, sequence: 3, from: Desk.phoneWire,
                body: Desk.offer(host: "192.0.2.20", direction: "sendonly")), from: Desk.phoneWire)
        let glare = desk.hear(
            Desk.request(
                "INVITE", in: invite, sequence: 1, from: Desk.agentWire, body: Desk.offer(direction: "inactive")))
        #expect(glare.final?.status == 491)
        let late = desk.hear(
            Desk.request("INFO", after: answer, sequence: 3, from: Desk.phoneWire), from: Desk.phoneWire)
        #expect(late.final?.status == 500)
    }

    @Test("INFO goes through")
    func info() throws {
        var desk = Desk()
        let found = desk.phoneTalks()
        let (_, answer) = try #require(found)
        let text = Desk.request("INFO", after: answer, sequence: 3, from: Desk.phoneWire, body: "Signal=5\n")
        #expect(desk.hear(text, from: Desk.phoneWire).final?.status == 200)
        #expect(desk.request(.info, to: Desk.agentWire)?.body == Array("Signal=5\r\n".utf8))
    }
}
