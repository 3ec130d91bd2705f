import SIPCore
import TelephonyPrimitives
import Testing

@Suite("A server is located (RFC 3263)")
struct ServerLocatorTests {
    struct Case: CustomTestStringConvertible, Sendable {
        var name: String
        var uri: String
        var zone = ""
        var transports: [TransportProtocol] = [.udp, .tcp, .tls]
        var families: [AddressFamily] = [.v4]
        /// The servers, or the sentence of the error.
        var expected: String
        /// The questions, when they matter.
        var asked: String?

        var testDescription: String { name }
    }

    static let srv = """
        _sip._udp.example.com SRV 10 0 5070 u.example.com
        _sip._tcp.example.com SRV 10 0 5071 t.example.com
        _sips._tcp.example.com SRV 10 0 5072 s.example.com
        u.example.com A 192.0.2.1
        t.example.com A 192.0.2.2
        s.example.com A 192.0.2.3
        example.com A 192.0.2.9
        """

    static let naptr = """
        example.com NAPTR 50 50 s SIPS+D2T _sips._tcp.example.com
        example.com NAPTR 90 50 s SIP+D2T _sip._tcp.example.com
        example.com NAPTR 100 50 s SIP+D2U _sip._udp.example.com

        """ + srv

    static let cases = [
        // A numeric host: no DNS at all (§4.1, §4.2).
        Case(name: "address", uri: "sip:192.0.2.7", expected: "udp:192.0.2.7:5060", asked: ""),
        Case(name: "address and port", uri: "sip:192.0.2.7:5080", expected: "udp:192.0.2.7:5080", asked: ""),
        Case(name: "IPv6 address", uri: "sip:[2001:db8::1]", expected: "udp:[2001:db8::1]:5060", asked: ""),
        Case(name: "address, TCP", uri: "sip:192.0.2.7;transport=tcp", expected: "tcp:192.0.2.7:5060", asked: ""),
        Case(name: "address, TLS", uri: "sip:192.0.2.7;transport=tls", expected: "tls:192.0.2.7:5061", asked: ""),
        Case(name: "address, sips", uri: "sips:192.0.2.7", expected: "tls:192.0.2.7:5061", asked: ""),
        Case(
            name: "address, sips with port and TCP", uri: "sips:192.0.2.7:5090;transport=tcp",
            expected: "tls:192.0.2.7:5090", asked: ""),
        Case(name: "maddr", uri: "sip:example.com;maddr=192.0.2.8", expected: "udp:192.0.2.8:5060", asked: ""),
        Case(
            name: "address without a UDP socket", uri: "sip:192.0.2.7", transports: [.tls, .tcp],
            expected: "tcp:192.0.2.7:5060", asked: ""),
        // A port that is written: addresses only.
        Case(
            name: "port", uri: "sip:example.com:5080", zone: naptr, expected: "udp:192.0.2.9:5080",
            asked: "A example.com"),
        Case(
            name: "port and TCP", uri: "sip:example.com:5080;transport=tcp", zone: naptr,
            expected: "tcp:192.0.2.9:5080", asked: "A example.com"),
        Case(name: "port, sips", uri: "sips:example.com:5080", zone: naptr, expected: "tls:192.0.2.9:5080"),
        // A transport that is written: no NAPTR.
        Case(
            name: "TCP", uri: "sip:example.com;transport=tcp", zone: naptr, expected: "tcp:192.0.2.2:5071",
            asked: "SRV _sip._tcp.example.com, A t.example.com"),
        Case(name: "UDP", uri: "sip:example.com;transport=UDP", zone: naptr, expected: "udp:192.0.2.1:5070"),
        Case(name: "TLS", uri: "sip:example.com;transport=tls", zone: naptr, expected: "tls:192.0.2.3:5072"),
        Case(
            name: "TCP, sips", uri: "sips:example.com;transport=tcp", zone: naptr, expected: "tls:192.0.2.3:5072"),
        Case(
            name: "TCP without SRV", uri: "sip:example.com;transport=tcp", zone: "example.com A 192.0.2.9",
            expected: "tcp:192.0.2.9:5060", asked: "SRV _sip._tcp.example.com, A example.com"),
        Case(
            name: "TLS without SRV", uri: "sip:example.com;transport=tls", zone: "example.com A 192.0.2.9",
            expected: "tls:192.0.2.9:5061"),
        // NAPTR: the domain's order, by what we have.
        Case(
            name: "NAPTR", uri: "sip:example.com", zone: naptr,
            expected: "tls:192.0.2.3:5072 tcp:192.0.2.2:5071 udp:192.0.2.1:5070",
            asked: "NAPTR example.com, SRV _sips._tcp.example.com, SRV _sip._tcp.example.com, "
                + "SRV _sip._udp.example.com, A s.example.com, A t.example.com, A u.example.com"),
        Case(
            name: "NAPTR without TLS of ours", uri: "sip:example.com", zone: naptr, transports: [.udp, .tcp],
            expected: "tcp:192.0.2.2:5071 udp:192.0.2.1:5070"),
        Case(
            name: "NAPTR, UDP only", uri: "sip:example.com", zone: naptr, transports: [.udp],
            expected: "udp:192.0.2.1:5070"),
        Case(name: "NAPTR, sips", uri: "sips:example.com", zone: naptr, expected: "tls:192.0.2.3:5072"),
        Case(
            name: "NAPTR preference within an order", uri: "sip:example.com",
            zone: """
                example.com NAPTR 10 20 s SIP+D2U _sip._udp.example.com
                example.com NAPTR 10 10 S sip+d2t _sip._tcp.example.com

                """ + srv, expected: "tcp:192.0.2.2:5071 udp:192.0.2.1:5070"),
        Case(
            name: "NAPTR of other services, flags and expressions", uri: "sip:example.com",
            zone: """
                example.com NAPTR 1 1 u E2U+sip .
                example.com NAPTR 2 1 a SIP+D2T t.example.com
                example.com NAPTR 3 1 s SIP+D2S _sip._sctp.example.com
                example.com NAPTR 4 1 s SIP+D2T _sip._tcp.example.com !^.*$!x!
                example.com NAPTR 5 1 s SIP+D2T .
                example.com NAPTR 6 1 s SIP+D2U _sip._udp.example.com

                """ + srv, expected: "udp:192.0.2.1:5070"),
        Case(
            name: "NAPTR to another domain keeps the name to be verified", uri: "sips:example.com",
            zone: """
                example.com NAPTR 1 1 s SIPS+D2T _sips._tcp.host.net
                _sips._tcp.host.net SRV 0 0 5061 a.host.net
                a.host.net A 192.0.2.4
                """, expected: "tls:192.0.2.4:5061"),
        Case(
            name: "NAPTR without its SRV: the domain's address over its transport", uri: "sip:example.com",
            zone: "example.com NAPTR 1 1 s SIP+D2T _sip._tcp.example.com\nexample.com A 192.0.2.9",
            expected: "tcp:192.0.2.9:5060"),
        // No NAPTR: SRV by our transports, in our order.
        Case(
            name: "SRV", uri: "sip:example.com", zone: srv,
            expected: "udp:192.0.2.1:5070 tcp:192.0.2.2:5071 tls:192.0.2.3:5072"),
        Case(
            name: "SRV in our order", uri: "sip:example.com", zone: srv, transports: [.tls, .udp],
            expected: "tls:192.0.2.3:5072 udp:192.0.2.1:5070"),
        Case(
            name: "SRV, sips", uri: "sips:example.com", zone: srv, expected: "tls:192.0.2.3:5072",
            asked: "NAPTR example.com, SRV _sips._tcp.example.com, A s.example.com"),
        Case(
            name: "SRV for one transport only", uri: "sip:example.com",
            zone: "_sip._tcp.example.com SRV 1 1 5060 t.example.com\nt.example.com A 192.0.2.2",
            expected: "tcp:192.0.2.2:5060"),
        Case(
            name: "priorities", uri: "sip:example.com;transport=udp",
            zone: """
                _sip._udp.example.com SRV 30 9 5060 c.example.com
                _sip._udp.example.com SRV 10 1 5060 a.example.com
                _sip._udp.example.com SRV 20 5 5060 b.example.com
                a.example.com A 192.0.2.1
                b.example.com A 192.0.2.2
                c.example.com A 192.0.2.3
                """, expected: "udp:192.0.2.1:5060 udp:192.0.2.2:5060 udp:192.0.2.3:5060"),
        Case(
            name: "a SRV target without address is passed over", uri: "sip:example.com;transport=udp",
            zone: """
                _sip._udp.example.com SRV 1 0 5060 gone.example.com
                _sip._udp.example.com SRV 2 0 5060 b.example.com
                b.example.com A 192.0.2.2
                """, expected: "udp:192.0.2.2:5060"),
        Case(
            name: "a SRV target that is an address", uri: "sip:example.com;transport=udp",
            zone: "_sip._udp.example.com SRV 1 0 5060 192.0.2.5", expected: "udp:192.0.2.5:5060"),
        Case(
            name: "two names of one server", uri: "sip:example.com;transport=udp",
            zone: """
                _sip._udp.example.com SRV 1 0 5060 a.example.com
                _sip._udp.example.com SRV 2 0 5060 b.example.com
                a.example.com A 192.0.2.2
                b.example.com A 192.0.2.2
                """, expected: "udp:192.0.2.2:5060"),
        Case(
            name: "a service that is not offered", uri: "sip:example.com;transport=udp",
            zone: "_sip._udp.example.com SRV 0 0 0 .\nexample.com A 192.0.2.9",
            expected: "example.com says in the DNS that it offers no SIP service"),
        Case(
            name: "one service refused and one offered", uri: "sip:example.com",
            zone: """
                _sip._udp.example.com SRV 0 0 0 .
                _sip._tcp.example.com SRV 0 0 5060 t.example.com
                t.example.com A 192.0.2.2
                """, expected: "tcp:192.0.2.2:5060"),
        // Neither: the domain's own addresses.
        Case(
            name: "address of the domain", uri: "sip:Example.COM.", zone: "example.com A 192.0.2.9",
            expected: "udp:192.0.2.9:5060",
            asked: "NAPTR example.com, SRV _sip._udp.example.com, SRV _sip._tcp.example.com, "
                + "SRV _sips._tcp.example.com, A example.com"),
        Case(
            name: "address of the domain, sips", uri: "sips:example.com", zone: "example.com A 192.0.2.9",
            expected: "tls:192.0.2.9:5061"),
        Case(
            name: "several addresses in their order", uri: "sip:example.com:5060",
            zone: "example.com A 192.0.2.9\nexample.com A 192.0.2.8",
            expected: "udp:192.0.2.9:5060 udp:192.0.2.8:5060"),
        // Both kinds of addresses (RFC 7984 §4).
        Case(
            name: "IPv6 first", uri: "sip:example.com:5060",
            zone: "example.com A 192.0.2.9\nexample.com AAAA 2001:db8::9", families: [.v6, .v4],
            expected: "udp:[2001:db8::9]:5060 udp:192.0.2.9:5060", asked: "AAAA example.com, A example.com"),
        Case(
            name: "IPv4 first", uri: "sip:example.com:5060",
            zone: "example.com A 192.0.2.9\nexample.com AAAA 2001:db8::9", families: [.v4, .v6],
            expected: "udp:192.0.2.9:5060 udp:[2001:db8::9]:5060"),
        Case(
            name: "IPv4 only of ours", uri: "sip:example.com:5060",
            zone: "example.com A 192.0.2.9\nexample.com AAAA 2001:db8::9",
            expected: "udp:192.0.2.9:5060", asked: "A example.com"),
        Case(
            name: "both kinds for each host before the next host", uri: "sip:example.com;transport=tcp",
            zone: """
                _sip._tcp.example.com SRV 1 0 5060 a.example.com
                _sip._tcp.example.com SRV 2 0 5060 b.example.com
                a.example.com A 192.0.2.1
                a.example.com AAAA 2001:db8::1
                b.example.com AAAA 2001:db8::2
                """, families: [.v6, .v4],
            expected: "tcp:[2001:db8::1]:5060 tcp:192.0.2.1:5060 tcp:[2001:db8::2]:5060"),
        // Aliases.
        Case(
            name: "an alias of the host", uri: "sip:example.com:5060",
            zone: "example.com CNAME a.example.net\na.example.net CNAME b.example.net\nb.example.net A 192.0.2.6",
            expected: "udp:192.0.2.6:5060", asked: "A example.com"),
        Case(
            name: "an alias of the SRV name and of its target", uri: "sip:example.com;transport=udp",
            zone: """
                _sip._udp.example.com CNAME _sip._udp.host.net
                _sip._udp.host.net SRV 0 0 5062 x.host.net
                x.host.net CNAME y.host.net
                y.host.net A 192.0.2.6
                """, expected: "udp:192.0.2.6:5062"),
        Case(
            name: "aliases in a ring", uri: "sip:example.com:5060",
            zone: "example.com CNAME a.example.com\na.example.com CNAME example.com",
            expected: "example.com has no address: looked for A example.com"),
        // Nothing to be had.
        Case(
            name: "sips without TLS of ours", uri: "sips:example.com", zone: naptr, transports: [.udp, .tcp],
            expected: "example.com has to be reached over TLS, and no transport that may be taken for it offers that",
            asked: ""),
        Case(
            name: "sips over UDP", uri: "sips:example.com;transport=udp", zone: naptr,
            expected: "example.com has to be reached over TLS, and no transport that may be taken for it offers that",
            asked: ""),
        Case(
            name: "TCP that we have not", uri: "sip:example.com;transport=tcp", zone: naptr, transports: [.udp],
            expected: "example.com offers no transport that may be taken for it", asked: ""),
        Case(
            name: "sips whose domain has UDP and TCP only: never less than TLS", uri: "sips:example.com",
            zone: """
                example.com NAPTR 90 50 s SIP+D2T _sip._tcp.example.com
                example.com NAPTR 100 50 s SIP+D2U _sip._udp.example.com
                _sip._udp.example.com SRV 10 0 5070 u.example.com
                u.example.com A 192.0.2.1
                example.com A 192.0.2.9
                """, expected: "tls:192.0.2.9:5061"),
        Case(
            name: "no such name", uri: "sip:nowhere.example.com:5060",
            expected: "nowhere.example.com has no address: looked for A nowhere.example.com"),
        Case(
            name: "a DNS that is silent", uri: "sip:example.com;transport=udp",
            zone: "example.com SILENT\n_sip._udp.example.com SILENT",
            expected: "example.com could not be looked up, no DNS server answered in time: "
                + "looked for SRV _sip._udp.example.com, A example.com"),
        Case(
            name: "a DNS that fails for SRV, as some do, but not for addresses", uri: "sip:example.com;transport=udp",
            zone: "_sip._udp.example.com BROKEN\nexample.com A 192.0.2.9", expected: "udp:192.0.2.9:5060"),
        Case(
            name: "one host that nobody answers for", uri: "sip:example.com;transport=udp",
            zone: """
                _sip._udp.example.com SRV 1 0 5060 a.example.com
                _sip._udp.example.com SRV 2 0 5060 b.example.com
                a.example.com SILENT
                b.example.com A 192.0.2.2
                """, expected: "udp:192.0.2.2:5060"),
        Case(
            name: "a name with an empty label", uri: "sip:a..b", expected: "'a..b' is no host name and no address",
            asked: ""),
    ]

    @Test("by what its URI, the DNS and we have", arguments: cases)
    func rows(_ item: Case) throws {
        let uri = try SIPURI(parsing: item.uri)
        let preferences = LocatingPreferences(transports: item.transports, families: item.families)
        for addsAddresses in [false, true] {
            for isReversed in [false, true] {
                for cutsChains in [false, true] {
                    var zone = Zone(item.zone)
                    zone.addsAddresses = addsAddresses
                    zone.cutsChains = cutsChains
                    let result = zone.locate(FlowTarget(uri), preferences, isReversed: isReversed)
                    if cutsChains, case .failure(.notFound) = result { continue }
                    #expect(result.text == item.expected)
                    let isPlain = !addsAddresses && !isReversed && !cutsChains
                    if isPlain, let asked = item.asked {
                        #expect(zone.asked.map(\.description).joined(separator: ", ") == asked)
                    }
                    for server in (try? result.get()) ?? [] {
                        #expect(server.name == uri.maddr ?? uri.hostText, "RFC 5922: the name of the URI is verified")
                    }
                }
            }
        }
    }

    @Test("without asking for addresses that came along with the SRV records, but for a kind that did not")
    func additional() {
        var zone = Zone(
            """
            _sip._udp.example.com SRV 1 0 5060 a.example.com
            a.example.com A 192.0.2.1
            """)
        zone.addsAddresses = true
        let preferences = LocatingPreferences(transports: [.udp], families: [.v4, .v6])
        let result = zone.locate(FlowTarget(host: "example.com", transport: .udp), preferences)
        #expect(result.text == "udp:192.0.2.1:5060")
        #expect(zone.asked.map(\.description) == ["SRV _sip._udp.example.com", "AAAA a.example.com"])
    }

    @Test("with a bounded number of questions and servers, however much the DNS says")
    func bounds() throws {
        var text = ""
        for number in 0..<500 {
            text += "_sip._udp.example.com SRV \(number) 0 5060 h\(number).example.com\n"
            text += "h\(number).example.com A 192.0.2.\(number % 250 + 1)\n"
            text += "h\(number).example.com A 198.51.100.\(number % 250 + 1)\n"
            text += "h\(number).example.com A 203.0.113.\(number % 250 + 1)\n"
            text += "chain\(number).example.com CNAME chain\(number + 1).example.com\n"
            text += "example.com NAPTR \(number) 1 s SIP+D2U _sip._udp.z\(number).example.com\n"
        }
        for addsAddresses in [false, true] {
            var zone = Zone(text)
            zone.addsAddresses = addsAddresses
            let servers = try zone.locate(FlowTarget(host: "example.com", transport: .udp)).get()
            #expect(servers.count == 32)
            #expect(servers.first?.address.description == "192.0.2.1:5060")
            #expect(zone.asked.count <= 64)
        }
        for cutsChains in [false, true] {
            var zone = Zone(text)
            zone.cutsChains = cutsChains
            let result = zone.locate(FlowTarget(host: "chain0.example.com", port: 5060))
            #expect(throws: LocatingError.self) { try result.get() }
            #expect(zone.asked.count <= 9)
        }
        var zone = Zone(text)
        _ = zone.locate(FlowTarget(host: "example.com"))
        #expect(zone.asked.count <= 64)
    }

    @Test("without heeding answers that nobody asked for, or that come twice")
    func strays() throws {
        var locator = ServerLocator(
            target: FlowTarget(host: "example.com", port: 5060), preferences: .init(),
            random: SeededGenerator(seed: 1))
        let name = try #require(DNSName("example.com"))
        let evil = DNSRecord(name, timeToLive: 60, .address(.v4(0x0A00_0001)))
        locator.receive(.found([evil]), to: DNSQuestion(name, .aaaa))
        #expect(locator.result == nil)
        #expect(locator.takeQuestions() == [DNSQuestion(name, .a)])
        #expect(locator.takeQuestions().isEmpty)
        let other = DNSRecord(try #require(DNSName("other.net")), timeToLive: 60, .address(.v4(0x0A00_0001)))
        let good = DNSRecord(name, timeToLive: 60, .address(.v4(0xC000_0201)))
        locator.receive(.found([other, good]), to: DNSQuestion(name, .a))
        #expect(locator.result?.text == "udp:192.0.2.1:5060")
        locator.receive(.found([evil]), to: DNSQuestion(name, .a))
        #expect(locator.result?.text == "udp:192.0.2.1:5060")
    }
}
