internal import CallControl
internal import Logging
internal import SIPCore
internal import Sandbox
internal import Synchronization
internal import Telephony
internal import TelephonyPrimitives
internal import TrunklineConfiguration

/// The sandbox between callers of rehearsals and an agent in this process, on ports of this machine.
struct RehearsalCarrier: Sendable {
    private let scene: CarrierScene
    private let ports: Ports
    private let server: SandboxServer
    private let news: News

    /// Begins.
    ///
    /// - Throws: `SandboxFailure` when no ports can be had.
    static func start(_ scene: CarrierScene, logger: Logger) async throws(SandboxFailure) -> RehearsalCarrier {
        let news = News()
        var attempt = 0
        while true {
            attempt += 1
            let ports = Ports()
            do throws(SandboxFailure) {
                let server = try await SandboxServer.start(scene.sandbox(at: ports)) { item in
                    switch item {
                    case .message(let line): logger.debug("\(line.peer) \(line.isIncoming ? "->" : "<-") \(line.text)")
                    case .control(let line): logger.debug("\(line)")
                    case .handedOn(let caller, let number): news.put(caller, to: number)
                    case .remark(let sentence): logger.notice("sandbox: \(sentence)")
                    }
                }
                return RehearsalCarrier(scene: scene, ports: ports, server: server, news: news)
            } catch {
                // Somebody has one of them.
                guard attempt < 10 else { throw error }
            }
        }
    }

    func close() async { await server.stop() }

    /// The agent's settings with this in the place of its own carrier.
    ///
    /// - Parameter settings: those without one.
    func connecting(_ settings: Configuration) -> Configuration {
        var settings = settings
        // Numbers go to the carrier.
        settings.outbound.trunk = nil
        switch scene.line {
        case .trunk(var trunk):
            trunk.host = ports.edge.ip.description
            trunk.port = Int(ports.edge.port)
            // Nothing leaves this machine, and no certificate is wanted for it.
            if trunk.transport == .tls { trunk.transport = .tcp }
            trunk.srtp = nil
            trunk.sources = nil
            trunk.registers = scene.isRegistered
            settings.trunks = [trunk]
            if !scene.isRegistered {
                settings.listen = [ListenSpec(transport: .udp, ip: ports.agent.ip, port: ports.agent.port)]
            }
        case .callControl(var control):
            let sandbox = CallControlSettings()
            control.listen = ports.agent
            control.publicURL = "http://\(ports.agent)"
            control.publicKey = SandboxCallControl.publicKey(of: sandbox)
            control.apiKey = sandbox.apiKey.value
            control.apiKeyFile = nil
            control.apiURL = "http://\(ports.api)/v2"
            control.connectionID = CallControlSettings.applicationID
            control.from = scene.number
            settings.callControl = control
        }
        return settings
    }

    /// How a call of its telephone is placed.
    ///
    /// - Parameter agent: where the agent is, for people.
    func placing(of call: RehearsedCall, to agent: TransportAddress) -> RehearsalRoute.Placing {
        let phone = scene.phones[call.number]
        var outgoing = OutgoingCall(to: "sip:\(scene.number)@\(ports.edge)")
        outgoing.from = "sip:\(phone.username)@\(ports.edge)"
        outgoing.credentials = Credentials(username: phone.username, password: phone.password)
        let place =
            switch scene.line {
            case .trunk(let trunk): "sip:agent@\(agent) through the sandbox, by trunk \(trunk.name)"
            case .callControl: "\(scene.number) through the sandbox, by Call Control"
            }
        return RehearsalRoute.Placing(
            outgoing: outgoing, place: place, key: String(phone.number.dropFirst()), isHere: true)
    }

    /// - Parameter caller: the digits of the number.
    func handedOn(caller: String) -> [String] { news.take("+\(caller)") }

    /// Ports that the system gives to nobody by itself, and no sound has by default.
    struct Ports: Sendable {
        let edge: TransportAddress
        let api: TransportAddress
        /// Of the agent, where it has to be known.
        let agent: TransportAddress

        init() {
            let first = UInt16.random(in: 20_400...21_600) * 3
            edge = TransportAddress(ip: .loopbackV4, port: first)
            api = TransportAddress(ip: .loopbackV4, port: first + 1)
            agent = TransportAddress(ip: .loopbackV4, port: first + 2)
        }
    }

    /// Whom callers were put through to.
    private final class News: Sendable {
        private let places = Mutex<[String: [String]]>([:])

        func put(_ caller: String, to number: String) { places.withLock { $0[caller, default: []].append(number) } }

        func take(_ caller: String) -> [String] { places.withLock { $0.removeValue(forKey: caller) ?? [] } }
    }
}

extension CarrierScene {
    /// Whether the agent registers; else it is called at its address.
    fileprivate var isRegistered: Bool {
        guard case .trunk(let trunk) = line else { return false }
        return trunk.authentication == .credential && trunk.registers
    }

    fileprivate func sandbox(at ports: RehearsalCarrier.Ports) -> SandboxSettings {
        var settings = SandboxSettings(edges: [ports.edge])
        settings.phones = phones
        settings.callees = callees
        settings.trunk.number = number
        // More than callers at once.
        settings.maximumCalls = 100
        switch line {
        case .trunk(let trunk):
            settings.trunk.username = trunk.username ?? settings.trunk.username
            settings.trunk.password = trunk.password ?? settings.trunk.password
            if !isRegistered { settings.trunk.inbound = .addresses([ports.agent]) }
            if trunk.username == nil { settings.trunk.outbound = .source([ports.agent.ip], nil) }
        case .callControl:
            var control = CallControlSettings()
            control.listen = ports.api
            control.webhookURL = "http://\(ports.agent)" + CallControlConfiguration.webhookPath
            settings.callControl = control
        }
        return settings
    }
}
