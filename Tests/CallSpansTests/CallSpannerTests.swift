import Agent
import Telephony
import Testing

@testable import CallSpans

/// Spans out of what the record of a call gets.
struct CallSpannerTests {
    private static let beginning = CallBeginning(
        direction: .incoming, remote: CallParty(address: "sip:+4930123456@example.com", displayName: "Ada"),
        local: CallParty(address: "sip:agent@127.0.0.1"), agent: "flow", startedAt: 1_700_000_000_000)

    private static func ledger() -> TurnLedger {
        var ledger = TurnLedger()
        ledger.endOfSpeechMs = 400
        ledger.thinkingMs = 200
        ledger.playoutMs = 20
        return ledger
    }

    private static let entries: [CallEntry] = [
        .answered(at: 50), .turn(TurnRecord(who: .agent, text: "Good day.", startMs: 100, endMs: 1_100)),
        .turn(TurnRecord(who: .caller, text: "My card is 4111.", startMs: 2_000, endMs: 3_000)),
        .event(kind: "tool", detail: "lookup", at: 3_450), .event(kind: "tool", detail: "lookup", at: 3_460),
        .event(kind: "tool done", detail: "lookup", at: 3_500), .event(kind: "usage", detail: "12 tokens", at: 3_510),
        .event(kind: "tool failed", detail: "lookup", at: 3_600), .ledger(ledger(), at: 3_620),
        .key(KeyRecord(digit: "4", direction: .received, atMs: 3_700, durationMs: 100)),
        .note(key: "name", value: "Ada", at: 3_800), .event(kind: "held", detail: "", at: 4_000),
        .ended(CallEnd(cause: .remoteHangUp, status: 200, explanation: "Ada hung up."), at: 5_000),
    ]

    private func spans(_ entries: [CallEntry] = entries) -> [Span] {
        var spanner = CallSpanner(call: "0mx2-1", beginning: Self.beginning)
        return entries.flatMap { spanner.take($0) }
    }

    @Test("A call, its ringing, what each side said, an answer with its steps, tools: each with its time and parent")
    func whole() throws {
        let spans = spans()
        let start = Self.beginning.startedAt
        let rows = spans.map { "\($0.name) \($0.start - start)-\($0.end - start)" }
        #expect(
            rows == [
                "ring 0-50", "agent speaks 100-1100", "caller speaks 2000-3000", "tool lookup 3450-3500",
                "tool lookup 3460-3600", "answer 3000-3620", "end of speech 3000-3400", "thinking 3400-3600",
                "playout 3600-3620", "call incoming 0-5000",
            ])
        let call = try #require(spans.last)
        #expect(call.parent == nil && call.events == [Span.Event(name: "held", at: start + 4_000)])
        #expect(call.attributes["trunkline.end"] == .text("remoteHangUp") && call.failure == nil)
        let answer = try #require(spans.first { $0.name == "answer" })
        #expect(spans.filter { $0.parent == answer.id }.map(\.name) == ["end of speech", "thinking", "playout"])
        #expect(spans.count { $0.parent == call.id } == 6)
        #expect(spans.map(\.failure) == [nil, nil, nil, nil, "it failed", nil, nil, nil, nil, nil])
        #expect(Set(spans.map(\.id)).count == spans.count && Set(spans.map(\.traceID)).count == 1)
    }

    @Test("T-43, T-53: nobody's number, name, words or keys are in a span")
    func personal() {
        let text = spans().map { "\($0)" }.joined()
        for word in ["4930123456", "Ada", "4111", "example.com", "Good day"] {
            #expect(!text.contains(word), "\(word)")
        }
    }

    @Test("A tool that was at work when the call ended is told as failed; what never began has no end")
    func unfinished() {
        let spans = spans([
            .event(kind: "tool done", detail: "other", at: 1), .event(kind: "tool", detail: "slow", at: 10),
            .ended(CallEnd(cause: .failed, explanation: ""), at: 20),
        ])
        #expect(spans.map(\.name) == ["tool slow", "call incoming"])
        #expect(spans.map(\.failure) == ["the call ended", "the call failed"])
    }

    @Test("However much happens, a call keeps no more than a bound of it")
    func bounds() throws {
        let many = (0..<10_000).flatMap { number -> [CallEntry] in
            [.event(kind: "tool", detail: "t\(number)", at: number), .event(kind: "odd", detail: "", at: number)]
        }
        let spans = spans(many + [.ended(CallEnd(cause: .localHangUp, explanation: ""), at: 10_000)])
        #expect(spans.count == 10_001)
        #expect(try #require(spans.last).events.count == 100)
    }

    @Test("Names of spans follow from the call: the same again, others for another call, never all zero")
    func identifiers() {
        let one = TraceContext(call: "a")
        #expect(one == TraceContext(call: "a") && one.traceID != TraceContext(call: "b").traceID)
        #expect(one.traceID.count == 32 && one.callSpan.count == 16)
        #expect(one.span("turn", 1) != one.span("turn", 2) && one.span("turn", 1) != one.span("tool", 1))
        #expect(one.traceparent(span: one.callSpan) == "00-\(one.traceID)-\(one.callSpan)-01")
        let all = Set((0..<20_000).map { TraceContext(call: "call-\($0)").traceID })
        #expect(all.count == 20_000 && !all.contains(String(repeating: "0", count: 32)))
    }
}
