/// How loud the sound of a packet is, as its sender says in a header extension (RFC 6464).
public struct AudioLevel: Sendable, Hashable {
    /// What `a=extmap` calls it.
    public static let uri = "urn:ietf:params:rtp-hdrext:ssrc-audio-level"

    /// Whether there is voice in the packet. Senders who can't tell say `vad=off` in `a=extmap` and leave it `false`.
    public var isVoice: Bool
    /// In dBov, −127 to 0.
    public var decibels: Int

    /// - Parameters:
    ///   - isVoice: whether there is voice in the packet.
    ///   - decibels: in dBov; clamped to −127 to 0.
    public init(isVoice: Bool = false, decibels: Int) {
        self.isVoice = isVoice
        self.decibels = Swift.min(Swift.max(decibels, -127), 0)
    }

    /// Reads an element; `nil` when it is empty. In the form with two octets it may be longer (RFC 6464 §3).
    public init?(_ octets: ArraySlice<UInt8>) {
        guard let octet = octets.first else { return nil }
        isVoice = octet & 0x80 != 0
        decibels = -Int(octet & 0x7F)
    }

    /// The element on the wire.
    public var octet: UInt8 { (isVoice ? 0x80 : 0) | UInt8(-Swift.min(Swift.max(decibels, -127), 0)) }
}
