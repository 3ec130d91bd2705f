internal import TelephonyPrimitives
internal import TrunklineConfiguration

/// Whether SIP, HTTP and webhooks can be taken where the configuration wants them.
struct PortsCheck {
    private let settings: Configuration

    init(_ settings: Configuration) {
        self.settings = settings
    }

    /// - Returns: the results, and whether a server of ours has a SIP port.
    func look() async -> (results: [CheckResult], isServing: Bool) {
        var results: [CheckResult] = []
        var isServing = false
        for spec in settings.listen {
            let outcome = await PortTrial.bind(spec.address, isUDP: spec.transport == .udp)
            if case .taken(let owner?) = outcome, owner.name == "trunkline" { isServing = true }
            results.append(Self.judge("SIP port", "\(spec)", spec.address, outcome, key: "listen"))
        }
        if let address = settings.http.listen {
            let outcome = await PortTrial.bind(address, isUDP: false)
            results.append(Self.judge("HTTP port", "tcp:\(address)", address, outcome, key: "http.listen"))
        }
        if let address = settings.callControl?.listen {
            let outcome = await PortTrial.bind(address, isUDP: false)
            results.append(Self.judge("webhook port", "tcp:\(address)", address, outcome, key: "call_control.listen"))
        }
        return (results, isServing)
    }

    /// - Parameters:
    ///   - place: the port as the configuration writes it.
    ///   - key: where the configuration says it.
    static func judge(
        _ subject: String, _ place: String, _ address: TransportAddress, _ outcome: PortTrial.Outcome, key: String
    ) -> CheckResult {
        switch outcome {
        case .free: return CheckResult(subject, .fine, "\(place) is free.")
        case .taken(let owner?) where owner.name == "trunkline":
            return CheckResult(
                subject, .fine, "\(place) is taken by trunkline itself, process \(owner.process): it runs.")
        case .taken(let owner):
            let who = owner.map { "\($0.name), process \($0.process)" } ?? "another process"
            let other = address.port < 65_000 ? address.port + 10 : 5_070
            return CheckResult(
                subject, .failure, "\(place) is taken by \(who).",
                fix: owner.map { "Stop it (kill \($0.process)), or choose another port for \(key), such as \(other)." }
                    ?? "Find it with `ss -lnp`, run as root, and stop it, or choose another port for \(key), such as \(other)."
            )
        case .notOurs:
            return CheckResult(
                subject, .failure, "\(address.ip) is no address of this machine.",
                fix: "Write one that `ip address` shows for \(key), or 0.0.0.0 for all of them; the address by which "
                    + "others reach you goes into advertise.")
        case .forbidden:
            return CheckResult(
                subject, .failure, "\(place) is forbidden: ports below 1024 take a privilege.",
                fix: "Choose a port from 1024 for \(key), or run `sudo setcap cap_net_bind_service=+ep` on the program."
            )
        case .failed(let reason):
            return CheckResult(subject, .failure, "\(place) can't be opened: \(reason).", fix: "Look at \(key).")
        }
    }
}
