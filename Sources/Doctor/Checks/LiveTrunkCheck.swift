internal import Agent
internal import SIPCore
internal import SIPNIO
internal import Telephony
internal import TelephonyPrimitives
internal import TrunklineConfiguration

/// A trunk, end to end: how its servers are found, whether each answers, whether it can be registered, and whether our
/// messages come there as we wrote them. The registration is made and removed again.
struct LiveTrunkCheck {
    /// Servers that are asked one by one.
    private static let mostServers = 8
    /// How long the registration may take.
    private static let patience = Duration.seconds(15)

    private let settings: Configuration
    private let trunk: Telephony.Trunk
    /// Whether a server of ours runs here, whose registration a second one would replace.
    private let isServing: Bool

    init(_ settings: Configuration, _ trunk: Telephony.Trunk, isServing: Bool) {
        self.settings = settings
        self.trunk = trunk
        self.isServing = isServing
    }

    private var subject: String { "trunk \(trunk.name)" }

    func look() async -> (results: [CheckResult], overheard: Overheard) {
        var overheard = Overheard()
        let resolver = CaresResolver(servers: settings.nameServers)
        let names: ServerNames
        do throws(LocatingError) {
            names = try await ServerNames.find(trunk.server, transports: transports, resolver: resolver)
            await resolver.shutdown()
        } catch {
            await resolver.shutdown()
            return ([ServerNames.result(subject, error)], overheard)
        }
        var results = [names.result(subject, host: trunk.host)]
        var messages: [TracedMessage] = []
        for server in names.servers.prefix(Self.mostServers) {
            results.append(await ask(server, &messages, &overheard))
        }
        results += await register(&messages, &overheard)
        if let rewriting = RewritingCheck(subject, who: trunk.host, messages).result() { results.append(rewriting) }
        return (results, overheard)
    }

    /// As the server would have them: UDP where it listens on it, connections always.
    private var transports: [TransportProtocol] {
        (settings.listen.contains { $0.transport == .udp } ? [.udp] : []) + [.tcp, .tls]
    }

    // MARK: Each server
    private func ask(
        _ server: LocatedServer, _ messages: inout [TracedMessage], _ overheard: inout Overheard
    ) async -> CheckResult {
        let inquirer: Inquirer
        do {
            inquirer = try await Inquirer(settings, resolver: PinnedResolver(server: server))
        } catch {
            return CheckResult(subject, .unknown, "No request could be sent: \(error).")
        }
        let target = FlowTarget(host: trunk.host, port: server.address.port, transport: server.transport)
        var result = await TrunkServer.ask(trunk, target, as: subject, inquirer, &overheard)
        if result.finding.hasPrefix(TrunkServer.place(of: target)) {
            result.finding = "\(server)" + result.finding.dropFirst(TrunkServer.place(of: target).count)
        }
        messages += inquirer.messages
        await inquirer.close()
        return result
    }

    // MARK: The registration
    private func register(
        _ messages: inout [TracedMessage], _ overheard: inout Overheard
    ) async -> [CheckResult] {
        guard var registration = trunk.registration else {
            return [
                CheckResult(
                    subject, .unknown,
                    "Registration: not checked, for it is known by our address (auth), and nothing is registered.")
            ]
        }
        guard !isServing else {
            return [
                CheckResult(
                    subject, .unknown,
                    "Registration: not checked, for a server of ours runs here and would lose its calls to a second one.",
                    fix: "Look at its /readyz, or stop it and run this again.")
            ]
        }
        registration.expires = .seconds(120)
        registration.keepAlive = nil
        let inquirer: Inquirer
        do {
            inquirer = try await Inquirer(settings)
        } catch {
            return [CheckResult(subject, .unknown, "No request could be sent: \(error).")]
        }
        let outcome = await Self.outcome(of: registration, inquirer.userAgent)
        messages += inquirer.messages
        for message in inquirer.messages where message.isReceived {
            if case .response(let response)? = try? Message(parsing: message.octets) {
                overheard.take(response, from: trunk.host)
            }
        }
        await inquirer.close()
        return [judge(outcome, user: registration.addressOfRecord.user ?? "")]
    }

    enum Outcome: Sendable {
        /// For how long, and whether it could be removed again.
        case registered(Duration, isRemoved: Bool)
        case failed(RegistrationFailure)
        case silent
    }

    private static func outcome(of registration: Registration, _ userAgent: SIPUserAgent) async -> Outcome {
        let account = await userAgent.register(registration)
        let state = await first(of: account) { state in
            switch state {
            case .registered, .failed: true
            case .registering, .unregistered: false
            }
        }
        switch state {
        case .registered(let grant)?:
            async let ended = first(of: account) { if case .unregistered = $0 { true } else { false } }
            await account.beginEnd()
            return .registered(grant.expires, isRemoved: await ended != nil)
        case .failed(let failure)?: return .failed(failure)
        default: return .silent
        }
    }

    private static func first(
        of account: Account, where isIt: @escaping @Sendable (RegistrationState) -> Bool
    ) async -> RegistrationState? {
        await withTaskGroup(of: RegistrationState?.self) { group in
            group.addTask {
                for await state in account.states() where isIt(state) { return state }
                return nil
            }
            group.addTask {
                try? await Task.sleep(for: patience)
                return nil
            }
            defer { group.cancelAll() }
            return await group.next() ?? nil
        }
    }

    func judge(_ outcome: Outcome, user: String) -> CheckResult {
        switch outcome {
        case .registered(let expires, let isRemoved):
            return CheckResult(
                subject, isRemoved ? .fine : .warning,
                "\(trunk.host) has registered \(user)" + (isRemoved ? ", and let go of it again." : "."),
                fix: isRemoved
                    ? nil
                    : "It did not answer when that was to be removed: calls may go nowhere for "
                        + "\(max(1, expires.inMilliseconds / 1_000)) s; start the server and they come.")
        case .silent:
            return CheckResult(
                subject, .failure, "\(trunk.host) does not answer when \(user) is to be registered.",
                fix: "Look at transport and port of the trunk, and at firewalls on the way.")
        case .failed(let failure): return judge(failure, user: user)
        }
    }

    private func judge(_ failure: RegistrationFailure, user: String) -> CheckResult {
        let answer = failure.response.map { "\($0.status) \($0.reason)" }
        let reason = ServersCheck.bare(failure.reason, of: trunk.host)
        if trunk.carrier == .telnyx, let reason = (failure.response?.reason).flatMap({ TelnyxReason(phrase: $0) }) {
            return CheckResult(
                subject, .failure,
                "\(trunk.host) does not register \(user) (\(answer ?? "")): \(reason.sentence)", fix: reason.fix)
        }
        // Without a response the status is our own word for silence.
        switch failure.response == nil ? nil : failure.status {
        case 401, 407, 403:
            return CheckResult(
                subject, .failure, "\(trunk.host) refuses user name or password of \(user) (\(answer ?? "")).",
                fix: "Compare username and password of the trunk with those of the connection at the provider.")
        case nil:
            return CheckResult(
                subject, .failure,
                "\(user) could not be registered: \(reason.prefix(1).lowercased())\(reason.dropFirst()).",
                fix: ConnectionTrouble(failure.reason)?.fix(host: trunk.host)
                    ?? "Look at host, transport and port of the trunk, and at firewalls on the way.")
        default:
            return CheckResult(
                subject, .failure, "\(trunk.host) does not register \(user) (\(answer ?? failure.reason)).",
                fix: "Look at the connection at the provider, and at its status page.")
        }
    }
}
