import SDP
import SIPCore
import Sandbox
import TelephonyPrimitives
import Testing

/// What goes wrong on purpose.
struct FaultTests {
    @Test("F-04: the carrier holds the agent five seconds after the answer, and takes it back")
    func hold() throws {
        var desk = Desk { $0.fault = .hold }
        let found = desk.phoneTalks()
        let (_, _) = try #require(found)
        desk.pass(.seconds(5))
        let held = try #require(desk.request(.invite, to: Desk.agentWire))
        #expect(String(decoding: held.body, as: UTF8.self).contains("a=sendonly"))
        desk.hear(Desk.answer(200, to: held, from: Desk.agentWire, body: Desk.offer(direction: "recvonly")))
        #expect(desk.request(.ack, to: Desk.agentWire)?.cseqText == "\(held.cseqText.dropLast(6))ACK")
        desk.pass(.seconds(5))
        let back = try #require(desk.request(.invite, to: Desk.agentWire))
        #expect(String(decoding: back.body, as: UTF8.self).contains("a=sendrecv"))
        #expect(try version(back) == version(held) + 1)
    }

    private func version(_ request: Request) throws -> Int {
        Int(try SessionDescription(parsing: request.body).origin.sessionVersion) ?? 0
    }

    @Test("F-05: the carrier wants a refresh: who sends none is hung up on after 60 s, who does is not")
    func sessionTimer() throws {
        for refreshes in [false, true] {
            var desk = Desk { $0.fault = .sessionTimer }
            let found = desk.phoneCalls()
            let invite = try #require(found)
            #expect(invite.first(.sessionExpires) == "90;refresher=uas")
            desk.hear(
                Desk.answer(
                    200, to: invite, from: Desk.agentWire, more: "Session-Expires: 90;refresher=uas\n",
                    body: Desk.offer()))
            let answer = try #require(desk.response(to: Desk.phoneWire))
            desk.hear(Desk.request("ACK", after: answer, sequence: 2, from: Desk.phoneWire), from: Desk.phoneWire)
            desk.pass(.seconds(45))
            if refreshes {
                let more = "Supported: timer\nSession-Expires: 90;refresher=uac\n"
                desk.hear(Desk.request("UPDATE", in: invite, sequence: 1, from: Desk.agentWire, more: more))
            }
            desk.pass(.seconds(16))
            #expect((desk.count(.bye, to: Desk.agentWire) > 0) != refreshes)
        }
    }

    @Test("F-05: a call of the agent wants a refresh within 8 s; one that is lost on the way saves it not")
    func refreshOfItsOwn() throws {
        for isLost in [false, true] {
            var desk = Desk { $0.fault = isLost ? .refreshLost : .sessionTimer }
            let found = desk.agentIsAnswered()
            let answer = try #require(found)
            #expect(answer.first(.sessionExpires) == "12;refresher=uac" && answer.first(.require) == "timer")
            desk.hear(Desk.request("ACK", after: answer, sequence: 2))
            desk.pass(.seconds(6))
            let more = "Supported: timer\nSession-Expires: 12;refresher=uac\n"
            let refreshed = desk.hear(Desk.request("UPDATE", after: answer, sequence: 3, more: more))
            #expect(refreshed.compactMap(\.response).map(\.status) == (isLost ? [] : [200]))
            #expect(refreshed.final?.first(.sessionExpires) == (isLost ? nil : "12;refresher=uac"))
            desk.pass(.seconds(3))
            let bye = desk.request(.bye, to: Desk.agentWire)
            #expect(bye?.first(.reason) == (isLost ? "SIP;cause=408;text=\"Session timer expired\"" : nil))
            #expect(desk.remarks.contains("a refresh of the agent is lost") == isLost)
            // Once is not for ever.
            desk.pass(.seconds(6))
            #expect(desk.request(.bye, to: Desk.agentWire) != nil)
        }
    }

    @Test("F-05: a refresh of a call to the agent is lost as well, as re-INVITE too; another change gets through")
    func refreshLost() throws {
        var desk = Desk { $0.fault = .refreshLost }
        let found = desk.phoneTalks()
        let (invite, _) = try #require(found)
        #expect(invite.first(.sessionExpires) == "90;refresher=uas")
        let again = Desk.request("INVITE", in: invite, sequence: 1, from: Desk.agentWire, body: Desk.offer())
        #expect(desk.hear(again).isEmpty)
        let held = Desk.offer(direction: "sendonly")
        desk.hear(Desk.request("INVITE", in: invite, sequence: 2, from: Desk.agentWire, body: held))
        #expect(desk.request(.invite, to: Desk.phoneWire) != nil)
        desk.pass(.seconds(61))
        #expect(desk.request(.bye, to: Desk.agentWire) != nil)
    }

    @Test("F-05: the carrier says that it refreshes, and does not")
    func refreshMissing() throws {
        var desk = Desk { $0.fault = .refreshMissing }
        let found = desk.agentIsAnswered()
        let answer = try #require(found)
        #expect(answer.first(.sessionExpires) == "12;refresher=uas" && answer.first(.require) == nil)
        desk.hear(Desk.request("ACK", after: answer, sequence: 2))
        desk.pass(.seconds(13))
        #expect(desk.count(.update, to: Desk.agentWire) + desk.count(.invite, to: Desk.agentWire) == 0)
        #expect(desk.remarks.contains("the carrier was to refresh the session, and does not"))
        desk = Desk { $0.fault = .refreshMissing }
        #expect(desk.phoneCalls()?.first(.sessionExpires) == "90;refresher=uac")
    }

    @Test("F-07: calls are hung up 10 s after the answer, by SIP and by Call Control")
    func callCut() throws {
        var desk = Desk { $0.fault = .callCut }
        let found = desk.phoneTalks()
        _ = try #require(found)
        desk.pass(.milliseconds(9_900))
        #expect(desk.request(.bye, to: Desk.agentWire) == nil)
        desk.pass(.milliseconds(100))
        #expect(desk.request(.bye, to: Desk.agentWire) != nil && desk.request(.bye, to: Desk.phoneWire) != nil)
        desk = Desk.controlled { $0.fault = .callCut }
        let answered = desk.phoneTalksToApplication()
        _ = try #require(answered)
        desk.pass(.seconds(10))
        #expect(desk.api.payload("call.hangup")?["hangup_cause"] == "normal_clearing")
        #expect(desk.api.payload("call.hangup")?["hangup_source"] == "caller")
        #expect(desk.request(.bye, to: Desk.phoneWire) != nil)
    }

    @Test("F-08: the agent is offered A-law alone")
    func aLaw() throws {
        var desk = Desk { $0.fault = .aLaw }
        let found = desk.phoneCalls()
        let invite = try #require(found)
        #expect(try SessionDescription(parsing: invite.body).media.first?.formats == ["8", "101"])
    }

    @Test("F-09: numbers come without the country, or nothing leads to the agent's number: 480 D21")
    func numbers() throws {
        var desk = Desk { $0.fault = .nationalNumbers }
        let found = desk.phoneCalls()
        let invite = try #require(found)
        #expect(try invite.requestURI.sip?.unescapedUser == "2025550131")
        #expect(try invite.from.uri.sip?.unescapedUser == "2025550133")
        desk = Desk { $0.fault = .numberUnassigned }
        #expect(desk.phoneCalls() == nil)
        #expect(desk.response(to: Desk.phoneWire)?.reason.hasSuffix("D21") == true)
    }

    @Test("The agent's ACKs are lost: 200 comes again and again, then BYE")
    func ackLost() throws {
        var desk = Desk { $0.fault = .ackLost }
        let found = desk.agentIsAnswered()
        let answer = try #require(found)
        desk.hear(Desk.request("ACK", after: answer, sequence: 2))
        let after = desk.pass(.seconds(33))
        #expect(after.count { $0.message.response?.status == 200 } == 10)
        #expect(desk.request(.bye, to: Desk.agentWire) != nil)
    }

    @Test("The first edge answers with 503; the second one works")
    func edge503() {
        var desk = Desk { $0.fault = .edge503 }
        let refused = desk.hear(Desk.register("agent", sequence: 1)).final
        #expect(refused?.status == 503 && refused?.reason.hasSuffix("PE1") == true)
        #expect(desk.hear(Desk.invite("+12025550101")).final?.status == 503)
        #expect(
            desk.register("agent", call: "second", from: SandboxWire(.udp, edge: 1, remote: Desk.agentWire.remote))?
                .status == 200)
    }

    @Test("The first edge dies in the midst of a registration; the second one works, and calls come by it")
    func edgeDead() throws {
        var desk = Desk { $0.fault = .edgeDead }
        #expect(desk.register("agent") == nil)
        #expect(desk.hear(Desk.register("agent", call: "again", sequence: 1)).isEmpty)
        let wire = SandboxWire(.udp, edge: 1, remote: Desk.agentWire.remote)
        #expect(desk.register("agent", call: "second", from: wire)?.status == 200)
        let phone = SandboxWire(.udp, edge: 1, remote: Desk.phoneWire.remote)
        desk.register("mobile", from: phone)
        desk.call("+12025550131", by: "mobile", call: "in", wire: phone)
        let invite = try #require(desk.request(.invite, to: wire))
        #expect(invite.values(of: .recordRoute).first?.hasPrefix("<sip:198.51.100.11:5060;") == true)
    }
}

extension Request {
    var cseqText: String { first(.cseq) ?? "" }
    var toTag: String? { (try? to)?.tag?.text }
}
