import Foundation
import SIPCore
import SIPNIO
import TelephonyPrimitives
import TelephonyTesting
import Testing

/// baresip holds, transfers and is transferred, registers, and is called over TLS.
@Suite(.serialized)
struct BaresipTests {
    private func silence(_ workspace: Workspace, seconds: Double = 60) throws -> String {
        let file = workspace.path("silence.wav")
        try Sound.write([.silence(seconds: seconds)], to: file)
        return file
    }

    @Test("F-04: baresip holds and takes back, and the call goes on")
    func holds() async throws {
        let workspace = try Workspace("baresip-hold")
        let phone = try await LibraryPhone()
        let baresip = try Baresip(in: workspace, speaking: try silence(workspace), dial: phone.uri())
        try await baresip.callEstablished()
        let call = try await phone.incoming()
        func changes() -> [String] {
            phone.events(of: call).compactMap { event in
                guard case .reinvite(_, let request) = event else { return nil }
                let lines = String(decoding: request.body, as: UTF8.self).split(whereSeparator: \.isNewline)
                return lines.map(String.init).first { ["a=sendonly", "a=inactive", "a=sendrecv"].contains($0) } ?? ""
            }
        }
        try baresip.control("hold")
        _ = try await eventually("the hold") { changes().count == 1 ? true : nil }
        #expect(["a=sendonly", "a=inactive"].contains(changes().first), "\(changes())")
        try baresip.control("resume")
        _ = try await eventually("the resumption") { changes().count == 2 ? true : nil }
        #expect(changes().last == "a=sendrecv", "\(changes())")
        // And we hold it.
        await call.change(to: phone.description(for: nil, in: call.id, direction: "sendonly"))
        let answer = try await phone.event("the answer to our hold", of: call) { event -> Response? in
            if case .reinviteAnswered(_, let response) = event { response } else { nil }
        }
        #expect(String(decoding: answer.body, as: UTF8.self).contains("a=recvonly"))
        #expect(baresip.over == 0)
        try baresip.control("hangup")
        _ = await call.ended()
        try await baresip.stop()
        try await phone.close()
        workspace.remove()
    }

    @Test("F-06: baresip takes our blind transfer, tells how it goes, and its new call goes on after ours is over")
    func transferred() async throws {
        let workspace = try Workspace("baresip-transferred")
        let phone = try await LibraryPhone()
        let sound = try silence(workspace)
        let third = try Baresip(in: workspace, user: "third", speaking: sound)
        let baresip = try Baresip(in: workspace, speaking: sound)
        try await third.ready()
        try await baresip.ready()
        let call = try await phone.call(baresip.uri())
        await call.transfer(to: third.uri())
        try await phone.event("the success of the transfer", of: call) { event -> Bool? in
            if case .transfer(_, .succeeded) = event { true } else { nil }
        }
        await call.hangUp()
        _ = await call.ended()
        try await third.hears()
        #expect(third.over == 0)
        try third.control("hangup")
        try await third.callOver()
        try await baresip.stop()
        try await third.stop()
        try await phone.close()
        workspace.remove()
    }

    @Test("baresip transfers us, blind: we call the target and tell baresip how it goes")
    func transfers() async throws {
        let workspace = try Workspace("baresip-transfers")
        let phone = try await LibraryPhone()
        let sound = try silence(workspace)
        let third = try Baresip(in: workspace, user: "third", speaking: sound)
        try await third.ready()
        let baresip = try Baresip(in: workspace, speaking: sound, dial: phone.uri())
        try await baresip.callEstablished()
        let call = try await phone.incoming()
        try baresip.control("transfer", third.uri())
        try await third.callEstablished()
        let placed = try await eventually("our call to the target") { phone.placed.first }
        _ = try await placed.answered()
        // baresip hangs up when it hears that the target has answered.
        _ = await call.ended()
        #expect(third.over == 0)
        await placed.hangUp()
        try await third.callOver()
        try await baresip.stop()
        try await third.stop()
        try await phone.close()
        workspace.remove()
    }

    @Test("baresip registers at our registrar with digest, is called at its binding", arguments: ["udp", "tcp", "tls"])
    func registers(transport: String) async throws {
        let workspace = try Workspace("baresip-registrar-\(transport)")
        let kind = try #require(TransportProtocol(rawValue: transport))
        try await Certificates.make(in: workspace)
        let registrar = try await LibraryPhone(
            registering: ["phone": "secret"], algorithms: [.md5], transports: [kind]
        ) { configuration in
            configuration.tls.server = CertificateFiles(
                chain: workspace.path("server.pem"), privateKey: workspace.path("server.key"))
            configuration.tls.trustRoots = workspace.path("ca.pem")
        }
        let port = try #require(registrar.ports[kind])
        let address = "sip:phone@127.0.0.1:\(port)"
        let baresip = try Baresip(
            in: workspace, speaking: try silence(workspace),
            registrar: address + (transport == "udp" ? "" : ";transport=\(transport)"),
            certificateAuthority: transport == "tls" ? workspace.path("ca.pem") : nil,
            certificate: transport == "tls" ? workspace.path("both.pem") : nil)
        let call = try await registrar.call(try await registrar.binding(of: address))
        try await baresip.callEstablished()
        await call.hangUp()
        try await baresip.callOver()
        try await baresip.stop()
        try await registrar.noBinding(of: address)
        try await registrar.close()
        workspace.remove()
    }

    @Test("trunkline calls baresip over TLS, and both understand each other")
    func calledOverTLS() async throws {
        let workspace = try Workspace("baresip-tls")
        try await Certificates.make(in: workspace)
        let (spoken, played) = (workspace.path("spoken.wav"), workspace.path("played.wav"))
        try Sound.write([.prompt("vm-leavemsg"), .silence(seconds: 12)], to: spoken)
        try Sound.write([.prompt("vm-leavemsg"), .silence(seconds: 1)], to: played)
        let baresip = try Baresip(
            in: workspace, speaking: spoken, certificateAuthority: workspace.path("ca.pem"),
            certificate: workspace.path("both.pem"))
        try await baresip.ready()
        let trace = workspace.path("call.pcap")
        let call = try Program(
            Workspace.product("trunkline"),
            [
                "call", baresip.uri("tls"), "--play", played, "--record", workspace.path("recorded.wav"), "--tls-ca",
                workspace.path("ca.pem"), "--bind", "127.0.0.1", "--sip-trace", trace,
            ])
        #expect(try await call.end() == 0, "\(call.output)")
        try await baresip.stop()
        let recorded = try await Transcriber.transcribe(workspace.path("recorded.wav"), channel: 0)
        #expect(recorded.contains("message"), "\(recorded)")
        let heard = try await Transcriber.transcribe(baresip.heard())
        #expect(heard.contains("message"), "\(heard)")
        try Capture.audit(trace, decrypted: [baresip.port + 1])
        workspace.remove()
    }
}
