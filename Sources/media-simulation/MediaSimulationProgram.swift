import Foundation
import MediaSimulation

/// Plays calls, prints what is wrong with which seed, and exits with 1 when something is.
@main
struct MediaSimulationProgram {
    static let usage = """
        The sound of calls in virtual time, over lines that are bad and become good; every call has a seed of its own.

          media-simulation                 2000 calls, on all cores
          media-simulation --seed 17       the story of that call alone, and what is wrong with it

          --calls N   how many calls (2000)
          --from N    the first seed (0)
          --tasks N   how many calls at a time (as many as there are cores)
        """

    static func main() async {
        var numbers: [String: UInt64] = [:]
        var rest = CommandLine.arguments.dropFirst()
        while let option = rest.popFirst() {
            if ["--help", "-h"].contains(option) { return print(usage) }
            guard ["--calls", "--from", "--tasks", "--seed"].contains(option) else {
                stop("\(option) is no option; --help lists them")
            }
            guard let number = rest.popFirst().flatMap({ UInt64($0) }), number < 1 << 40 else {
                stop("\(option) needs a number")
            }
            numbers[option] = number
        }
        let report: MediaReport
        if let seed = numbers["--seed"] {
            let call = MediaCall(seed: seed, keepsStory: true)
            call.run()
            for line in call.story { print(line) }
            report = MediaReport(of: call)
        } else {
            let first = numbers["--from"] ?? 0
            let calls = MediaCalls(seeds: first..<(first + (numbers["--calls"] ?? 2000)))
            let cores = ProcessInfo.processInfo.activeProcessorCount
            report = await calls.run(tasks: numbers["--tasks"].map { Int(clamping: $0) } ?? cores)
        }
        print(report)
        if report.failures.isEmpty, report.calls > 0 { return }
        if numbers["--seed"] == nil, let seed = report.failedSeeds.first {
            print("replay one with its story: --seed \(seed)")
        }
        exit(1)
    }

    private static func stop(_ sentence: String) -> Never {
        print(sentence)
        exit(2)
    }
}
