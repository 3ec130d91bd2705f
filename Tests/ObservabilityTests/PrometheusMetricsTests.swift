import CoreMetrics
import Foundation
import Observability
import Testing

/// Programs that tell swift-metrics, and what Prometheus reads of it.
struct PrometheusMetricsTests {
    private func lines(_ metrics: PrometheusMetrics) -> [String] {
        ExpositionText.write(metrics.families()).split(separator: "\n").map(String.init).filter {
            !$0.contains("series_refused")
        }
    }

    @Test("A counter is told with its labels, and two that are the same count together")
    func counter() {
        let metrics = PrometheusMetrics(describing: [MetricDescription("calls_total", .counter, "Calls.")])
        for _ in 0..<2 {
            Counter(label: "calls_total", dimensions: [("direction", "incoming")], factory: metrics).increment(by: 3)
        }
        Counter(label: "calls_total", dimensions: [("direction", "outgoing")], factory: metrics).increment()
        #expect(
            lines(metrics) == [
                "# HELP calls_total Calls.", "# TYPE calls_total counter", "calls_total{direction=\"incoming\"} 6",
                "calls_total{direction=\"outgoing\"} 1",
            ])
    }

    @Test("A counter never falls", arguments: [-1, -5_000_000])
    func neverFalls(amount: Int) {
        let metrics = PrometheusMetrics()
        let counter = Counter(label: "n", factory: metrics)
        counter.increment(by: 2)
        counter.increment(by: amount)
        #expect(lines(metrics).last == "n 2")
    }

    @Test("A gauge is what it was last set to, and nothing before that")
    func gauge() {
        let metrics = PrometheusMetrics()
        let gauge = Gauge(label: "live", factory: metrics)
        #expect(lines(metrics).isEmpty)
        gauge.record(7)
        gauge.record(2.5)
        #expect(lines(metrics).last == "live 2.5")
    }

    @Test("A histogram counts what is within each of its bounds, itself included")
    func histogram() {
        let metrics = PrometheusMetrics(
            describing: [MetricDescription("wait", .histogram, "Wait.", bounds: [10, 100])])
        let wait = Recorder(label: "wait", factory: metrics)
        for value in [1.0, 10, 11, 1_000, .nan, .infinity] { wait.record(value) }
        #expect(
            lines(metrics).dropFirst(2) == [
                "wait_bucket{le=\"10\"} 2", "wait_bucket{le=\"100\"} 3", "wait_bucket{le=\"+Inf\"} 4", "wait_sum 1022",
                "wait_count 4",
            ])
    }

    @Test("A timer is told in seconds")
    func timer() {
        let metrics = PrometheusMetrics(
            describing: [MetricDescription("took_seconds", .histogram, "Took.", bounds: [1])])
        Timer(label: "took_seconds", factory: metrics).recordMilliseconds(1_500)
        #expect(lines(metrics).contains("took_seconds_sum 1.5"))
    }

    @Test("T-43: whatever labels come, the series are bounded, and those without room are counted")
    func bounded() {
        let metrics = PrometheusMetrics(maximumSeries: 3)
        for number in 0..<10 {
            Counter(label: "n", dimensions: [("who", "\(number)")], factory: metrics).increment()
        }
        #expect(lines(metrics).filter { $0.hasPrefix("n{") }.count == 3)
        #expect(
            ExpositionText.write(metrics.families()).contains("\ntrunkline_metrics_series_refused_total 7\n"))
    }

    @Test("One name for two things is refused, and the first goes on")
    func clash() {
        let metrics = PrometheusMetrics()
        Counter(label: "n", factory: metrics).increment()
        Gauge(label: "n", factory: metrics).record(9)
        #expect(lines(metrics).filter { !$0.hasPrefix("#") } == ["n 1"])
    }

    @Test(
        "T-15: whatever is in a label, the text stays one line with one value",
        arguments: ["a\"b", "a\\b", "a\nb 1", "\u{0}", "{}", "", "日本", "\r"])
    func hostileLabel(value: String) throws {
        let metrics = PrometheusMetrics()
        Counter(label: "n", dimensions: [("who", value)], factory: metrics).increment()
        let line = try #require(
            ExpositionText.write(metrics.families()).components(separatedBy: "\n").first { $0.hasPrefix("n{") })
        #expect(line.hasSuffix("\"} 1"))
        // Every quotation mark inside is escaped.
        let inside = line.dropFirst("n{who=\"".count).dropLast("\"} 1".count)
        #expect(!inside.replacing("\\\\", with: "").replacing("\\\"", with: "").contains("\""))
    }

    @Test("A name that Prometheus does not take is made into one that it does")
    func oddName() {
        let metrics = PrometheusMetrics()
        Counter(label: "1 calls-ü", dimensions: [("a b", "c")], factory: metrics).increment()
        #expect(lines(metrics).last == "__calls___{a_b=\"c\"} 1")
    }
}
