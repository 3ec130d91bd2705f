import Foundation
import SIPCore
import SIPNIO
import TelephonyPrimitives
import TelephonyTesting
import Testing

/// linphone's console program calls us and is called by us.
@Suite(.serialized)
struct LinphoneTests {
    @Test("linphone calls, hears us, holds and comes back, over TLS with SRTP", arguments: ["udp", "tcp", "tls"])
    func calls(transport: String) async throws {
        let workspace = try Workspace("linphone-\(transport)")
        var settings = ""
        if transport == "tls" {
            try await Certificates.make(in: workspace)
            settings = """
                tls:
                  certificate: \(workspace.path("server.pem"))
                  key: \(workspace.path("server.key"))
                """
        }
        let server = try await Server(in: workspace, agent: "echo", transports: [transport], settings: settings)
        let spoken = workspace.path("spoken.wav")
        try Sound.write([.prompt("vm-leavemsg"), .silence(seconds: 2), .prompt("vm-leavemsg")], to: spoken)
        let linphone = try await Linphone(
            in: workspace, speaking: spoken, encrypts: transport == "tls",
            certificateAuthority: transport == "tls" ? workspace.path("ca.pem") : nil)
        linphone.type("call \(server.uri(transport))")
        try await linphone.speaks()
        // What it said has come back to it.
        _ = try await eventually("sound in its loudspeaker") {
            try FileManager.default.attributesOfItem(atPath: linphone.heard)[.size] as? Int ?? 0 > 80_000 ? true : nil
        }
        linphone.type("pause")
        _ = try await linphone.program.line(containing: "is now paused")
        linphone.type("resume 1")
        try await linphone.speaks(2)
        try await linphone.hangUp()
        try await linphone.stop()
        let heard = try Sound.read(linphone.heard)
        #expect(heard.contains { abs(Int($0)) > 2_000 }, "linphone heard nothing")

        let call = try #require(try await server.calls().first)
        #expect(call["state"] as? String == "ended")
        #expect(call["endCause"] as? String == "remoteHangUp")
        let quality = try #require(call["quality"] as? [String: Any])
        #expect(quality["codec"] as? String == "opus")
        #expect(quality["isEncrypted"] as? Bool == (transport == "tls"))
        #expect(try await server.stop() == 0)
        try server.audit(waivers: linphone.waivers)
        workspace.remove()
    }

    @Test("F-17: keys of linphone come by INFO and as telephone events", arguments: [true, false])
    func keys(byInfo: Bool) async throws {
        let workspace = try Workspace("linphone-keys-\(byInfo)")
        let server = try await Server(in: workspace, agent: "echo")
        let spoken = workspace.path("spoken.wav")
        try Sound.write([.silence(seconds: 20)], to: spoken)
        let linphone = try await Linphone(in: workspace, speaking: spoken, keysByInfo: byInfo)
        linphone.type("call \(server.uri())")
        try await linphone.speaks()
        for (count, key) in ["5", "#", "0"].enumerated() {
            linphone.type(key)
            _ = try await server.program.line(number: count + 1, containing: "pressed a key")
        }
        try await linphone.hangUp()
        try await linphone.stop()
        let call = try #require(try await server.calls().first)
        let keys = try #require(call["dtmf"] as? [[String: Any]])
        #expect(keys.compactMap { $0["digit"] as? String } == ["5", "#", "0"], "\(keys)")
        #expect(try await server.stop() == 0)
        try server.audit(waivers: linphone.waivers)
        workspace.remove()
    }

    @Test("linphone answers our call; what it says is recorded", arguments: ["udp", "tcp"])
    func called(transport: String) async throws {
        let workspace = try Workspace("linphone-called-\(transport)")
        let spoken = workspace.path("spoken.wav")
        try Sound.write([.silence(seconds: 1), .prompt("vm-leavemsg"), .silence(seconds: 12)], to: spoken)
        let linphone = try await Linphone(in: workspace, speaking: spoken, answers: true)
        let trace = workspace.path("call.pcap")
        let call = try Program(
            Workspace.product("trunkline"),
            [
                "call", linphone.uri(transport), "--bind", "127.0.0.1", "--duration", "6", "--record",
                workspace.path("recorded.wav"), "--sip-trace", trace,
            ])
        #expect(try await call.end() == 0, "\(call.output)")
        try await linphone.ended()
        try await linphone.stop()
        let recorded = try await Transcriber.transcribe(workspace.path("recorded.wav"), channel: 0)
        #expect(recorded.contains("message"), "\(recorded)")
        try Capture.audit(trace, waivers: linphone.waivers)
        workspace.remove()
    }

    @Test("linphone registers at our registrar with digest, is called at its binding, and unregisters")
    func registers() async throws {
        let workspace = try Workspace("linphone-registrar")
        let registrar = try await LibraryPhone(registering: ["lin": "secret"], algorithms: [.md5])
        let spoken = workspace.path("spoken.wav")
        try Sound.write([.silence(seconds: 20)], to: spoken)
        let linphone = try await Linphone(in: workspace, speaking: spoken, answers: true)
        let port = try #require(registrar.ports[.udp])
        linphone.type("register sip:lin@127.0.0.1 sip:127.0.0.1:\(port) secret")
        let binding = try await registrar.binding(of: "sip:lin@127.0.0.1")
        let call = try await registrar.call(binding)
        try await linphone.speaks()
        await call.hangUp()
        try await linphone.ended()
        linphone.type("unregister")
        try await registrar.noBinding(of: "sip:lin@127.0.0.1")
        try await linphone.stop()
        try await registrar.close(waivers: linphone.waivers)
        workspace.remove()
    }

    @Test("linphone transfers us, blind: we call the target and tell linphone how it goes")
    func blind() async throws {
        let workspace = try Workspace("linphone-blind")
        let phone = try await LibraryPhone()
        let target = try await LibraryPhone(user: "third")
        let spoken = workspace.path("spoken.wav")
        try Sound.write([.silence(seconds: 20)], to: spoken)
        let linphone = try await Linphone(in: workspace, speaking: spoken)
        linphone.type("call \(phone.uri())")
        try await linphone.speaks()
        linphone.type("transfer 1 \(target.uri())")
        try await linphone.ended()
        let placed = try #require(phone.placed.first)
        _ = try await placed.answered()
        await placed.hangUp()
        _ = await (try await target.incoming()).ended()
        try await linphone.stop()
        try await phone.close(waivers: linphone.waivers)
        try await target.close()
        workspace.remove()
    }

    @Test("linphone transfers us, attended: we take its place in its call with a second linphone (RFC 3891)")
    func attended() async throws {
        let workspace = try Workspace("linphone-attended")
        let phone = try await LibraryPhone()
        let spoken = workspace.path("spoken.wav")
        try Sound.write([.silence(seconds: 30)], to: spoken)
        let other = try await Linphone(
            in: workspace, user: "other", speaking: spoken, answers: true, hasOwnAddress: true)
        let linphone = try await Linphone(in: workspace, speaking: spoken)
        linphone.type("call \(phone.uri())")
        try await linphone.speaks(call: 1)
        linphone.type("pause")
        _ = try await linphone.program.line(containing: "is now paused")
        linphone.type("call \(other.uri())")
        try await linphone.speaks(call: 2)
        linphone.type("transfer 1 --to-call 2")
        let placed = try await eventually("our call to the target") { phone.placed.first }
        _ = try await placed.answered()
        // Both of linphone's calls are over, the one between us and the other goes on.
        _ = await (try await phone.incoming()).ended()
        try await linphone.ended(call: 2)
        #expect(!phone.events(of: placed).contains { if case .ended = $0 { true } else { false } })
        await placed.hangUp()
        try await other.ended(call: 2)
        try await linphone.stop()
        try await other.stop()
        try await phone.close(waivers: linphone.waivers + other.waivers)
        workspace.remove()
    }

    @Test("We transfer one linphone to another, attended: it takes our place by Replaces (RFC 3891, RFC 5589 §7)")
    func weTransfer() async throws {
        let workspace = try Workspace("linphone-transferred")
        let phone = try await LibraryPhone()
        let spoken = workspace.path("spoken.wav")
        try Sound.write([.silence(seconds: 30)], to: spoken)
        let first = try await Linphone(in: workspace, user: "first", speaking: spoken, answers: true)
        let second = try await Linphone(in: workspace, user: "second", speaking: spoken, answers: true)
        let call = try await phone.call(first.uri())
        let consultation = try await phone.call(second.uri())
        await call.transfer(to: consultation)
        try await phone.event("the success of the transfer", of: call) { event -> Bool? in
            if case .transfer(_, .succeeded) = event { true } else { nil }
        }
        // The second linphone has ended its call with us, since the first one is in our place.
        _ = await consultation.ended()
        await call.hangUp()
        _ = await call.ended()
        try await first.speaks(call: 2)
        try await second.speaks(call: 2)
        try await first.hangUp(call: 2)
        try await second.ended(call: 2)
        try await first.stop()
        try await second.stop()
        try await phone.close(waivers: first.waivers + second.waivers)
        workspace.remove()
    }
}
