import Foundation
import Testing

/// baresip calls with encrypted sound, by keys in the session description (SDES, RFC 4568).
@Suite(.serialized)
struct EncryptedCallTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var codec: String
        /// baresip's word for the encryption: `srtp` offers it in RTP/AVP, `srtp-mand` in RTP/SAVP.
        var encryption: String
        /// Our setting.
        var policy: String

        var name: String { codec.split(separator: "/").first.map(String.init) ?? codec }
        var rate: Int { name == "g722" ? 16_000 : 8_000 }
        var testDescription: String { "\(name), \(encryption), \(policy)" }
    }

    @Test(
        "baresip calls with encrypted sound, and hears itself from the echo agent",
        arguments: [
            Case(codec: "pcmu", encryption: "srtp-mand", policy: "required"),
            Case(codec: "g722/16000/1", encryption: "srtp-mand", policy: "optional"),
            Case(codec: "opus/48000/2", encryption: "srtp", policy: "required"),
        ])
    func echo(_ item: Case) async throws {
        let workspace = try Workspace("srtp-\(item.name)")
        let server = try await Server(
            in: workspace, agent: "echo", settings: "rtp:\n  srtp: \(item.policy)\n")
        let spoken = workspace.path("spoken.wav")
        try Sound.write(
            [.silence(seconds: 1), .prompt("vm-leavemsg"), .silence(seconds: 3)], to: spoken,
            sampleRate: item.rate)
        let phone = try Baresip(
            in: workspace, speaking: spoken, dial: server.uri(), codecs: item.codec, rate: item.rate,
            account: ";mediaenc=\(item.encryption)")
        try await phone.callEstablished()
        _ = try await phone.program.line(containing: "terminated (duration")
        try await phone.stop()

        let call = try #require(try await server.calls().first)
        let quality = try #require(call["quality"] as? [String: Any])
        #expect((quality["codec"] as? String)?.lowercased() == item.name)
        #expect(quality["packetsReceived"] as? Int ?? 0 > 100)
        // baresip sends its first report before it has its keys and the last one without them: both in the clear.
        #expect(quality["packetsUnauthenticated"] as? Int ?? 99 <= 2)
        #expect(quality["isEncrypted"] as? Bool == true)
        let heard = try await Transcriber.transcribe(phone.heard())
        #expect(heard.contains("message"), "\(heard)")
        #expect(try await server.stop() == 0)
        // No key is in what the server says.
        #expect(!server.program.output.contains("inline:"))
        try server.audit()
        workspace.remove()
    }

    @Test("Who does not encrypt is refused with 488 where encryption is required, and so is who does where it is off")
    func refused() async throws {
        let workspace = try Workspace("srtp-refused")
        let spoken = workspace.path("spoken.wav")
        try Sound.write([.silence(seconds: 5)], to: spoken)
        for (policy, encryption) in [("required", ""), ("off", ";mediaenc=srtp-mand")] {
            let server = try await Server(in: workspace, agent: "echo", settings: "rtp:\n  srtp: \(policy)\n")
            let phone = try Baresip(in: workspace, speaking: spoken, dial: server.uri(), account: encryption)
            _ = try await phone.program.line(containing: "488")
            try await phone.stop()
            // The record says why, and what to do about it; it is whole when the server has stopped.
            #expect(try await server.stop() == 0)
            let call = try #require(try await Server.stored(in: workspace).last)
            #expect(call["endStatus"] as? Int == 488 && call["state"] as? String == "ended")
            let shown = try Program(
                Workspace.product("trunkline"),
                ["calls", "show", call["id"] as? String ?? "", "--database", workspace.path("calls.db")])
            #expect(try await shown.end() == 0)
            #expect(shown.output.contains("did not agree on whether the sound is encrypted"), "\(shown.output)")
            #expect(shown.output.contains("Set `rtp.srtp` to optional"))
        }
        workspace.remove()
    }
}
