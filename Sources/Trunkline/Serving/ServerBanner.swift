internal import Agent
internal import SIPCore
internal import SIPNIO
internal import Telephony
internal import TelephonyPrimitives
internal import TrunklineConfiguration

extension RunningServer {
    /// What `trunkline serve` says at the start: where it is, what it is, and how it is called.
    func banner(_ settings: Configuration, program: String) -> String {
        let callable = endpoint.addresses.first ?? ListenAddress(.udp, TransportAddress(ip: .loopbackV4, port: 5060))
        var host = callable.address
        if host.ip.isUnspecified { host = TransportAddress(ip: settings.advertise ?? .loopbackV4, port: host.port) }
        let parameter = callable.protocol == .udp ? "" : ";transport=\(callable.protocol.rawValue)"
        let uri = "sip:agent@\(host)\(parameter)"
        let recordings = settings.calls.recordings.map { "recordings in \($0)" } ?? "not recorded (calls.recordings)"
        let limit = min(settings.calls.maximum, made.capacity ?? .max)
        let trunks = endpoint.configuration.trunks.map { trunk in
            "\n  trunk    \(trunk)" + (trunk.registration == nil ? "" : ", to be registered")
        }
        let accounts = (settings.accounts.map { "\n  account  \($0.address), to be registered" } + trunks).joined()
        let control = callControl.map { "\n  Telnyx   \($0.place)" } ?? ""
        let http = (door.map { "\n  HTTP     http://\($0.address) (docs/api.md)" } ?? "") + control
        return """
            Trunkline \(Trunkline.version)
              SIP      \(endpoint.addresses.map(\.description).joined(separator: "  "))
              agent    \(made.agent.name)
              calls    \(settings.calls.database), \(recordings), \(limit) at once\(accounts)\(http)
              call it  baresip -e '/dial \(uri)'
                       \(program) call '\(uri)' --play question.wav --record answer.wav
            Ready. Stop with Ctrl-C.

            """
    }
}
