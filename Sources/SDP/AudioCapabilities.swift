/// What we can do with sound.
public struct AudioCapabilities: Sendable, Hashable {
    /// The codecs, the one we like best first.
    public var codecs: [AudioCodecOffer]
    /// Whether we send and take digits as RFC 4733 events.
    public var telephoneEvent: Bool
    /// How much sound we like in a packet, in milliseconds.
    public var ptime: Int

    /// States what we can do; by default with digits and 20 ms packets.
    public init(codecs: [AudioCodecOffer], telephoneEvent: Bool = true, ptime: Int = 20) {
        self.codecs = codecs
        self.telephoneEvent = telephoneEvent
        self.ptime = ptime
    }
}
