internal import TelephonyPrimitives

/// An audio stream of the peer, read as far as offer and answer need it.
struct RemoteAudio {
    var remote: TransportAddress?
    var host: String
    var rtcp: TransportAddress?
    /// Whether RTCP may share the RTP port.
    var rtcpMux: Bool
    /// What the peer does.
    var direction: StreamDirection
    var ptime: Int?
    var maximumPtime: Int?
    var payloadTypes: PayloadTypes
    var security: OfferedSecurity
    var extensions: StreamExtensions

    /// Reads one m=audio line of a description.
    ///
    /// - Parameter local: our own media address; the peer's must be of the same IP version.
    init(
        _ media: MediaDescription, of session: SessionDescription, local: TransportAddress
    ) throws(OfferAnswerError) {
        guard media.kind.lowercased() == "audio", media.port != 0 else { throw .noAudio }
        let transport = media.transport.uppercased()
        let isSecure = transport == "RTP/SAVP" || transport == "RTP/SAVPF"
        guard isSecure || transport == "RTP/AVP" || transport == "RTP/AVPF" else {
            let isKeyedOtherwise = transport.hasSuffix("RTP/SAVP") || transport.hasSuffix("RTP/SAVPF")
            throw isKeyedOtherwise ? .secureMediaRequired : .unsupportedTransport(media.transport)
        }
        security = OfferedSecurity(
            lines: media.attributes.filter { $0.name.lowercased() == "crypto" }.prefix(32).compactMap(\.value),
            isSecureProfile: isSecure)
        guard let connection = session.connection(of: media) else { throw .unsupportedAddress("") }
        guard connection.networkType.lowercased() == "in", !connection.host.isEmpty else {
            throw .unsupportedAddress(connection.address)
        }
        host = connection.host
        direction = StreamDirection(in: media.attributes) ?? StreamDirection(in: session.attributes) ?? .sendrecv
        if let ip = connection.ip {
            if ip.isUnspecified {
                // RFC 3264 §8.4: nothing is to be sent there.
                direction = direction.intersection(.sendonly)
            } else {
                guard ip.isUnicast, ip.isSameVersion(as: local.ip) else {
                    throw .unsupportedAddress(connection.address)
                }
                remote = TransportAddress(ip: ip, port: media.port)
            }
        }
        rtcpMux = media.attributes.has("rtcp-mux")
        rtcp = remote.flatMap { Self.rtcp(media.attributes.value("rtcp"), rtp: $0) }
        ptime = Self.milliseconds(media.attributes.value("ptime"))
        maximumPtime = Self.milliseconds(media.attributes.value("maxptime"))
        payloadTypes = PayloadTypes(media)
        extensions = StreamExtensions(media, of: session)
    }

    /// `a=rtcp:7001 IN IP4 192.0.2.87` or `a=rtcp:7001` (RFC 3605 §2.1); without a usable one the port above RTP.
    private static func rtcp(_ value: String?, rtp: TransportAddress) -> TransportAddress? {
        let parts = fields(value ?? "")
        if let first = parts.first, let wide = decimal(first), let port = UInt16(exactly: wide), port > 0 {
            guard parts.count >= 4, let ip = IPAddress(parts[3]), !ip.isUnspecified else {
                return TransportAddress(ip: rtp.ip, port: port)
            }
            if ip.isUnicast, ip.isSameVersion(as: rtp.ip) { return TransportAddress(ip: ip, port: port) }
        }
        return rtp.port == .max ? nil : TransportAddress(ip: rtp.ip, port: rtp.port + 1)
    }

    /// A packet time, perhaps with a fraction, which is dropped (RFC 8866 §6.4); `nil` when it makes no sense.
    private static func milliseconds(_ value: String?) -> Int? {
        guard let first = fields(value ?? "").first, let whole = first.split(separator: ".").first,
            let number = decimal(whole), (1...10_000).contains(number)
        else { return nil }
        return number
    }

    /// The packet time to send with: the peer's wish when it is a whole number of 10 ms frames up to 60 ms, else
    /// ours, never above the peer's limit unless that is below one frame.
    func sendPtime(ours: Int) -> Int {
        var chosen = ours
        if let ptime, (10...60).contains(ptime), ptime % 10 == 0 { chosen = ptime }
        if let maximumPtime, maximumPtime < chosen { chosen = max(10, maximumPtime / 10 * 10) }
        return chosen
    }
}

extension IPAddress {
    /// Whether it names one host: neither multicast nor the limited broadcast address.
    fileprivate var isUnicast: Bool {
        switch self {
        case .v4(let number): number >> 28 != 0xE && number != .max
        case .v6(let upper, _): upper >> 56 != 0xFF
        }
    }

    fileprivate func isSameVersion(as other: IPAddress) -> Bool {
        switch (self, other) {
        case (.v4, .v4), (.v6, .v6): true
        default: false
        }
    }
}
