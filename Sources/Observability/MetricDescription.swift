/// What a metric is, for people and for Prometheus.
public struct MetricDescription: Sendable, Equatable {
    public enum Kind: String, Sendable {
        /// Only ever grows.
        case counter
        /// Is what it is now.
        case gauge
        /// How many values were at most so large, for some sizes.
        case histogram
    }

    public var name: String
    public var kind: Kind
    /// One sentence, with the unit where the name does not say it.
    public var help: String
    /// The names of its labels.
    public var labels: [String]
    /// The upper bounds of a histogram, in order.
    public var bounds: [Double]

    public init(_ name: String, _ kind: Kind, _ help: String, labels: [String] = [], bounds: [Double] = []) {
        self.name = name
        self.kind = kind
        self.help = help
        self.labels = labels
        self.bounds = bounds
    }

    /// The bounds of a histogram that nobody has described: powers of ten, for no unit in particular.
    static let usualBounds: [Double] = [1, 3, 10, 30, 100, 300, 1_000, 3_000, 10_000]
}
