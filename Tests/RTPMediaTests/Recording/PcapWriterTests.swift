import Foundation
import RTPMedia
import TelephonyPrimitives
import Testing

@Suite("Captures")
struct PcapWriterTests {
    private static func address(_ host: String, _ port: UInt16) throws -> TransportAddress {
        try #require(TransportAddress(host: host, port: port))
    }

    private static func number(_ octets: some Collection<UInt8>) -> Int { octets.reduce(0) { $0 << 8 | Int($1) } }

    /// The sum of RFC 1071 over octets with their sum in them: all ones when it is right.
    private static func sum(_ octets: [UInt8]) -> Int {
        var sum = 0
        for index in stride(from: 0, to: octets.count, by: 2) {
            sum += Int(octets[index]) << 8 + (index + 1 < octets.count ? Int(octets[index + 1]) : 0)
        }
        while sum > 0xFFFF { sum = sum & 0xFFFF + sum >> 16 }
        return sum
    }

    /// The packets of a file, read by the format's description.
    private static func packets(_ file: [UInt8]) throws -> [(nanoseconds: Int, packet: [UInt8])] {
        try #require(file.starts(with: PcapWriter.header))
        var packets: [(Int, [UInt8])] = []
        var place = PcapWriter.header.count
        while place < file.count {
            let words = (0..<4).map { number(file[place + 4 * $0..<place + 4 * $0 + 4]) }
            #expect(words[2] == words[3])
            packets.append((words[0] * 1_000_000_000 + words[1], Array(file[place + 16..<place + 16 + words[2]])))
            place += 16 + words[2]
        }
        return packets
    }

    @Test("A capture begins with the number of nanoseconds, version 2.4 and raw IP")
    func header() {
        #expect(
            PcapWriter.header == [
                0xA1, 0xB2, 0x3C, 0x4D, 0, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 101,
            ])
    }

    @Test("A datagram over IPv4 has right headers and sums", arguments: [0, 1, 2, 171, 172, 1_400, 65_507])
    func version4(count: Int) throws {
        var random = SeededGenerator(seed: UInt64(count))
        let payload = (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
        var writer = PcapWriter()
        var file = PcapWriter.header
        writer.append(
            payload.span, from: try Self.address("192.0.2.1", 4000), to: try Self.address("198.51.100.255", 65_535),
            at: 1_700_000_000_123_456_789, into: &file)
        let packets = try Self.packets(file)
        let (time, packet) = try #require(packets.first)
        #expect(packets.count == 1 && time == 1_700_000_000_123_456_789)
        #expect(packet.count == 28 + count && packet[0] == 0x45 && Self.number(packet[2..<4]) == packet.count)
        #expect(packet[9] == 17 && Array(packet[12..<20]) == [192, 0, 2, 1, 198, 51, 100, 255])
        #expect(Self.sum(Array(packet[..<20])) == 0xFFFF)
        #expect(Self.number(packet[20..<22]) == 4000 && Self.number(packet[22..<24]) == 65_535)
        #expect(Self.number(packet[24..<26]) == 8 + count && Self.number(packet[26..<28]) != 0)
        #expect(Self.sum(Array(packet[12..<20]) + [0, 17] + packet[24..<26] + packet[20...]) == 0xFFFF)
        #expect(Array(packet[28...]) == payload)
        #expect(writer.length == file.count && writer.packets == 1 && writer.refused == 0)
    }

    @Test(
        "A datagram over IPv6 has right headers and sums, also when one side is IPv4",
        arguments: ["2001:db8::2", "192.0.2.7"])
    func version6(host: String) throws {
        let payload = [UInt8]((0..<101).map { UInt8($0) })
        var writer = PcapWriter()
        var file = PcapWriter.header
        writer.append(
            payload.span, from: try Self.address("2001:db8::1", 4000), to: try Self.address(host, 5004), at: -1,
            into: &file)
        let (time, packet) = try #require(try Self.packets(file).first)
        #expect(time == 0 && packet.count == 48 + 101 && packet[0] == 0x60)
        #expect(Self.number(packet[4..<6]) == 8 + 101 && packet[6] == 17)
        #expect(Array(packet[8..<12]) == [0x20, 1, 0x0D, 0xB8])
        if host == "192.0.2.7" { #expect(Array(packet[34..<40]) == [0xFF, 0xFF, 192, 0, 2, 7]) }
        #expect(Self.sum(Array(packet[8..<40]) + packet[4..<6] + [0, 17] + packet[40...]) == 0xFFFF)
        #expect(Array(packet[48...]) == payload)
    }

    @Test("A message over TCP goes on where the one before ended, each way, in several segments when it is long")
    func stream() throws {
        let (one, other) = (try Self.address("192.0.2.1", 5061), try Self.address("192.0.2.2", 40_000))
        var writer = PcapWriter()
        var file = PcapWriter.header
        let long = [UInt8]((0..<150_001).map { UInt8(truncatingIfNeeded: $0 / 7) })
        for (octets, isBack) in [([1, 2, 3], false), (long, false), ([9], true), ([4], false)] as [([UInt8], Bool)] {
            let (from, to) = isBack ? (other, one) : (one, other)
            writer.append(octets.span, from: from, to: to, over: .tcp, at: 5, into: &file)
        }
        let packets = try Self.packets(file).map(\.packet)
        #expect(packets.count == 6 && writer.packets == 6)
        let forth = packets.filter { Self.number($0[20..<22]) == 5061 }
        #expect(forth.map { Self.number($0[24..<28]) } == [1, 4, 65_004, 130_004, 150_005])
        #expect(forth.flatMap { $0[40...] } == [1, 2, 3] + long + [4])
        for packet in packets {
            #expect(packet[9] == 6 && Self.sum(Array(packet[..<20])) == 0xFFFF)
            let size = packet.count - 20
            #expect(
                Self.sum(Array(packet[12..<20]) + [0, 6, UInt8(size >> 8), UInt8(size & 0xFF)] + packet[20...])
                    == 0xFFFF)
        }
    }

    @Test("What can't be a datagram and what is beyond the file's limit is left out and counted")
    func limits() throws {
        let address = try Self.address("192.0.2.1", 4000)
        var writer = PcapWriter(maximumLength: 24 + 2 * (16 + 28 + 160))
        var file = PcapWriter.header
        #expect(
            !writer.append([UInt8](repeating: 0, count: 65_508).span, from: address, to: address, at: 0, into: &file))
        let packet = [UInt8](repeating: 0, count: 160)
        for count in 0..<5 {
            let isTaken = writer.append(packet.span, from: address, to: address, at: 0, into: &file)
            #expect(isTaken == (count < 2))
        }
        #expect(writer.refused == 4 && writer.packets == 2 && file.count == writer.length && writer.length == 432)
        let most = Self.number([0x7F] + [UInt8](repeating: 0xFF, count: 7))
        var endless = PcapWriter(maximumLength: most)
        #expect(endless.append(packet.span, from: address, to: address, at: .max, into: &file))
    }

    @Test(
        "A capture has media as it was on the wire, or in the clear when that is asked for", arguments: [false, true])
    func decrypted(isDecrypted: Bool) throws {
        let (one, other) = (try Self.address("192.0.2.1", 4000), try Self.address("192.0.2.2", 5000))
        var capture = MediaCapture(isDecrypted: isDecrypted)
        var file = MediaCapture.header
        capture.message(Array("OPTIONS".utf8).span, from: one, to: other, over: .udp, at: 1, into: &file)
        capture.media([1, 2].span, clear: [3].span, from: one, to: other, at: 2, into: &file)
        capture.media([4].span, clear: Span(), from: other, to: one, at: 3, into: &file)
        let payloads = try Self.packets(file).map { Array($0.packet[28...]) }
        #expect(payloads == [Array("OPTIONS".utf8), isDecrypted ? [3] : [1, 2], [4]])
        #expect(capture.writer.packets == 3)
    }

    // MARK: Against Wireshark

    private static let tshark = "/usr/bin/tshark"

    @Test(
        "Wireshark reads a capture: SIP, an RTP stream without loss, RTCP, and no wrong sum",
        .enabled(if: FileManager.default.isExecutableFile(atPath: tshark)))
    func wireshark() throws {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent(
            "capture-\(UInt64.random(in: 0...(.max))).pcap")
        defer { try? FileManager.default.removeItem(at: path) }
        var capture = MediaCapture()
        var file = MediaCapture.header
        let message = Array(
            "OPTIONS sip:a@192.0.2.2 SIP/2.0\r\nVia: SIP/2.0/TCP 192.0.2.1;branch=z9hG4bK1\r\nCall-ID: 1\r\nCSeq: 1 OPTIONS\r\nFrom: <sip:b@192.0.2.1>;tag=1\r\nTo: <sip:a@192.0.2.2>\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n"
                .utf8)
        let (one, other) = (try Self.address("192.0.2.1", 4000), try Self.address("192.0.2.2", 5000))
        let (six, sixth) = (try Self.address("2001:db8::1", 5060), try Self.address("2001:db8::2", 5060))
        capture.message(message.span, from: six, to: sixth, over: .tcp, at: 0, into: &file)
        capture.message(message.span, from: six, to: sixth, over: .udp, at: 1, into: &file)
        for index in 0..<50 {
            let header: [UInt8] = [
                0x80, 0, 0, UInt8(index), 0, 0, UInt8(index * 160 >> 8), UInt8(index * 160 & 0xFF), 0, 0, 0, 1,
            ]
            let packet = header + [UInt8](repeating: 0xD5, count: 160)
            capture.media(packet.span, clear: Span(), from: one, to: other, at: Int64(index) * 20_000_000, into: &file)
        }
        try Data(file).write(to: path)
        let text = try run([
            "-r", path.path, "-d", "udp.port==4000,rtp", "-o", "udp.check_checksum:TRUE", "-o",
            "tcp.check_checksum:TRUE",
            "-o", "ip.check_checksum:TRUE", "-T", "fields", "-e", "_ws.col.Protocol", "-e", "udp.checksum.status", "-e",
            "tcp.checksum.status", "-e", "ip.checksum.status", "-e", "frame.time_epoch",
        ])
        let lines = text.split(separator: "\n").map { $0.split(separator: "\t", omittingEmptySubsequences: false) }
        #expect(lines.count == 52)
        #expect(lines.filter { $0[0] == "SIP" }.count == 2 && lines.filter { $0[0] == "RTP" }.count == 50)
        // 1 is "good".
        #expect(lines.allSatisfy { $0[1] + $0[2] == "1" && ($0[3].isEmpty || $0[3] == "1") }, "\(text.prefix(300))")
        #expect(lines.last?[4].hasPrefix("0.98") == true)
    }

    private func run(_ arguments: [String]) throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: Self.tshark)
        process.arguments = arguments
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = FileHandle.nullDevice
        try process.run()
        let output = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return String(decoding: output, as: UTF8.self)
    }
}
