internal import Agent
internal import ArgumentParser
internal import CallControl
internal import FoundationEssentials
internal import TelephonyPrimitives
internal import Telnyx
internal import TrunklineConfiguration

/// `trunkline telnyx setup`: makes an account as calls need it, and changes nothing before it is told to.
struct TelnyxSetup: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "setup",
        abstract: "Create or mend application or SIP connection, outbound voice profile and numbers.",
        discussion: """
            Says what it would do; with --apply does it, and asks before each change. Run twice, it finds nothing to do. \
            Without an API key it says what to click in the portal.
            """)

    enum Way: String, ExpressibleByArgument, CaseIterable {
        case trunk
        case callControl = "call-control"
    }

    enum Authentication: String, ExpressibleByArgument, CaseIterable {
        case credential, ip, fqdn
    }

    enum SignallingTransport: String, ExpressibleByArgument, CaseIterable {
        case udp, tcp, tls
    }

    @OptionGroup var access: TelnyxAccess

    @Option(help: ArgumentHelp("The configuration file, which may have the trunk.", valueName: "file"))
    var config: String?

    @Option(help: "By which way calls come: trunk (SIP) or call-control (webhooks and WebSocket).")
    var way: Way?

    @Option(help: "The name of the application or connection.")
    var name = "trunkline"

    @Option(
        help: ArgumentHelp(
            "Call Control: where Telnyx sends webhooks. Default: as --config says.", valueName: "https://…"))
    var webhook: String?

    @Option(
        name: .customLong("number"), parsing: .singleValue,
        help: ArgumentHelp("A number of the account whose calls are to come; may be repeated.", valueName: "+1…"))
    var numbers: [String] = []

    @Option(help: "Trunk: how Telnyx knows us. Default: as the configuration's trunk says, else credential.")
    var auth: Authentication?

    @Option(help: "Trunk: the user name. Default: that of the configuration's trunk.")
    var username: String?

    @Option(help: ArgumentHelp("Trunk: the variable with the password of a new connection.", valueName: "name"))
    var passwordEnv = "TELNYX_PASSWORD"

    @Option(help: ArgumentHelp("Trunk, --auth ip: our public address.", valueName: "address[:port]"))
    var address: String?

    @Option(
        help: ArgumentHelp(
            "Trunk, --auth fqdn: our host name; without a port its SRV records count.", valueName: "host[:port]"))
    var host: String?

    @Option(help: "Trunk, --auth ip or fqdn: how Telnyx is to call us.")
    var transport = SignallingTransport.udp

    @Option(help: "The name of the outbound voice profile. Default: as --name.")
    var profile: String?

    @Option(
        name: .customLong("destination"), parsing: .singleValue,
        help: ArgumentHelp(
            "A country that may be called, two letters; may be repeated. Default: US and CA for a new profile.",
            valueName: "country"))
    var destinations: [String] = []

    @Option(help: ArgumentHelp("Calls at once. Default: 10 for a new profile.", valueName: "number"))
    var calls: Int?

    @Option(help: ArgumentHelp("What calls may cost in a day, in US dollars.", valueName: "sum"))
    var dailySpend: String?

    @Option(help: ArgumentHelp("Where sound enters Telnyx. Default: Latency for something new.", valueName: "site"))
    var anchorSite: String?

    @Flag(help: "Make the changes, each after asking.")
    var apply = false

    @Flag(help: "Ask nothing: make all changes. With --apply.")
    var yes = false

    func run() async throws {
        let wish = try wish()
        guard let client = access.client() else {
            FileHandleOutput.standardOutput.write(
                "There is no API key in the variable \(access.keyEnv); with one, this command does what follows.\n"
                    + PortalGuide(wish).text)
            return
        }
        let account: TelnyxAccount
        do throws(AccountUnread) {
            account = try await client.account(kinds: [wish.kind], numbers: wish.numbers)
        } catch {
            throw access.failure(error)
        }
        let plan = SetupPlan(account, wish)
        for remark in plan.remarks { say("Note: \(remark)") }
        if apply {
            try await carryOut(plan, with: client)
        } else {
            for change in plan.changes { say("would \(PrintableText.of(change.description))") }
        }
        for obstacle in plan.obstacles { say("In the way: \(obstacle)") }
        if plan.changes.isEmpty, plan.obstacles.isEmpty {
            say("Nothing to do: the account is as it should be.")
        } else if !apply, !plan.changes.isEmpty {
            say("\nNothing was changed. Run it again with --apply.")
        }
        if !plan.obstacles.isEmpty { throw ExitCode(1) }
    }

    private func carryOut(_ plan: SetupPlan, with client: TelnyxClient) async throws {
        let isComplete = await plan.carryOut(
            with: client,
            asking: { change in
                yes || Self.isYes("\(PrintableText.of(Self.capitalised(change.description)))? [y/N] ")
            },
            telling: { change, outcome in
                let sentence = PrintableText.of(change.description)
                switch outcome {
                case .done: say("done: \(sentence)")
                case .declined: say("left: \(sentence)")
                case .impossible: say("left: \(sentence), since what it needs was not made")
                case .failed(let error): say("FAILED: \(sentence)\n        \(error)")
                }
            })
        guard isComplete else { throw ExitCode(1) }
        if !plan.changes.isEmpty { say("\nAll of it is done. `trunkline telnyx status` shows it.") }
    }

    private static func capitalised(_ text: String) -> String { text.prefix(1).uppercased() + text.dropFirst() }

    /// Without an answer it is no.
    private static func isYes(_ question: String) -> Bool {
        FileHandleOutput.standardOutput.write(question)
        return ["y", "yes"].contains(readLine()?.lowercased() ?? "")
    }

    private func say(_ line: String) { FileHandleOutput.standardOutput.write(line + "\n") }
}

// MARK: What is wanted
extension TelnyxSetup {
    func validate() throws {
        guard !yes || apply else { throw ValidationError("--yes goes with --apply.") }
    }

    private func wish() throws -> SetupWish {
        let settings = try Configuration.read(config)
        let served = settings.callControl.map { $0.publicURL + CallControlConfiguration.webhookPath }
        var wish = SetupWish(
            try wishedWay(settings.trunks.first { $0.provider == .telnyx }, webhook: webhook ?? served))
        wish.name = name
        wish.profileName = profile ?? name
        if !destinations.isEmpty { wish.destinations = destinations.map { $0.uppercased() } }
        wish.calls = calls
        wish.dailySpend = dailySpend
        wish.anchorSite = anchorSite
        wish.transport = transport.rawValue.uppercased()
        wish.numbers = numbers
        do throws(TelnyxError) {
            try wish.check(isSandbox: access.isSandbox)
        } catch {
            throw ValidationError("\(error)")
        }
        return wish
    }

    /// - Parameter webhook: the one that was named, or that of the configuration.
    private func wishedWay(_ trunk: Configuration.Trunk?, webhook: String?) throws -> SetupWish.Way {
        let isTrunk =
            way == .trunk || way == nil && self.webhook == nil && (trunk != nil || auth != nil || username != nil)
        if isTrunk { return try trunkWay(trunk) }
        guard way == .callControl || webhook != nil else {
            throw ValidationError(
                "Say by which way calls come: --way trunk, or --way call-control --webhook https://….")
        }
        guard let webhook else {
            throw ValidationError(
                "--way call-control needs --webhook, or a file with call_control: where Telnyx reaches this server, "
                    + "such as https://agent.example.com/telnyx/webhooks.")
        }
        return .callControl(webhook: webhook)
    }

    private func trunkWay(_ trunk: Configuration.Trunk?) throws -> SetupWish.Way {
        switch auth ?? trunk.flatMap({ Authentication(rawValue: $0.authentication.rawValue) }) ?? .credential {
        case .credential:
            let held = ProcessInfo.processInfo.environment[passwordEnv].flatMap { $0.isEmpty ? nil : $0 }
            return .credential(
                username: username ?? trunk?.username, password: (held ?? trunk?.password).map { Secret($0) })
        case .ip:
            guard let address, case (let host, let port)? = Self.split(address), let ip = IPAddress(host) else {
                throw ValidationError(
                    "--auth ip needs --address: the public address of this machine, such as 203.0.113.7:5060.")
            }
            return .address(ip, port: port ?? 5_060)
        case .fqdn:
            guard let host, case (let name, let port)? = Self.split(host), !name.isEmpty, IPAddress(name) == nil else {
                throw ValidationError("--auth fqdn needs --host: our host name, such as sip.example.com:5060.")
            }
            return .hostName(name, port: port)
        }
    }

    /// - Returns: `nil` when what follows the colon is no port.
    private static func split(_ text: String) -> (String, Int?)? {
        guard let colon = text.lastIndex(of: ":") else { return (text, nil) }
        guard let port = UInt16(text[text.index(after: colon)...]), port > 0 else { return nil }
        return (String(text[..<colon]), Int(port))
    }
}
