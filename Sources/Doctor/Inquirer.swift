internal import FoundationEssentials
internal import Logging
internal import SIPCore
internal import SIPNIO
internal import Synchronization
internal import TelephonyPrimitives
internal import TrunklineConfiguration

/// The user agent that asks servers: on the transports that the server will have, on ports that nobody knows.
struct Inquirer: Sendable {
    let userAgent: SIPUserAgent
    private let trace: MessageTrace

    /// A request is given up after 64 times this, 8 s.
    private static let t1 = Duration.milliseconds(125)

    /// - Parameter resolver: who looks up names; `nil`: the DNS servers of the settings, else the system's.
    init(_ settings: Configuration, resolver: (any DNSResolver)? = nil) async throws {
        let addresses = settings.listen.map { spec in
            ListenAddress(
                spec.transport == .udp ? .udp : .tcp, TransportAddress(ip: Self.outward(spec.ip), port: 0))
        }
        let trace = MessageTrace()
        self.trace = trace
        var quiet = Logger(label: "doctor")
        quiet.logLevel = .critical
        userAgent = try await SIPUserAgent.listen(on: addresses, name: "trunkline doctor", logger: quiet) {
            $0.core.timers = TransactionTimers(t1: Self.t1, t2: Self.t1 * 8)
            $0.tls.trustRoots = settings.tls.trust.map(HomePath.expand)
            $0.tls.verifiesServers = settings.tls.verify
            $0.resolver =
                resolver ?? (settings.nameServers.isEmpty ? nil : CaresResolver(servers: settings.nameServers))
            $0.onMessage = { trace.take($0) }
        }
    }

    /// From a loopback address nobody else is reached, and that is said by another check.
    private static func outward(_ ip: IPAddress) -> IPAddress {
        switch ip {
        case .v4: ip.isLoopback ? .anyV4 : ip
        case .v6: ip.isLoopback ? .v6(0, 0) : ip
        }
    }

    /// All that went out and came in so far.
    var messages: [TracedMessage] { trace.messages }

    func close() async { await userAgent.close() }
}

/// What an ``Inquirer`` has sent and received.
private final class MessageTrace: Sendable {
    /// More is not kept: a few questions are asked.
    private static let most = 500
    private let kept = Mutex<[TracedMessage]>([])

    var messages: [TracedMessage] { kept.withLock { $0 } }

    func take(_ message: TracedMessage) {
        kept.withLock { if $0.count < Self.most { $0.append(message) } }
    }
}

/// What an answer tells besides what was asked.
struct Overheard: Sendable {
    var times: [TimeTold] = []
    var seen: [SeenAddress] = []

    /// - Parameter who: whose answer it is.
    mutating func take(_ response: Response, from who: String) {
        if let date = try? response.date {
            times.append(TimeTold(who: who, theirs: date.seconds, ours: Int64(Date().timeIntervalSince1970)))
        }
        if let via = try? response.topVia, let local = via.sentByAddress, !local.isLoopback {
            seen.append(SeenAddress(who: who, address: "\(via.received ?? local)", local: "\(local)"))
        }
    }
}
