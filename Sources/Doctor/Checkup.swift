public import TrunklineConfiguration

/// Looks at everything that has to be right before calls work: what the configuration asks for, and what this machine, its
/// network and the services say to it.
///
/// Nothing is changed: no account is registered, no call is placed, nothing is bought.
public struct Checkup: Sendable {
    private let settings: Configuration
    private let servers: [ServerQuestion]
    private let services: [ServiceQuestion]
    private let isOffline: Bool
    private let makeAgent: @Sendable () async throws -> String

    /// - Parameters:
    ///   - settings: what is going to be served.
    ///   - servers: the registrars of its accounts, and its trunk.
    ///   - services: what the agent hears, thinks and speaks with, as far as it is elsewhere.
    ///   - isOffline: whether nobody else is asked.
    ///   - makeAgent: makes the agent as the server would, and returns its name.
    public init(
        _ settings: Configuration, servers: [ServerQuestion], services: [ServiceQuestion], isOffline: Bool,
        makeAgent: @escaping @Sendable () async throws -> String
    ) {
        self.settings = settings
        self.servers = servers
        self.services = services
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
        take(await PortsCheck(settings).results())
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
            let answers = await ServicesCheck(services).look()
            take(answers.results)
            times += answers.times
        }
        take(AddressCheck(settings, seen: seen).results())
        take(ClockCheck.judge(times, isOffline: isOffline))
        take(await agent())
        return DoctorReport(results)
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
