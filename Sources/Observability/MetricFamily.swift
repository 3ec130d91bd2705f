/// A metric with the values of all its series, as it is told to Prometheus.
public struct MetricFamily: Sendable, Equatable {
    public struct Sample: Sendable, Equatable {
        public var labels: [(name: String, value: String)]
        public var value: Double
        /// What is added to the metric's name, e.g. `_bucket`.
        var suffix = ""

        public init(_ value: Double, labels: [(name: String, value: String)] = []) {
            self.labels = labels
            self.value = value
        }

        init(_ value: Double, labels: [(name: String, value: String)], suffix: String) {
            self.init(value, labels: labels)
            self.suffix = suffix
        }

        public static func == (one: Sample, other: Sample) -> Bool {
            one.value == other.value && one.suffix == other.suffix && one.labels.elementsEqual(other.labels, by: ==)
        }
    }

    public var description: MetricDescription
    public var samples: [Sample]

    public init(_ description: MetricDescription, samples: [Sample]) {
        self.description = description
        self.samples = samples
    }
}
