/// Turns payloads into sound.
///
/// A decoder is a value: a copy goes on by itself from where the original was.
public protocol AudioDecoder: Sendable {
    /// Samples per second of the sound.
    var sampleRate: Int { get }
    /// RTP timestamp units per second.
    var clockRate: Int { get }

    /// How many samples ``decode(_:into:)`` makes of a payload; 0 when it can't be decoded.
    func sampleCount(of payload: Span<UInt8>) -> Int

    /// Appends the sound of a payload, exactly as many samples as ``sampleCount(of:)`` says. Never fails: what turns out
    /// to be damaged is concealed.
    mutating func decode(_ payload: Span<UInt8>, into samples: inout [Int16])

    /// Appends `count` samples in place of a payload that is lost, by the codec's own means.
    ///
    /// - Returns: `false`, and nothing is appended, when the codec has none.
    mutating func conceal(_ count: Int, into samples: inout [Int16]) -> Bool

    /// Appends the `count` samples before `next`, out of what `next` tells about them (forward error correction). `next`
    /// itself is to be decoded afterwards.
    ///
    /// - Returns: `false`, and nothing is appended, when it tells nothing.
    mutating func recover(_ count: Int, from next: Span<UInt8>, into samples: inout [Int16]) -> Bool

    /// Forgets what came before: another stream begins.
    mutating func reset()
}

extension AudioDecoder {
    public mutating func conceal(_ count: Int, into samples: inout [Int16]) -> Bool { false }

    public mutating func recover(_ count: Int, from next: Span<UInt8>, into samples: inout [Int16]) -> Bool { false }

    public mutating func reset() {}
}
