/// A codec that a call can be made with.
public enum AudioCodecKind: String, Sendable, Hashable, CaseIterable {
    /// G.711 µ-law, static payload type 0 (RFC 3551 §4.5.14).
    case pcmu = "PCMU"
    /// G.711 A-law, static payload type 8 (RFC 3551 §4.5.14).
    case pcma = "PCMA"

    /// The name in `a=rtpmap`.
    public var name: String { rawValue }
    /// Samples per second of the sound.
    public var sampleRate: Int { 8000 }
    /// RTP timestamp units per second.
    public var clockRate: Int { 8000 }

    /// A coder and decoder of this kind.
    func makeCodec() -> any AudioCodec {
        switch self {
        case .pcmu: G711(.mu)
        case .pcma: G711(.a)
        }
    }
}

/// Turns sound into payloads and back.
protocol AudioCodec: Sendable {
    /// The name in `a=rtpmap`.
    var name: String { get }
    /// Samples per second of the sound.
    var sampleRate: Int { get }
    /// RTP timestamp units per second.
    var clockRate: Int { get }

    mutating func encode(_ samples: [Int16]) -> [UInt8]
    /// Never fails: what can't be decoded yields fewer samples or none.
    mutating func decode(_ payload: ArraySlice<UInt8>) -> [Int16]
}
