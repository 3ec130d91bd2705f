import Agent
import Logging
import Observability
import Synchronization
import Telephony
import Testing

@testable import CallSpans

/// A collector that answers as it is told.
private final class ScriptedCollector: SpanPosting {
    let answers: Mutex<[SpanPostResult]>
    let bodies = Mutex([JSONValue]())

    init(_ answers: [SpanPostResult]) { self.answers = Mutex(answers) }

    func post(_ body: [UInt8]) async -> SpanPostResult {
        bodies.withLock { $0.append((try? JSONValue(parsing: body)) ?? .null) }
        return answers.withLock { $0.isEmpty ? .taken : $0.removeFirst() }
    }

    /// The names of the spans of each body.
    var names: [[String]] {
        bodies.withLock { $0 }.map { body in
            let scope = body["resourceSpans"]?.array?.first?["scopeSpans"]?.array?.first
            return (scope?["spans"]?.array ?? []).compactMap { $0["name"]?.string }
        }
    }
}

struct SpanExporterTests {
    private static let beginning = CallBeginning(
        direction: .incoming, remote: CallParty(address: "sip:a@b"), local: CallParty(address: "sip:c@d"), agent: "x",
        startedAt: 1_000)
    private static let silent = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    /// Sends the spans of `calls` short calls, without waiting, to the end.
    private func export(_ collector: ScriptedCollector, calls: Int = 1, factory: PrometheusMetrics) async {
        let exporter = SpanExporter(
            to: collector, service: "s", version: "1", logger: Self.silent, factory: factory, sleep: { _ in })
        for number in 0..<calls {
            let id = CallIdentifier("call-\(number)")
            exporter.note(.began(Self.beginning), of: id)
            exporter.note(.answered(at: 1), of: id)
            exporter.note(.ended(CallEnd(cause: .localHangUp, explanation: ""), at: 2), of: id)
            // After the end nothing more comes.
            exporter.note(.answered(at: 3), of: id)
        }
        exporter.finish()
        await exporter.run()
    }

    @Test("What was refused for good is not sent again; the rest is, once it is taken")
    func results() async {
        let metrics = PrometheusMetrics(describing: MetricCatalogue.all)
        let refusing = ScriptedCollector([.refused("400")])
        await export(refusing, factory: metrics)
        #expect(refusing.names == [["ring", "call incoming"]])
        let taking = ScriptedCollector([.taken])
        await export(taking, factory: metrics)
        #expect(taking.names == [["ring", "call incoming"]])
        let text = ExpositionText.write(metrics.families())
        #expect(text.contains(#"trunkline_spans_total{result="refused"} 2"#), "\(text)")
        #expect(text.contains(#"trunkline_spans_total{result="sent"} 2"#))
    }

    @Test("More than a batch goes in several, more than there is room for loses the oldest, and that is counted")
    func batches() async {
        let metrics = PrometheusMetrics(describing: MetricCatalogue.all)
        let collector = ScriptedCollector([])
        await export(collector, calls: 3_000, factory: metrics)
        #expect(collector.names.map(\.count) == Array(repeating: 512, count: 8))
        #expect(ExpositionText.write(metrics.families()).contains(#"trunkline_spans_total{result="dropped"} 1904"#))
    }

    @Test("At the end a collector that is away is not waited for")
    func away() async {
        let collector = ScriptedCollector([.failed("gone"), .failed("gone")])
        await export(collector, factory: PrometheusMetrics(describing: MetricCatalogue.all))
        #expect(collector.names.count == 1)
    }

    @Test("What is put back comes first again, and makes room for what is newer")
    func queue() {
        func span(_ id: String) -> Span {
            Span(traceID: "t", id: id, parent: nil, name: id, start: 0, end: 0)
        }
        var queue = SpanQueue(capacity: 3)
        queue.add([span("a"), span("b"), span("c"), span("d")])
        #expect(queue.dropped == 1)
        let batch = queue.take(atMost: 2)
        #expect(batch.map(\.id) == ["b", "c"])
        queue.add([span("e")])
        queue.putBack(batch)
        #expect(queue.dropped == 2 && queue.take(atMost: 9).map(\.id) == ["c", "d", "e"] && queue.isEmpty)
    }
}
