internal import FoundationEssentials
internal import Logging
public import SIPCore
internal import SIPNIO
internal import TelephonyPrimitives
internal import TrunklineConfiguration

/// A SIP server that calls depend on.
public struct ServerQuestion: Sendable {
    /// Where the configuration names it, e.g. `account telnyx`.
    public var subject: String
    /// Where it is.
    public var server: SIPURI
    /// Whose registration it keeps; `nil` when it is only asked whether it is there.
    public var addressOfRecord: SIPURI?
    public var credentials: Credentials?

    public init(
        subject: String, server: SIPURI, addressOfRecord: SIPURI? = nil, credentials: Credentials? = nil
    ) {
        self.subject = subject
        self.server = server
        self.addressOfRecord = addressOfRecord
        self.credentials = credentials
    }
}

/// Whether the SIP servers answer, and know us. An account's bindings are asked for (RFC 3261 §10.2.3), which takes the same
/// password as registering and changes nothing.
struct ServersCheck {
    /// A request is given up after 64 times this, 8 s.
    private static let t1 = Duration.milliseconds(125)

    private let settings: Configuration
    private let questions: [ServerQuestion]

    init(_ settings: Configuration, _ questions: [ServerQuestion]) {
        self.settings = settings
        self.questions = questions
    }

    func look() async -> (results: [CheckResult], times: [TimeTold], seen: [SeenAddress]) {
        guard !questions.isEmpty else { return ([], [], []) }
        let userAgent: SIPUserAgent
        do {
            userAgent = try await listen()
        } catch {
            let reason = "No request could be sent: \(error)."
            return (questions.map { CheckResult($0.subject, .unknown, reason) }, [], [])
        }
        var results: [CheckResult] = []
        var times: [TimeTold] = []
        var seen: [SeenAddress] = []
        for question in questions {
            do throws(SIPRequestError) {
                let response = try await userAgent.send(Self.request(question))
                results.append(Self.judge(question, status: response.status, reason: response.reason))
                let host = "\(question.server.host)"
                if let date = try? response.date {
                    times.append(
                        TimeTold(who: host, theirs: date.seconds, ours: Int64(Date().timeIntervalSince1970)))
                }
                if let via = try? response.topVia, let local = via.sentByAddress, !local.isLoopback {
                    seen.append(
                        SeenAddress(who: host, address: "\(via.received ?? local)", local: "\(local)"))
                }
            } catch {
                var reason = "\(error)"
                if case .unanswered(let why) = error { reason = why }
                results.append(Self.judge(question, unanswered: reason))
            }
        }
        await userAgent.close()
        return (results, times, seen)
    }

    /// On the transports that the server will have, on ports that nobody knows.
    private func listen() async throws -> SIPUserAgent {
        let addresses = settings.listen.map { spec in
            ListenAddress(
                spec.transport == .udp ? .udp : .tcp, TransportAddress(ip: Self.outward(spec.ip), port: 0))
        }
        var quiet = Logger(label: "doctor")
        quiet.logLevel = .critical
        return try await SIPUserAgent.listen(on: addresses, name: "trunkline doctor", logger: quiet) { configuration in
            configuration.core.timers = TransactionTimers(t1: Self.t1, t2: Self.t1 * 8)
            configuration.tls.trustRoots = settings.tls.trust.map(HomePath.expand)
            configuration.tls.verifiesServers = settings.tls.verify
        }
    }

    /// From a loopback address nobody else is reached, and that is said by another check.
    private static func outward(_ ip: IPAddress) -> IPAddress {
        switch ip {
        case .v4: ip.isLoopback ? .anyV4 : ip
        case .v6: ip.isLoopback ? .v6(0, 0) : ip
        }
    }

    private static func request(_ question: ServerQuestion) -> OutgoingRequest {
        guard let address = question.addressOfRecord else {
            return OutgoingRequest(
                method: .options, target: question.server, from: NameAddress(uri: .sip(question.server)))
        }
        return OutgoingRequest(
            method: .register, target: question.server, from: NameAddress(uri: .sip(address)),
            to: NameAddress(uri: .sip(address)), credentials: question.credentials)
    }

    static func judge(_ question: ServerQuestion, status: Int, reason: String) -> CheckResult {
        let subject = question.subject
        let who = "\(question.server.host)"
        let answer = "\(status) \(reason)"
        guard let address = question.addressOfRecord else {
            // Whatever it says to OPTIONS, it is there.
            return CheckResult(subject, .fine, "\(who) answers (\(answer)).")
        }
        switch status {
        case 200..<300: return CheckResult(subject, .fine, "\(who) knows \(address) and takes its password.")
        case 401, 407:
            return CheckResult(
                subject, .failure, "\(who) refuses the password of \(address) (\(answer)).",
                fix: question.credentials == nil
                    ? "Write user and password of the account, as the provider shows them."
                    : "Compare user and password with those that the provider shows; the user is often not the number.")
        case 403:
            return CheckResult(
                subject, .failure, "\(who) forbids \(address) to register (\(answer)).",
                fix: "Look whether the account is active, and whether the provider lets this address register.")
        case 404:
            return CheckResult(
                subject, .failure, "\(who) knows no \(address) (\(answer)).",
                fix: "Compare address with the one that the provider shows.")
        case 423, 500...:
            return CheckResult(
                subject, .warning, "\(who) has trouble (\(answer)).",
                fix: "Try again; look at the provider's status page.")
        default:
            return CheckResult(
                subject, .warning, "\(who) answers \(answer) when asked for the registrations of \(address).",
                fix: "It may still register: start the server and look at /readyz or the log.")
        }
    }

    static func judge(_ question: ServerQuestion, unanswered reason: String) -> CheckResult {
        let host = "\(question.server.host)"
        // The reason may begin with who it was, once or twice.
        var reason = reason[...]
        while reason.hasPrefix("\(host): ") { reason = reason.dropFirst(host.count + 2) }
        return CheckResult(
            question.subject, .failure, "\(host) can't be reached: \(reason).",
            fix: "Look at its name (`getent hosts`), at the transport (;transport=tcp or tls), and at firewalls.")
    }
}
