import SIPCore
import Sandbox
import TelephonyPrimitives
import Testing

/// Calls that the API has (B2, B4).
struct ControlledCallTests {
    @Test("B4: a telephone calls, is answered by the API, and hangs up")
    func incoming() throws {
        var desk = Desk.controlled()
        desk.phoneCallsApplication()
        #expect(desk.response(to: Desk.phoneWire)?.status == 180)
        desk = Desk.controlled()
        let answered = desk.phoneTalksToApplication()
        let answer = try #require(answered)
        #expect(String(decoding: answer.body, as: UTF8.self).contains("m=audio 20004 RTP/AVP 0 101"))
        desk.hear(Desk.request("BYE", after: answer, sequence: 3, from: Desk.phoneWire), from: Desk.phoneWire)
        #expect(
            desk.api.events == [
                "call.initiated", "call.answered", "streaming.started", "streaming.stopped", "call.hangup",
            ])
        let end = try #require(desk.api.payload("call.hangup"))
        #expect(end["hangup_cause"] == "normal_clearing" && end["hangup_source"] == "caller")
        #expect(end["sip_hangup_cause"] == "200" && end["state"] == "hangup")
        #expect(end["call_quality_stats"]?["inbound"]?["packet_count"] == "0")
        #expect(desk.orders.last == .close && desk.api.closed.count == 1)
    }

    @Test(
        "B4: the API rejects, hangs up, or does nothing, and the telephone takes it back",
        arguments: [
            ("reject", "CALL_REJECTED", 603, "call_rejected", "603"), ("reject", "USER_BUSY", 486, "user_busy", "486"),
            ("hangup", "", 480, "normal_clearing", "200"), ("", "", 480, "timeout", "487"),
            ("cancel", "", 487, "originator_cancel", "487"),
        ])
    func notAnswered(command: String, cause: String, status: Int, told: String, sip: String) {
        var desk = Desk.controlled()
        desk.phoneCallsApplication()
        switch command {
        case "": desk.pass(.seconds(61))
        case "cancel":
            let text = """
                CANCEL sip:+12025550131@sip.telnyx.com SIP/2.0
                Via: SIP/2.0/UDP \(Desk.phoneWire.remote);branch=z9hG4bKmobilein2
                From: <sip:whoever@sip.telnyx.com>;tag=tagin
                To: <sip:+12025550131@sip.telnyx.com>
                Call-ID: in
                CSeq: 2 CANCEL
                Max-Forwards: 70
                Content-Length: 0


                """
            desk.hear(text, from: Desk.phoneWire)
        default: desk.command(command, cause.isEmpty ? [:] : ["cause": .string(cause)])
        }
        #expect(desk.response(to: Desk.phoneWire)?.status == status)
        #expect(desk.api.payload("call.hangup")?["hangup_cause"]?.string == told)
        #expect(desk.api.payload("call.hangup")?["sip_hangup_cause"]?.string == sip)
    }

    @Test("B4: the API calls a telephone, which rings, answers, and is hung up on")
    func outgoing() throws {
        var desk = Desk.controlled()
        desk.register("mobile")
        let dialled = desk.dial("+12025550133", ["client_state": "MQ==", "stream_url": "ws://agent.example/s"])
        #expect(dialled.status == 200)
        let call = try #require(dialled.body["data"])
        #expect(call["is_alive"] == false && call["record_type"] == "call")
        let invite = try #require(desk.request(.invite, to: Desk.phoneWire))
        #expect(try invite.from.uri.sip?.unescapedUser == "+12025550131")
        #expect(String(decoding: invite.octets, as: UTF8.self).contains("X-Telnyx-Leg-ID:"))
        desk.hear(Desk.answer(180, to: invite, from: Desk.phoneWire), from: Desk.phoneWire)
        desk.hear(
            Desk.answer(200, to: invite, from: Desk.phoneWire, body: Desk.offer(host: "192.0.2.20")),
            from: Desk.phoneWire)
        #expect(desk.request(.ack, to: Desk.phoneWire) != nil)
        let answered = try #require(desk.api.payload("call.answered"))
        #expect(answered["client_state"] == "MQ==" && answered["from"] == "+12025550131")
        #expect(answered["call_control_id"] == call["call_control_id"])
        #expect(desk.api.payload("call.initiated")?["direction"] == "outgoing")
        #expect(desk.api.opened.map(\.url) == ["ws://agent.example/s"])
        #expect(desk.ask("GET", "/calls/\(desk.controlID)").body["data"]?["is_alive"] == true)
        #expect(desk.command("answer").body["errors"]?.array?.first?["code"] == "90102")
        desk.command("hangup")
        #expect(desk.request(.bye, to: Desk.phoneWire) != nil)
        #expect(desk.api.payload("call.hangup")?["hangup_source"] == "caller")
    }

    @Test(
        "B4: what becomes of calls that the API makes",
        arguments: [
            ("+12025550103", "user_busy", "486", "callee"), ("+12025550106", "call_rejected", "603", "callee"),
            ("+12025550104", "timeout", "487", "caller"), ("+12025550199", "not_found", "404", "callee"),
            ("+12025550133", "no_answer", "480", "callee"), ("+12025550131", "not_found", "404", "callee"),
        ])
    func failed(number: String, cause: String, sip: String, source: String) {
        var desk = Desk.controlled()
        #expect(desk.dial(number, ["timeout_secs": 20]).status == 200)
        desk.pass(.seconds(21))
        #expect(desk.api.events == ["call.initiated", "call.hangup"])
        let end = desk.api.payload("call.hangup")
        #expect(end?["hangup_cause"]?.string == cause && end?["sip_hangup_cause"]?.string == sip)
        #expect(end?["hangup_source"]?.string == source)
    }

    @Test(
        "B2: dials that are refused",
        arguments: [
            ("+12025550199", "from", "403", "10010"), ("12025550133", "to", "422", "10016"),
            ("sip:mobile@sip.telnyx.com", "to", "422", "10015"),
        ])
    func refusedDial(value: String, member: String, status: String, code: String) {
        var desk = Desk.controlled()
        let answer = desk.dial("+12025550101", [member: .string(value)])
        #expect(answer.status == Int(status))
        #expect(answer.body["errors"]?.array?.first?["code"]?.string == code)
        #expect(desk.api.events.isEmpty)
    }

    @Test("B2: a time limit ends a call, and hanging up before the answer takes it back")
    func limits() {
        var desk = Desk.controlled()
        desk.dial("+12025550101", ["time_limit_secs": 60])
        desk.pass(.milliseconds(1_300))
        #expect(desk.api.events.last == "call.answered")
        desk.pass(.seconds(60))
        #expect(desk.api.payload("call.hangup")?["hangup_cause"] == "time_limit")
        desk = Desk.controlled()
        desk.dial("+12025550104")
        desk.pass(.seconds(1))
        desk.command("hangup")
        #expect(desk.api.payload("call.hangup")?["hangup_cause"] == "originator_cancel")
    }

    @Test("B4: a machine is told from a person, and its beep is heard")
    func machines() {
        for (number, mode, results) in [
            ("+12025550105", "premium", ["machine", "beep_detected"]), ("+12025550101", "premium", ["human_residence"]),
            ("+12025550101", "detect", ["human"]), ("+12025550105", "detect", ["machine"]),
        ] {
            var desk = Desk.controlled()
            desk.dial(number, ["answering_machine_detection": .string(mode)])
            desk.pass(.seconds(10))
            let told = desk.api.posts.filter { $0.event.hasPrefix("call.machine") }
                .compactMap { (try? JSONValue(parsing: $0.body))?["data"]?["payload"]?["result"]?.string }
            #expect(told == results)
        }
    }

    @Test("B4: a call is handed over to a number, and comes back when that can't be had")
    func transfer() throws {
        var desk = Desk.controlled()
        let answered = desk.phoneTalksToApplication()
        _ = try #require(answered)
        desk.command("transfer", ["to": "+12025550103"])
        desk.pass(.seconds(1))
        #expect(desk.api.events.suffix(2) == ["call.initiated", "call.hangup"])
        let failure = try #require(desk.api.payload("call.hangup"))
        #expect(failure["hangup_cause"] == "user_busy")
        #expect(failure["call_control_id"]?.string != desk.controlID)
        #expect(desk.command("transfer", ["to": "+12025550101", "target_leg_client_state": "Mg=="]).status == 200)
        desk.pass(.seconds(2))
        #expect(desk.api.events.suffix(4) == ["call.initiated", "call.answered", "call.bridged", "call.bridged"])
        #expect(desk.api.payload("call.answered")?["client_state"] == "Mg==")
        // The telephone is told of the new sound, and hears the echo.
        #expect(desk.request(.invite, to: Desk.phoneWire) != nil)
        #expect(desk.orders.contains(.play(.echo, payloadType: 0)))
        desk.command("hangup")
        #expect(desk.request(.bye, to: Desk.phoneWire) != nil)
        #expect(desk.api.events.suffix(3) == ["streaming.stopped", "call.hangup", "call.hangup"])
    }

    @Test(
        "B4: a call that the API has made is handed over to a telephone; a number that answers by itself can't be had")
    func transferOfItsOwn() throws {
        var desk = Desk.controlled {
            $0.phones.append(SandboxPhone(username: "desk", password: "sandbox-mobile", number: "+12025550134"))
        }
        desk.register("mobile")
        desk.register("desk", contact: "<sip:desk@192.0.2.30:5064>", from: TransferTests.deskWire)
        desk.dial("+12025550133")
        let invite = try #require(desk.request(.invite, to: Desk.phoneWire))
        desk.hear(
            Desk.answer(200, to: invite, from: Desk.phoneWire, body: Desk.offer(host: "192.0.2.20")),
            from: Desk.phoneWire)
        desk.command("transfer", ["to": "+12025550101"])
        #expect(desk.api.events.suffix(2) == ["call.initiated", "call.hangup"])
        #expect(desk.api.payload("call.hangup")?["hangup_cause"] == "not_found")

        #expect(desk.command("transfer", ["to": "+12025550134"]).status == 200)
        let second = try #require(desk.request(.invite, to: TransferTests.deskWire))
        desk.hear(
            Desk.answer(
                200, to: second, from: TransferTests.deskWire, body: Desk.offer(host: "192.0.2.30", port: 32_000)),
            from: TransferTests.deskWire)
        #expect(desk.api.events.suffix(3) == ["call.answered", "call.bridged", "call.bridged"])
        // Who was called is told of the new sound, and their sound goes to the new place.
        #expect(try #require(desk.request(.invite, to: Desk.phoneWire)).toTag == "callee")
        #expect(desk.orders.contains(.aim(.caller, TransportAddress(ip: .v4(0xC000_021E), port: 32_000))))
        desk.hear(
            Desk.request("BYE", in: second, sequence: 1, from: TransferTests.deskWire), from: TransferTests.deskWire)
        #expect(desk.request(.bye, to: Desk.phoneWire) != nil)
        #expect(desk.api.events.last == "call.hangup")
    }

    @Test("B4: keys are told, gathered, and sent")
    func keys() throws {
        var desk = Desk.controlled()
        let answered = desk.phoneTalksToApplication()
        _ = try #require(answered)
        desk.command("gather", ["maximum_digits": 4, "gather_id": "pin"])
        for (place, code) in [UInt8(1), 2, 11].enumerated() {
            desk.phoneSays(Packet.key(code, at: 10 + place * 10))
            desk.phoneSays(Packet.key(code, at: 10 + place * 10))
            desk.pass(.milliseconds(300))
        }
        let digits = desk.api.posts.filter { $0.event == "call.dtmf.received" }
            .compactMap { (try? JSONValue(parsing: $0.body))?["data"]?["payload"]?["digit"]?.string }
        #expect(digits == ["1", "2", "#"])
        #expect(desk.api.messages("dtmf").compactMap { $0["dtmf"]?["digit"]?.string } == ["1", "2", "#"])
        let gathered = try #require(desk.api.payload("call.gather.ended"))
        #expect(gathered["digits"] == "12" && gathered["status"] == "valid" && gathered["gather_id"] == "pin")
        desk.command("gather", ["timeout_millis": 2_000])
        desk.pass(.seconds(2))
        #expect(desk.api.payload("call.gather.ended")?["status"] == "timeout")

        let before = desk.said.count
        desk.command("send_dtmf", ["digits": "5"])
        desk.pass(.seconds(1))
        let events = desk.said.dropFirst(before).filter { $0[1] & 0x7F == 101 }
        #expect(events.count == 8 && events.allSatisfy { $0[12] == 5 })
        #expect(events.last.map { $0[13] & 0x80 != 0 } == true)
    }

    @Test("B4: what is spoken takes its time; recording and cost are told")
    func speech() throws {
        var desk = Desk.controlled()
        desk.ask(
            "PATCH", "/call_control_applications/\(CallControlSettings.applicationID)",
            [
                "application_name": "sandbox", "webhook_event_url": "http://agent.example/hook",
                "call_cost_in_webhooks": true,
            ])
        desk.phoneCallsApplication()
        desk.command("answer")
        desk.command("record_start", ["channels": "dual", "format": "mp3"])
        desk.command("speak", ["payload": "Thirty characters, more or so.", "voice": "female"])
        desk.pass(.milliseconds(1_900))
        #expect(desk.api.events.last == "call.speak.started")
        desk.pass(.milliseconds(200))
        #expect(desk.api.events.last == "call.speak.ended" && desk.said.count == 100)
        #expect(desk.api.payload("call.speak.ended")?["status"] == "completed")
        desk.command("playback_start", ["audio_url": "http://agent.example/a.wav"])
        desk.command("hangup")
        #expect(
            desk.api.events.suffix(5) == [
                "call.playback.started", "call.playback.ended", "call.recording.saved", "call.hangup", "call.cost",
            ])
        #expect(desk.api.payload("call.playback.ended")?["status"] == "call_hangup")
        #expect(desk.api.payload("call.cost")?["total_cost"] == "0.0050")
    }
}

extension Desk {
    /// The API makes a call.
    @discardableResult
    mutating func dial(
        _ number: String, _ more: [String: JSONValue] = [:]
    ) -> (status: Int, body: JSONValue, headers: [String: String]) {
        let body: [String: JSONValue] = [
            "connection_id": .string(CallControlSettings.applicationID), "from": "+12025550131", "to": .string(number),
        ]
        return ask("POST", "/calls", .object(body.merging(more) { $1 }))
    }
}
