import SIPBenchmarks

runBenchmark(CommandLine.arguments.dropFirst().map { $0 })
