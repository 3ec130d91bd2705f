/// What a datagram on a media port is by its first octets (RFC 7983 §7, RFC 5761 §4).
public enum DatagramKind: Sendable, Equatable {
    /// Version 2, and no packet type of RTCP.
    case rtp
    /// RTCP, which may come on the port of RTP.
    case rtcp
    /// STUN, TURN, DTLS, ZRTP, T.38, keep-alives and whatever else is neither.
    case other

    /// Looks at a datagram's first two octets; one of fewer than four is ``other``.
    public init(_ octets: [UInt8]) {
        self.init(octets.span)
    }

    /// The same for octets in a span.
    public init(_ octets: Span<UInt8>) {
        guard octets.count >= 4, octets[0] >> 6 == 2 else {
            self = .other
            return
        }
        self = (192...223).contains(octets[1]) ? .rtcp : .rtp
    }
}
