/// What we can do with sound.
public struct AudioCapabilities: Sendable, Hashable {
    /// The codecs, the one we like best first.
    public var codecs: [AudioCodecOffer]
    /// Whether we send and take digits as RFC 4733 events.
    public var telephoneEvent: Bool
    /// How much sound we like in a packet, in milliseconds.
    public var ptime: Int
    /// The extended reports that we like to get from whoever offers some: the value of our `a=rtcp-xr` (RFC 3611 §5);
    /// `nil` for none.
    public var extendedReports: String?
    /// The header extensions that we know, by their URI, with what our `a=extmap` says behind it (RFC 8285 §5).
    public var headerExtensions: [String: String]

    /// States what we can do; by default with digits and 20 ms packets.
    public init(
        codecs: [AudioCodecOffer], telephoneEvent: Bool = true, ptime: Int = 20, extendedReports: String? = nil,
        headerExtensions: [String: String] = [:]
    ) {
        self.codecs = codecs
        self.telephoneEvent = telephoneEvent
        self.ptime = ptime
        self.extendedReports = extendedReports
        self.headerExtensions = headerExtensions
    }
}
