import SIPCore
import Sandbox
import TelephonyPrimitives
import Testing

/// The agent calls (A5).
struct OutgoingCallTests {
    struct CallerID: Sendable, CustomTestStringConvertible {
        var what: String
        var from = "+12025550131"
        var more = ""
        /// The carrier's code, or `nil` when the call goes through.
        var code: String?
        var testDescription: String { what }
    }

    @Test(
        "A5: the number that is shown: of four headers the first counts; D35, D36 and D51 as the carrier says them",
        arguments: [
            CallerID(what: "its own"), CallerID(what: "without plus", from: "12025550131"),
            CallerID(what: "ten digits", from: "2025550131"), CallerID(what: "verified", from: "+493012345678"),
            CallerID(what: "a name", from: "trunkline", code: "D35"),
            CallerID(what: "too short", from: "+1202", code: "D35"),
            CallerID(what: "of another account", from: "+12025550166", code: "D36"),
            CallerID(what: "of another carrier", from: "+12025550177", code: "D51"),
            CallerID(
                what: "P-Asserted-Identity before From", from: "trunkline",
                more: "P-Asserted-Identity: <sip:+12025550131@sip.telnyx.com>\n"),
            CallerID(
                what: "Remote-Party-ID before From", more: "Remote-Party-ID: <sip:+12025550177@sip.telnyx.com>\n",
                code: "D51"),
            CallerID(
                what: "P-Preferred-Identity before P-Asserted-Identity",
                more:
                    "P-Asserted-Identity: <sip:+12025550131@sip.telnyx.com>\nP-Preferred-Identity: <sip:x@sip.telnyx.com>\n",
                code: "D35"),
        ])
    func callerID(_ caller: CallerID) {
        var desk = Desk { $0.verifiedNumbers = ["+493012345678"] }
        let answer = desk.call("+12025550101", from: caller.from, more: caller.more).final
        #expect(answer?.status == (caller.code == nil ? nil : 403))
        if let code = caller.code { #expect(answer?.reason.hasSuffix(code) == true, "\(answer?.reason ?? "")") }
    }

    @Test(
        "A5: where a number leads, in the forms in which it may be written",
        arguments: [
            ("+12025550101", true, nil), ("12025550101", true, nil), ("2025550101", true, nil),
            ("2025550101", false, 404), ("5550101", true, 404), ("+12025550199", true, 404), ("+1202", true, 404),
            ("bob", true, 403),
        ])
    func destination(number: String, isLocalised: Bool, status: Int?) {
        var desk = Desk { $0.trunk.isLocalised = isLocalised }
        let answer = desk.call(number).final
        #expect(answer?.status == status, "\(answer?.reason ?? "it is called")")
    }

    @Test("A10: the codes of a destination: D40 where nothing leads, D30 for a user, Invalid Destination for its form")
    func destinationCodes() {
        var desk = Desk()
        #expect(desk.call("+12025550199", call: "a").final?.reason == "No route to destination D40")
        #expect(desk.call("bob", call: "b").final?.reason.hasSuffix("D30") == true)
        #expect(desk.call("5550101", call: "c").final?.reason == "Invalid Destination")
    }

    @Test(
        "A5: without an outbound profile every call is refused with D38; more calls than the account may have with D1")
    func limits() {
        var desk = Desk { $0.trunk.hasOutboundProfile = false }
        #expect(desk.call("+12025550101").final?.reason.hasSuffix("D38") == true)
        desk = Desk { $0.maximumCalls = 1 }
        #expect(desk.call("+12025550104", call: "a").final == nil)
        #expect(desk.call("+12025550104", call: "b").final?.reason.hasSuffix("D1") == true)
    }

    @Test("A5: reliable provisional answers are off: who requires them gets 420")
    func reliable() {
        var desk = Desk()
        let answer = desk.call("+12025550101", more: "Require: 100rel\n").final
        #expect(answer?.status == 420 && answer?.first(.unsupported) == "100rel")
    }

    @Test(
        "A5: 200 has two Record-Routes, the inner one first, and a Contact that nobody can reach",
        arguments: [false, true])
    func route(isEncoded: Bool) throws {
        var desk = Desk { $0.encodesContact = isEncoded }
        let found = desk.agentIsAnswered()
        let answer = try #require(found)
        let routes = answer.values(of: .recordRoute)
        #expect(
            routes == [
                "<sip:10.255.0.2;r2=on;lr;ftag=tagout>",
                "<sip:198.51.100.10:5060;transport=udp;r2=on;lr;ftag=tagout>",
            ])
        #expect(
            answer.first(.contact)
                == (isEncoded
                    ? "<sip:telnyx*12025550101**10.13.37.5*5070*udp@telnyx.com>"
                    : "<sip:+12025550101@10.13.37.5:5070;transport=tcp>"))
    }

    struct Way: Sendable, CustomTestStringConvertible {
        var what: String
        var uri: String?
        var routes: [String]?
        var arrives = false
        var testDescription: String { what }
    }

    @Test(
        "A5: an ACK arrives by the edge alone: else 200 comes eleven times, and BYE after 32 s",
        arguments: [
            Way(what: "as it has to be", arrives: true),
            Way(what: "no Route", routes: []),
            Way(
                what: "not turned round",
                routes: [
                    "<sip:10.255.0.2;r2=on;lr;ftag=tagout>",
                    "<sip:198.51.100.10:5060;transport=udp;r2=on;lr;ftag=tagout>",
                ]),
            Way(what: "the edge alone", routes: ["<sip:198.51.100.10:5060;transport=udp;r2=on;lr;ftag=tagout>"]),
            Way(what: "the number at the edge", uri: "sip:+12025550101@sip.telnyx.com"),
        ])
    func acknowledgement(_ way: Way) throws {
        var desk = Desk()
        let found = desk.agentIsAnswered()
        let answer = try #require(found)
        let start = desk.now
        desk.hear(Desk.request("ACK", after: answer, sequence: 2, uri: way.uri, routes: way.routes))
        let after = desk.pass(.seconds(33))
        let copies = after.compactMap(\.message.response).filter { $0.status == 200 }
        let bye = after.first { $0.message.request?.method == .bye }
        if way.arrives {
            #expect(copies.isEmpty && bye == nil && desk.remarks.isEmpty)
        } else {
            #expect(copies.count == 10)
            let end = try #require(bye)
            #expect((end.at - start).inSeconds > 31 && (end.at - start).inSeconds < 33)
            #expect(end.message.request?.first(.reason) == "SIP;cause=408;text=\"ACK Timeout\"")
            #expect(desk.remarks.first?.contains("does not reach the switch") == true)
        }
    }

    @Test("A5: BYE by the edge ends the call; one that goes round it does not exist there")
    func bye() throws {
        var desk = Desk()
        let found = desk.agentIsAnswered()
        let answer = try #require(found)
        desk.hear(Desk.request("ACK", after: answer, sequence: 2))
        #expect(desk.hear(Desk.request("BYE", after: answer, sequence: 3, routes: [])).final?.status == 481)
        #expect(desk.hear(Desk.request("BYE", after: answer, sequence: 4)).final?.status == 200)
        #expect(desk.orders.last == .close)
    }

    @Test(
        "A5: a session timer is taken; whoever asked refreshes; too short a one gets 422",
        arguments: [
            ("Session-Expires: 1800\n", "1800;refresher=uac"),
            ("Session-Expires: 1800;refresher=uas\n", "1800;refresher=uas"), ("Session-Expires: 60\n", nil),
        ])
    func sessionTimer(header: String, answered: String?) throws {
        var desk = Desk()
        let first = desk.call("+12025550101", more: header + "Min-SE: 90\n").final
        if let answered {
            desk.pass(.milliseconds(1_300))
            #expect(desk.response(to: Desk.agentWire)?.first(.sessionExpires) == answered)
        } else {
            #expect(first?.status == 422 && first?.first(.minSE) == "90")
        }
    }

    @Test(
        "A5: whom nobody refreshes is hung up on before the session ends; an UPDATE or a carrier that refreshes keeps it"
    )
    func refreshing() throws {
        for (refresher, refreshes) in [("uac", false), ("uac", true), ("uas", false)] {
            var desk = Desk()
            desk.call("+12025550101", more: "Session-Expires: 90;refresher=\(refresher)\n")
            desk.pass(.milliseconds(1_300))
            let answer = try #require(desk.response(to: Desk.agentWire))
            desk.hear(Desk.request("ACK", after: answer, sequence: 2))
            desk.pass(.seconds(40))
            if refreshes {
                let more = "Supported: timer\nSession-Expires: 90;refresher=uac\n"
                #expect(desk.hear(Desk.request("UPDATE", after: answer, sequence: 3, more: more)).final?.status == 200)
            }
            let later = desk.pass(.seconds(25)).compactMap(\.message.request?.method)
            let expected: [Method] = refreshes ? [] : refresher == "uac" ? [.bye] : [.update]
            #expect(Array(later.prefix(1)) == expected, "\(refresher) \(refreshes): \(later)")
        }
    }

    @Test(
        "The numbers that answer by themselves: what the agent hears of them",
        arguments: [
            ("+12025550101", [180, 200]), ("+12025550102", [183, 200]), ("+12025550103", [486]),
            ("+12025550104", [180, 480]), ("+12025550105", [180, 200]), ("+12025550106", [180, 603]),
        ])
    func scripted(number: String, statuses: [Int]) {
        var desk = Desk()
        desk.call(number)
        var seen: [Int] = []
        for _ in 0..<70 {
            for (_, message) in desk.pass(.seconds(1)) {
                if let status = message.response?.status, seen.last != status { seen.append(status) }
            }
            if seen.last ?? 0 >= 200 { break }
        }
        #expect(seen == statuses)
    }

    @Test("A voicemail beeps three seconds after it has answered")
    func beep() throws {
        var desk = Desk()
        desk.call("+12025550105")
        desk.pass(.milliseconds(2_300))
        let answer = try #require(desk.response(to: Desk.agentWire))
        desk.hear(Desk.request("ACK", after: answer, sequence: 2))
        #expect(desk.orders.last == .play(.silence, payloadType: 0))
        desk.pass(.seconds(3))
        #expect(desk.orders.last == .play(.beep, payloadType: 0))
        desk.pass(.milliseconds(400))
        #expect(desk.orders.last == .play(.silence, payloadType: 0))
    }

    @Test("A number of a telephone rings there, shows who calls, and custom headers go through")
    func phone() throws {
        var desk = Desk()
        desk.register("mobile")
        desk.call("+12025550133", more: "X-Order: 17\nX-Telnyx-Username: agent\n")
        let invite = try #require(desk.request(.invite, to: Desk.phoneWire))
        #expect(invite.requestURIText == Desk.phoneContact)
        #expect(try invite.from.uri.sip?.unescapedUser == "+12025550131")
        #expect(invite.first(HeaderName("X-Order")) == "17")
        #expect(invite.first(HeaderName("X-Telnyx-Username")) == nil)
        desk.hear(Desk.answer(180, to: invite, from: Desk.phoneWire), from: Desk.phoneWire)
        #expect(desk.response(to: Desk.agentWire)?.status == 180)
        desk.hear(
            Desk.answer(200, to: invite, from: Desk.phoneWire, body: Desk.offer(host: "192.0.2.20")),
            from: Desk.phoneWire)
        #expect(desk.request(.ack, to: Desk.phoneWire) != nil)
        let answer = try #require(desk.response(to: Desk.agentWire))
        #expect(answer.status == 200)
        desk.hear(Desk.request("ACK", after: answer, sequence: 2))
        // The telephone hangs up.
        desk.hear(Desk.request("BYE", in: invite, sequence: 1, from: Desk.phoneWire), from: Desk.phoneWire)
        let bye = try #require(desk.request(.bye, to: Desk.agentWire))
        #expect(bye.requestURIText == "sip:trunkline@192.0.2.10:5060")
    }

    @Test("A5: Privacy: id hides the number")
    func privacy() throws {
        var desk = Desk()
        desk.register("mobile")
        desk.call("+12025550133", more: "Privacy: id\n")
        let invite = try #require(desk.request(.invite, to: Desk.phoneWire))
        #expect(try invite.from.uri.sip?.unescapedUser == "anonymous")
        #expect(invite.first(.pAssertedIdentity) == nil)
    }

    @Test("CANCEL ends the ringing on both sides; one that belongs to nothing is refused with 403")
    func cancel() throws {
        var desk = Desk()
        desk.register("mobile")
        desk.call("+12025550133")
        let invite = try #require(desk.request(.invite, to: Desk.phoneWire))
        desk.hear(Desk.answer(180, to: invite, from: Desk.phoneWire), from: Desk.phoneWire)
        func cancel(_ branch: String) -> String {
            """
            CANCEL sip:+12025550133@sip.telnyx.com SIP/2.0
            Via: SIP/2.0/UDP 192.0.2.10:5060;branch=\(branch);rport
            From: <sip:+12025550131@sip.telnyx.com>;tag=tagout
            To: <sip:+12025550133@sip.telnyx.com>
            Call-ID: out
            CSeq: 2 CANCEL
            Content-Length: 0


            """
        }
        #expect(desk.hear(cancel("z9hG4bKstray")).final?.status == 403)
        let answers = desk.hear(cancel("z9hG4bKagentout2")).compactMap(\.response)
        #expect(answers.map(\.status).sorted() == [200, 487])
        let taken = try #require(desk.request(.cancel, to: Desk.phoneWire))
        #expect(try taken.topVia.branch == invite.topVia.branch)
        // Who answers all the same is hung up on.
        desk.hear(
            Desk.answer(200, to: invite, from: Desk.phoneWire, body: Desk.offer(host: "192.0.2.20")),
            from: Desk.phoneWire)
        #expect(desk.count(.ack, to: Desk.phoneWire) == 1 && desk.count(.bye, to: Desk.phoneWire) == 1)
    }
}
