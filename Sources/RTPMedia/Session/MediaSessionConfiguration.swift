public import TelephonyPrimitives

/// Which way sound flows, as seen from here (RFC 3264 §5.1).
public enum MediaDirection: String, Sendable, Hashable, CaseIterable {
    /// Both ways.
    case sendrecv
    /// We send and hear nothing.
    case sendonly
    /// We hear and send nothing.
    case recvonly
    /// Neither way.
    case inactive

    /// Whether we may send.
    public var sends: Bool { self == .sendrecv || self == .sendonly }
    /// Whether we may hear.
    public var receives: Bool { self == .sendrecv || self == .recvonly }
}

/// The keys of both directions of an encrypted call (RFC 3711).
public struct MediaKeying: Sendable, Equatable {
    /// How what we send is protected.
    public var sending: SRTPKeying
    /// How what comes must be protected.
    public var receiving: SRTPKeying

    /// The keys of both directions: of each side the one that it wrote.
    public init(sending: SRTPKeying, receiving: SRTPKeying) {
        self.sending = sending
        self.receiving = receiving
    }
}

/// What an offer and an answer agreed on about the sound of a call (RFC 3264).
public struct MediaSessionConfiguration: Sendable, Equatable {
    /// The codec that we send.
    public var codec: AudioCodecKind
    /// The payload type of what we send, 0 to 127.
    public var sendPayloadType: UInt8
    /// The codecs that may come, by payload type, 0 to 127.
    public var receivePayloadTypes: [UInt8: AudioCodecKind]
    /// The payload type of the telephone-events that we send; `nil` when the other side takes none.
    public var telephoneEventSend: UInt8?
    /// The payload types of the telephone-events that may come, at the clock rate of the codec.
    public var telephoneEventReceive: Set<UInt8>
    /// The keys when the call is encrypted; nothing that is not is then heard or sent.
    public var keying: MediaKeying?
    /// Where the other side wants RTP, and whence it is expected; `nil` or `0.0.0.0` while it wants none.
    public var remote: TransportAddress?
    /// Where the other side wants RTCP; the same as ``remote`` when both share a port (RFC 5761).
    public var remoteRTCP: TransportAddress?
    /// Hosts besides that of ``remote`` from which RTP may come when a NAT changes addresses: where the signalling comes
    /// from.
    public var hosts: Set<IPAddress>
    /// Which way sound flows. RTCP is sent and read in every direction.
    public var direction: MediaDirection
    /// The packet time that was agreed, in milliseconds. It is a wish of the receiver (RFC 4566 §6): packets sent are of
    /// 20 ms, packets received may be of any length up to 200 ms.
    public var ptime: Int
    /// The source identifier of what we send. It stays that of the first configuration for the whole session,
    /// unless the other side uses it too (RFC 3550 §8.2).
    public var ssrc: UInt32
    /// The canonical name in source descriptions, likewise (RFC 3550 §6.5.1).
    public var cname: String
    /// The identifiers of the header extensions that packets carry.
    public var headerExtensions = HeaderExtensionIDs()
    /// The identification of the media description (RFC 9143), told where ``headerExtensions`` has an identifier for it.
    public var mid = ""
    /// The extended reports that the other side wants (RFC 3611 §5); of these, VoIP metrics and, while we only receive,
    /// reference times are sent. Those that come are read whatever was agreed on, and reference times are answered.
    public var extendedReports = ExtendedReportFormats()
    /// Whether RTCP may come in parts (`a=rtcp-rsize`, RFC 5506). Feedback may in any case.
    public var allowsReducedSize = false
    /// The bandwidth of the session in bit/s, of which RTCP gets 5 %; `nil` where it is enough for a report every 5 s.
    /// Taken from the first configuration.
    public var bandwidth: Int?
    /// Whether reports may come more often than every 5 s where ``bandwidth`` is more than 72 kbit/s (RFC 3550 §6.2).
    public var reducesReportInterval = false

    /// Each parameter is described at the property of its name; the properties that are not here begin at their defaults.
    public init(
        codec: AudioCodecKind, sendPayloadType: UInt8, receivePayloadTypes: [UInt8: AudioCodecKind],
        telephoneEventSend: UInt8? = nil, telephoneEventReceive: Set<UInt8> = [], keying: MediaKeying? = nil,
        remote: TransportAddress?,
        remoteRTCP: TransportAddress? = nil, hosts: Set<IPAddress> = [], direction: MediaDirection = .sendrecv,
        ptime: Int = 20, ssrc: UInt32,
        cname: String
    ) {
        self.codec = codec
        self.sendPayloadType = sendPayloadType
        self.receivePayloadTypes = receivePayloadTypes
        self.telephoneEventSend = telephoneEventSend
        self.telephoneEventReceive = telephoneEventReceive
        self.keying = keying
        self.remote = remote
        self.remoteRTCP = remoteRTCP
        self.hosts = hosts
        self.direction = direction
        self.ptime = ptime
        self.ssrc = ssrc
        self.cname = cname
    }

    /// ``remote`` when something can be sent there.
    var reachableRemote: TransportAddress? {
        remote.flatMap { $0.port == 0 || $0.ip.isUnspecified ? nil : $0 }
    }
}
