public import SIPCore
import Synchronization

/// Many towns, each with a seed of its own, on all cores.
///
/// ```swift
/// let report = await Simulation(seeds: 0..<250, scenariosPerTown: 40).run(tasks: 8)
/// #expect(report.failures.isEmpty, "\(report)")
/// ```
public struct Simulation: Sendable {
    /// The seeds of the towns.
    public var seeds: Range<UInt64>
    /// How many things begin in each.
    public var scenariosPerTown: Int
    /// Changes the configuration of a town's user agents (``Town/init(seed:configure:)``).
    public var configure: @Sendable (_ name: String, inout UserAgentConfiguration) -> Void = { _, _ in }

    public init(seeds: Range<UInt64>, scenariosPerTown: Int = 40) {
        self.seeds = seeds
        self.scenariosPerTown = scenariosPerTown
    }

    /// Runs every town and inspects it when it is over.
    ///
    /// - Parameters:
    ///   - tasks: How many run at a time: as many as there are cores. Each keeps its thread busy.
    ///   - began: Called with the seed before a town begins, from any of the tasks. Who writes it down knows what to play
    ///     again should the process be brought down.
    public func run(tasks: Int, began: @escaping @Sendable (UInt64) -> Void = { _ in }) async -> SimulationReport {
        let queue = SeedQueue(seeds)
        return await withTaskGroup(of: SimulationReport.self) { group in
            for _ in 0..<max(tasks, 1) {
                group.addTask {
                    var report = SimulationReport()
                    while let seed = queue.next() {
                        began(seed)
                        report.add(play(seed))
                    }
                    return report
                }
            }
            var whole = SimulationReport()
            for await part in group { whole.add(part) }
            return whole
        }
    }

    private func play(_ seed: UInt64) -> SimulationReport {
        let town = Town(seed: seed, configure: configure)
        town.run(scenarios: scenariosPerTown)
        return SimulationReport(of: town)
    }
}

/// The seeds that no task has taken yet.
private final class SeedQueue: Sendable {
    private let rest: Mutex<Range<UInt64>>

    init(_ seeds: Range<UInt64>) {
        rest = Mutex(seeds)
    }

    func next() -> UInt64? {
        rest.withLock { $0.popFirst() }
    }
}
