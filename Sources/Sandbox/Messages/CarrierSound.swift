import TelephonyPrimitives

/// What one side of a call is told of sound: the other side's description with the carrier's own address in it.
///
/// The carrier stands between the two (it anchors media) and changes no codec, so payload types are passed on as they are.
struct CarrierSound: Sendable {
    /// Names the session in `o=`, and grows with each change.
    let session: UInt64
    private(set) var version: UInt64 = 0
    /// What this side was told last.
    private(set) var sent: [UInt8] = []
    /// What this side has said last.
    var received: [UInt8] = []

    init(session: UInt64) { self.session = session }

    /// Writes the description for this side.
    ///
    /// - Parameters:
    ///   - outline: what the other side has said.
    ///   - address: where the carrier takes this side's sound.
    ///   - takes: which codecs may be named, by encoding name in lower case.
    ///   - direction: in place of the other side's.
    ///   - keys: of this side; `nil`: its sound is not encrypted.
    /// - Returns: `nil` when no codec is left.
    mutating func describe(
        _ outline: PeerSound, at address: TransportAddress, takes: (String) -> Bool,
        direction: String? = nil, keys: LegKeys?
    ) -> [UInt8]? {
        let codecs = outline.codecs.filter { takes($0.name) }
        guard codecs.contains(where: { $0.name != "telephone-event" && $0.name != "cn" }) else { return nil }
        let family = if case .v4 = address.ip { "IP4" } else { "IP6" }
        var lines = ["s=Telnyx", "c=IN \(family) \(address.ip)", "t=0 0"]
        lines.append(
            "m=audio \(address.port) \(keys?.profile ?? "RTP/AVP") "
                + codecs.map { "\($0.number)" }.joined(separator: " "))
        if let keys { lines.append("a=crypto:\(keys.own.text)") }
        for codec in codecs {
            lines.append("a=rtpmap:\(codec.number) \(codec.encoding)")
            if let parameters = codec.parameters { lines.append("a=fmtp:\(codec.number) \(parameters)") }
        }
        lines += ["a=ptime:20", "a=\(direction ?? outline.direction)", "a=rtcp:\(Int(address.port) + 1)"]
        let (session, body) = (session, lines.joined(separator: "\r\n") + "\r\n")
        func text(_ version: UInt64) -> [UInt8] {
            Array("v=0\r\no=Telnyx \(session) \(version) IN \(family) \(address.ip)\r\n\(body)".utf8)
        }
        guard text(version) != sent else { return sent }
        version += 1
        sent = text(version)
        return sent
    }
}
