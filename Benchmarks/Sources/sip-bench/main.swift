import SIPBenchmarks

let arguments = CommandLine.arguments.dropFirst().map { $0 }
if arguments.first == "uas", let port = arguments.dropFirst().first.flatMap(UInt16.init) {
    try answerCalls(port: port)
} else {
    runBenchmark(arguments)
}
