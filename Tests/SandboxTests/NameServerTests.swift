import SIPCore
import Sandbox
import TelephonyPrimitives
import Testing

/// The carrier's names (A1), as our own way of finding servers (RFC 3263) reads them, and octet by octet.
struct NameServerTests {
    private static let asker = TransportAddress(ip: .v4(0xC000_020A), port: 40_000)

    private static func desk(tlsPort: UInt16? = 5_061, _ change: (inout SandboxSettings) -> Void = { _ in }) -> Desk {
        Desk { settings in
            settings.names = SandboxNames(listen: TransportAddress(ip: .v4(0xC633_640A), port: 53))
            settings.tls = tlsPort.map {
                SandboxTLS(port: $0, identity: SandboxIdentity(chain: "", key: Secret("")))
            }
            change(&settings)
        }
    }

    /// A question by hand (RFC 1035 §4.1).
    private static func query(
        _ name: String, _ type: UInt16, class: UInt16 = 1, flags: UInt16 = 0x0100, more: [UInt8] = []
    ) -> [UInt8] {
        func two(_ number: UInt16) -> [UInt8] { [UInt8(number >> 8), UInt8(number & 0xFF)] }
        var octets: [UInt8] = [0x12, 0x34] + two(flags)
        octets += [0, 1, 0, 0, 0, 0, 0, more.isEmpty ? 0 : 1] as [UInt8]
        for label in name.split(separator: ".") {
            octets.append(UInt8(label.utf8.count))
            octets += Array(label.utf8)
        }
        octets.append(0)
        octets += two(type)
        octets += two(`class`)
        return octets + more
    }

    private func ask(_ desk: inout Desk, _ message: [UInt8]) -> [UInt8]? {
        let before = desk.told.count
        desk.take(.nameQuery(message, Self.asker))
        return desk.told.dropFirst(before).first?.octets
    }

    private func find(
        _ desk: inout Desk, _ target: FlowTarget, _ transports: [TransportProtocol]
    ) throws -> [LocatedServer] {
        var locator = ServerLocator(
            target: target, preferences: LocatingPreferences(transports: transports), random: SeededGenerator(seed: 1))
        while true {
            if let result = locator.result { return try result.get() }
            for question in locator.takeQuestions() {
                let octets = try #require(ask(&desk, Self.query(question.name.text, question.type.rawValue)))
                locator.receive(DNSMessage.answer(in: octets, to: question), to: question)
            }
        }
    }

    struct Case: Sendable {
        var transport: TransportProtocol?
        var offers: [TransportProtocol] = [.udp, .tcp, .tls]
        var tlsPort: UInt16? = 5_061
        var found: [String]
    }

    @Test(
        "A1: a name leads to both edges, the first one first, over each transport at its port",
        arguments: [
            Case(transport: .tls, found: ["tls:198.51.100.10:5061", "tls:198.51.100.11:5061"]),
            Case(transport: .tcp, found: ["tcp:198.51.100.10:5060", "tcp:198.51.100.11:5060"]),
            Case(transport: .udp, found: ["udp:198.51.100.10:5060", "udp:198.51.100.11:5060"]),
            // NAPTR: what is safest comes first.
            Case(
                offers: [.udp, .tls],
                found: [
                    "tls:198.51.100.10:5061", "tls:198.51.100.11:5061", "udp:198.51.100.10:5060",
                    "udp:198.51.100.11:5060",
                ]),
            Case(offers: [.udp, .tls], tlsPort: nil, found: ["udp:198.51.100.10:5060", "udp:198.51.100.11:5060"]),
            // No SRV record of TLS: the address alone, which is the first edge's.
            Case(transport: .tls, tlsPort: nil, found: ["tls:198.51.100.10:5061"]),
        ])
    func servers(_ item: Case) throws {
        var desk = Self.desk(tlsPort: item.tlsPort)
        for host in SandboxNames.carriers {
            let found = try find(&desk, FlowTarget(host: host, transport: item.transport), item.offers)
            #expect(found.map(\.description) == item.found, "\(host)")
        }
    }

    struct Answer: Sendable {
        var query: [UInt8]
        /// Flags and the counts of the four sections; `nil`: nothing is said.
        var header: [UInt8]?
    }

    @Test(
        "Answers, absences, refusals, and what is no question",
        arguments: [
            Answer(query: query("sip.telnyx.com", 1), header: [0x85, 0, 0, 1, 0, 1, 0, 0, 0, 0]),
            Answer(query: query("SIP.Telnyx.COM", 1), header: [0x85, 0, 0, 1, 0, 1, 0, 0, 0, 0]),
            // SRV, with the addresses of both edges.
            Answer(query: query("_sips._tcp.sip.telnyx.eu", 33), header: [0x85, 0, 0, 1, 0, 2, 0, 0, 0, 2]),
            Answer(query: query("sip.telnyx.ca", 35), header: [0x85, 0, 0, 1, 0, 3, 0, 0, 0, 0]),
            // With an OPT record, which is passed over.
            Answer(
                query: query("sip.telnyx.com", 1, more: [0, 0, 41, 4, 208, 0, 0, 0, 0, 0, 0]),
                header: [0x85, 0, 0, 1, 0, 1, 0, 0, 0, 0]),
            // No AAAA; a name that lies above others; one that is not there: with SOA.
            Answer(query: query("sip.telnyx.com", 28), header: [0x85, 0, 0, 1, 0, 0, 0, 1, 0, 0]),
            Answer(query: query("_tcp.sip.telnyx.com", 33), header: [0x85, 0, 0, 1, 0, 0, 0, 1, 0, 0]),
            Answer(query: query("gone.sip.telnyx.com", 1), header: [0x85, 3, 0, 1, 0, 0, 0, 1, 0, 0]),
            // Somebody else's.
            Answer(query: query("telnyx.com", 1), header: [0x81, 5, 0, 1, 0, 0, 0, 0, 0, 0]),
            Answer(query: query("example.com", 1, flags: 0), header: [0x80, 5, 0, 1, 0, 0, 0, 0, 0, 0]),
            // Another class, another operation, two questions, a pointer, a name without an end.
            Answer(query: query("sip.telnyx.com", 1, class: 3), header: [0x80, 4, 0, 0, 0, 0, 0, 0, 0, 0]),
            Answer(query: query("sip.telnyx.com", 1, flags: 0x2000), header: [0x80, 4, 0, 0, 0, 0, 0, 0, 0, 0]),
            Answer(query: [0x12, 0x34, 1, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0], header: [0x80, 1, 0, 0, 0, 0, 0, 0, 0, 0]),
            Answer(
                query: [0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0xC0, 12, 0, 1, 0, 1],
                header: [0x80, 1, 0, 0, 0, 0, 0, 0, 0, 0]),
            Answer(
                query: [0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 3, 0x73, 0x69, 0x70],
                header: [0x80, 1, 0, 0, 0, 0, 0, 0, 0, 0]),
            // An answer, and a header that is cut off: nothing.
            Answer(query: query("sip.telnyx.com", 1, flags: 0x8400), header: nil),
            Answer(query: [0x12, 0x34, 1], header: nil),
        ])
    func messages(_ item: Answer) throws {
        var desk = Self.desk()
        let octets = ask(&desk, item.query)
        guard let header = item.header else {
            #expect(octets == nil)
            return
        }
        let answer = try #require(octets)
        #expect(Array(answer.prefix(12)) == [0x12, 0x34] + header)
        if header[3] == 1 { #expect(answer.dropFirst(12).starts(with: item.query[12..<(item.query.count - 11)])) }
    }

    @Test("Any cut of a question is lived through, and any octet of it changed")
    func damaged() {
        var desk = Self.desk()
        let whole = Self.query("_sips._tcp.sip.telnyx.com", 33)
        for length in 0...whole.count { _ = ask(&desk, Array(whole.prefix(length))) }
        for place in whole.indices {
            for octet in [0x00, 0x3F, 0x40, 0xC0, 0xFF] as [UInt8] {
                var message = whole
                message[place] = octet
                _ = ask(&desk, message)
            }
        }
        #expect(ask(&desk, whole) != nil)
    }

    @Test("no-dns: the name server is silent once the agent has registered, and not because a telephone has")
    func silent() {
        var desk = Self.desk { $0.fault = .noDNS }
        let question = Self.query("sip.telnyx.com", 1)
        #expect(desk.register("mobile")?.status == 200)
        #expect(ask(&desk, question) != nil)
        #expect(desk.register("agent")?.status == 200)
        #expect(ask(&desk, question) == nil)
        #expect(desk.remarks == ["the name server is silent from now on"])
    }

    @Test("Over TLS the edge names itself with its port there")
    func tls() throws {
        var desk = Self.desk()
        let agent = SandboxWire(.tls, remote: Desk.agentWire.remote, connection: 1)
        desk.register("agent", from: agent)
        desk.register("mobile")
        desk.call("+12025550131", by: "mobile", call: "in")
        let invite = try #require(desk.request(.invite, to: agent))
        #expect(invite.values(of: .via).first?.hasPrefix("SIP/2.0/TLS 198.51.100.10:5061;") == true)
        #expect(invite.values(of: .recordRoute).first?.hasPrefix("<sip:198.51.100.10:5061;transport=tls;") == true)
    }
}
