import Agent
import Telephony
import Testing

@testable import CallAPI

/// What is going on now, for whoever looks on.
struct LiveTests {
    private func turn(_ who: TurnRecord.Speaker, _ text: String) -> CallEntry {
        .turn(TurnRecord(who: who, text: text, startMs: 1, endMs: 2))
    }

    @Test("Calls that ring or are up are there with their last words and delay; those that are over are not")
    func report() async throws {
        let desk = try Desk()
        #expect(await desk.ask("GET", "/v1/live").json["calls"]?.array?.isEmpty == true)
        let (call, _) = desk.callUp("0000-1")
        let (other, _) = desk.callUp("0000-2", direction: .outgoing)
        for entry in [
            turn(.agent, "Good day."), turn(.caller, "Your hours?"), turn(.agent, "Nine to five."),
            turn(.caller, String(repeating: "a", count: 5_000)),
        ] {
            desk.line.note(entry, of: call.id)
        }
        var ledger = TurnLedger()
        ledger.thinkingMs = 663
        desk.line.note(.ledger(ledger, at: 5), of: call.id)
        desk.line.note(.event(kind: "held", detail: "", at: 6), of: other.id)
        _ = desk.calls.beginTransfer(of: other.id)

        let calls = try #require(await desk.ask("GET", "/v1/live").json["calls"]?.array)
        #expect(calls.map { $0["id"]?.string } == ["0000-1", "0000-2"])
        #expect(calls[0]["agentWords"]?.string == "Nine to five." && calls[0]["answerMs"]?.integer == 663)
        #expect(calls[0]["callerWords"]?.string?.count == 240)
        #expect(calls[0]["state"]?.string == "up" && calls[0]["isHeld"] == .bool(false))
        #expect(calls[1]["isHeld"] == .bool(true) && calls[1]["isTransferring"] == .bool(true))
        #expect(calls[1]["direction"]?.string == "outgoing")

        desk.line.note(.event(kind: "resumed", detail: "", at: 7), of: other.id)
        desk.calls.endTransfer(of: other.id)
        desk.line.note(.ended(CallEnd(cause: .remoteHangUp, explanation: ""), at: 9), of: call.id)
        let left = try #require(await desk.ask("GET", "/v1/live").json["calls"]?.array)
        #expect(left.map { $0["id"]?.string } == ["0000-2"])
        #expect(left[0]["isHeld"] == .bool(false) && left[0]["isTransferring"] == .bool(false))
    }

    @Test("With more calls than are listed, the rest is counted")
    func many() async throws {
        let desk = try Desk()
        for number in 0..<(LiveReport.maximum + 3) { _ = desk.callUp("call-\(1_000 + number)") }
        let report = await desk.ask("GET", "/v1/live").json
        #expect(report["calls"]?.array?.count == LiveReport.maximum && report["others"]?.integer == 3)
    }

    @Test("T-43: it takes a token like every look at calls")
    func token() async throws {
        let desk = try Desk { $0.tokens = try BearerTokens(parsing: String(repeating: "a", count: 64)) }
        #expect(await desk.ask("GET", "/v1/live").status == 401)
    }
}
