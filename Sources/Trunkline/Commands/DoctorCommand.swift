internal import Agent
internal import ArgumentParser
internal import Doctor
internal import FoundationEssentials
internal import Logging
internal import SIPCore
internal import Telephony
internal import Telnyx
internal import TrunklineConfiguration

/// `trunkline doctor`: looks at everything that has to be right before calls work.
struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Check configuration, ports, network, services and disks, and say how to mend what is wrong.",
        discussion: """
            Changes nothing: registrars are asked for an account's registrations, services for a list, and no call is \
            placed. With --live each trunk is registered for a moment, and Telnyx asked for the account. Exit code 1 when \
            something stands in the way of calls.
            """)

    @Option(help: ArgumentHelp("The configuration file of `trunkline serve`.", valueName: "file"))
    var config: String?

    @Flag(help: "Ask nobody else: no SIP server, no service.")
    var offline = false

    @Flag(
        help: ArgumentHelp(
            "Try the real thing: each server of the trunks, a registration, the account at Telnyx (with an API key)."))
    var live = false

    @Option(
        help: ArgumentHelp(
            "With --live: call this number by the trunk, and listen for an echo. A real call, at your cost.",
            valueName: "+1…"))
    var call: String?

    @OptionGroup var access: TelnyxAccess

    @Option(
        help: ArgumentHelp("The variable with the public key by which webhooks are checked.", valueName: "name"))
    var publicKeyEnv = "TELNYX_PUBLIC_KEY"

    @Flag(help: "Print JSON.")
    var json = false

    func validate() throws {
        guard call == nil || live else { throw ValidationError("--call goes with --live.") }
        guard !live || !offline else { throw ValidationError("Give --live or --offline, not both.") }
        if let call, TelephoneNumber(call)?.isGlobal != true {
            throw ValidationError("--call \(call): give a number with its country, such as +12025550131.")
        }
    }

    func run() async throws {
        var results: [CheckResult] = []
        func take(_ result: CheckResult) {
            results.append(result)
            if !json { FileHandleOutput.standardOutput.write(result.text) }
        }
        guard let settings = read(take) else { return try end(DoctorReport(results)) }
        let checkup: Checkup
        do {
            checkup = Checkup(
                settings, servers: try Self.servers(settings), trunks: settings.telephonyTrunks,
                services: try ServiceMaking.questions(settings), live: live ? try liveQuestions(settings) : nil,
                isOffline: offline, makeAgent: { try await Self.makeAgent(settings) })
        } catch {
            take(CheckResult("configuration", .failure, "\(error)"))
            return try end(DoctorReport(results))
        }
        if let call {
            FileHandleOutput.standardError.write(
                "At the end \(call) is called by the trunk: a real call of about five seconds, at your cost.\n")
        }
        let report = await checkup.run(onResult: take)
        try end(DoctorReport(results.prefix { $0.subject == "configuration" } + report.results))
    }

    /// - Returns: `nil` when the file can't be used.
    private func read(_ take: (CheckResult) -> Void) -> Configuration? {
        guard let config else {
            take(CheckResult("configuration", .fine, "No file was named (--config): the defaults count."))
            return Configuration()
        }
        guard let text = try? String(contentsOfFile: config, encoding: .utf8) else {
            take(
                CheckResult(
                    "configuration", .failure, "\(config) can't be read.", fix: "Name another file with --config."))
            return nil
        }
        do throws(ConfigurationErrors) {
            let settings = try Configuration.load(text: text, file: config)
            take(CheckResult("configuration", .fine, "Every line of \(config) is understood."))
            return settings
        } catch {
            for problem in error.problems { take(CheckResult("configuration", .failure, "\(problem)")) }
            return nil
        }
    }

    private func end(_ report: DoctorReport) throws {
        FileHandleOutput.standardOutput.write(json ? try JSONText.of(report) + "\n" : "\n\(report.summary)\n")
        if !report.isHealthy { throw ExitCode(1) }
    }

    private func liveQuestions(_ settings: Configuration) throws -> LiveQuestions {
        var questions = LiveQuestions()
        let publicKey = ProcessInfo.processInfo.environment[publicKeyEnv].flatMap { $0.isEmpty ? nil : $0 }
        if let control = settings.callControl {
            let key = try control.secret
            questions.callControl = CallControlQuestion(
                client: TelnyxClient(key: key, transport: HTTPTransport(base: control.apiURL ?? access.api)),
                keyPlace: key.place ?? "call_control", publicKeys: [control.publicKey] + (publicKey.map { [$0] } ?? []))
        } else if let client = access.client() {
            questions.callControl = CallControlQuestion(
                client: client, keyPlace: "the variable \(access.keyEnv)",
                publicKeys: publicKey.map { [$0] } ?? [])
        }
        if let number = call.flatMap({ TelephoneNumber($0) }) {
            guard !settings.trunks.isEmpty else {
                throw ValidationError("--call: the configuration has no trunk to call by; write trunk: into it.")
            }
            questions.call = TestCallQuestion(
                number: number, configuration: try EndpointConfiguration(settings, capacity: nil))
        }
        return questions
    }

    private static func makeAgent(_ settings: Configuration) async throws -> String {
        var quiet = Logger(label: "doctor")
        quiet.logLevel = .critical
        let made = try await AgentMaking.make(settings, switches: RecordingSwitches(), logger: quiet)
        await made.close()
        return made.agent.name
    }

    private static func servers(_ settings: Configuration) throws -> [ServerQuestion] {
        var questions: [ServerQuestion] = []
        for account in settings.accounts {
            let registration = try account.registration
            questions.append(
                ServerQuestion(
                    subject: "account \(account.name)", server: registration.registrar,
                    addressOfRecord: registration.addressOfRecord, credentials: registration.credentials))
        }
        if let trunk = settings.outbound.trunk {
            questions.append(ServerQuestion(subject: "outbound.trunk", server: try SIPURI(parsing: trunk)))
        }
        return questions
    }
}
