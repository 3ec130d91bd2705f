import TelephonyPrimitives
import Testing

@testable import Telnyx

@Suite("The client of Telnyx's API")
struct TelnyxClientTests {
    @Test("A command that got no answer is sent again with the same command_id, at once, and no longer than 60 seconds")
    func silence() async throws {
        let (telnyx, transport, sleep) = client([
            .failure(.silent("x")), .failure(.silent("x")), .answer(500), .answer(200),
        ])
        let answer = try await telnyx.run(HangupCommand(), on: "v3:a")
        #expect(answer["result"]?.string == "ok")
        let ids = transport.sent.map { $0.request.body?["command_id"]?.string }
        #expect(ids.count == 4 && Set(ids).count == 1 && ids[0] != nil)
        #expect(transport.sent.map(\.limit) == [.milliseconds(500), .seconds(1), .seconds(2), .seconds(4)])
        #expect(sleep.waits == [.zero, .zero, .seconds(1)])
    }

    @Test("Two commands have two identifiers, and a kept one is used again")
    func identifiers() async throws {
        let (telnyx, transport, _) = client([.answer(200), .answer(200), .answer(200)])
        let id = CommandID.random()
        try await telnyx.run(HangupCommand(), on: "v3:a")
        try await telnyx.run(HangupCommand(), on: "v3:a", commandID: id)
        try await telnyx.run(HangupCommand(), on: "v3:a", commandID: id)
        let ids = transport.sent.compactMap { $0.request.body?["command_id"]?.string }
        #expect(ids[1] == id.rawValue && ids[2] == id.rawValue && ids[0] != ids[1])
    }

    @Test("A dial of which nobody knows whether it was taken is not sent again")
    func dial() async throws {
        let dial = DialCommand(to: "+12025550131", from: "+12025550133", application: "149")
        for step in [ScriptedTransport.Step.failure(.silent("No word.")), .answer(502, "bad gateway")] {
            let (telnyx, transport, _) = client([step])
            await #expect(throws: TelnyxError.self) { try await telnyx.dial(dial) }
            #expect(transport.sent.count == 1)
        }
        // What was certainly not taken is.
        let (telnyx, transport, sleep) = client([
            .failure(.notConnected("x")), .answer(429, "{}", ["x-ratelimit-reset": "2"]),
            .answer(
                200, #"{"data":{"call_control_id":"v3:new","call_leg_id":"l","call_session_id":"s","is_alive":false}}"#),
        ])
        let call = try await telnyx.dial(dial)
        #expect(call.control == "v3:new" && call.leg == "l" && call.session == "s")
        #expect(transport.sent.count == 3 && sleep.waits == [.milliseconds(250), .seconds(2)])
    }

    @Test("F-40: that a leg is over already is no error of a hangup, and is one of everything else")
    func over() async throws {
        let refusal = #"{"errors":[{"code":"90018","title":"Call has already ended","detail":"gone"}]}"#
        let (telnyx, _, _) = client([.answer(422, refusal), .answer(422, refusal)])
        try await telnyx.run(HangupCommand(), on: "v3:a")
        let error = await #expect(throws: TelnyxError.self) {
            try await telnyx.run(SpeakCommand("Hello", voice: "male"), on: "v3:a")
        }
        #expect(error?.isCallOver == true)
        #expect(
            error?.description
                == "Telnyx refused (422, code 90018): The call has already ended. It says: gone "
                + "There is nothing to do: leave the call alone.")
    }

    @Test("What Telnyx says of its limits is told, and waited for when it is short")
    func limits() async throws {
        let (telnyx, transport, sleep) = client([
            .answer(
                429, "{}",
                ["x-ratelimit-limit": "100, 100;w=1", "x-ratelimit-remaining": "0", "x-ratelimit-reset": "3"]),
            .answer(200, "{}", ["x-ratelimit-remaining": "99"]),
            .answer(429, #"{"errors":[{"code":"10011"}]}"#, ["retry-after": "600"]),
        ])
        try await telnyx.run(GatherStopCommand(), on: "v3:a")
        #expect(sleep.waits == [.seconds(3)])
        #expect(telnyx.rateLimit?.remaining == 99)
        let error = await #expect(throws: TelnyxError.self) {
            try await telnyx.run(GatherStopCommand(), on: "v3:a")
        }
        #expect(error?.description.contains("x-ratelimit-reset") == true)
        #expect(transport.sent.count == 3)
    }

    @Test("Refusals are told with code, place and what to do; the key never shows")
    func refusals() async throws {
        let body = #"""
            {"errors":[{"code":"10015","title":"Bad\nRequest","detail":"KEY0123planted is not E.164",
            "source":{"pointer":"/to"}},{"code":90034,"title":"x"}]}
            """#
        let (telnyx, _, _) = client([.answer(422, body), .answer(401, "nope"), .answer(404, "")])
        let error = await #expect(throws: TelnyxError.self) { try await telnyx.run(HangupCommand(), on: "v3:a") }
        guard case .refused(let refusal)? = error else {
            Issue.record("not refused")
            return
        }
        #expect(refusal.faults.map(\.code) == ["10015", "90034"] && refusal.faults[1].known == .notAnswered)
        #expect(refusal.faults[0].place == "/to" && !refusal.faults[0].title.contains("\n"))
        #expect(refusal.description.contains("(secret) is not E.164") && !"\(refusal)".contains("planted"))
        let unknown = await #expect(throws: TelnyxError.self) { try await telnyx.run(HangupCommand(), on: "v3:a") }
        #expect(unknown?.description.contains("API key") == true)
        let missing = await #expect(throws: TelnyxError.self) { try await telnyx.run(HangupCommand(), on: "v3:a") }
        #expect(missing?.description.contains("Check the identifier") == true)
    }

    @Test("Every known code has a sentence and something to do", arguments: FaultCode.allCases)
    func codes(_ code: FaultCode) {
        #expect(code.meaning.hasSuffix(".") && code.advice.hasSuffix(".") && code.rawValue.count == 5)
    }

    @Test("A cancelled request, an answer that is no JSON, and a dial without a name are told so")
    func oddities() async throws {
        let (telnyx, _, _) = client([.failure(.cancelled), .answer(200, "<html>"), .answer(200, "{}")])
        await #expect(throws: TelnyxError.cancelled) { try await telnyx.run(HangupCommand(), on: "v3:a") }
        await #expect(throws: TelnyxError.self) { try await telnyx.run(HangupCommand(), on: "v3:a") }
        await #expect(throws: TelnyxError.self) {
            try await telnyx.dial(DialCommand(to: "+1", from: "+1", application: "1"))
        }
    }

    @Test("A list is walked page after page, by number or by cursor, and one that goes round ends")
    func pages() async throws {
        func page(_ ids: [String], _ meta: String) -> ScriptedTransport.Step {
            .answer(
                200,
                #"{"data":[\#(ids.map { #"{"id":"\#($0)","phone_number":"+1"}"# }.joined(separator: ","))],"meta":\#(meta)}"#
            )
        }
        let (telnyx, transport, _) = client([
            page(["1", "2"], #"{"page_number":1,"total_pages":2}"#), page(["3"], #"{"page_number":2,"total_pages":2}"#),
        ])
        let numbers = try await telnyx.phoneNumbers.list(filter: ["phone_number": "+1"]).all()
        #expect(numbers.map(\.id) == ["1", "2", "3"])
        #expect(
            transport.sent.map(\.request.target) == [
                "/phone_numbers?filter%5Bphone_number%5D=%2B1&page%5Bsize%5D=100",
                "/phone_numbers?filter%5Bphone_number%5D=%2B1&page%5Bsize%5D=100&page%5Bnumber%5D=2",
            ])
        let cursor = #"{"cursors":{"after":"abc"}}"#
        func active(_ id: String, _ meta: String) -> ScriptedTransport.Step {
            .answer(200, #"{"data":[{"call_control_id":"\#(id)"}],"meta":\#(meta)}"#)
        }
        let (second, sent, _) = client([active("a", cursor), active("b", cursor), active("c", "{}")])
        var ids: [String] = []
        for try await call in second.activeCalls(of: "149") { ids.append(call.control.rawValue) }
        #expect(ids == ["a", "b"] && sent.sent.count == 2)
        #expect(sent.sent[1].request.target == "/connections/149/active_calls?page%5Bsize%5D=100&page%5Bafter%5D=abc")
    }

    @Test("A page that fails ends the list with the error")
    func failingPage() async throws {
        let (telnyx, _, _) = client([.answer(403, "{}")])
        await #expect(throws: TelnyxError.self) { try await telnyx.callControlApplications.list().all() }
    }

    @Test("What is asked again, after which wait")
    func rule() {
        let rule = RetryRule()
        struct Row {
            var outcome: RetryRule.Outcome
            var repeatability: TelnyxRequest.Repeatability
            var wait: Duration?
        }
        let rows: [Row] = [
            Row(outcome: .silent, repeatability: .never, wait: nil),
            Row(outcome: .silent, repeatability: .byCommandID, wait: .zero),
            Row(outcome: .silent, repeatability: .always, wait: .milliseconds(250)),
            Row(outcome: .notConnected, repeatability: .never, wait: .milliseconds(250)),
            Row(outcome: .answer(status: 500, wait: nil), repeatability: .never, wait: nil),
            Row(outcome: .answer(status: 500, wait: nil), repeatability: .byCommandID, wait: .zero),
            Row(outcome: .answer(status: 503, wait: .seconds(1)), repeatability: .always, wait: .seconds(1)),
            Row(outcome: .answer(status: 422, wait: nil), repeatability: .always, wait: nil),
            Row(outcome: .answer(status: 429, wait: nil), repeatability: .never, wait: .milliseconds(250)),
            Row(outcome: .answer(status: 429, wait: .seconds(59)), repeatability: .always, wait: nil),
        ]
        for row in rows {
            #expect(rule.wait(after: 0, row.outcome, row.repeatability, spent: .zero) == row.wait, "\(row)")
            #expect(rule.wait(after: 3, row.outcome, row.repeatability, spent: .zero) == nil)
        }
        #expect(rule.wait(after: 0, .silent, .byCommandID, spent: .seconds(40)) == nil)
    }
}
