public import Telephony
public import TrunklineConfiguration

/// What is only looked at when somebody wants everything tried at real servers (`--live`).
public struct LiveQuestions: Sendable {
    /// The account at Telnyx; `nil`: there is no key for it.
    public var callControl: CallControlQuestion?
    /// A call to be placed; `nil`: none is.
    public var call: TestCallQuestion?

    public init(callControl: CallControlQuestion? = nil, call: TestCallQuestion? = nil) {
        self.callControl = callControl
        self.call = call
    }
}

/// Looks at everything that has to be right before calls work: what the configuration asks for, and what this machine, its
/// network and the services say to it.
///
/// Nothing is changed: no account is registered, no call is placed, nothing is bought. With ``LiveQuestions`` trunks are
/// registered for a moment, and a call is placed where one is wanted.
public struct Checkup: Sendable {
    private let settings: Configuration
    private let servers: [ServerQuestion]
    private let trunks: [Telephony.Trunk]
    private let services: [ServiceQuestion]
    private let live: LiveQuestions?
    private let isOffline: Bool
    private let makeAgent: @Sendable () async throws -> String

    /// - Parameters:
    ///   - settings: what is going to be served.
    ///   - servers: the registrars of its accounts, and the server of `outbound.trunk`.
    ///   - trunks: its trunks.
    ///   - services: what the agent hears, thinks and speaks with, as far as it is elsewhere.
    ///   - live: what is to be tried at real servers; `nil`: nothing.
    ///   - isOffline: whether nobody else is asked.
    ///   - makeAgent: makes the agent as the server would, and returns its name.
    public init(
        _ settings: Configuration, servers: [ServerQuestion], trunks: [Telephony.Trunk] = [],
        services: [ServiceQuestion], live: LiveQuestions? = nil, isOffline: Bool,
        makeAgent: @escaping @Sendable () async throws -> String
    ) {
        self.settings = settings
        self.servers = servers
        self.trunks = trunks
        self.services = services
        self.live = live
        self.isOffline = isOffline
        self.makeAgent = makeAgent
    }

    /// Looks at one thing after the other.
    ///
    /// - Parameter onResult: told of each as soon as it is known.
    public func run(onResult: (CheckResult) -> Void = { _ in }) async -> DoctorReport {
        var results: [CheckResult] = []
        func take(_ found: [CheckResult]) {
            for result in found { onResult(result) }
            results += found
        }
        let ports = await PortsCheck(settings).look()
        take(ports.results)
        take(await SoundPortsCheck(settings).results())
        take(CertificateCheck(settings.tls).results())
        take(DescriptorsCheck(settings).results())
        take(await DisksCheck(settings.calls).results())
        var times: [TimeTold] = []
        var seen: [SeenAddress] = []
        if !isOffline {
            let servers = await ServersCheck(settings, self.servers).look()
            take(servers.results)
            times += servers.times
            seen = servers.seen
            let overheard = await look(at: trunks, isServing: ports.isServing, take)
            times += overheard.times
            seen += overheard.seen
            let answers = await ServicesCheck(services).look()
            take(answers.results)
            times += answers.times
        }
        take(AddressCheck(settings, seen: seen).results())
        take(ClockCheck.judge(times, isOffline: isOffline))
        take(await agent())
        if let call = live?.call, !isOffline { take(await TestCall(call, isServing: ports.isServing).look()) }
        return DoctorReport(results)
    }

    private func look(
        at trunks: [Telephony.Trunk], isServing: Bool, _ take: ([CheckResult]) -> Void
    ) async -> Overheard {
        guard let live else {
            let (results, overheard) = await TrunksCheck(settings, trunks).look()
            take(results)
            return overheard
        }
        var all = Overheard()
        if trunks.isEmpty {
            take([CheckResult("trunk", .unknown, "Not checked: the configuration has none (trunk:).")])
        }
        for trunk in trunks {
            let (results, overheard) = await LiveTrunkCheck(settings, trunk, isServing: isServing).look()
            take(results)
            all.times += overheard.times
            all.seen += overheard.seen
        }
        guard let callControl = live.callControl else {
            take([
                CheckResult(
                    "call control", .unknown, "Not checked: there is no API key of Telnyx (TELNYX_API_KEY).")
            ])
            return all
        }
        take(await CallControlCheck(callControl).look())
        return all
    }

    private func agent() async -> [CheckResult] {
        do {
            return [CheckResult("agent", .fine, "It can be made: \(try await makeAgent()).")]
        } catch {
            return [
                CheckResult(
                    "agent", .failure, "\(error)", fix: "The server does not start before this is put right.")
            ]
        }
    }
}

/// What somebody else's clock said.
struct TimeTold: Sendable, Equatable {
    var who: String
    /// Seconds since 1970: theirs, and ours in the same moment.
    var theirs: Int64
    var ours: Int64
}

/// From where a server of ours sees our messages come.
struct SeenAddress: Sendable, Equatable {
    /// Who says so.
    var who: String
    var address: String
    /// The address that our message came from here.
    var local: String
}
