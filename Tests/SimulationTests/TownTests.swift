import SIPCore
import TelephonyTesting
import Testing

@testable import SIPSimulation

/// Calls of all kinds between user agents and through a forking proxy, over networks that are each bad in their own way.
/// The ten thousand scenarios of `sip-simulation` begin with these.
@Suite("A domain of telephones behind a forking proxy")
struct TownTests {
    static let scenariosPerTown = 40
    static let seeds: Range<UInt64> = 0..<12

    /// Each town lives once, for all tests.
    private static let outcomes = Task {
        await withTaskGroup(of: Outcome.self) { group in
            for seed in seeds { group.addTask { Outcome(seed: seed, scenarios: scenariosPerTown) } }
            return await group.reduce(into: []) { $0.append($1) }
        }
    }

    @Test("each call ends once, both ends agree, nothing is left, no rule is broken")
    func scenarios() async {
        let outcomes = await Self.outcomes.value
        #expect(outcomes.map(\.report.scenarios) == Self.seeds.map { _ in Self.scenariosPerTown })
        for failure in outcomes.flatMap(\.report.failures) { Issue.record("\(failure)") }
    }

    @Test("meet every method and every crossing on the way, or they would prove little")
    func variety() async {
        let outcomes = await Self.outcomes.value
        func sum(_ part: (Outcome) -> Int) -> Int { outcomes.map(part).reduce(0, +) }
        let titles = outcomes.reduce(into: Set<String>()) { $0.formUnion($1.titles) }
        let causes = outcomes.reduce(into: Set<SessionEnd.Cause>()) { $0.formUnion($1.causes) }
        let wanted: Set<String> = [
            "200 REGISTER", "200 OPTIONS", "200 MESSAGE", "200 SUBSCRIBE", "403 SUBSCRIBE", "200 NOTIFY", "200 INFO",
            "200 UPDATE", "491 INVITE", "200 PRACK", "183 INVITE", "486 INVITE", "603 INVITE", "480 INVITE",
            "487 INVITE", "200 CANCEL", "202 REFER", "603 REFER", "200 BYE", "302 INVITE", "401 INVITE", "401 REGISTER",
        ]
        #expect(wanted.subtracting(titles).isEmpty)
        let (refreshes, redirected) = (sum(\.refreshes), sum(\.redirected))
        #expect(refreshes > 20 && redirected > 3, "\(refreshes) session refreshes, \(redirected) calls redirected")
        #expect(sum(\.streamed) > 100, "\(sum(\.streamed)) messages over TCP")
        let (forks, replaced) = (sum(\.forks), sum(\.replaced))
        #expect(forks > 50 && replaced > 3, "\(forks) forks, \(replaced) calls replaced")
        #expect(
            causes.isSuperset(of: [
                .hungUpByPeer, .hungUpLocally, .cancelledByPeer, .cancelledLocally, .rejectedByPeer, .rejectedLocally,
            ]))
    }

    @Test("run the same way again from the same seed")
    func reproducible() {
        let traces = (0..<2).map { _ in
            let town = Town(seed: 7)
            town.run(scenarios: 10)
            return town.network.trace.records.map(\.octets)
        }
        #expect(traces[0] == traces[1])
    }

    @Test("tell who keeps something while it is not over")
    func leftovers() {
        let town = Town(seed: 1)
        town.network.run(for: .seconds(40))
        #expect(Set(town.failures().map(\.side)).isSuperset(of: town.parties.map(\.name)))
        #expect(town.failures().allSatisfy { $0.seed == 1 && $0.description.hasPrefix("seed 1, ") })
    }

    @Test("add up to one report, with each failed seed once")
    func report() async {
        var simulation = Simulation(seeds: 3..<6, scenariosPerTown: 2)
        let report = await simulation.run(tasks: 2)
        #expect("\(report)" == "simulation: 6 scenarios in 3 towns, 0 failed")
        // Everybody repeats requests too early now, and the audit sees it.
        simulation.configure = { _, configuration in configuration.timers.t1 = .milliseconds(50) }
        let broken = await simulation.run(tasks: 2)
        #expect(broken.failedSeeds == [3, 4, 5])
        #expect("\(broken)".hasSuffix("\nsimulation: 6 scenarios in 3 towns, 3 failed"))
    }
}

/// What the tests want to know of a town that is over.
private struct Outcome {
    let report: SimulationReport
    let titles: Set<String>
    let causes: Set<SessionEnd.Cause>
    let forks: Int
    let replaced: Int
    let streamed: Int
    let redirected: Int
    let refreshes: Int

    init(seed: UInt64, scenarios: Int) {
        let town = Town(seed: seed)
        town.run(scenarios: scenarios)
        let records = town.network.trace.records
        report = SimulationReport(of: town)
        titles = Set(records.compactMap(\.title))
        causes = Set(town.parties.flatMap(\.history).flatMap(\.ends).map(\.cause))
        forks = town.proxy.forks
        replaced = town.parties.reduce(0) { $0 + $1.replaced }
        streamed = records.count { $0.protocol == .tcp }
        redirected = records.count { $0.title == "302 INVITE" && $0.receiver != "proxy" }
        refreshes = records.count { $0.title == "UPDATE" && WireMessage($0.octets)?.hasSessionDescription == false }
    }
}
