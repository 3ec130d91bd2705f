import SIPCore
import TelephonyPrimitives
import Testing

@testable import SIPNIO

/// T-16: what is wrong with a certificate is found, and said.
@Suite(.serialized) struct CertificateTests {
    struct Row: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var host = "example.com"
        var subject = "/CN=unnamed.example"
        var names: String? = "URI:sip:example.com"
        var flaw = CertificateAuthority.Flaw.none
        var isByOtherRoot = false
        /// A part of the reason; `nil` when it is taken.
        var refusal: String?

        init(
            _ name: String, host: String = "example.com", subject: String = "/CN=unnamed.example",
            names: String? = "URI:sip:example.com", flaw: CertificateAuthority.Flaw = .none,
            isByOtherRoot: Bool = false,
            refusal: String? = nil
        ) {
            testDescription = name
            (self.host, self.subject, self.names, self.flaw) = (host, subject, names, flaw)
            (self.isByOtherRoot, self.refusal) = (isByOtherRoot, refusal)
        }
    }

    static let rows: [Row] = [
        Row("a SIP URI"),
        Row("a SIP URI in other case", host: "EXAMPLE.com"),
        Row("one of several SIP URIs", host: "b.org", names: "URI:sip:example.com,URI:sip:b.org"),
        Row("a DNS name without any SIP URI", host: "sip.example.com", names: "DNS:example.com,DNS:sip.example.com"),
        Row("a common name without alternative names", subject: "/CN=example.com", names: nil),
        Row("an address for an address", host: "127.0.0.1", names: "IP:127.0.0.1"),
        Row("another host", host: "other.example", refusal: "not for other.example but for example.com"),
        Row(
            "a DNS name beside a SIP URI counts for nothing", host: "sip.example.com",
            names: "URI:sip:example.com,DNS:sip.example.com", refusal: "not for sip.example.com"),
        Row(
            "a common name beside alternative names counts for nothing", subject: "/CN=example.com",
            names: "DNS:other.example", refusal: "not for example.com"),
        Row("a sips URI is no identity", names: "URI:sips:example.com", refusal: "not for example.com"),
        Row("a URI of a user is no identity", names: "URI:sip:me@example.com", refusal: "not for example.com"),
        Row("a wildcard", host: "sip.example.com", names: "DNS:*.example.com", refusal: "not for sip.example.com"),
        Row("a subdomain", host: "sip.example.com", refusal: "not for sip.example.com"),
        Row("a domain above", names: "URI:sip:sip.example.com", refusal: "not for example.com"),
        Row("a name for an address", host: "127.0.0.1", names: "DNS:127.0.0.1", refusal: "not for 127.0.0.1"),
        Row("another address", host: "127.0.0.1", names: "IP:127.0.0.2", refusal: "not for 127.0.0.1"),
        Row("expired", flaw: .expired, refusal: "has expired"),
        Row("self-signed", flaw: .selfSigned, refusal: "self-signed"),
        Row("another root", isByOtherRoot: true, refusal: "issued by Test Root"),
        Row("a short key", flaw: .shortKey, refusal: "too short"),
        Row("a broken hash", flaw: .weakHash, refusal: "broken hash"),
    ]

    @Test(.bounded, arguments: rows)
    func `T-16: a server is taken or refused, with the reason`(_ row: Row) async throws {
        let trusted = try CertificateAuthority()
        let issuer = row.isByOtherRoot ? try CertificateAuthority() : trusted
        let files = try issuer.issue(subject: row.subject, names: row.names, flaw: row.flaw)
        try await Rim.with([.tls]) {
            $0.tls.server = files
        } body: { server in
            try await Rim.with([.udp]) {
                $0.tls.trustRoots = trusted.root.chain
            } body: { client in
                let remote = try server.address(.tls)
                if let refusal = row.refusal {
                    let error = await #expect(throws: (any Error).self) {
                        try await StreamTransport.connect(
                            .tls, to: remote, host: row.host, loop: client.agent.loop, agent: client.agent)
                    }
                    #expect("\(try #require(error))".contains(refusal))
                    #expect(await client.agent.connectionCount == 0)
                } else {
                    let flow = try await StreamTransport.connect(
                        .tls, to: remote, host: row.host, loop: client.agent.loop, agent: client.agent)
                    #expect(flow.protocol == .tls)
                    #expect(await client.agent.connectionCount == 1)
                }
            }
        }
    }

    @Test(.bounded) func `T-16: TLS 1.1 is not spoken`() async throws {
        let authority = try CertificateAuthority()
        let files = try authority.issue(names: "IP:127.0.0.1")
        try await Rim.with([.tls]) {
            $0.tls.server = files
        } body: { server in
            let port = try server.address(.tls).port
            #expect(try TLSProbe.connects(to: port, "-tls1_2"))
            #expect(try TLSProbe.connects(to: port, "-tls1_3"))
            #expect(try !TLSProbe.connects(to: port, "-tls1_1", "-cipher", "ALL@SECLEVEL=0"))
            #expect(try !TLSProbe.connects(to: port, "-tls1_2", "-cipher", "NULL@SECLEVEL=0"))
        }
    }

    @Test(arguments: [TransportProtocol.udp, .tcp, .ws])
    func `T-16: a secure target never goes over a transport without TLS`(_ transport: TransportProtocol) {
        var target = FlowTarget(host: "192.0.2.1", secure: true)
        target.transport = transport
        #expect(throws: FlowFailure.self) { try target.check() }
        let normal = FlowTarget(host: "192.0.2.1", transport: transport, secure: true)
        #expect((try? normal.check()) == nil || normal.transport?.isSecure == true)
    }

    @Test(.bounded) func `a reload is for new connections, and a bad file keeps the old certificate`() async throws {
        let authority = try CertificateAuthority()
        let files = try authority.issue(names: "URI:sip:one.example")
        try await Rim.with([.tls]) {
            $0.tls.server = files
        } body: { server in
            try await Rim.with([.udp]) {
                $0.tls.trustRoots = authority.root.chain
            } body: { client in
                let remote = try server.address(.tls)
                func connect(_ host: String) async throws -> Flow {
                    try await StreamTransport.connect(
                        .tls, to: remote, host: host, loop: client.agent.loop, agent: client.agent)
                }
                _ = try await connect("one.example")
                _ = try authority.write("no certificate", to: "server.pem")
                let error = await #expect(throws: SIPTransportError.self) {
                    try await server.agent.reloadCertificates()
                }
                #expect("\(try #require(error))".contains(files.chain))
                _ = try await connect("one.example")
                _ = try authority.issue(names: "URI:sip:two.example")
                try await server.agent.reloadCertificates()
                _ = try await connect("two.example")
                await #expect(throws: CertificateProblem.self) { try await connect("one.example") }
                #expect(await client.agent.connectionCount == 3)
            }
        }
    }

    @Test(.bounded, arguments: [true, false])
    func `F-16: a server may require a certificate of its clients`(_ shows: Bool) async throws {
        let authority = try CertificateAuthority()
        let serverFiles = try authority.issue("server", names: "IP:127.0.0.1")
        let clientFiles = try authority.issue("client", names: "URI:sip:client.example")
        try await Rim.with([.tls]) {
            $0.tls.server = serverFiles
            $0.tls.trustRoots = authority.root.chain
            $0.tls.requiresClientCertificates = true
        } body: { server in
            try await Rim.with([.udp]) {
                $0.tls.trustRoots = authority.root.chain
                if shows { $0.tls.client = clientFiles }
            } body: { client in
                let target = "sip:test@\(try server.address(.tls));transport=tls"
                if shows {
                    #expect(try await client.options(target).status == 200)
                } else {
                    await #expect(throws: (any Error).self) { try await client.options(target) }
                    #expect(await server.agent.connectionCount == 0)
                }
            }
        }
    }

    @Test func `nonsense is no certificate, whatever its lengths say`() {
        let octets: [[UInt8]] = [
            [], [0x30], [0x30, 0x80], [0x30, 0x84, 0xFF, 0xFF, 0xFF, 0xFF], [0x30, 0x03, 0x30, 0x7F, 0x00],
            Array(repeating: 0x30, count: 10_000), [0x1F, 0x81, 0x00],
        ]
        for octets in octets { #expect(CertificateFields(der: octets) == nil) }
    }
}
