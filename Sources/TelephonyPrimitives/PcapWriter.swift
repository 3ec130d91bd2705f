/// Writes datagrams and messages as a capture that Wireshark reads: the classic pcap format with nanoseconds, and packets
/// that begin with their IP header (type 101).
///
/// Sans-IO: what it appends is written one piece behind the other, first of all ``header``. The headers of IP, UDP and TCP
/// are made up, their sums are right. There is no path with an MTU here, so nothing is fragmented: a datagram is one
/// packet of up to 65 535 octets, and a message over TCP that is longer becomes several segments.
public struct PcapWriter: Sendable {
    /// What carried the octets. For TLS and WebSocket tell what was inside, as TCP.
    public enum Transport: UInt8, Sendable, Hashable {
        /// In segments, each with ACK and PSH.
        case tcp = 6
        /// In one packet each.
        case udp = 17
    }

    /// The beginning of the file: 24 octets.
    public static let header: [UInt8] =
        [0xA1, 0xB2, 0x3C, 0x4D, 0, 2, 0, 4] + [UInt8](repeating: 0, count: 8) + [0, 1, 0, 0, 0, 0, 0, 101]

    /// An IPv4 packet with its header holds no more; the length of IPv6 leaves 40 octets beyond this unused.
    private static let maximumPacket = 65_535
    private static let maximumSegment = 65_000
    /// Connections whose place in the stream is known; with more of them all begin anew.
    private static let maximumStreams = 4_096

    private struct Stream: Hashable {
        let source: TransportAddress
        let destination: TransportAddress
    }

    /// The length of the file so far in octets, its header included.
    public private(set) var length = header.count
    /// Packets so far.
    public private(set) var packets = 0
    /// Datagrams and messages that were left out: no datagram can be so long, or the file would be.
    public private(set) var refused = 0

    private let maximumLength: Int
    private var sequences: [Stream: UInt32] = [:]

    /// - Parameter maximumLength: octets that the file may grow to; what is beyond is left out.
    public init(maximumLength: Int = 1 << 30) {
        self.maximumLength = maximumLength
    }

    /// Appends the packet, or packets, of one datagram or message.
    ///
    /// - Parameters:
    ///   - octets: what UDP or TCP carried.
    ///   - source: whose IP address and port it came from.
    ///   - destination: where it went.
    ///   - transport: what carried it.
    ///   - nanoseconds: since 1970, or since whatever the file's reader takes for that.
    ///   - file: what is to be written next.
    /// - Returns: `false`, and nothing is appended, when it was left out (``refused``).
    @discardableResult
    public mutating func append(
        _ octets: Span<UInt8>, from source: TransportAddress, to destination: TransportAddress,
        over transport: Transport = .udp, at nanoseconds: Int64, into file: inout [UInt8]
    ) -> Bool {
        let isV4 = Self.isV4(source, destination)
        let before = 16 + (isV4 ? 20 : 40) + (transport == .udp ? 8 : 20)
        let parts =
            transport == .udp ? 1 : max(1, (octets.count + Self.maximumSegment - 1) / Self.maximumSegment)
        guard transport == .tcp || octets.count + before - 16 <= Self.maximumPacket,
            octets.count + parts * before <= maximumLength - length
        else {
            refused += 1
            return false
        }
        length += octets.count + parts * before
        packets += parts
        for part in 0..<parts {
            let start = part * Self.maximumSegment
            let payload =
                transport == .udp
                ? octets : octets.extracting(start..<min(start + Self.maximumSegment, octets.count))
            Self.appendRecord(payload.count + before - 16, at: nanoseconds, to: &file)
            let size = payload.count + (transport == .udp ? 8 : 20)
            var sum = InternetChecksum()
            if isV4 {
                Self.appendV4(source.ip, destination.ip, transport, size: size, to: &file, pseudo: &sum)
            } else {
                Self.appendV6(source.ip, destination.ip, transport, size: size, to: &file, pseudo: &sum)
            }
            let header = file.count
            file.append16(source.port)
            file.append16(destination.port)
            if transport == .udp {
                file.append16(UInt16(truncatingIfNeeded: size))
            } else {
                let sequence = sequence(Stream(source: source, destination: destination), advancedBy: payload.count)
                file.append32(sequence)
                file.append32(0)
                // A header of five words; PSH and ACK; the largest window.
                file.append16(0x5018)
                file.append16(0xFFFF)
            }
            let place = file.count
            file.append16(0)
            if transport == .tcp { file.append16(0) }
            sum.add(file.span.extracting(header..<file.count))
            sum.add(payload)
            // For UDP 0 stands for no sum (RFC 768).
            let value = sum.value == 0 && transport == .udp ? 0xFFFF : sum.value
            file[place] = UInt8(truncatingIfNeeded: value >> 8)
            file[place + 1] = UInt8(truncatingIfNeeded: value)
            file.append(addingCapacity: payload.count) { output in
                for index in 0..<payload.count { output.append(payload[index]) }
            }
        }
        return true
    }

    private mutating func sequence(_ stream: Stream, advancedBy count: Int) -> UInt32 {
        if sequences[stream] == nil, sequences.count >= Self.maximumStreams { sequences = [:] }
        let sequence = sequences[stream] ?? 1
        sequences[stream] = sequence &+ UInt32(truncatingIfNeeded: count)
        return sequence
    }

    // MARK: Headers

    private static func appendRecord(_ count: Int, at nanoseconds: Int64, to file: inout [UInt8]) {
        let (seconds, rest) = max(0, nanoseconds).quotientAndRemainder(dividingBy: 1_000_000_000)
        file.append32(UInt32(clamping: seconds))
        file.append32(UInt32(truncatingIfNeeded: rest))
        file.append32(UInt32(truncatingIfNeeded: count))
        file.append32(UInt32(truncatingIfNeeded: count))
    }

    private static func isV4(_ source: TransportAddress, _ destination: TransportAddress) -> Bool {
        if case (.v4, .v4) = (source.ip, destination.ip) { true } else { false }
    }

    /// RFC 791 §3.1; not to be fragmented.
    private static func appendV4(
        _ source: IPAddress, _ destination: IPAddress, _ transport: Transport, size: Int, to file: inout [UInt8],
        pseudo: inout InternetChecksum
    ) {
        guard case .v4(let source) = source, case .v4(let destination) = destination else { return }
        var sum = InternetChecksum()
        for word in [0x4500, UInt16(truncatingIfNeeded: 20 + size), 0, 0x4000, 0x4000 | UInt16(transport.rawValue)] {
            file.append16(word)
            sum.add(word)
        }
        sum.add(source)
        sum.add(destination)
        file.append16(sum.value)
        file.append32(source)
        file.append32(destination)
        pseudo.add(source)
        pseudo.add(destination)
        pseudo.add(UInt16(transport.rawValue))
        pseudo.add(UInt16(truncatingIfNeeded: size))
    }

    /// RFC 8200 §3; the sum over the addresses is that of §8.1.
    private static func appendV6(
        _ source: IPAddress, _ destination: IPAddress, _ transport: Transport, size: Int, to file: inout [UInt8],
        pseudo: inout InternetChecksum
    ) {
        file.append32(0x6000_0000)
        file.append16(UInt16(truncatingIfNeeded: size))
        file.append16(UInt16(transport.rawValue) << 8 | 64)
        for address in [source, destination] {
            let (upper, lower) = words(address)
            file.append64(upper)
            file.append64(lower)
            pseudo.add(upper)
            pseudo.add(lower)
        }
        pseudo.add(UInt32(truncatingIfNeeded: size))
        pseudo.add(UInt32(transport.rawValue))
    }

    private static func words(_ address: IPAddress) -> (UInt64, UInt64) {
        switch address {
        case .v6(let upper, let lower): (upper, lower)
        // RFC 4291 §2.5.5.2
        case .v4(let number): (0, 0xFFFF_0000_0000 | UInt64(number))
        }
    }
}

extension [UInt8] {
    /// Two octets in network order.
    fileprivate mutating func append16(_ number: UInt16) {
        append(UInt8(truncatingIfNeeded: number >> 8))
        append(UInt8(truncatingIfNeeded: number))
    }

    fileprivate mutating func append32(_ number: UInt32) {
        append16(UInt16(truncatingIfNeeded: number >> 16))
        append16(UInt16(truncatingIfNeeded: number))
    }

    fileprivate mutating func append64(_ number: UInt64) {
        append32(UInt32(truncatingIfNeeded: number >> 32))
        append32(UInt32(truncatingIfNeeded: number))
    }
}
