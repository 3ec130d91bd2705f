import SIPCore
import TelephonyPrimitives
import TelephonyTesting
import Testing

@testable import SIPNIO

struct TracePacketsTests {
    private static let options = Array(
        """
        OPTIONS sip:bob@example.com SIP/2.0\r
        Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\r
        Max-Forwards: 70\r
        From: <sip:alice@example.com>;tag=1\r
        To: <sip:bob@example.com>\r
        Call-ID: 1\r
        CSeq: 1 OPTIONS\r
        Content-Length: 0\r
        \r

        """.utf8)

    private func message(
        over transport: TransportProtocol, isReceived: Bool, at seconds: Int64, from: String = "192.0.2.1",
        to: String = "192.0.2.2"
    ) throws -> TracedMessage {
        TracedMessage(
            time: Instant(nanoseconds: seconds * 1_000_000_000), isReceived: isReceived, octets: Self.options,
            flow: Flow(
                protocol: transport, local: TransportAddress(ip: try #require(IPAddress(from)), port: 5060),
                remote: TransportAddress(ip: try #require(IPAddress(to)), port: 5061), id: 7))
    }

    @Test(
        "A trace reads back as it was sent and received, over every transport",
        arguments: [TransportProtocol.udp, .tcp, .tls])
    func readsBack(transport: TransportProtocol) throws {
        var packets = TracePackets()
        var file = TracePackets.header
        for (index, isReceived) in [false, true, true, false, false].enumerated() {
            let message = try message(over: transport, isReceived: isReceived, at: Int64(index))
            file += packets.packets(of: message, at: message.time.nanoseconds / 1_000)
        }
        let records = try PcapReader.read(file, decrypted: transport == .tls ? [5061] : []).trace.records
        #expect(records.map(\.source.port) == [5060, 5061, 5061, 5060, 5060])
        #expect(records.map(\.time.nanoseconds) == (0..<5).map { Int64($0) * 1_000_000_000 })
        #expect(records.allSatisfy { $0.octets == Self.options })
        #expect(records.allSatisfy { $0.protocol.rawValue == transport.rawValue })
    }

    @Test("IPv6 has packets of its own")
    func version6() throws {
        var packets = TracePackets()
        let message = try message(over: .udp, isReceived: false, at: 0, from: "2001:db8::1", to: "2001:db8::2")
        let records = try PcapReader.read(TracePackets.header + packets.packets(of: message, at: 0)).trace.records
        #expect(records.map(\.source.ip) == [IPAddress("2001:db8::1")])
        #expect(records.map(\.octets) == [Self.options])
    }

    @Test("The header of an IPv4 packet adds up (RFC 791 §3.1)")
    func checksum() throws {
        var packets = TracePackets()
        let octets = packets.packets(of: try message(over: .tcp, isReceived: true, at: 0), at: 0)
        let header = octets.dropFirst(16).prefix(20)
        var sum = stride(from: header.startIndex, to: header.endIndex, by: 2).reduce(0) {
            $0 + Int(header[$1]) << 8 + Int(header[$1 + 1])
        }
        while sum > 0xFFFF { sum = sum & 0xFFFF + sum >> 16 }
        #expect(sum == 0xFFFF)
    }
}
