import Foundation
import Testing

/// Encrypted sound at `trunkline sandbox`, over TLS: from the agent's side, and from that of a phone that others wrote.
@Suite(.serialized)
struct SandboxEncryptionTests {
    @Test(
        "baresip, over TLS with SRTP, calls the agent over TLS with SRTP and hears itself; a phone in the clear does, too"
    )
    func encrypted() async throws {
        let workspace = try Workspace("sandbox-srtp")
        let carrier = try await SandboxProgram(tls: workspace.path("authority.pem"), ["--srtp"])
        let settings = try carrier.settings()
        #expect(settings.contains("srtp: required"), "\(settings)")
        let server = try await Server(in: workspace, agent: "echo", settings: settings, isTraced: false)
        _ = try await carrier.program.line(containing: "agent  <- 200 OK (REGISTER)")

        let spoken = workspace.path("spoken.wav")
        try Sound.write([.silence(seconds: 1), .prompt("vm-leavemsg"), .silence(seconds: 2)], to: spoken)
        let plain = workspace.path("plain.wav")
        let dialled = try await carrier.dial(seconds: 5, playing: spoken, recording: plain)
        #expect(dialled.status == 0, "\(dialled.output)")
        let echoed = try await Transcriber.transcribe(plain, channel: 0)
        #expect(echoed.contains("message"), "\(echoed)")

        let phone = try Baresip(
            in: workspace, user: "mobile", speaking: spoken, account: ";mediaenc=srtp-mand",
            registrar: "sip:mobile@127.0.0.1:\(carrier.tlsPort);transport=tls", password: "sandbox-mobile",
            certificateAuthority: workspace.path("authority.pem"))
        _ = try await carrier.program.line(containing: "mobile  <- 200 OK (REGISTER)")
        try phone.control("dial", "sip:+12025550131@127.0.0.1:\(carrier.tlsPort);transport=tls")
        try await phone.callOver()
        let heard = try await Transcriber.transcribe(phone.heard())
        #expect(heard.contains("message"), "\(heard)")
        try await phone.stop()

        let calls = try await server.calls()
        #expect(calls.count == 2)
        for call in calls {
            let quality = try #require(call["quality"] as? [String: Any], "\(call)")
            #expect(quality["isEncrypted"] as? Bool == true && quality["packetsReceived"] as? Int ?? 0 > 100)
            #expect(quality["packetsUnauthenticated"] as? Int == 0, "\(quality)")
        }
        #expect(try await server.stop() == 0)
        #expect(!carrier.program.output.contains("inline:"))
        #expect(!carrier.program.output.contains("does not reach the switch"), "\(carrier.program.output)")
        try await carrier.stop()
        workspace.remove()
    }
}
