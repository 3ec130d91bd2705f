public import TelephonyPrimitives

/// What an offer and its answer have settled about the sound of a call, from our side.
public struct AudioAgreement: Sendable, Hashable {
    /// Where to send RTP; `nil` when the peer gave 0.0.0.0 (hold in the style of RFC 2543) or a host name: the address
    /// of before stays.
    public var remote: TransportAddress?
    /// The host as the peer wrote it.
    public var remoteHost: String
    /// Where to send RTCP: by `a=rtcp` (RFC 3605), else the port above RTP, with `rtcpMux` the RTP port itself.
    public var remoteRTCP: TransportAddress?
    /// The codec to send with, as our capabilities name it.
    public var codec: AudioCodecOffer
    /// What the peer's `a=fmtp` says for it.
    public var remoteParameters: String?
    /// The payload type to send it with.
    public var sendPayloadType: UInt8
    /// The payload types the peer may send sound with.
    public var receivePayloadTypes: [UInt8: AudioCodecOffer]
    /// The payload type to send digits with; `nil`: the peer takes no RFC 4733 events on the codec's clock.
    public var telephoneEventSendPayloadType: UInt8?
    /// The payload types digits may come with.
    public var telephoneEventReceivePayloadTypes: Set<UInt8>
    /// What we do: `recvonly` means that we send nothing.
    public var direction: StreamDirection
    /// How much sound to put in a packet, in milliseconds; never above the peer's `a=maxptime`.
    public var ptime: Int
    /// Whether RTCP shares the RTP port (RFC 5761).
    public var rtcpMux: Bool
    /// What the peer's stream says about encryption.
    public var security: OfferedSecurity
    /// What the stream has beyond plain RTP and RTCP.
    public var extensions: StreamExtensions

    /// Puts an agreement together; for an exchange, ``AudioOfferAnswer`` does it.
    public init(
        remote: TransportAddress?, remoteHost: String, remoteRTCP: TransportAddress?, codec: AudioCodecOffer,
        remoteParameters: String? = nil, sendPayloadType: UInt8, receivePayloadTypes: [UInt8: AudioCodecOffer],
        telephoneEventSendPayloadType: UInt8?, telephoneEventReceivePayloadTypes: Set<UInt8>,
        direction: StreamDirection, ptime: Int, rtcpMux: Bool,
        security: OfferedSecurity = OfferedSecurity(lines: [], isSecureProfile: false),
        extensions: StreamExtensions = StreamExtensions()
    ) {
        self.remote = remote
        self.remoteHost = remoteHost
        self.remoteRTCP = remoteRTCP
        self.codec = codec
        self.remoteParameters = remoteParameters
        self.sendPayloadType = sendPayloadType
        self.receivePayloadTypes = receivePayloadTypes
        self.telephoneEventSendPayloadType = telephoneEventSendPayloadType
        self.telephoneEventReceivePayloadTypes = telephoneEventReceivePayloadTypes
        self.direction = direction
        self.ptime = ptime
        self.rtcpMux = rtcpMux
        self.security = security
        self.extensions = extensions
    }
}
