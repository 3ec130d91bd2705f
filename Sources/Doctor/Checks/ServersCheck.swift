public import SIPCore
internal import SIPNIO
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
    private let settings: Configuration
    private let questions: [ServerQuestion]

    init(_ settings: Configuration, _ questions: [ServerQuestion]) {
        self.settings = settings
        self.questions = questions
    }

    func look() async -> (results: [CheckResult], times: [TimeTold], seen: [SeenAddress]) {
        guard !questions.isEmpty else { return ([], [], []) }
        let inquirer: Inquirer
        do {
            inquirer = try await Inquirer(settings)
        } catch {
            let reason = "No request could be sent: \(error)."
            return (questions.map { CheckResult($0.subject, .unknown, reason) }, [], [])
        }
        var results: [CheckResult] = []
        var overheard = Overheard()
        for question in questions {
            do throws(SIPRequestError) {
                let response = try await inquirer.userAgent.send(Self.request(question))
                results.append(Self.judge(question, status: response.status, reason: response.reason))
                overheard.take(response, from: "\(question.server.host)")
            } catch {
                var reason = "\(error)"
                if case .unanswered(let why) = error { reason = why }
                results.append(Self.judge(question, unanswered: reason))
            }
        }
        await inquirer.close()
        return (results, overheard.times, overheard.seen)
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
        return CheckResult(
            question.subject, .failure, "\(host) can't be reached: \(Self.bare(reason, of: host)).",
            fix: ConnectionTrouble(reason)?.fix(host: host)
                ?? "Look at its name (`getent hosts`), at the transport (;transport=tcp or tls), and at firewalls.")
    }

    /// The reason may begin with who it was, once or twice.
    static func bare(_ reason: String, of host: String) -> Substring {
        var reason = reason[...]
        while reason.hasPrefix("\(host): ") { reason = reason.dropFirst(host.count + 2) }
        while reason.last == "." { reason = reason.dropLast() }
        return reason
    }
}
