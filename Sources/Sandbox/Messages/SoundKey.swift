/// A key for sound as a description has it, `a=crypto` (RFC 4568 §9.1): of AES_CM_128_HMAC_SHA1_80, the suite that the
/// carrier wants first (reference A7), and of no other.
struct SoundKey: Sendable, Hashable {
    /// Tells the offered ones apart; the answer repeats it.
    var tag: Int
    /// Key and salt.
    var octets: [UInt8]

    static let suite = "AES_CM_128_HMAC_SHA1_80"
    static let length = 30

    init(tag: Int, octets: [UInt8]) {
        self.tag = tag
        self.octets = octets
    }

    /// Reads what stands behind `a=crypto:`; `nil` for another suite, a key of another length, one that is named in each
    /// packet, and parameters that take protection away.
    init?(_ text: String) {
        let parts = text.split(separator: " ")
        guard parts.count >= 3, parts.count <= 16, let tag = Int(parts[0]), (1...999_999_999).contains(tag),
            parts[1].uppercased() == Self.suite, parts[2].lowercased().hasPrefix("inline:"), !parts[2].contains(";")
        else { return nil }
        let fields = parts[2].dropFirst(7).split(separator: "|", omittingEmptySubsequences: false)
        guard let octets = fields.first.flatMap({ Base64.octets(String($0)) }), octets.count == Self.length,
            !fields.dropFirst().contains(where: { $0.contains(":") }),
            !parts.dropFirst(3).contains(where: { $0.uppercased().hasPrefix("UN") })
        else { return nil }
        self.init(tag: tag, octets: octets)
    }

    var text: String { "\(tag) \(Self.suite) inline:\(Base64.text(octets))" }
}

/// How the sound of one side of a call is protected: what the carrier sends there, and what comes from there.
public struct SoundKeys: Sendable, Hashable, CustomStringConvertible {
    /// Key and salt of what the carrier sends.
    public var sending: [UInt8]
    /// Key and salt of what comes.
    public var receiving: [UInt8]

    /// Never the keys.
    public var description: String { "SoundKeys" }
}

/// What a side and the carrier have agreed on about keys.
struct LegKeys: Sendable, Hashable {
    /// Our own.
    var own: SoundKey
    /// Its key, once it has said it.
    var theirs: [UInt8]?
    /// `RTP/SAVP`, or `RTP/AVP` of who offers keys without insisting.
    var profile: String

    /// What the sound needs; `nil` before both keys are there.
    var sound: SoundKeys? { theirs.map { SoundKeys(sending: own.octets, receiving: $0) } }
}
