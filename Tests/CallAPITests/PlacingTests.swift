import Agent
import Synchronization
import Telephony
import TelephonyPrimitives
import Testing

@testable import CallAPI

/// Calls that are placed on request, within what is allowed.
struct PlacingTests {
    @Test("A call is placed with what the agent is told, and its name is known at once")
    func placed() async throws {
        let desk = try Desk()
        let answer = await desk.ask(
            "POST", "/v1/calls",
            """
            {"to": "+49 30 123", "from": "sip:me@example.com", "instructions": "Be kind.", "variables": {"name": "Ada"}}
            """)
        #expect(answer.status == 202)
        let id = try #require(answer.json["id"]?.string)
        #expect(answer.header("location") == "/v1/calls/\(id)")
        let order = try #require(desk.line.orders.withLock { $0.first })
        #expect(order.id.text == id)
        #expect(order.destination == .number("+4930123"))
        #expect(order.caller?.description == "sip:me@example.com")
        #expect(order.brief.instructions == "Be kind." && order.brief.variables == ["name": "Ada"])
        let shown = await desk.ask("GET", "/v1/calls/\(id)")
        #expect(shown.status == 200 && shown.json["state"] == "ringing" && shown.json["direction"] == "outgoing")
    }

    @Test(
        "F-11 An order says what is done when a voicemail answers; what it leaves out is as configured",
        arguments: [
            (#""on_machine": "hang_up""#, AnsweringPlan(onMachine: .hangUp, voicemail: "usual")),
            (#""on_machine": "leave_message""#, AnsweringPlan(onMachine: .leaveMessage, voicemail: "usual")),
            (#""voicemail": "Call back.""#, AnsweringPlan(onMachine: .leaveMessage, voicemail: "Call back.")),
            (#""on_screening": "Us.""#, AnsweringPlan(voicemail: "usual", onScreening: "Us.")),
        ])
    func answering(members: String, plan: AnsweringPlan) async throws {
        let desk = try Desk({ $0.answering.voicemail = "usual" }, abilities: [.answering])
        let answer = await desk.ask("POST", "/v1/calls", "{\"to\": \"+4930123\", \(members)}")
        #expect(answer.status == 202, "\(answer.text)")
        #expect(desk.line.orders.withLock { $0.first?.brief.answering } == plan)
    }

    @Test("F-11 What can't be done about a voicemail is said")
    func badAnswering() async throws {
        let desk = try Desk(abilities: [.answering])
        let deaf = try Desk(abilities: [])
        func code(_ desk: Desk, _ members: String) async -> String? {
            await desk.ask("POST", "/v1/calls", "{\"to\": \"+4930123\", \(members)}").code
        }
        #expect(await code(desk, #""on_machine": "sing""#) == "bad_member")
        #expect(await code(desk, #""on_machine": "leave_message""#) == "no_voicemail")
        #expect(await code(deaf, #""voicemail": "x""#) == "no_answering")
        #expect(await code(deaf, #""to": "+4930123""#) == nil)
    }

    @Test(
        "T-17, T-50: nothing is called that the list does not name",
        arguments: ["+19005550100", "sip:bob@evil.example", "sip:bob@example.com:5070", "sips:bob@example.com", "911"])
    func notAllowed(to: String) async throws {
        let desk = try Desk()
        let answer = await desk.ask("POST", "/v1/calls", "{\"to\": \"\(to)\"}")
        #expect(answer.status == 403 && answer.code == "destination_not_allowed")
        #expect(desk.line.orders.withLock { $0.isEmpty })
    }

    @Test("T-17, F-21: however a number is dialled, it is the number that is allowed, and the one that is never called")
    func dialled() async throws {
        let desk = try Desk()
        #expect(await desk.ask("POST", "/v1/calls", "{\"to\": \"030 123456\"}").status == 202)
        #expect(desk.line.orders.withLock { $0.last?.destination } == .number("+4930123456"))
        #expect(await desk.ask("POST", "/v1/calls", "{\"to\": \"0900123456\"}").code == "destination_not_allowed")
        #expect(await desk.ask("POST", "/v1/do-not-call", "{\"numbers\": [\"+4930999888\"]}").status == 200)
        #expect(await desk.ask("POST", "/v1/calls", "{\"to\": \"030999888\"}").code == "do_not_call")
        #expect(await desk.ask("POST", "/v1/do-not-call", "{\"numbers\": [\"030777888\"]}").status == 200)
        #expect(await desk.ask("POST", "/v1/calls", "{\"to\": \"+4930777888\"}").code == "do_not_call")
    }

    @Test("T-17: by default nobody may be called")
    func nobody() async throws {
        let desk = try Desk { $0.outgoing = OutgoingPolicy() }
        let answer = await desk.ask("POST", "/v1/calls", "{\"to\": \"+4930123\"}")
        #expect(answer.status == 403)
        #expect(answer.json["detail"]?.string == "Nobody may be called: outbound.allow names no destination.")
    }

    @Test("T-17: who orders calls in a loop is stopped at the hour's limit, with one alarm")
    func hour() async throws {
        let desk = try Desk {
            $0.outgoing.maximumPerHour = 3
            $0.outgoing.maximumCalls = 1_000
        }
        for number in 0..<50 {
            let answer = await desk.ask("POST", "/v1/calls", "{\"to\": \"+4930\(1_000 + number)\"}")
            #expect(answer.status == (number < 3 ? 202 : 429))
            if number >= 3 { #expect(answer.header("retry-after") == "3600") }
        }
        #expect(desk.line.orders.withLock { $0.count } == 3)
        #expect(desk.alarms.told.withLock { $0.count } == 1)
        desk.wait(.seconds(3_600))
        #expect(await desk.ask("POST", "/v1/calls", "{\"to\": \"+4930123\"}").status == 202)
    }

    @Test("T-17: only so many calls of ours are up at once")
    func atOnce() async throws {
        let desk = try Desk { $0.outgoing.maximumCalls = 2 }
        for _ in 0..<2 { #expect(await desk.ask("POST", "/v1/calls", "{\"to\": \"+4930123\"}").status == 202) }
        #expect(await desk.ask("POST", "/v1/calls", "{\"to\": \"+4930123\"}").status == 429)
        let first = try #require(desk.line.orders.withLock { $0.first })
        desk.line.end(first.id)
        #expect(await desk.ask("POST", "/v1/calls", "{\"to\": \"+4930123\"}").status == 202)
    }

    @Test("A full server says so, and the key of a refused request can be used again")
    func full() async throws {
        let desk = try Desk()
        desk.line.hasRoom.withLock { $0 = false }
        let key = [("Idempotency-Key", "k")]
        let refused = await desk.ask("POST", "/v1/calls", "{\"to\": \"+4930123\"}", headers: key)
        #expect(refused.status == 503 && refused.header("retry-after") == "10")
        desk.line.hasRoom.withLock { $0 = true }
        let placed = await desk.ask("POST", "/v1/calls", "{\"to\": \"+4930123\"}", headers: key)
        #expect(placed.status == 202 && placed.header("idempotent-replayed") == nil)
    }

    @Test("The same request under the same key places one call")
    func idempotent() async throws {
        let desk = try Desk()
        let key = [("Idempotency-Key", "order-17")]
        let first = await desk.ask("POST", "/v1/calls", "{\"to\": \"+4930123\"}", headers: key)
        // Written otherwise, it is the same.
        let second = await desk.ask("POST", "/v1/calls", "{ \"to\":\"+49 30 123\" }", headers: key)
        #expect(second.status == 202 && second.json == first.json && second.header("idempotent-replayed") == "true")
        let other = await desk.ask("POST", "/v1/calls", "{\"to\": \"+4930124\"}", headers: key)
        #expect(other.status == 422 && other.code == "key_reused")
        #expect(desk.line.orders.withLock { $0.count } == 1)
    }

    @Test(
        "A key that is none is refused",
        arguments: [
            [("Idempotency-Key", "")], [("Idempotency-Key", "a b")],
            [("Idempotency-Key", "a"), ("idempotency-key", "b")],
        ]
    )
    func badKeys(headers: [(String, String)]) async throws {
        let desk = try Desk()
        #expect(await desk.ask("POST", "/v1/calls", "{\"to\": \"+4930123\"}", headers: headers).code == "bad_key")
    }

    @Test("What this agent can't be told is refused, and so is what can't be reached from here")
    func abilities() async throws {
        let desk = try Desk(abilities: [])
        let to = "\"to\": \"+4930123\""
        #expect(await desk.ask("POST", "/v1/calls", "{\(to), \"instructions\": \"x\"}").code == "no_instructions")
        #expect(await desk.ask("POST", "/v1/calls", "{\(to), \"variables\": {\"a\": \"b\"}}").code == "no_variables")
        let far = await desk.ask("POST", "/v1/calls", "{\"to\": \"+4930999\"}")
        #expect(far.status == 422 && far.code == "unreachable")
        #expect(desk.line.orders.withLock { $0.isEmpty })
    }
}
