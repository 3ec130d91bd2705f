import Foundation
import Testing

/// `trunkline sandbox`: a carrier on this machine, between `trunkline serve` and a SIP phone that others wrote.
@Suite(.serialized)
struct SandboxInteropTests {
    @Test(
        "F-38: a phone at the sandbox dials the agent's number and hears itself from the echo agent, and is called by the agent"
    )
    func calls() async throws {
        let workspace = try Workspace("sandbox")
        let carrier = try await SandboxProgram()
        let (sandbox, port, settings) = (carrier.program, carrier.port, try carrier.settings())
        let http = try Workspace.freePort()
        let server = try await Server(
            in: workspace, agent: "echo", settings: settings + "\nhttp: {listen: \"127.0.0.1:\(http)\"}\n")
        _ = try await sandbox.line(containing: "agent  <- 200 OK (REGISTER)")
        let spoken = workspace.path("spoken.wav")
        try Sound.write([.silence(seconds: 1), .prompt("vm-leavemsg"), .silence(seconds: 2)], to: spoken)
        let phone = try Baresip(
            in: workspace, user: "mobile", speaking: spoken, registrar: "sip:mobile@127.0.0.1:\(port)",
            password: "sandbox-mobile")
        _ = try await sandbox.line(containing: "mobile  <- 200 OK (REGISTER)")
        try phone.control("dial", "sip:+12025550131@127.0.0.1:\(port)")
        try await phone.callOver()
        let heard = try await Transcriber.transcribe(phone.heard())
        #expect(heard.contains("message"), "\(heard)")

        let order = try await Curl(base: "http://127.0.0.1:\(http)", token: "none").ask(
            "POST", "/v1/calls", #"{"to": "+12025550133"}"#)
        #expect((200..<300).contains(order.status), "\(order.body)")
        try await phone.callOver(2)
        let echoed = try await Transcriber.transcribe(phone.heard())
        #expect(echoed.contains("message"), "\(echoed)")
        try await phone.stop()

        let calls = try await server.calls()
        #expect(calls.map { $0["direction"] as? String } == ["incoming", "outgoing"])
        #expect((calls.first?["remote"] as? String)?.hasPrefix("sip:12025550133@") == true)
        #expect(try await server.stop() == 0)
        // The agent's requests have found the switch behind the edge.
        #expect(!sandbox.output.contains("does not reach the switch"), "\(sandbox.output)")
        try await carrier.stop()
        try server.audit(proxies: [port])
        workspace.remove()
    }

    @Test("linphone is the caller, and Kamailio a record-routing edge between the agent and the sandbox")
    func edge() async throws {
        let workspace = try Workspace("sandbox-edge")
        let carrier = try await SandboxProgram()
        let (sandbox, port, settings) = (carrier.program, carrier.port, try carrier.settings())
        let kamailio = try await Kamailio(in: workspace, before: port)
        let address = "address: sip:agent@127.0.0.1:\(port)"
        try #require(settings.contains(address))
        let server = try await Server(
            in: workspace, agent: "echo",
            settings: settings.replacingOccurrences(
                of: address, with: "\(address)\n    registrar: sip:127.0.0.1:\(kamailio.port)"))
        _ = try await sandbox.line(containing: "agent  <- 200 OK (REGISTER)")
        let spoken = workspace.path("spoken.wav")
        try Sound.write([.silence(seconds: 1), .prompt("vm-leavemsg"), .silence(seconds: 4)], to: spoken)
        let phone = try await Linphone(in: workspace, user: "mobile", speaking: spoken)
        phone.type("register sip:mobile@127.0.0.1:\(port) sip:127.0.0.1:\(port) sandbox-mobile")
        _ = try await sandbox.line(containing: "mobile  <- 200 OK (REGISTER)")
        phone.type("call sip:+12025550131@127.0.0.1:\(port)")
        try await phone.speaks()
        _ = try await eventually("sound in its loudspeaker") {
            try FileManager.default.attributesOfItem(atPath: phone.heard)[.size] as? Int ?? 0 > 120_000 ? true : nil
        }
        try await phone.hangUp()
        try await phone.stop()
        let heard = try await Transcriber.transcribe(phone.heard)
        #expect(heard.contains("message"), "\(heard)")

        let call = try #require(try await server.calls().first)
        #expect(call["endCause"] as? String == "remoteHangUp", "\(call)")
        #expect(kamailio.routed("ACK") == (1, 0), "\(kamailio.program.output.suffix(2_000))")
        #expect(kamailio.routed("BYE") == (1, 0), "\(kamailio.program.output.suffix(2_000))")
        #expect(try await server.stop() == 0)
        #expect(!sandbox.output.contains("does not reach the switch"), "\(sandbox.output)")
        sandbox.signal(SIGTERM)
        #expect(try await sandbox.end() == 0)
        try await kamailio.stop()
        try server.audit(proxies: [port, kamailio.port])
        workspace.remove()
    }
}
