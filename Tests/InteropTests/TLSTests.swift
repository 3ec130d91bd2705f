import Foundation
import SIPCore
import SIPNIO
import TelephonyPrimitives
import TelephonyTesting
import Testing

/// TLS with others' stacks, with certificates demanded on both sides.
@Suite(.serialized)
struct TLSTests {
    private func files(_ workspace: Workspace) -> CertificateFiles {
        CertificateFiles(chain: workspace.path("server.pem"), privateKey: workspace.path("server.key"))
    }

    @Test(
        "F-16: by mutual TLS we register at Kamailio, call and are called; who shows no certificate stays out")
    func mutual() async throws {
        let workspace = try Workspace("mutual-tls")
        try await Certificates.make(in: workspace)
        let files = self.files(workspace)
        let phone = try await LibraryPhone(transports: [.tls]) { configuration in
            configuration.tls.server = files
            configuration.tls.client = files
            configuration.tls.trustRoots = workspace.path("ca.pem")
            configuration.tls.requiresClientCertificates = true
        }
        let peer = try await SIPp(in: workspace, "uas-routed", calls: 1)
        let kamailio = try await Kamailio(
            in: workspace, agent: phone.uri(.tls), peer: peer.uri(), tls: true, authenticates: true,
            demandsCertificates: true)

        let account = await phone.agent.register(
            Registration(
                addressOfRecord: try SIPURI(parsing: "sip:agent2@127.0.0.1:\(kamailio.port)"),
                registrar: try SIPURI(parsing: "sip:127.0.0.1:\(kamailio.tlsPort);transport=tls"),
                credentials: Credentials(username: "trunk", password: "secret")))
        try await account.registered()

        // SIPp, which has no TLS in Debian, is called by way of Kamailio, and calls at our binding likewise.
        let call = try await phone.call(kamailio.uri("peer", "tls"))
        await call.hangUp()
        try await peer.succeeds()
        let caller = try await SIPp(
            in: workspace, "uac-hold", calls: 2, to: kamailio.port, user: "agent2")
        try await caller.succeeds()
        #expect(kamailio.routed("INVITE").without == 0)
        await account.unregister()

        let stranger = try await LibraryPhone(user: "stranger", transports: [.udp]) { configuration in
            configuration.tls.trustRoots = workspace.path("ca.pem")
        }
        await #expect(throws: (any Error).self, "Kamailio wants a certificate") {
            try await stranger.call(kamailio.uri("peer", "tls"))
        }
        await stranger.agent.close()
        try await kamailio.stop()
        try await phone.close(
            proxies: [kamailio.port, kamailio.tlsPort], decrypted: [kamailio.tlsPort])
        workspace.remove()
    }

    @Test("F-16: openssl's client gets in with a certificate of our authority, and not without one")
    func openssl() async throws {
        let workspace = try Workspace("openssl")
        try await Certificates.make(in: workspace)
        let files = self.files(workspace)
        let phone = try await LibraryPhone(transports: [.tls]) { configuration in
            configuration.tls.server = files
            configuration.tls.trustRoots = workspace.path("ca.pem")
            configuration.tls.requiresClientCertificates = true
        }
        let port = try #require(phone.ports[.tls])
        func question(_ number: Int) -> String {
            """
            OPTIONS sip:agent@127.0.0.1:\(port);transport=tls SIP/2.0\r
            Via: SIP/2.0/TLS 127.0.0.1:5061;branch=z9hG4bKopenssl\(number);rport\r
            Max-Forwards: 70\r
            From: <sip:openssl@127.0.0.1>;tag=1\r
            To: <sip:agent@127.0.0.1:\(port)>\r
            Call-ID: openssl\(number)\r
            CSeq: 1 OPTIONS\r
            Content-Length: 0\r
            \r

            """
        }
        func client(_ number: Int, _ options: [String]) throws -> Program {
            let client = try Program(
                "openssl",
                [
                    "s_client", "-connect", "127.0.0.1:\(port)", "-CAfile", workspace.path("ca.pem"),
                    "-verify_return_error", "-quiet", "-no_ign_eof",
                ] + options)
            client.send(question(number))
            return client
        }
        for (number, version) in ["-tls1_2", "-tls1_3"].enumerated() {
            let known = try client(
                number, [version, "-cert", workspace.path("server.pem"), "-key", workspace.path("server.key")])
            _ = try await known.line(containing: "SIP/2.0 200")
            known.signal(SIGTERM)
            try await known.end()
            let unknown = try client(number, [version])
            #expect(try await unknown.end() != 0)
            #expect(!unknown.output.contains("SIP/2.0"), "\(unknown.output)")
        }
        // Nor with what is older than TLS 1.2.
        let old = try client(
            2,
            [
                "-tls1_1", "-cipher", "ALL:@SECLEVEL=0", "-cert", workspace.path("server.pem"), "-key",
                workspace.path("server.key"),
            ])
        #expect(try await old.end() != 0)
        #expect(!old.output.contains("SIP/2.0"), "\(old.output)")
        try await phone.close()
        workspace.remove()
    }

    @Test("trunkline calls a phone that is registered at Kamailio over TLS, and is called over TLS by it")
    func registeredPhone() async throws {
        let workspace = try Workspace("proxy-tls")
        try await Certificates.make(in: workspace)
        let server = try await Server(
            in: workspace, agent: "echo", transports: ["tls"],
            settings: """
                tls:
                  certificate: \(workspace.path("server.pem"))
                  key: \(workspace.path("server.key"))
                  trust: \(workspace.path("ca.pem"))
                """)
        let kamailio = try await Kamailio(in: workspace, agent: server.uri("tls"), tls: true)
        let spoken = workspace.path("spoken.wav")
        try Sound.write([.prompt("vm-leavemsg"), .silence(seconds: 20)], to: spoken)
        let phone = try Baresip(
            in: workspace, speaking: spoken, registrar: kamailio.uri("phone", "tls"),
            certificateAuthority: workspace.path("ca.pem"), certificate: workspace.path("both.pem"))
        _ = try await kamailio.program.line(containing: "registered: phone")
        let trace = workspace.path("call.pcap")
        let call = try Program(
            Workspace.product("trunkline"),
            [
                "call", kamailio.uri("phone", "tls"), "--bind", "127.0.0.1", "--duration", "4", "--record",
                workspace.path("recorded.wav"), "--tls-ca", workspace.path("ca.pem"), "--sip-trace", trace,
            ])
        #expect(try await call.end() == 0, "\(call.output)")
        let recorded = try await Transcriber.transcribe(workspace.path("recorded.wav"), channel: 0)
        #expect(recorded.contains("message"), "\(recorded)")
        try phone.control("dial", kamailio.uri("agent", "tls"))
        try await phone.hears(2)
        try phone.control("hangup")
        try await phone.stop()
        #expect(kamailio.routed("BYE").without == 0)
        try await kamailio.stop()
        #expect(try await server.stop() == 0)
        let proxies: Set<UInt16> = [kamailio.port, kamailio.tlsPort]
        try Capture.audit(trace, decrypted: [kamailio.tlsPort], proxies: proxies)
        try server.audit(proxies: proxies)
        workspace.remove()
    }
}
