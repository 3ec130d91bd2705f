import Agent
import Synchronization
import Telephony
import Testing

@testable import CallAPI

/// The kept calls over the API.
struct RecordTests {
    @Test("The list comes in pages, the newest first, and ends")
    func pages() async throws {
        let desk = try Desk()
        for number in 0..<7 { desk.line.end(desk.callUp("0000-\(number)").call.id) }
        var found: [String] = []
        var next: String?
        repeat {
            let page = await desk.ask("GET", "/v1/calls?limit=3" + (next.map { "&after=\($0)" } ?? "")).json
            found += page["calls"]?.array?.compactMap { $0["id"]?.string } ?? []
            next = page["next"]?.string
        } while next != nil && found.count < 20
        #expect(found == (0..<7).reversed().map { "0000-\($0)" })
    }

    @Test(
        "The list is filtered",
        arguments: [
            ("direction=incoming", 2), ("direction=outgoing", 1), ("state=up", 2), ("state=ended", 1),
            ("outcome=localHangUp", 1), ("outcome=noAnswer", 0), ("number=ada%40", 3), ("number=bob", 0),
            ("from=1000", 3),
            ("until=1000", 0),
        ])
    func filters(query: String, count: Int) async throws {
        let desk = try Desk()
        _ = desk.callUp("0000-1")
        _ = desk.callUp("0000-2", direction: .outgoing)
        desk.line.end(desk.callUp("0000-3").call.id)
        #expect(await desk.ask("GET", "/v1/calls?\(query)").json["calls"]?.array?.count == count)
    }

    @Test("T-42: a call is found by its whole name alone, and what is not there is said")
    func whole() async throws {
        let desk = try Desk()
        _ = desk.callUp("0000-17")
        #expect(await desk.ask("GET", "/v1/calls/0000-17").json["id"] == "0000-17")
        for id in ["0000-1", "0000", "0000-170", "-", "%"] {
            #expect(await desk.ask("GET", "/v1/calls/\(id)").status == 404)
        }
    }

    @Test("T-55: calls are found by words, whatever signs are among them")
    func text() async throws {
        let desk = try Desk()
        let (call, _) = desk.callUp("0000-1")
        _ = desk.callUp("0000-2")
        desk.line.note(
            .turn(TurnRecord(who: .caller, text: "Is the café open?", startMs: 1, endMs: 2)), of: call.id)
        for (text, count) in [
            ("cafe+open", 1), ("%22caf%C3%A9", 1), ("cafe*", 1), ("caf*", 0), ("ada", 2), ("NEAR(ada", 0),
            ("%F0%9F%98%80", 0),
            ("-", 0), ("%00", 0), ("'%20OR%201=1", 0),
        ] {
            let answer = await desk.ask("GET", "/v1/calls?text=\(text)")
            #expect(answer.status == 200 && answer.json["calls"]?.array?.count == count, "\(text)")
        }
        #expect(await desk.ask("GET", "/v1/calls?text=").status == 400)
        #expect(await desk.ask("GET", "/v1/calls?text=\(String(repeating: "a", count: 129))").status == 400)
    }

    @Test("A call that is over is summed up on request, once there is something to sum up and a model for it")
    func summary() async throws {
        let desk = try Desk()
        let (call, _) = desk.callUp("0000-1")
        desk.line.note(.turn(TurnRecord(who: .caller, text: "Hello.", startMs: 1, endMs: 2)), of: call.id)
        desk.line.end(desk.callUp("0000-2").call.id)
        let woken = Mutex(0)
        var surroundings = desk.api.surroundings
        func ask(_ id: String, _ body: String = "") async -> Answer {
            let api = CallAPI(settings: desk.api.settings, surroundings: surroundings)
            return Answer(
                await api.respond(
                    to: APIRequest(
                        "POST", "/v1/calls/\(id)/summary", headers: [(name: "Content-Type", value: "application/json")],
                        body: Array(body.utf8))))
        }
        let without = await ask("0000-2")
        #expect(without.status == 409 && without.code == "no_model")
        surroundings.onSummaryOwed = { woken.withLock { $0 += 1 } }
        #expect(await ask("0000-1").code == "call_up")
        #expect(await ask("0000-2").code == "nothing_said")
        #expect(await ask("none").status == 404)
        #expect(await ask("0000-1", "{\"x\": 1}").status == 400)
        desk.line.end(call.id)
        let answer = await ask("0000-1", "{}")
        #expect(answer.status == 202 && answer.text == "{\"id\":\"0000-1\",\"state\":\"owed\"}")
        #expect(woken.withLock { $0 } == 1)
        #expect(await desk.ask("GET", "/v1/calls/0000-1").json["summary"]?["state"] == "owed")
    }

    @Test("T-53: a call that is over is erased, its events as well; one that is up is not")
    func erase() async throws {
        let desk = try Desk()
        let (call, _) = desk.callUp("0000-1")
        let path = "/v1/calls/\(call.id)"
        let early = await desk.ask("DELETE", "\(path)/record")
        #expect(early.status == 409 && early.code == "call_up")
        desk.line.end(call.id)
        #expect(await desk.ask("GET", "\(path)/events").status == 200)
        #expect(await desk.ask("DELETE", "\(path)/record").status == 204)
        for target in [path, "\(path)/events"] { #expect(await desk.ask("GET", target).status == 404) }
        #expect(await desk.ask("DELETE", "\(path)/record").status == 404)
        #expect(await desk.ask("GET", "/v1/calls").json["calls"]?.array?.isEmpty == true)
    }

    @Test("T-53: events of a call that another program erased are gone, too")
    func erasedElsewhere() async throws {
        let desk = try Desk()
        let (call, _) = desk.callUp("0000-1")
        desk.line.end(call.id)
        _ = try await desk.store.erase([call.id.text])
        #expect(await desk.ask("GET", "/v1/calls/\(call.id)/events").status == 404)
        #expect(await desk.ask("GET", "/v1/calls/\(call.id)").code == "no_such_call")
    }

    @Test("A database that can't be read is said, without the name of its file")
    func closed() async throws {
        let desk = try Desk()
        await desk.store.close()
        for target in ["/v1/calls", "/v1/calls/0000-1"] {
            let answer = await desk.ask("GET", target)
            #expect(answer.status == 503 && answer.code == "database")
            #expect(!answer.text.contains("calls.db"))
        }
        let placed = await desk.ask(
            "POST", "/v1/calls", "{\"to\": \"+4930123\"}", headers: [("Idempotency-Key", "k")])
        #expect(placed.status == 503)
        #expect(desk.line.orders.withLock { $0.isEmpty })
    }
}
