public import CoreMetrics
internal import Synchronization

/// Gathers what the program tells swift-metrics, for Prometheus to read.
///
/// It holds a bounded number of series: whatever labels come, memory does not grow without end. Those that found no room
/// any more are counted.
public final class PrometheusMetrics: MetricsFactory {
    private enum Series {
        case counter(CounterSeries)
        case gauge(GaugeSeries)
        case histogram(HistogramSeries)

        var kind: MetricDescription.Kind {
            switch self {
            case .counter: .counter
            case .gauge: .gauge
            case .histogram: .histogram
            }
        }
    }

    private struct Family {
        var description: MetricDescription
        /// By their labels, in the order in which they came.
        var series: [(labels: [(name: String, value: String)], series: Series)] = []
    }

    private struct State {
        var families: [String: Family] = [:]
        var count = 0
        var refused = 0
    }

    private let descriptions: [String: MetricDescription]
    private let maximumSeries: Int
    private let state = Mutex(State())

    /// - Parameters:
    ///   - descriptions: what is known of metrics beforehand; others are taken as they come.
    ///   - maximumSeries: how many series there may be in all.
    public init(describing descriptions: [MetricDescription] = [], maximumSeries: Int = 1_000) {
        self.descriptions = Dictionary(descriptions.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        self.maximumSeries = maximumSeries
    }

    // MARK: What is told

    /// The series of that name and those labels.
    ///
    /// - Returns: `nil` when there is no room, or the name stands for something else.
    private func series(
        _ name: String, _ dimensions: [(String, String)], _ kind: MetricDescription.Kind
    ) -> Series? {
        let labels = dimensions.map { (name: $0.0, value: $0.1) }
        return state.withLock { state -> Series? in
            var family =
                state.families[name]
                ?? Family(description: descriptions[name] ?? MetricDescription(name, kind, "Not described."))
            guard family.description.kind == kind else {
                state.refused += 1
                return nil
            }
            if let known = family.series.first(where: { $0.labels.elementsEqual(labels, by: ==) }) {
                return known.series
            }
            guard state.count < maximumSeries else {
                state.refused += 1
                return nil
            }
            let series: Series =
                switch kind {
                case .counter: .counter(CounterSeries())
                case .gauge: .gauge(GaugeSeries())
                case .histogram:
                    .histogram(
                        HistogramSeries(
                            bounds: family.description.bounds.isEmpty
                                ? MetricDescription.usualBounds : family.description.bounds))
                }
            family.series.append((labels, series))
            state.families[name] = family
            state.count += 1
            return series
        }
    }

    private func counter(_ label: String, _ dimensions: [(String, String)]) -> CounterSeries {
        if case .counter(let series) = series(label, dimensions, .counter) { series } else { CounterSeries() }
    }

    private func gauge(_ label: String, _ dimensions: [(String, String)]) -> GaugeSeries {
        if case .gauge(let series) = series(label, dimensions, .gauge) { series } else { GaugeSeries() }
    }

    private func histogram(_ label: String, _ dimensions: [(String, String)]) -> HistogramSeries {
        if case .histogram(let series) = series(label, dimensions, .histogram) {
            series
        } else {
            HistogramSeries(bounds: [])
        }
    }

    public func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        counter(label, dimensions)
    }

    public func makeFloatingPointCounter(
        label: String, dimensions: [(String, String)]
    ) -> any FloatingPointCounterHandler {
        counter(label, dimensions)
    }

    public func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        gauge(label, dimensions)
    }

    public func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> any RecorderHandler {
        if aggregate { histogram(label, dimensions) } else { gauge(label, dimensions) }
    }

    public func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        histogram(label, dimensions)
    }

    // What was counted stays counted, whoever lets go of the counter.
    public func destroyCounter(_ handler: any CounterHandler) {}
    public func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) {}
    public func destroyMeter(_ handler: any MeterHandler) {}
    public func destroyRecorder(_ handler: any RecorderHandler) {}
    public func destroyTimer(_ handler: any TimerHandler) {}

    // MARK: What is read

    /// Everything that was told so far, in the order of the names.
    public func families() -> [MetricFamily] {
        let (families, refused) = state.withLock { ($0.families, $0.refused) }
        var all = families.values.map { family in
            MetricFamily(family.description, samples: family.series.flatMap { Self.samples($0.series, $0.labels) })
        }
        all.append(MetricFamily(Self.refusedSeries, samples: [MetricFamily.Sample(Double(refused))]))
        return all.sorted { $0.description.name < $1.description.name }
    }

    /// How often a series found no room.
    public static let refusedSeries = MetricDescription(
        "trunkline_metrics_series_refused_total", .counter,
        "Series that found no room: too many labels, or one name for two things.")

    private static func samples(
        _ series: Series, _ labels: [(name: String, value: String)]
    ) -> [MetricFamily.Sample] {
        switch series {
        case .counter(let counter): return [MetricFamily.Sample(counter.value, labels: labels)]
        case .gauge(let gauge): return gauge.value.map { [MetricFamily.Sample($0, labels: labels)] } ?? []
        case .histogram(let histogram):
            let counts = histogram.counts
            var samples: [MetricFamily.Sample] = []
            var total: UInt64 = 0
            for (bound, count) in zip(histogram.bounds + [.infinity], counts.within) {
                total += count
                samples.append(
                    MetricFamily.Sample(
                        Double(total), labels: labels + [("le", ExpositionText.number(bound))], suffix: "_bucket"))
            }
            samples.append(MetricFamily.Sample(counts.sum, labels: labels, suffix: "_sum"))
            samples.append(MetricFamily.Sample(Double(total), labels: labels, suffix: "_count"))
            return samples
        }
    }
}
