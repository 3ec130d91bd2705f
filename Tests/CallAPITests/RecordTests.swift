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
