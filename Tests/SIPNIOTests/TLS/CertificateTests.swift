import Logging
import NIOPosix
import SIPCore
import TelephonyPrimitives
import Testing

@testable import SIPNIO

/// T-16: what is wrong with a certificate is found, and said.
@Suite(.serialized, .tags(.threat)) struct CertificateTests {
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

    /// What a client shows to a server that asks for a certificate.
    enum Shown: CaseIterable, Sendable {
        case right, nothing, otherRoot, expired, selfSigned
    }

    @Test(.bounded, arguments: Shown.allCases, [TransportProtocol.tls, .wss])
    func `F-16: a server that requires certificates of its clients takes who has a right one, and nobody else`(
        _ shown: Shown, _ transport: TransportProtocol
    ) async throws {
        let authority = try CertificateAuthority()
        let stranger = try CertificateAuthority()
        let serverFiles = try authority.issue("server", names: "IP:127.0.0.1")
        let name = "URI:sip:client.example"
        let clientFiles: CertificateFiles? =
            switch shown {
            case .right: try authority.issue("client", names: name)
            case .nothing: nil
            case .otherRoot: try stranger.issue("client", names: name)
            case .expired: try authority.issue("client", names: name, flaw: .expired)
            case .selfSigned: try authority.issue("client", names: name, flaw: .selfSigned)
            }
        try await Rim.with([transport]) {
            $0.tls.server = serverFiles
            $0.tls.trustRoots = authority.root.chain
            $0.tls.requiresClientCertificates = true
        } body: { server in
            try await Rim.with([.udp]) {
                $0.tls.trustRoots = authority.root.chain
                $0.tls.client = clientFiles
            } body: { client in
                let way = transport == .tls ? "tls" : "ws"
                let scheme = transport == .tls ? "sip" : "sips"
                let target = "\(scheme):test@\(try server.address(transport));transport=\(way)"
                if shown == .right {
                    #expect(try await client.options(target).status == 200)
                } else {
                    await #expect(throws: (any Error).self) { try await client.options(target) }
                    #expect(await server.agent.connectionCount == 0)
                }
            }
        }
    }

    @Test(.bounded, arguments: ["one.example", "two.example", "three.example"])
    func `T-16: the server name is sent, and a certificate for another name than that is refused`(
        _ host: String
    ) async throws {
        let authority = try CertificateAuthority()
        let (one, two) = (
            try authority.issue("one", names: "DNS:one.example"), try authority.issue("two", names: "DNS:two.example")
        )
        // It shows its second certificate to whoever asks for two.example, and its first to everybody else.
        try await TLSProbe.withServer(
            "-cert", one.chain, "-key", one.privateKey, "-servername", "two.example", "-cert2", two.chain, "-key2",
            two.privateKey
        ) { port in
            try await Rim.with([.udp]) {
                $0.tls.trustRoots = authority.root.chain
            } body: { client in
                func connect() async throws -> Flow {
                    try await StreamTransport.connect(
                        .tls, to: TransportAddress(ip: .loopbackV4, port: port), host: host, loop: client.agent.loop,
                        agent: client.agent)
                }
                if host == "three.example" {
                    let error = await #expect(throws: CertificateProblem.self) { try await connect() }
                    let reason = try #require(error)
                    #expect("\(reason)".contains("not for three.example but for one.example"))
                } else {
                    let flow = try await connect()
                    #expect(flow.protocol == .tls)
                }
            }
        }
    }

    @Test(.bounded) func `T-16: no renegotiation, and no cipher without a certificate or without encryption`()
        async throws
    {
        let authority = try CertificateAuthority()
        let files = try authority.issue(names: "IP:127.0.0.1")
        try await Rim.with([.tls]) {
            $0.tls.server = files
        } body: { server in
            let port = try server.address(.tls).port
            #expect(try TLSProbe.talk(to: port, "-tls1_2", saying: "Q\n").status == 0)
            let renegotiation = try TLSProbe.talk(to: port, "-tls1_2", saying: "R\n")
            #expect(renegotiation.output.contains("RENEGOTIATING"))
            #expect(renegotiation.status != 0)
            for ciphers in ["eNULL", "aNULL", "3DES", "RC4", "PSK", "kRSA"] {
                #expect(try !TLSProbe.connects(to: port, "-tls1_2", "-cipher", "\(ciphers)@SECLEVEL=0"), "\(ciphers)")
            }
        }
    }

    @Test(.bounded) func `T-16: a sips target is called over TLS or not at all, whatever else listens there`()
        async throws
    {
        try await Rim.with([.udp, .tcp]) { server in
            try await Rim.with([.udp]) { client in
                for transport in [TransportProtocol.udp, .tcp] {
                    let address = try server.address(transport)
                    for parameter in ["", ";transport=udp", ";transport=tcp"] {
                        await #expect(throws: (any Error).self) {
                            try await client.options("sips:test@\(address)\(parameter)")
                        }
                    }
                }
                // The octets of a TLS greeting may look like the end of a header; no more than that has come.
                let counters = await server.agent.counters
                #expect(counters.received == counters.malformed)
            }
        }
    }

    @Test(.bounded) func `T-16: whoever turns the check off is told so loudly at every start`() async throws {
        let lines = Lines()
        var configuration = SIPUserAgentConfiguration(
            core: UserAgentConfiguration(),
            listen: [ListenAddress(.udp, TransportAddress(ip: .loopbackV4, port: 0))])
        for isVerified in [false, true, false] {
            let before = lines.at(.warning).count
            configuration.tls.verifiesServers = isVerified
            let agent = SIPUserAgent(
                configuration: configuration, loop: MultiThreadedEventLoopGroup.singleton.next(), logger: lines.logger,
                onEvent: { _ in })
            try await agent.start()
            await agent.close()
            #expect(lines.at(.warning).count == before + (isVerified ? 0 : 1))
        }
        #expect(lines.at(.warning).allSatisfy { $0.contains("NOT verified") })
    }

    @Test func `nonsense is no certificate, whatever its lengths say`() {
        let octets: [[UInt8]] = [
            [], [0x30], [0x30, 0x80], [0x30, 0x84, 0xFF, 0xFF, 0xFF, 0xFF], [0x30, 0x03, 0x30, 0x7F, 0x00],
            Array(repeating: 0x30, count: 10_000), [0x1F, 0x81, 0x00],
        ]
        for octets in octets { #expect(CertificateFields(der: octets) == nil) }
    }
}
