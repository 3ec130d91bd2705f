/// What came of a ``Simulation``.
public struct SimulationReport: Sendable, Hashable {
    /// How many towns lived.
    public private(set) var towns = 0
    /// How many calls, requests and subscriptions were begun in them.
    public private(set) var scenarios = 0
    /// What is wrong, by seed.
    public private(set) var failures: [SimulationFailure] = []

    /// The seeds of the towns in which something is wrong, each once, in order.
    public var failedSeeds: [UInt64] { Set(failures.map(\.seed)).sorted() }

    init() {}

    /// Inspects a town that is over.
    public init(of town: Town) {
        towns = 1
        scenarios = town.scenarios
        failures = town.failures()
    }

    /// Puts what came of other towns with it.
    public mutating func add(_ other: SimulationReport) {
        towns += other.towns
        scenarios += other.scenarios
        failures += other.failures
        failures.sort { $0.seed < $1.seed }
    }
}

extension SimulationReport: CustomStringConvertible {
    /// Every failure in a line of its own, and in the last line how much was done.
    public var description: String {
        let summary = "simulation: \(scenarios) scenarios in \(towns) towns, \(failedSeeds.count) failed"
        return (failures.map(\.description) + [summary]).joined(separator: "\n")
    }
}
