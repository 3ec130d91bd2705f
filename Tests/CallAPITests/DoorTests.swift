import Agent
import Synchronization
import Telephony
import Testing

@testable import CallAPI

/// What is done to calls that ring or are up.
@Suite(.timeLimit(.minutes(1)))
struct DoorTests {
    @Test("A call is hung up by either request, once", arguments: [("DELETE", ""), ("POST", "/hangup")])
    func hangUp(method: String, path: String) async throws {
        let desk = try Desk()
        let (call, _) = desk.callUp()
        #expect(await desk.ask(method, "/v1/calls/\(call.id)\(path)").status == 204)
        #expect(desk.line.hungUp.withLock { $0 } == [call.id.text])
        let again = await desk.ask(method, "/v1/calls/\(call.id)\(path)")
        #expect(again.status == 409 && again.code == "call_over")
        #expect(await desk.ask(method, "/v1/calls/none\(path)").status == 404)
    }

    @Test("What the agent is to say is given to it")
    func speak() async throws {
        let desk = try Desk()
        let (call, prompter) = desk.callUp()
        let early = await desk.ask("POST", "/v1/calls/\(call.id)/speak", "{\"text\": \"Hello.\"}")
        #expect(early.status == 409 && early.code == "no_conversation")
        let (said, sink) = AsyncStream.makeStream(of: String.self)
        prompter.attach { sink.yield($0) }
        #expect(
            await desk.ask("POST", "/v1/calls/\(call.id)/speak", "{\"text\": \"Hello\\nthere.\"}").status == 202)
        #expect(await said.first { _ in true } == "Hello there.")
    }

    @Test("An agent that says nothing it is given is said to be one")
    func mute() async throws {
        let desk = try Desk(abilities: [])
        let (call, _) = desk.callUp()
        #expect(await desk.ask("POST", "/v1/calls/\(call.id)/speak", "{\"text\": \"Hello.\"}").code == "no_speaking")
    }

    @Test("Keys are pressed and written down")
    func keys() async throws {
        let desk = try Desk()
        let (call, _) = desk.callUp()
        #expect(await desk.ask("POST", "/v1/calls/\(call.id)/dtmf", "{\"digits\": \"1,d#\"}").status == 202)
        #expect(await call.acts.first { _ in true } == "keys 1,D#")
        let shown = await desk.ask("GET", "/v1/calls/\(call.id)")
        #expect(shown.json["dtmf"]?.array?.compactMap { $0["digit"]?.string } == ["1", "D", "#"])
        #expect(await desk.ask("POST", "/v1/calls/\(call.id)/dtmf", "{\"digits\": \"1x\"}").code == "bad_digits")
    }

    @Test("The recording of a call pauses and goes on, and a call without one is said to be so")
    func recording() async throws {
        let desk = try Desk()
        let (call, _) = desk.callUp()
        let path = "/v1/calls/\(call.id)/recording"
        #expect(await desk.ask("POST", path, "{\"state\": \"paused\"}").code == "not_recorded")
        desk.line.isRecorded.withLock { $0 = true }
        let paused = await desk.ask("POST", path, "{\"state\": \"paused\"}")
        #expect(paused.status == 200 && paused.json["state"] == "paused")
        #expect(await desk.ask("POST", path, "{\"state\": \"recording\"}").status == 200)
        let shown = await desk.ask("GET", "/v1/calls/\(call.id)").json["events"]?.array
        #expect(shown?.compactMap { $0["kind"]?.string } == ["recording paused", "recording goes on"])
        for body in ["{\"state\": \"stopped\"}", "{}", "{\"state\": true}"] {
            #expect(await desk.ask("POST", path, body).status == 400)
        }
        desk.line.end(call.id)
        #expect(await desk.ask("POST", path, "{\"state\": \"paused\"}").code == "call_over")
    }

    @Test(
        "A call is put through to a name of transfers, or to what may be called",
        arguments: [
            ("desk", "sip:desk@192.0.2.1:5070"), ("night", "sip:+15550@trunk.example"), ("odd", "sip:a@b;x=y"),
            ("+49 30 5", "sip:+49305@trunk.example"), ("sip:%62ob@example.com", "sip:bob@example.com"),
        ])
    func transfer(to: String, target: String) async throws {
        let desk = try Desk {
            $0.transfers = ["desk": "sip:desk@192.0.2.1:5070", "night": "+1 5550", "odd": "sip:a@b;x=y"]
        }
        let (call, _) = desk.callUp()
        #expect(await desk.ask("POST", "/v1/calls/\(call.id)/transfer", "{\"to\": \"\(to)\"}").status == 202)
        var acts = call.acts.makeAsyncIterator()
        #expect(await acts.next() == "transfer \(target)")
        #expect(await acts.next() == "hang up")
        #expect(
            desk.line.recorded.withLock { $0 }.contains(.event(kind: "transferred", detail: "", at: 20)))
    }

    @Test("T-12, T-17: nobody is put through to what no list names", arguments: ["+19005550100", "sip:x@evil.example"])
    func transferNotAllowed(to: String) async throws {
        let desk = try Desk { $0.transfers = ["desk": "sip:desk@192.0.2.1:5070"] }
        let (call, _) = desk.callUp()
        let answer = await desk.ask("POST", "/v1/calls/\(call.id)/transfer", "{\"to\": \"\(to)\"}")
        #expect(answer.status == 403 && answer.code == "destination_not_allowed")
        for (to, code) in [("Desk", "bad_destination"), ("+4930999", "unreachable")] {
            let answer = await desk.ask("POST", "/v1/calls/\(call.id)/transfer", "{\"to\": \"\(to)\"}")
            #expect(answer.status == 422 && answer.code == code)
        }
    }

    @Test("A place that is asked first is asked by the agent, once it can")
    func consult() async throws {
        let desk = try Desk { $0.transfers = ["sales": TransferDestination("sip:s@example.com", kind: .warm)] }
        let transfers = TransferDesk()
        let (call, _) = desk.callUp(transfers: transfers)
        let path = "/v1/calls/\(call.id)/transfer"
        let early = await desk.ask("POST", path, "{\"to\": \"sales\"}")
        #expect(early.status == 409 && early.code == "no_consulting")
        let (orders, sink) = AsyncStream.makeStream(of: ConsultationOrder.self)
        transfers.attach { sink.yield($0) }
        #expect(await desk.ask("POST", path, "{\"to\": \"sales\", \"briefing\": \"It is\\nAda.\"}").status == 202)
        let order = await orders.first { _ in true }
        #expect(order?.name == "sales" && order?.briefing == "It is Ada.")
        // T-12: a name that is not set up, and what is not text, asks nobody.
        for body in [
            "{\"to\": \"Sales\"}", "{\"to\": \"sip:s@evil.example\"}", "{\"to\": \"sales\", \"headers\": {}}",
            "{\"to\": \"sales\", \"briefing\": 7}", "{\"to\": \"sales?Route=x\"}", "{\"to\": [\"sales\"]}",
        ] {
            #expect((400..<500).contains(await desk.ask("POST", path, body).status), "\(body)")
        }
    }

    @Test("A transfer that is refused leaves the call, and another can be tried")
    func transferRefused() async throws {
        let desk = try Desk { $0.transfers = ["desk": "sip:desk@192.0.2.1:5070"] }
        let (call, _) = desk.callUp()
        call.refusesTransfers()
        let events = try await Reader(desk, call.id)
        #expect(await desk.ask("POST", "/v1/calls/\(call.id)/transfer", "{\"to\": \"desk\"}").status == 202)
        #expect(await events.event { $0.contains("transfer failed") }.contains("603"))
        #expect(desk.calls.entry(call.id)?.state == .up)
    }

    @Test("What rings can be hung up and nothing else")
    func ringing() async throws {
        let desk = try Desk()
        let id = try #require(await desk.ask("POST", "/v1/calls", "{\"to\": \"+4930123\"}").json["id"]?.string)
        for (path, body) in [
            ("speak", "{\"text\":\"a\"}"), ("dtmf", "{\"digits\":\"1\"}"), ("transfer", "{\"to\":\"+49301\"}"),
        ] {
            let answer = await desk.ask("POST", "/v1/calls/\(id)/\(path)", body)
            #expect(answer.status == 409 && answer.code == "not_answered")
        }
        #expect(await desk.ask("DELETE", "/v1/calls/\(id)").status == 204)
    }
}
