internal import Sandbox
internal import TelephonyPrimitives

/// What a person needs to use a sandbox: the agent's settings, a telephone's, and whom one can dial.
struct SandboxGuide {
    let settings: SandboxSettings

    var text: String {
        let edges = settings.edges.map(\.description)
        let others = edges.count > 1 ? ", second edge \(edges[1])" : ""
        let fault = settings.fault.map { "\n  fault    \($0.rawValue): \($0.explanation)" } ?? ""
        let phones = settings.phones.map { phone in
            """
              user \(phone.username), password \(phone.password), server \(server): its number is \(phone.number)
              for baresip, a line of ~/.baresip/accounts: <sip:\(phone.username)@\(server)>;auth_pass=\(phone.password)

            """
        }.joined()
        let callees = settings.callees.map { "  \($0.number)  \($0.name)\n" }.joined()
        return """
            Sandbox of a carrier (docs/sandbox.md)
              SIP      udp and tcp \(server)\(others)\(fault)

            For the agent, a file for `trunkline serve --config`:

            \(agentSettings)
            A telephone outside, for any SIP phone:

            \(phones)
            Dial \(settings.trunk.number) from it: the agent answers. The agent may call its number, and these:

            \(callees)
            Ready. Stop with Ctrl-C.

            """
    }

    private var server: String { settings.edges.first.map(\.description) ?? "" }

    private var agentSettings: String {
        let trunk = settings.trunk
        let allowed = "\n  allow: [\"+1202555*\"]\n"
        if case .addresses = trunk.inbound {
            return """
                trusted_peers: ["\(settings.edges.first.map { "\($0.ip)" } ?? "")"]
                outbound:
                  trunk: sip:\(server)
                  from: "\(trunk.number)"\(allowed)
                """
        }
        return """
            accounts:
              sandbox:
                address: sip:\(trunk.username)@\(server)
                password: \(trunk.password)
            outbound:
              account: sandbox
              from: "\(trunk.number)"\(allowed)
            """
    }
}
