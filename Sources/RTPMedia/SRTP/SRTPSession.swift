/// Encrypts and authenticates the RTP and RTCP of one call (RFC 3711), in place.
///
/// It belongs to one stream of packets: a copy of a reference is the same session. It may be used from any thread. New
/// keys make a new session; the same keys must keep theirs, or packets that were recorded could be played in again.
///
/// What is refused is left empty, so that nobody reads what nobody vouches for.
public final class SRTPSession: Sendable {
    /// How what we send is protected.
    public let sending: SRTPKeying
    /// How what comes must be protected.
    public let receiving: SRTPKeying
    private let library: SRTPLibrary

    /// - Parameters:
    ///   - sending: how what we send is protected.
    ///   - receiving: how what comes must be.
    ///   - replayWindow: how far behind the newest packet one may be and still be let in, 64 to 32 767 packets.
    /// - Throws: ``SRTPError/unusableKeys``, or an error of the library.
    public init(sending: SRTPKeying, receiving: SRTPKeying, replayWindow: Int = 128) throws(SRTPError) {
        self.sending = sending
        self.receiving = receiving
        let window = min(max(replayWindow, 64), 32_767)
        library = try SRTPLibrary(sending: sending, receiving: receiving, replayWindow: window)
    }

    /// What went through so far, and what did not.
    public var statistics: SRTPStatistics { library.statistics }

    /// Protects an RTP packet. The array grows by the overhead of the suite; one that has room doesn't move.
    public func protect(_ packet: inout [UInt8]) throws(SRTPError) {
        try library.run(.protect, &packet, overhead: sending.suite.packetOverhead + identifierLength)
    }

    /// Lets in an RTP packet, if it is authentic and new.
    public func unprotect(_ packet: inout [UInt8]) throws(SRTPError) {
        try library.run(.unprotect, &packet, overhead: 0)
    }

    /// Protects a compound RTCP packet.
    public func protectControl(_ packet: inout [UInt8]) throws(SRTPError) {
        try library.run(.protectControl, &packet, overhead: sending.suite.controlOverhead + identifierLength)
    }

    /// Lets in a compound RTCP packet, if it is authentic and new.
    public func unprotectControl(_ packet: inout [UInt8]) throws(SRTPError) {
        try library.run(.unprotectControl, &packet, overhead: 0)
    }

    /// How often the sequence numbers of a source have begun anew (RFC 3711 §3.3.1); `nil` for one that is not there.
    public func rolloverCounter(ofSource ssrc: UInt32, sent: Bool) -> UInt32? {
        library.rolloverCounter(ofSource: ssrc, sent: sent)
    }

    private var identifierLength: Int { sending.keys.first?.identifier?.octets.count ?? 0 }
}
