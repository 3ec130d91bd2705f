internal import ArgumentParser
internal import FoundationEssentials
internal import Logging
internal import TrunklineConfiguration

/// `trunkline serve`: takes calls until it is told to stop.
struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Take calls and let the agent talk.",
        discussion: """
            Without any option: SIP on udp and tcp 127.0.0.1:5060, the embedded agent, no key and no network needed. \
            Options win over the file. SIGINT or SIGTERM stops taking calls and lets live ones end; SIGUSR1 prints \
            counters.
            """)

    @Option(
        help: ArgumentHelp("A configuration file; trunkline.yaml in the repository shows every key.", valueName: "file")
    )
    var config: String?

    @Option(
        help: ArgumentHelp(
            "Where to take SIP, e.g. udp:0.0.0.0:5060. Can be given more than once. Key: listen.",
            valueName: "transport:address:port"))
    var listen: [String] = []

    @Option(
        help: ArgumentHelp(
            "Where to take HTTP: the API, metrics and health, e.g. 127.0.0.1:8080. Key: http.listen.",
            valueName: "address:port"))
    var http: String?

    @Option(help: ArgumentHelp("local, model, realtime, bot, echo, or playback:FILE. Key: agent.", valueName: "agent"))
    var agent: String?

    @Option(help: ArgumentHelp("What the local agent says and does. Key: flow.", valueName: "file"))
    var flow: String?

    @Option(help: ArgumentHelp("The folder with the speech parts. Key: speech.directory.", valueName: "folder"))
    var speech: String?

    @Option(help: ArgumentHelp("Where calls are kept. Key: calls.database.", valueName: "file"))
    var database: String?

    @Option(help: ArgumentHelp("Record calls into this folder. Key: calls.recordings.", valueName: "folder"))
    var recordings: String?

    @Option(
        help: ArgumentHelp("How long live calls may go on after the order to stop. Key: drain.", valueName: "seconds"))
    var drain: Double?

    @Option(
        help: ArgumentHelp(
            "Write every SIP message, what goes over TLS in the clear, to this pcap file.", valueName: "file"))
    var sipTrace: String?

    @Option(
        help: ArgumentHelp(
            "Write the sound into the --sip-trace file, too: wire, as it was sent, or clear, decrypted.",
            valueName: "wire|clear"))
    var traceSound: TracedSound?

    @Option(
        help: ArgumentHelp(
            "trace, debug, info, notice, warning, error or critical. Key: log.level.", valueName: "level"))
    var logLevel: String?

    func run() async throws {
        let settings = try load()
        let logger = Self.logger(settings.log)
        let signals = Signals()
        let server: RunningServer
        do {
            let trace = try CallTrace.make(path: sipTrace, sound: traceSound)
            server = try await RunningServer.start(settings, trace: trace, logger: logger)
        } catch {
            FileHandleOutput.standardError.write("trunkline can't start: \(error)\n")
            throw ExitCode.failure
        }
        for remark in server.made.remarks { logger.notice("\(remark)") }
        FileHandleOutput.standardOutput.write(
            server.banner(settings, program: CommandLine.arguments.first ?? "trunkline"))
        await server.run(until: signals)
        await server.close()
    }

    // MARK: Settings

    private func load() throws -> Configuration {
        var settings = try Configuration.read(config)
        if !listen.isEmpty {
            settings.listen = try listen.map { text in
                do { return try ListenSpec(text) } catch { throw ValidationError("--listen \(text): \(error)") }
            }
        }
        if let http {
            do {
                settings.http.listen = try Configuration.HTTP.address(http)
            } catch {
                throw ValidationError("--http \(http): \(error)")
            }
        }
        if let agent { settings.agent = try Configuration.AgentChoice(argument: agent) }
        if let flow { settings.flow = flow }
        if let speech { settings.speech.directory = speech }
        if let database { settings.calls.database = database }
        if let recordings { settings.calls.recordings = recordings }
        if let drain {
            guard drain >= 0, drain <= 86_400 else {
                throw ValidationError("--drain \(drain): give seconds from 0 to 86400.")
            }
            settings.drain = .milliseconds(Int64(drain * 1_000))
        }
        if let logLevel {
            guard let level = Configuration.LogLevel(rawValue: logLevel) else {
                let known = Configuration.LogLevel.allCases.map(\.rawValue).joined(separator: ", ")
                throw ValidationError("--log-level \(logLevel): it is one of \(known).")
            }
            settings.log.level = level
        }
        try settings.check()
        return settings
    }

    private static func logger(_ log: Configuration.Log) -> Logger {
        var logger = Logger(label: "trunkline") { label -> any LogHandler in
            switch log.format {
            case .text: StreamLogHandler.standardError(label: label)
            case .json: JSONLogHandler(label: label)
            }
        }
        logger.logLevel = Logger.Level(rawValue: log.level.rawValue) ?? .info
        return logger
    }
}
