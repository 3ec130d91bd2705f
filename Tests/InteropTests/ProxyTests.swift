import Foundation
import Testing

/// Kamailio stands between: it registers the phone and records its route in every call.
@Suite(.serialized)
struct ProxyTests {
    @Test("trunkline calls a phone that registered at Kamailio", arguments: ["udp", "tcp"])
    func outgoing(transport: String) async throws {
        let workspace = try Workspace("proxy-out-\(transport)")
        let kamailio = try await Kamailio(in: workspace, agent: "sip:nobody@127.0.0.1:9")
        let spoken = workspace.path("spoken.wav")
        try Sound.write([.prompt("vm-leavemsg"), .silence(seconds: 12)], to: spoken)
        let phone = try Baresip(
            in: workspace, speaking: spoken, registrar: kamailio.uri("phone", transport))
        try await phone.ready()
        _ = try await kamailio.program.line(containing: "registered: phone")
        let capture = try await Capture(
            in: workspace, filter: "\(transport) port \(kamailio.port) and not port \(phone.port)")
        let call = try Program(
            Workspace.product("trunkline"),
            [
                "call", kamailio.uri("phone", transport), "--bind", "127.0.0.1", "--duration", "4", "--record",
                workspace.path("recorded.wav"),
            ])
        #expect(try await call.end() == 0, "\(call.output)")
        try await phone.stop()
        try await kamailio.stop()

        let recorded = try await Transcriber.transcribe(workspace.path("recorded.wav"), channel: 0)
        #expect(recorded.contains("message"), "\(recorded)")
        #expect(kamailio.routed("ACK") == (1, 0), "\(kamailio.program.output.suffix(2_000))")
        #expect(kamailio.routed("BYE") == (1, 0), "\(kamailio.program.output.suffix(2_000))")
        try await capture.audit()
        workspace.remove()
    }

    @Test(
        "F-12: trunkline serve registers at Kamailio with its password, is called there, and unregisters",
        arguments: ["udp", "tcp", "tls"])
    func registered(transport: String) async throws {
        let workspace = try Workspace("proxy-register-\(transport)")
        if transport == "tls" { try await Certificates.make(in: workspace) }
        let kamailio = try await Kamailio(
            in: workspace, agent: "sip:nobody@127.0.0.1:9", tls: transport == "tls", authenticates: true)
        try Sound.write([.prompt("vm-leavemsg")], to: workspace.path("greeting.wav"))
        let parameter = transport == "udp" ? "" : ";transport=\(transport)"
        let tls = """
            tls:
              certificate: \(workspace.path("server.pem"))
              key: \(workspace.path("server.key"))
              trust: \(workspace.path("ca.pem"))
            """
        let server = try await Server(
            in: workspace, agent: "playback:\(workspace.path("greeting.wav"))", transports: [transport],
            settings: """
                accounts:
                  kamailio:
                    address: sip:trunkline@127.0.0.1:\(kamailio.port)
                    registrar: sip:127.0.0.1:\(transport == "tls" ? kamailio.tlsPort : kamailio.port)\(parameter)
                    user: trunk
                    password: secret
                \(transport == "tls" ? tls : "")
                """)
        _ = try await kamailio.program.line(containing: "registered: trunkline")
        let spoken = workspace.path("spoken.wav")
        try Sound.write([.silence(seconds: 20)], to: spoken)
        let phone = try Baresip(in: workspace, speaking: spoken, dial: kamailio.uri("trunkline"))
        _ = try await phone.program.line(containing: "terminated (duration")
        try await phone.stop()
        let heard = try await Transcriber.transcribe(phone.heard())
        #expect(heard.contains("message"), "\(heard)")

        #expect(try await server.stop() == 0)
        // The second one that was let through is the one that removes the binding.
        _ = try await kamailio.program.line(number: 2, containing: "registered: trunkline")
        #expect(kamailio.program.output.contains("registered: trunkline expires 0"))
        try await kamailio.stop()
        try server.audit(decrypted: [kamailio.tlsPort], proxies: [kamailio.port, kamailio.tlsPort])
        workspace.remove()
    }

    @Test(
        "A phone's call comes by Kamailio, over another transport, and both sides' requests keep to the route",
        arguments: ["udp", "tcp", "tls"])
    func incoming(transport: String) async throws {
        let workspace = try Workspace("proxy-in-\(transport)")
        var settings = ""
        if transport == "tls" {
            try await Certificates.make(in: workspace)
            settings = """
                tls:
                  certificate: \(workspace.path("server.pem"))
                  key: \(workspace.path("server.key"))
                  trust: \(workspace.path("ca.pem"))
                """
        }
        try Sound.write([.prompt("vm-leavemsg")], to: workspace.path("greeting.wav"))
        let server = try await Server(
            in: workspace, agent: "playback:\(workspace.path("greeting.wav"))", transports: [transport],
            settings: settings)
        let kamailio = try await Kamailio(in: workspace, agent: server.uri(transport), tls: transport == "tls")
        let spoken = workspace.path("spoken.wav")
        try Sound.write([.silence(seconds: 20)], to: spoken)
        // The phone speaks UDP with the proxy, which speaks `transport` with us.
        let phone = try Baresip(in: workspace, speaking: spoken, dial: kamailio.uri("agent"))
        try await phone.callEstablished()
        // When the recording is over the agent hangs up: a BYE of ours, by the route.
        _ = try await phone.program.line(containing: "terminated (duration")
        try await phone.stop()

        let heard = try await Transcriber.transcribe(phone.heard())
        #expect(heard.contains("message"), "\(heard)")
        #expect(kamailio.routed("ACK") == (1, 0), "\(kamailio.program.output.suffix(2_000))")
        #expect(kamailio.routed("BYE") == (1, 0), "\(kamailio.program.output.suffix(2_000))")
        #expect(try await server.stop() == 0)
        let stored = try await Server.stored(in: workspace)
        #expect(stored.map { $0["state"] as? String } == ["ended"])
        try await kamailio.stop()
        try server.audit(proxies: [kamailio.port, kamailio.tlsPort])
        workspace.remove()
    }
}
