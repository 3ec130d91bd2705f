internal import Agent
internal import SIPCore
internal import SIPNIO
internal import Telephony
internal import TelephonyPrimitives
internal import TrunklineConfiguration

/// Whether the servers of the trunks are there: each is asked by OPTIONS, which changes nothing.
struct TrunksCheck {
    private let settings: Configuration
    private let trunks: [Telephony.Trunk]

    init(_ settings: Configuration, _ trunks: [Telephony.Trunk]) {
        self.settings = settings
        self.trunks = trunks
    }

    func look() async -> (results: [CheckResult], overheard: Overheard) {
        guard !trunks.isEmpty else { return ([], Overheard()) }
        let inquirer: Inquirer
        do {
            inquirer = try await Inquirer(settings)
        } catch {
            let reason = "No request could be sent: \(error)."
            return (trunks.map { CheckResult("trunk \($0.name)", .unknown, reason) }, Overheard())
        }
        var results: [CheckResult] = []
        var overheard = Overheard()
        for trunk in trunks {
            results.append(
                await TrunkServer.ask(trunk, trunk.server, as: "trunk \(trunk.name)", inquirer, &overheard))
        }
        await inquirer.close()
        return (results, overheard)
    }
}

/// A server of a trunk.
enum TrunkServer {
    /// Asks it by OPTIONS.
    static func ask(
        _ trunk: Telephony.Trunk, _ server: FlowTarget, as subject: String, _ inquirer: Inquirer,
        _ overheard: inout Overheard
    ) async -> CheckResult {
        let who = place(of: server)
        do throws(SIPRequestError) {
            let response = try await inquirer.userAgent.send(request(trunk, server))
            overheard.take(response, from: trunk.host)
            return judge(trunk, who, status: response.status, reason: response.reason, subject: subject)
        } catch {
            var reason = "\(error)"
            if case .unanswered(let why) = error { reason = why }
            return judge(trunk, who, unanswered: reason, subject: subject)
        }
    }

    private static func request(_ trunk: Telephony.Trunk, _ server: FlowTarget) -> OutgoingRequest {
        var target = trunk.uri(of: "x")
        target.user = nil
        let sender = trunk.credentials.map { trunk.uri(of: $0.username) } ?? target
        return OutgoingRequest(
            method: .options, target: target, from: NameAddress(uri: .sip(sender)), flowTarget: server)
    }

    static func place(of server: FlowTarget) -> String {
        server.host + (server.port.map { ":\($0)" } ?? "") + (server.transport.map { " over \($0.rawValue)" } ?? "")
    }

    static func judge(
        _ trunk: Telephony.Trunk, _ who: String, status: Int, reason: String, subject: String
    ) -> CheckResult {
        let answer = "\(status) \(reason)"
        // Whatever else it says to OPTIONS, it is there.
        guard status >= 500 else { return CheckResult(subject, .fine, "\(who) answers (\(answer)).") }
        let known = trunk.carrier == .telnyx ? TelnyxReason(phrase: reason) : nil
        return CheckResult(
            subject, .warning, "\(who) has trouble (\(answer))." + (known.map { " \($0.sentence)" } ?? ""),
            fix: "Try again, and look at the provider's status page; calls go to its other servers meanwhile.")
    }

    static func judge(
        _ trunk: Telephony.Trunk, _ who: String, unanswered reason: String, subject: String
    ) -> CheckResult {
        let transport = trunk.transport.rawValue
        return CheckResult(
            subject, .failure, "\(who) can't be reached: \(ServersCheck.bare(reason, of: trunk.host)).",
            fix: ConnectionTrouble(reason)?.fix(host: trunk.host)
                ?? "Look at its name (`getent hosts \(trunk.host)`), at transport: \(transport) of the trunk, and at "
                + "firewalls that keep \(transport) from going out.")
    }
}
