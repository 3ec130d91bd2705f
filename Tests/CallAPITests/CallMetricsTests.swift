import Agent
import CallAPI
import Metrics
import Observability
import Telephony
import Testing

/// What the records of calls come to in the metrics.
struct CallMetricsTests {
    private func lines(_ entries: [CallEntry]) -> [String] {
        let metrics = PrometheusMetrics(describing: MetricCatalogue.all)
        let told = CallMetrics(factory: metrics)
        for entry in entries { told.take(entry, of: .outgoing, answeredMs: 500) }
        return ExpositionText.write(metrics.families()).split(separator: "\n").map(String.init)
    }

    private static var price: UsagePrices.Price {
        var price = UsagePrices.Price()
        price.outputPerMillion = 2_000_000
        return price
    }

    private static let cases: [(CallEntry, String)] = [
        (.turn(TurnRecord(who: .caller, text: "Hi.", startMs: 0, endMs: 1)), "trunkline_turns_total{who=\"caller\"} 1"),
        (
            .turn(TurnRecord(who: .agent, text: "We", startMs: 0, endMs: 1, interrupted: true)),
            "trunkline_interruptions_total 1"
        ),
        (
            .usage(
                UsagePrices(currency: "EUR", services: ["m": price]).priced(
                    UsageRecord(ProviderUsage(provider: "m", outputTokens: 7))), at: 1),
            "trunkline_cost_micros_total{currency=\"EUR\"} 14"
        ),
        (.event(kind: "voice failed", detail: "x", at: 1), "trunkline_provider_errors_total{part=\"voice\"} 1"),
        (.event(kind: "tool failed", detail: "x", at: 1), "trunkline_tools_total{result=\"failed\"} 1"),
        (.event(kind: "transferred", detail: "", at: 1), "trunkline_transfers_total{result=\"done\"} 1"),
        (
            .ended(CallEnd(cause: .noAnswer, explanation: "Nobody."), at: 2_500),
            "trunkline_calls_ended_total{direction=\"outgoing\",outcome=\"noAnswer\"} 1"
        ),
        (
            .ended(CallEnd(cause: .noAnswer, explanation: "Nobody."), at: 2_500),
            "trunkline_call_duration_seconds_sum{direction=\"outgoing\"} 2"
        ),
    ]

    @Test("Each entry is counted")
    func counted() {
        for (entry, line) in Self.cases { #expect(lines([entry]).contains(line), "\(line)") }
    }

    @Test("An answer's latency and each of its steps are in the histograms")
    func ledger() {
        var ledger = TurnLedger()
        ledger.endOfSpeechMs = 200
        ledger.thinkingMs = 700
        let lines = lines([.ledger(ledger, at: 1)])
        #expect(lines.contains("trunkline_answer_latency_milliseconds_sum 900"))
        #expect(lines.contains("trunkline_answer_latency_milliseconds_bucket{le=\"700\"} 0"))
        #expect(lines.contains("trunkline_answer_step_milliseconds_sum{step=\"thinking\"} 700"))
        #expect(!lines.contains { $0.contains("step=\"voice\"") })
    }

    @Test("T-43: nothing of a person is in the metrics, whatever is in the records")
    func noPerson() {
        let secret = "+49301234567"
        let party = CallParty(address: "sip:\(secret)@example.com", displayName: secret)
        let entries: [CallEntry] = [
            .began(CallBeginning(direction: .outgoing, remote: party, local: party, agent: secret, startedAt: 1)),
            .answered(at: 1), .event(kind: secret, detail: secret, at: 1),
            .turn(TurnRecord(who: .caller, text: secret, startMs: 0, endMs: 1)),
            .key(KeyRecord(digit: "7", direction: .received, atMs: 1, durationMs: 1)),
            .note(key: secret, value: secret, at: 1), .recording(path: secret),
            .ended(CallEnd(cause: .failed, explanation: secret), at: 3),
        ]
        #expect(!lines(entries).contains { $0.contains(secret) })
    }
}
