/// Turns sound into payloads.
///
/// An encoder is a value: a copy goes on by itself from where the original was.
public protocol AudioEncoder: Sendable {
    /// Samples per second of the sound.
    var sampleRate: Int { get }
    /// RTP timestamp units per second.
    var clockRate: Int { get }

    /// Appends the payload of one packet; nothing while the codec has nothing to send (discontinuous transmission).
    mutating func encode(_ samples: Span<Int16>, into payload: inout [UInt8])

    /// Fits bit rate and protection to the path. Codecs of one rate pay no heed.
    ///
    /// - Parameters:
    ///   - lossFraction: the part of the packets that the other side lately missed, 0 to 1, as its reports say.
    ///   - availableBitRate: what the path takes, in bits per second of payload; `nil` when that isn't known.
    mutating func adapt(lossFraction: Double, availableBitRate: Int?)

    /// Forgets what came before: another stream begins.
    mutating func reset()
}

extension AudioEncoder {
    public mutating func adapt(lossFraction: Double, availableBitRate: Int?) {}

    public mutating func reset() {}
}
