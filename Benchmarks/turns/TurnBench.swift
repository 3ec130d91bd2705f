import ArgumentParser
import FoundationEssentials

/// Measures what `trunkline` itself adds to an answer, from the packets on both ends: services with fixed delays behind
/// real sockets, real SIP and RTP in front.
@main
struct TurnBench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "turn-bench")

    @Option(help: "Calls at once.") var calls = 1
    @Option(help: "Questions in each call.") var turns = 10
    @Option(help: "Interruptions in each call.") var cuts = 5
    @Option(help: "The program.") var trunkline = ".build/release/trunkline"
    @Option(help: "Where SIP is taken.") var port = 25_060
    @Option(help: "The model's delay, ms.") var model = 200
    @Option(help: "The voice's delay, ms.") var voice = 100
    @Flag(help: "Whether our own front end listens for the caller, too.") var frontEnd = false

    func run() async throws {
        let timeline = Timeline()
        let ears = try await TimedEars(timeline)
        let mind = try await TimedModel(timeline, ears: ears, delay: .milliseconds(model), words: 10)
        let mouth = try await TimedMouth(timeline, delay: .milliseconds(voice))
        let folder = "/tmp/turn-bench-\(port)"
        try? FileManager.default.removeItem(atPath: folder)
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let config = """
            listen: ["udp:127.0.0.1:\(port)"]
            agent: model
            instructions: "You are measured. The caller is {caller}."
            greeting: "Good day."
            model: {provider: compatible, model: m, url: "\(mind.url)"}
            speech_to_text: {provider: deepgram, model: flux-general-en, url: "\(ears.url)", api_key_file: \(folder)/key}
            text_to_speech: {provider: cartesia, voice: v, url: "\(mouth.url)", api_key_file: \(folder)/key}
            calls: {database: \(folder)/calls.sqlite}
            hearing: {echo_cancellation: \(frontEnd)}
            conversation: {answer_budget: false}
            rtp: {ports: "40000-44000"}
            log: {level: warning}

            """
        try config.write(toFile: "\(folder)/trunkline.yaml", atomically: true, encoding: .utf8)
        try "measured".write(toFile: "\(folder)/key", atomically: true, encoding: .utf8)
        let server = try Program(
            trunkline, ["serve", "--config", "\(folder)/trunkline.yaml"], output: "\(folder)/trunkline.log")
        defer { server.stop() }
        try await server.untilListening(port: port)

        await withTaskGroup(of: Void.self) { group in
            for number in 1...calls {
                group.addTask {
                    // Not all in step.
                    try? await Task.sleep(for: .milliseconds(number * 170 % 4_000))
                    do {
                        try await Caller(number, timeline).call(
                            "sip:agent@127.0.0.1:\(port)", turns: turns, cuts: cuts)
                    } catch {
                        print("call \(number): \(error)")
                    }
                }
            }
        }
        print("\(calls) calls at once, front end \(frontEnd ? "on" : "off"); model \(model) ms, voice \(voice) ms")
        let figures = Figures(timeline: timeline)
        if turns > 0 { figures.printTurns() }
        if cuts > 0 { figures.printCuts() }
        await ears.stop()
        await mouth.stop()
        await mind.stop()
    }
}
