/// Which parts of a ``SpeechFrontEnd`` work on a call. On by default is what helps an agent to hear: `docs/media.md` has
/// the figures of each part.
public struct SpeechFrontEndConfiguration: Sendable, Equatable {
    /// By how much steady noise is lowered at most, 1 to 40 dB; `nil` leaves it. It delays what is heard by 20 ms. It is
    /// for people who listen: a recogniser gains nothing by it.
    public var noiseSuppression: Int?
    /// The level that speech is slowly brought to, −50 to −10 dBov; `nil` leaves it. It is for people who listen, too.
    public var automaticGain: Double?
    /// Whether our own voice is taken out of what comes back.
    public var cancelsEcho: Bool
    /// For how long an echo may ring after its beginning, 32 to 256 ms. How late it begins doesn't count: that is found.
    public var echoTail: Duration

    public init(
        noiseSuppression: Int? = nil, automaticGain: Double? = nil, cancelsEcho: Bool = true,
        echoTail: Duration = .milliseconds(64)
    ) {
        self.noiseSuppression = noiseSuppression
        self.automaticGain = automaticGain
        self.cancelsEcho = cancelsEcho
        self.echoTail = echoTail
    }

    /// Every part off: the sound stays as it came, and only voice activity is reported.
    public static let off = SpeechFrontEndConfiguration(cancelsEcho: false)
}

/// Why a ``SpeechFrontEnd`` could not be made or would not take a frame.
public enum SpeechFrontEndError: Error, Equatable, Sendable, CustomStringConvertible {
    /// A rate other than 8 000, 16 000, 24 000 or 48 000 samples per second.
    case unsupportedRate(Int)
    /// A value of the configuration that is out of its range; its name.
    case outOfRange(String)
    /// A frame that is not 20 ms long: samples that it should have and has.
    case wrongLength(expected: Int, found: Int)
    /// libspeexdsp had no memory.
    case library

    public var description: String {
        switch self {
        case .unsupportedRate(let rate):
            "Speech at \(rate) Hz can't be worked on: it must be 8000, 16000, 24000 or 48000 Hz."
        case .outOfRange(let name): "The value of \(name) is out of its range."
        case .wrongLength(let expected, let found):
            "A frame of 20 ms has \(expected) samples here, and this one has \(found)."
        case .library: "libspeexdsp could not make its state: there is no memory."
        }
    }
}
