import Foundation

/// Kamailio, a SIP proxy and registrar that others wrote, with `Fixtures/kamailio/proxy.cfg`.
struct Kamailio {
    let program: Program
    let port: UInt16
    let tlsPort: UInt16

    /// - Parameters:
    ///   - agent: where calls to the user `agent` go.
    ///   - tls: listen on TLS, too, with the workspace's `Certificates`.
    ///   - peer: where calls to the user `peer` go.
    ///   - authenticates: ask who registers for credentials: any name, password `secret`.
    ///   - demandsCertificates: over TLS only those with a certificate of the workspace's authority get in.
    init(
        in workspace: Workspace, agent: String, peer: String = "sip:nobody@127.0.0.1:9", tls: Bool = false,
        authenticates: Bool = false, demandsCertificates: Bool = false
    ) async throws {
        port = try Workspace.freePort()
        tlsPort = try Workspace.freePort()
        let template = try String(
            contentsOf: Workspace.root.appending(path: "Fixtures/kamailio/proxy.cfg"), encoding: .utf8)
        let defines =
            "#!KAMAILIO\n" + (tls ? "#!define WITHTLS\n" : "") + (authenticates ? "#!define WITHAUTH\n" : "")
        try workspace.write(
            template.replacingOccurrences(of: "#!KAMAILIO\n", with: defines)
                .replacingOccurrences(of: "127.0.0.1:TLSPORT", with: "127.0.0.1:\(tlsPort)")
                .replacingOccurrences(of: "127.0.0.1:PORT", with: "127.0.0.1:\(port)")
                .replacingOccurrences(of: "\"AGENT\"", with: "\"\(agent)\"")
                .replacingOccurrences(of: "\"PEER\"", with: "\"\(peer)\"")
                .replacingOccurrences(of: "\"tls.cfg\"", with: "\"\(workspace.path("tls.cfg"))\""),
            to: "kamailio.cfg")
        try workspace.write(
            """
            [server:default]
            method = TLSv1.2+
            verify_certificate = \(demandsCertificates ? "yes" : "no")
            require_certificate = \(demandsCertificates ? "yes" : "no")
            ca_list = \(workspace.path("ca.pem"))
            private_key = \(workspace.path("server.key"))
            certificate = \(workspace.path("server.pem"))
            [client:default]
            method = TLSv1.2+
            verify_certificate = yes
            ca_list = \(workspace.path("ca.pem"))
            private_key = \(workspace.path("server.key"))
            certificate = \(workspace.path("server.pem"))

            """, to: "tls.cfg")
        program = try await Self.start(in: workspace)
        try await answers()
    }

    /// A record-routing edge in front of a carrier at a port of this machine, with `Fixtures/kamailio/edge.cfg`.
    init(in workspace: Workspace, before carrier: UInt16) async throws {
        port = try Workspace.freePort()
        tlsPort = 0
        let template = try String(
            contentsOf: Workspace.root.appending(path: "Fixtures/kamailio/edge.cfg"), encoding: .utf8)
        try workspace.write(
            template.replacingOccurrences(of: "CARRIERPORT", with: "\(carrier)")
                .replacingOccurrences(of: "127.0.0.1:PORT", with: "127.0.0.1:\(port)"),
            to: "kamailio.cfg")
        program = try await Self.start(in: workspace)
        try await answers()
    }

    private static func start(in workspace: Workspace) async throws -> Program {
        let program = try Program(
            "/usr/sbin/kamailio",
            [
                "-DD", "-E", "-f", workspace.path("kamailio.cfg"), "-m", "32", "-M", "4", "-Y",
                workspace.folder.path, "-P", workspace.path("kamailio.pid"), "-n", "1",
            ])
        // It has opened its sockets when it says so; what listens is then asked, since its last processes come later.
        _ = try await program.line(containing: "Listening on")
        return program
    }

    private func answers() async throws {
        for _ in 0..<30 {
            // A question that came too early is never answered: then it is asked anew.
            let probe = try Program("sipsak", ["-s", "sip:127.0.0.1:\(port)", "-H", "127.0.0.1"])
            if let status = try? await probe.end(within: .seconds(2)), status == 0 { return }
        }
        throw Program.Failure(description: "Kamailio answers nothing:\n\(program.output.suffix(2_000))")
    }

    func uri(_ user: String, _ transport: String = "udp") -> String {
        let parameter = transport == "udp" ? "" : ";transport=\(transport)"
        return "sip:\(user)@127.0.0.1:\(transport == "tls" ? tlsPort : port)\(parameter)"
    }

    /// How many requests of `method` came by the route that it had recorded, and how many without.
    func routed(_ method: String) -> (byRoute: Int, without: Int) {
        let lines = program.output.split(whereSeparator: \.isNewline)
        return (
            lines.count { $0.contains("inside the dialog: \(method) by its route") },
            lines.count { $0.contains("inside the dialog: \(method) without a route") }
        )
    }

    func stop() async throws {
        program.signal(SIGTERM)
        try await program.end(within: .seconds(20))
    }
}
