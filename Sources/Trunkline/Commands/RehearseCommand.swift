internal import Agent
internal import ArgumentParser
internal import CallWatch
internal import FoundationEssentials
internal import Logging
internal import Rehearsal
internal import SIPCore
internal import Telephony
internal import TelephonyPrimitives
internal import TrunklineConfiguration

/// `trunkline rehearse`: synthetic callers try an agent.
struct RehearseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rehearse",
        abstract: "Have synthetic callers try an agent, and say what went well, what not, and how fast it answered.",
        discussion: """
            docs/rehearsal.md describes the files; there are some in flows/rehearsals. With --config, or --agent local, \
            the agent runs in this process and calls nobody; where the file has a trunk or Call Control, callers reach it \
            through the sandbox, which is the carrier. Otherwise a running agent is called. \
            Exit code: 0 when all passed, 1 when not, 78 when a file is wrong.
            """)

    @Argument(help: ArgumentHelp("Files with rehearsals.", valueName: "scenario"))
    var files: [String]

    @Option(
        help: ArgumentHelp(
            "Where a running agent is called, sip:agent@127.0.0.1:5060; or local, model, realtime, bot, echo, to run one here.",
            valueName: "address|agent"))
    var agent: String?

    @Option(help: ArgumentHelp("Run the agent of this configuration file here.", valueName: "file"))
    var config: String?

    @Option(
        help: ArgumentHelp(
            "How callers reach an agent that runs here: direct, or through the sandbox by the trunk or by the call-control of the file. Default: as the file takes calls.",
            valueName: "way"))
    var way: RehearsalWay?

    @Option(
        help: ArgumentHelp(
            "Where the running agent's HTTP port is, e.g. http://127.0.0.1:8080: there its record is looked at.",
            valueName: "url"))
    var api: String?

    @Option(help: ArgumentHelp("The variable with a token for --api.", valueName: "name"))
    var tokenEnv: String?

    @Option(help: ArgumentHelp("The file with a token for --api.", valueName: "file"))
    var tokenFile: String?

    @Option(help: ArgumentHelp("User name, for when the agent's side asks for one.", valueName: "user"))
    var auth: String?

    @Option(help: ArgumentHelp("Name of the environment variable that holds the password.", valueName: "name"))
    var passwordEnv: String?

    @Option(
        help: ArgumentHelp(
            "Local address to call from. Default: 127.0.0.1 for agents there, else any.", valueName: "address"))
    var bind: String?

    @Option(
        help: ArgumentHelp(
            "Keep a recording of each call in this folder: left the agent, right the caller.", valueName: "folder"))
    var record: String?

    @Option(help: ArgumentHelp("How many callers at once, 1 to 20.", valueName: "number"))
    var atOnce = 1

    @Option(
        help: ArgumentHelp(
            "The folder with the speech parts of the callers. Key: speech.directory.", valueName: "folder"))
    var speech: String?

    @Flag(help: "Print the outcome as JSON on standard output; steps go to standard error.")
    var json = false

    @Flag(name: .shortAndLong, help: "Log what happens below.")
    var verbose = false

    func validate() throws {
        guard !files.isEmpty else { throw ValidationError("Name a file, e.g. flows/rehearsals/opening-hours.yaml.") }
        guard (1...20).contains(atOnce) else {
            throw ValidationError("--at-once \(atOnce): give a number from 1 to 20.")
        }
        if let agent, isAddress(agent) {
            guard config == nil else {
                throw ValidationError("--agent \(agent) is called, and --config runs one here; give one of the two.")
            }
            guard (try? SIPURI(parsing: agent)) != nil else {
                throw ValidationError("--agent \(agent): that is no SIP address; write e.g. sip:agent@127.0.0.1:5060.")
            }
        }
        if api != nil, runsHere {
            throw ValidationError("--api: the agent that runs here has its record at hand; leave it out.")
        }
        if way ?? .direct != .direct, !runsHere {
            throw ValidationError("--way is for an agent that runs here: name its file with --config.")
        }
        if api == nil, tokenEnv != nil || tokenFile != nil {
            throw ValidationError("--token-env and --token-file are for --api: say where the HTTP port is.")
        }
        if let bind, IPAddress(bind) == nil {
            throw ValidationError("--bind '\(bind)' is no IP address; write e.g. 127.0.0.1.")
        }
        if (auth == nil) != (passwordEnv == nil) {
            throw ValidationError("--auth and --password-env go together: a user name, and where its password is.")
        }
    }

    private func isAddress(_ text: String) -> Bool { text.hasPrefix("sip:") || text.hasPrefix("sips:") }

    private var runsHere: Bool { config != nil || (agent.map { !isAddress($0) } ?? false) }

    func run() async throws {
        let rehearsals = try read()
        try check(rehearsals)
        var logger = Logger(label: "trunkline.rehearse") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = verbose ? .debug : .error
        var settings = try Configuration.read(config)
        if let agent, !isAddress(agent) { settings.agent = try Configuration.AgentChoice(argument: agent) }
        try settings.check()
        let signals = Signals()
        let (told, log) = (settings, logger)
        let report = try await withThrowingTaskGroup(of: RehearsalReport?.self) { group in
            group.addTask { try await self.rehearse(rehearsals, told, log) }
            group.addTask {
                for await case .stop in signals.stream { return nil }
                return nil
            }
            let first = try await group.next() ?? nil
            group.cancelAll()
            signals.end()
            return first
        }
        guard let report else {
            FileHandleOutput.standardError.write("The rehearsal was given up.\n")
            throw ExitCode(130)
        }
        if json {
            FileHandleOutput.standardOutput.write(try report.json() + "\n")
        } else {
            FileHandleOutput.standardOutput.write("\n" + report.text + "\n")
        }
        if !report.hasPassed { throw ExitCode.failure }
    }

    // MARK: What is asked for

    private func read() throws -> [Rehearsal] {
        var faults: [String] = []
        var rehearsals: [Rehearsal] = []
        for file in files {
            guard let data = FileManager.default.contents(atPath: file) else {
                faults.append("\(file): the file can't be read.")
                continue
            }
            do throws(RehearsalErrors) {
                rehearsals.append(try Rehearsal(parsing: String(decoding: data, as: UTF8.self), file: file))
            } catch {
                faults.append(error.description)
            }
        }
        guard faults.isEmpty else {
            FileHandleOutput.standardError.write(faults.joined(separator: "\n") + "\nNobody was called.\n")
            throw ExitCode(78)
        }
        return rehearsals
    }

    private func check(_ rehearsals: [Rehearsal]) throws {
        guard !runsHere else { return }
        for rehearsal in rehearsals {
            if agent == nil, !isAddress(rehearsal.target ?? "") {
                throw ValidationError(
                    "\(rehearsal.name): say which agent: --config agent.yaml, --agent local, --agent sip:…, or call: sip:… in the file."
                )
            }
            if rehearsal.record != nil, api == nil {
                throw ValidationError(
                    "\(rehearsal.name): record: can't be looked at: name the agent's HTTP port by --api, or delete record:."
                )
            }
        }
    }

    // MARK: Playing

    private func rehearse(_ rehearsals: [Rehearsal], _ settings: Configuration, _ logger: Logger) async throws
        -> RehearsalReport
    {
        do {
            if runsHere {
                let calls = RehearsedCall.all(of: rehearsals.map { $0.naming(settings.transfers) })
                let scene = try CarrierScene(calls, settings, by: way ?? RehearsalWay(of: settings))
                // One after the other, where nothing else tells which call is whose.
                let atOnce = scene?.hasCallerOfItsOwnForEach ?? true ? atOnce : 1
                return try await RehearsedAgent.run(settings, behind: scene, logger: logger) { here in
                    try await play(calls, settings, at: here.route, atOnce, logger) {
                        try await here.finishedCall(with: $0, since: $1)
                    }
                }
            }
            let calls = RehearsedCall.all(of: rehearsals)
            let route = RehearsalRoute.direct(agent: agent, try credentials())
            guard let api else { return try await play(calls, settings, at: route, atOnce, logger) { _, _ in nil } }
            return try await WatchClient.withClient(of: api, token: try token()) { client in
                // What is wrong with it is said before anybody is called.
                _ = try await client.report()
                return try await play(calls, settings, at: route, atOnce, logger) {
                    try await client.finishedCall(with: $0, since: $1)
                }
            }
        } catch is CancellationError {
            throw CancellationError()
        } catch let error as ExitCode {
            throw error
        } catch let error as ValidationError {
            throw error
        } catch {
            FileHandleOutput.standardError.write("trunkline can't rehearse: \(error)\n")
            throw ExitCode.failure
        }
    }

    private func token() throws -> String? {
        var access = ServerAccess()
        access.tokenEnv = tokenEnv
        access.tokenFile = tokenFile
        return try access.token()
    }

    private func play(
        _ calls: [RehearsedCall], _ settings: Configuration, at route: RehearsalRoute, _ atOnce: Int, _ logger: Logger,
        record: @escaping @Sendable (String, Int64) async throws -> StoredCall?
    ) async throws -> RehearsalReport {
        let parts = try await LocalSpeech.load(
            SpeechDirectory(path: HomePath.expand(speech ?? settings.speech.directory)))
        let stage = RehearsalStage(
            parts: parts, route: route, bind: bind.flatMap { IPAddress($0) }, recordings: self.record,
            output: json ? .standardError : .standardOutput, namesRehearsal: atOnce > 1, logger: logger, record: record)
        try await stage.prepare(calls.map(\.rehearsal))
        let verdicts = try await withThrowingTaskGroup(of: (Int, RehearsalVerdict).self) { group in
            var verdicts: [Int: RehearsalVerdict] = [:]
            for call in calls {
                if call.number >= atOnce, let (done, verdict) = try await group.next() { verdicts[done] = verdict }
                try Task.checkCancellation()
                group.addTask { (call.number, try await stage.play(call)) }
            }
            for try await (done, verdict) in group { verdicts[done] = verdict }
            return verdicts
        }
        return RehearsalReport(verdicts.sorted { $0.key < $1.key }.map(\.value))
    }

    private func credentials() throws -> Credentials? {
        guard let auth, let passwordEnv else { return nil }
        guard let password = ProcessInfo.processInfo.environment[passwordEnv] else {
            throw ValidationError(
                "The environment has no \(passwordEnv); set it to the password, or name another with --password-env.")
        }
        return Credentials(username: auth, password: password)
    }
}

extension Rehearsal {
    /// The same, where a place that callers are put through to is known by its name.
    fileprivate func naming(_ places: [String: Configuration.Transfer]) -> Rehearsal {
        guard let name = expected.transfersTo, let place = places[name] else { return self }
        var rehearsal = self
        rehearsal.expected.transfersTo = place.to
        return rehearsal
    }
}
