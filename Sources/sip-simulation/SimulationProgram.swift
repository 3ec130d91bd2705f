import Foundation
import SIPSimulation
import TelephonyTesting

/// Plays towns, prints what is wrong with which seed, and exits with 1 when something is.
@main
struct SimulationProgram {
    static func main() async {
        do {
            let options = try Options(CommandLine.arguments.dropFirst())
            if options.wantsHelp { return print(Options.usage) }
            let report = if let seed = options.seed { replay(seed, options) } else { await play(options) }
            print(report)
            if report.failures.isEmpty, report.scenarios > 0 { return }
            if options.seed == nil, let seed = report.failedSeeds.first {
                print("seeds: \(report.failedSeeds.map(String.init).joined(separator: " "))")
                let program = CommandLine.arguments.first ?? "sip-simulation"
                print("replay one with its trace: \(program) --scenarios \(options.scenarios) --seed \(seed)")
            }
            exit(1)
        } catch {
            print(error)
            exit(2)
        }
    }

    private static func play(_ options: Options) async -> SimulationReport {
        print("Towns that began; should this stop halfway, the last ones are to be replayed with --seed:")
        let simulation = Simulation(seeds: 0..<options.towns, scenariosPerTown: options.scenarios)
        let report = await simulation.run(tasks: options.tasks ?? ProcessInfo.processInfo.activeProcessorCount) {
            print($0, terminator: ($0 + 1).isMultiple(of: 25) ? "\n" : " ")
            // Before the town can bring the process down.
            fflush(nil)
        }
        if !options.towns.isMultiple(of: 25) { print() }
        return report
    }

    private static func replay(_ seed: UInt64, _ options: Options) -> SimulationReport {
        let town = Town(seed: seed)
        town.run(scenarios: options.scenarios)
        print(town.network.trace)
        return SimulationReport(of: town)
    }
}
