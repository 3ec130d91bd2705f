public import TelephonyPrimitives

/// One call as a capture for Wireshark: its SIP messages, and its RTP and RTCP as it was on the wire or decrypted.
///
/// A capture of encrypted signalling holds the keys of SDES (RFC 4568), and a decrypted one the conversation itself: such
/// a file is to be kept like a recording.
///
/// The session descriptions in it say RTP/SAVP all the same, by which Wireshark takes decrypted media for encrypted. With
/// `-o sdp.establish_conversation:FALSE -d udp.port==PORT,rtp` it doesn't.
public struct MediaCapture: Sendable {
    /// Whether SRTP and SRTCP are written as RTP and RTCP.
    public let isDecrypted: Bool
    /// The beginning of the file, to be written before all else.
    public static var header: [UInt8] { PcapWriter.header }
    /// Tells the length of the file so far, the packets in it, and how many were left out.
    public private(set) var writer: PcapWriter

    /// - Parameters:
    ///   - isDecrypted: whether media is written in the clear.
    ///   - maximumLength: octets that the file may grow to; an hour of G.711 both ways takes 88 MB.
    public init(isDecrypted: Bool = false, maximumLength: Int = 1 << 30) {
        self.isDecrypted = isDecrypted
        writer = PcapWriter(maximumLength: maximumLength)
    }

    /// Appends a SIP message, over TCP for TCP, TLS and WebSocket.
    ///
    /// - Parameters:
    ///   - octets: the message, decrypted.
    ///   - source: whose IP address and port it came from.
    ///   - destination: where it went.
    ///   - transport: what carried it.
    ///   - nanoseconds: since 1970.
    ///   - file: what is to be written next.
    public mutating func message(
        _ octets: Span<UInt8>, from source: TransportAddress, to destination: TransportAddress,
        over transport: PcapWriter.Transport, at nanoseconds: Int64, into file: inout [UInt8]
    ) {
        writer.append(octets, from: source, to: destination, over: transport, at: nanoseconds, into: &file)
    }

    /// Appends a datagram of media.
    ///
    /// - Parameters:
    ///   - datagram: as it was on the wire.
    ///   - clear: what was inside; nothing where that is the same, or where it could not be decrypted. Such a datagram is
    ///     written as it came.
    ///   - source: whose IP address and port it came from.
    ///   - destination: where it went.
    ///   - nanoseconds: since 1970.
    ///   - file: what is to be written next.
    public mutating func media(
        _ datagram: Span<UInt8>, clear: Span<UInt8>, from source: TransportAddress, to destination: TransportAddress,
        at nanoseconds: Int64, into file: inout [UInt8]
    ) {
        let chosen = isDecrypted && !clear.isEmpty ? clear : datagram
        writer.append(chosen, from: source, to: destination, at: nanoseconds, into: &file)
    }
}
