/// What is looked up when Prometheus asks, beside what was counted on the way.
public struct Scrape: Sendable {
    private var samples: [String: [MetricFamily.Sample]] = [:]

    public init() {}

    /// Notes the value that a metric of the catalogue has now.
    public mutating func set(_ name: String, _ value: Double, labels: [(name: String, value: String)] = []) {
        samples[name, default: []].append(MetricFamily.Sample(value, labels: labels))
    }

    /// All of it, with what was counted.
    public func text(with metrics: PrometheusMetrics) -> String {
        let looked = MetricCatalogue.all.compactMap { description in
            samples[description.name].map { MetricFamily(description, samples: $0) }
        }
        let counted = metrics.families().filter { samples[$0.description.name] == nil }
        return ExpositionText.write((looked + counted).sorted { $0.description.name < $1.description.name })
    }
}
