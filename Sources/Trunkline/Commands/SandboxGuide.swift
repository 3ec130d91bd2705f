internal import Sandbox
internal import TelephonyPrimitives

/// What a person needs to use a sandbox: the agent's settings, a telephone's, and whom one can dial.
struct SandboxGuide {
    let settings: SandboxSettings
    /// The file that the agent has to trust over TLS; `nil`: none has been written.
    let authority: String?

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
              SIP      udp and tcp \(server)\(others)\(tls)\(names)\(api)\(fault)

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

    private var tls: String {
        guard let tls = settings.tls else { return "" }
        let places = settings.edges.map { "\(TransportAddress(ip: $0.ip, port: tls.port))" }.joined(separator: ", ")
        return "\n  TLS      \(places)"
    }

    private var names: String {
        guard let names = settings.names else { return "" }
        return "\n  DNS      udp \(names.listen): \(names.hosts.joined(separator: ", "))"
    }

    private var api: String {
        guard let control = settings.callControl else { return "" }
        let number =
            control.documentURL.map { "\(settings.trunk.number) asks for TeXML at \($0)" }
            ?? control.webhookURL.map { "webhooks of \(settings.trunk.number) go to \($0)" }
            ?? "\(settings.trunk.number) has no application yet"
        return "\n  API      http://\(control.listen)/v2; \(number)"
    }

    private func controlSettings(_ control: CallControlSettings) -> String {
        let url = control.documentURL ?? control.webhookURL ?? "http://127.0.0.1:8080/telnyx/webhooks"
        // Scheme and authority.
        let origin = url.split(separator: "/", maxSplits: 3).prefix(2).joined(separator: "//")
        let application =
            control.webhookURL == nil
            ? ""
            : "\n  connection_id: \"\(CallControlSettings.applicationID)\"\n  from: \"\(settings.trunk.number)\""
        let texml = control.documentURL == nil ? "" : "\n  texml: true"
        let host = origin.drop { $0 != "/" }.drop { $0 == "/" }
        return """
            # TELNYX_API_KEY is the environment's: \(control.apiKey.value == "sandbox-key" ? "sandbox-key" : "that of --api-key")
            call_control:
              listen: \(host)
              public_url: \(origin)
              api_url: http://\(control.listen)/v2
              api_key_env: TELNYX_API_KEY
              public_key: \(SandboxCallControl.publicKey(of: control))\(application)\(texml)

            """
    }

    private var agentSettings: String {
        let trunk = settings.trunk
        if let control = settings.callControl { return controlSettings(control) }
        let allowed = "\n  allow: [\"+1202555*\"]\n"
        if case .addresses = trunk.inbound {
            return """
                trusted_peers: ["\(settings.edges.first.map { "\($0.ip)" } ?? "")"]
                outbound:
                  trunk: sip:\(server)
                  from: "\(trunk.number)"\(allowed)
                """
        }
        if settings.tls != nil || settings.names != nil || trunk.encryptsMedia {
            return trunkSettings + "outbound:" + allowed
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

    /// The block that one would write for the carrier itself, as far as it leads there.
    private var trunkSettings: String {
        let trunk = settings.trunk
        var lines = ["trunk:", "  provider: telnyx"]
        if let names = settings.names {
            let host = names.hosts.first ?? ""
            if host != SandboxNames.carriers.first { lines.append("  host: \(host)") }
        } else if let edge = settings.edges.first {
            lines += ["  host: \(edge.ip)", "  port: \(settings.tls?.port ?? edge.port)"]
        }
        if settings.tls == nil { lines.append("  transport: tcp") }
        lines += [
            "  username: \(trunk.username)", "  password: \(trunk.password)", "  from: \"\(trunk.number)\"",
            "  country: US",
        ]
        if trunk.encryptsMedia { lines.append("  srtp: required") }
        if let names = settings.names { lines.append("dns: [\"\(names.listen)\"]") }
        if settings.tls != nil {
            lines.append("tls: {trust: \(authority ?? "the authority of --certificate, in PEM")}")
        }
        return lines.joined(separator: "\n") + "\n"
    }
}
