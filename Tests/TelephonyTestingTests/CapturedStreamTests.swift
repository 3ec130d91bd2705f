import TelephonyPrimitives
import TelephonyTesting
import Testing

@Suite("SIP over TCP in a capture")
struct CapturedStreamTests {
    /// A call's signalling over TCP, everything from alice in one connection.
    private static let messages = ["INVITE", "ACK", "HOLD", "HOLD-ACK"].map { label in
        GoldenTrace.call().message(label).octets
    }

    @Test("is cut into messages however the segments lie", arguments: [1, 7, 100, 536, 1460, 10_000])
    func cuts(length: Int) throws {
        let stream = Self.messages.flatMap { $0 }
        var pcap = PcapBuilder()
        pcap.addTCP([], sequence: 999, at: 0, isSynchronising: true)
        for start in stride(from: 0, to: stream.count, by: length) {
            let piece = Array(stream[start..<min(start + length, stream.count)])
            pcap.addTCP(piece, sequence: UInt32(1000 + start), at: Double(start))
        }
        let records = try PcapReader.read(pcap.octets).trace.records
        #expect(records.map(\.octets) == Self.messages)
        #expect(records.allSatisfy { $0.protocol == .tcp })
    }

    @Test(
        "is put in order, repetitions taken out, over the wrap of the sequence number", arguments: [UInt64(1), 2, 3, 4])
    func order(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let stream = Self.messages.flatMap { $0 }
        var segments: [(start: Int, end: Int)] = []
        for start in stride(from: 0, to: stream.count, by: 90) {
            segments.append((start, min(start + 90, stream.count)))
        }
        for _ in 0..<10 {
            let start = Int.random(in: 0..<stream.count, using: &random)
            segments.append((start, min(stream.count, start + 200)))
        }
        segments.shuffle(using: &random)
        let first = UInt32.max - 300
        var pcap = PcapBuilder()
        pcap.addTCP([], sequence: first &- 1, at: 0, isSynchronising: true)
        for (index, segment) in segments.enumerated() {
            pcap.addTCP(
                Array(stream[segment.start..<segment.end]), sequence: first &+ UInt32(segment.start), at: Double(index))
        }
        #expect(try PcapReader.read(pcap.octets).trace.records.map(\.octets) == Self.messages)
    }

    @Test("is cut by the compact form of Content-Length, and keep-alives between messages are passed over")
    func keepAlive() throws {
        var compact = WireMessage(startLine: "OPTIONS sip:a@example.com SIP/2.0", fields: [.init("l", "4")])
        compact.body = Array("\r\n\r\n".utf8)
        var pcap = PcapBuilder()
        pcap.addTCP(Array("\r\n\r\n".utf8) + compact.octets + Array("\r\n".utf8) + Self.messages[0], sequence: 5, at: 0)
        #expect(try PcapReader.read(pcap.octets).trace.records.map(\.octets) == [compact.octets, Self.messages[0]])
    }

    @Test("goes on behind a hole that nothing ever fills")
    func hole() throws {
        var pcap = PcapBuilder()
        pcap.addTCP(Array(Self.messages[0].prefix(100)), sequence: 0, at: 0)
        var place = UInt32(5000)
        for index in 0..<300 {
            pcap.addTCP(Self.messages[1], sequence: place, at: Double(index))
            place += UInt32(Self.messages[1].count)
        }
        let records = try PcapReader.read(pcap.octets).trace.records
        #expect(records.count == 300)
        #expect(records.allSatisfy { $0.octets == Self.messages[1] })
    }

    @Test(
        "is not looked for in connections that carry something else",
        arguments: [
            Array("GET / HTTP/1.1\r\nHost: example.com\r\n\r\n".utf8), [0x16, 3, 1, 2, 0, 1, 0, 1, 0xFC, 3, 3, 10, 10],
            [UInt8](repeating: 0x41, count: 9000), [UInt8](repeating: 0, count: 200_000),
        ] as [[UInt8]])
    func foreign(octets: [UInt8]) throws {
        var pcap = PcapBuilder()
        for start in stride(from: 0, to: octets.count, by: 1400) {
            pcap.addTCP(
                Array(octets[start..<min(octets.count, start + 1400)]), sequence: UInt32(start), at: Double(start))
        }
        #expect(try PcapReader.read(pcap.octets).trace.records.isEmpty)
    }

    @Test("keeps the caller's name though its connection comes from a port of its own")
    func names() throws {
        let trace = GoldenTrace.call().trace
        var pcap = PcapBuilder()
        var places: [String: UInt32] = [:]
        for record in trace.records where WireMessage(record.octets) != nil {
            let isAlice = record.sender == "alice"
            let octets = Array(
                String(decoding: record.octets, as: UTF8.self).replacing("192.0.2.2", with: "192.0.2.1")
                    .replacing(
                        "SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK5", with: "SIP/2.0/UDP 192.0.2.1:5062;branch=z9hG4bK5"
                    ).utf8)
            pcap.addTCP(
                octets, sequence: places[record.sender] ?? 0, at: Double(record.time.nanoseconds) / 1e6,
                ports: isAlice ? (43_210, 5062) : (5062, 43_210), isOneMachine: true)
            places[record.sender, default: 0] += UInt32(octets.count)
        }
        let senders = Set(try PcapReader.read(pcap.octets).trace.records.map(\.sender))
        #expect(senders == ["192.0.2.1:5060", "192.0.2.1:5062"])
    }
}
