internal import ArgumentParser
internal import Sandbox
internal import TelephonyPrimitives

/// `trunkline sandbox`: a double of the carrier on this machine, to try everything without one.
struct SandboxCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sandbox",
        abstract: "Be the carrier (Telnyx), on this machine: the agent registers here, and any SIP phone is a caller.",
        discussion: "Prints what the agent and a SIP phone need, then each SIP message in a line. Stop with Ctrl-C.")

    @Option(help: ArgumentHelp("The address of this machine to listen on, UDP and TCP.", valueName: "address"))
    var address = "127.0.0.1"

    @Option(help: "The port.")
    var port: UInt16 = 5080

    @Option(
        help: ArgumentHelp(
            "Know the agent by its address and send its calls there (an IP connection), instead of having it register.",
            valueName: "address:port"))
    var agent: String?

    @Option(
        help: ArgumentHelp("What is to go wrong: \(SandboxCommand.faults).", valueName: "name"),
        transform: SandboxCommand.readFault)
    var fault: SandboxFault?

    @Option(
        help: ArgumentHelp(
            "A further telephone outside, such as desk:+12025550134; its password is sandbox- and its name. May be repeated.",
            valueName: "name:number"),
        transform: SandboxCommand.readPhone)
    var phone: [SandboxPhone] = []

    @Option(
        help: "How callers' numbers are written in calls to the agent: e164, +e164 or national.",
        transform: SandboxCommand.readFormat)
    var callerFormat = TrunkNumberFormat.e164

    @Option(
        help: "How the agent's number is written in calls to it: e164, +e164, national or sip_username.",
        transform: SandboxCommand.readFormat)
    var calledFormat = TrunkNumberFormat.e164

    @Flag(help: "Name in Contact, between asterisks, what lies behind the edge.")
    var encodeContact = false

    @Flag(help: "Write header names in full.")
    var longHeaders = false

    @OptionGroup var carrier: SandboxCarrierOptions

    @Flag(
        help:
            "Be its HTTP side too (Call Control v2): the API, webhooks and media streams. The agent's number is there.")
    var callControl = false

    @Option(help: ArgumentHelp("Where the API is, with --call-control.", valueName: "address:port"))
    var http = "127.0.0.1:5081"

    @Option(
        help: ArgumentHelp(
            "Where webhooks of the agent's number go; 'none': nothing is set up, the API does it.", valueName: "url"))
    var webhook = "http://127.0.0.1:8080/telnyx/webhooks"

    @Option(help: ArgumentHelp("Where they go when nobody takes them there.", valueName: "url"))
    var webhookFailover: String?

    @Option(
        help: ArgumentHelp(
            "Give the agent's number to a TeXML application that asks for its document here, with --call-control.",
            valueName: "url"))
    var texml: String?

    @Option(help: ArgumentHelp("Where the TeXML application tells how its calls fare.", valueName: "url"))
    var texmlStatus: String?

    @Option(help: ArgumentHelp("What requests to the API need as their key.", valueName: "key"))
    var apiKey = "sandbox-key"

    @Flag(name: .customLong("l16-little-endian"), help: "Samples of L16 on media streams have their lower octet first.")
    var l16LittleEndian = false

    private static let faults = SandboxFault.allCases.map(\.rawValue).joined(separator: ", ")

    private static func readFault(_ text: String) throws -> SandboxFault {
        guard let fault = SandboxFault(rawValue: text) else {
            throw ValidationError("'\(text)' is no fault; it is one of \(faults).")
        }
        return fault
    }

    private static func readPhone(_ text: String) throws -> SandboxPhone {
        let parts = text.split(separator: ":", maxSplits: 1).map(String.init)
        guard parts.count == 2, let name = parts.first, let number = parts.last,
            (1...32).contains(name.utf8.count), name.utf8.allSatisfy({ $0.isLetterOrDigit }),
            number.hasPrefix("+"), (8...16).contains(number.utf8.count),
            number.utf8.dropFirst().allSatisfy({ (0x30...0x39).contains($0) })
        else {
            throw ValidationError(
                "--phone \(text): give a name of letters and digits and a number, such as desk:+12025550134.")
        }
        return SandboxPhone(username: name, password: "sandbox-\(name)", number: number)
    }

    private static func readFormat(_ text: String) throws -> TrunkNumberFormat {
        guard let format = TrunkNumberFormat(rawValue: text) else {
            let known = TrunkNumberFormat.allCases.map(\.rawValue).joined(separator: ", ")
            throw ValidationError("'\(text)' is no format; it is one of \(known).")
        }
        return format
    }

    func validate() throws {
        guard let ip = IPAddress(address), !ip.isUnspecified else {
            throw ValidationError("--address \(address): give one IP address of this machine; it goes into messages.")
        }
        if let agent, Self.place(agent) == nil {
            throw ValidationError("--agent \(agent): give an IP address and a port such as 127.0.0.1:5060.")
        }
        guard Self.place(http) != nil else {
            throw ValidationError("--http \(http): give an IP address and a port such as 127.0.0.1:5081.")
        }
        for (name, url) in [
            ("--webhook", webhook), ("--webhook-failover", webhookFailover ?? "none"), ("--texml", texml ?? "none"),
            ("--texml-status", texmlStatus ?? "none"),
        ] {
            guard url == "none" || url.hasPrefix("http://") || url.hasPrefix("https://") else {
                throw ValidationError("\(name) \(url): give a URL such as http://127.0.0.1:8080/telnyx/webhooks.")
            }
        }
        guard texml == nil || callControl else {
            throw ValidationError("--texml is of the HTTP side: add --call-control.")
        }
        guard !apiKey.isEmpty else { throw ValidationError("--api-key: give one that is not empty.") }
        if let fault, fault.isOfCallControl, !callControl {
            throw ValidationError("--fault \(fault.rawValue) is of webhooks and the API: add --call-control.")
        }
        if let fault { try carrier.validate(fault) }
        let known = SandboxSettings(edges: [])
        let phones = known.phones + phone
        guard Set(phones.map(\.username) + [known.trunk.username]).count == phones.count + 1,
            Set(phones.map(\.number) + known.callees.map(\.number) + [known.trunk.number]).count
                == phones.count + known.callees.count + 1
        else {
            throw ValidationError("--phone: a name or a number is taken already, by the agent or by somebody outside.")
        }
        guard callerFormat != .sipUsername else {
            throw ValidationError("--caller-format sip_username: a caller has no user here; it is for --called-format.")
        }
    }

    func run() async throws {
        let signals = Signals()
        var settings = settings()
        try carrier.apply(to: &settings)
        let server: SandboxServer
        do throws(SandboxFailure) {
            server = try await SandboxServer.start(settings) { news in
                FileHandleOutput.standardOutput.write("\(LiveTranscript.clock)  \(Self.line(news))\n")
            }
        } catch {
            FileHandleOutput.standardError.write("trunkline sandbox can't start: \(error)\n")
            throw ExitCode.failure
        }
        let authority = settings.tls?.identity.authority == nil ? nil : carrier.authority
        FileHandleOutput.standardOutput.write(SandboxGuide(settings: settings, authority: authority).text)
        for await signal in signals.stream { if case .stop = signal { break } }
        await server.stop()
    }

    private func settings() -> SandboxSettings {
        let ip = IPAddress(address) ?? .loopbackV4
        var edges = [TransportAddress(ip: ip, port: port)]
        #if os(Linux)
            // All of 127/8 is this machine: the carrier's second edge has a place of its own.
            if ip == .loopbackV4 { edges.append(TransportAddress(ip: .v4(0x7F00_0002), port: port)) }
        #endif
        var settings = SandboxSettings(edges: edges)
        settings.fault = fault
        settings.phones += phone
        settings.encodesContact = encodeContact
        settings.usesCompactHeaders = !longHeaders
        if callControl {
            var control = CallControlSettings()
            control.listen = Self.place(http) ?? control.listen
            control.apiKey = Secret(apiKey)
            control.webhookURL = webhook == "none" ? nil : webhook
            control.failoverURL = webhookFailover
            control.documentURL = texml == "none" ? nil : texml
            control.statusURL = texmlStatus == "none" ? nil : texmlStatus
            control.isL16LittleEndian = l16LittleEndian
            settings.callControl = control
        }
        settings.trunk.callerFormat = callerFormat
        settings.trunk.calledFormat = calledFormat
        if let place = agent.flatMap(Self.place) {
            settings.trunk.inbound = .addresses([place])
            settings.trunk.outbound = .source([place.ip], nil)
        }
        return settings
    }

    static func place(_ text: String) -> TransportAddress? {
        guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]) else {
            return nil
        }
        return TransportAddress(host: text[..<colon], port: port)
    }

    private static func line(_ news: SandboxNews) -> String {
        switch news {
        case .message(let line): "\(line.peer)  \(line.isIncoming ? "->" : "<-") \(line.text)"
        case .control(let line): line
        case .handedOn(let caller, let number): "\(caller) is put through to \(number)"
        case .remark(let sentence): "! \(sentence)"
        }
    }
}

extension UInt8 {
    /// Of ASCII.
    fileprivate var isLetterOrDigit: Bool {
        (0x30...0x39).contains(self) || (0x41...0x5A).contains(self) || (0x61...0x7A).contains(self)
    }
}
