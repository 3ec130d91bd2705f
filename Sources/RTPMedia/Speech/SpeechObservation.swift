/// What a ``SpeechFrontEnd`` found in 20 ms.
public struct SpeechObservation: Sendable, Equatable {
    /// The way on which our own voice comes back.
    public struct EchoPath: Sendable, Equatable {
        /// From the frame that was played to the one in which it is heard.
        public var delay: Duration
        /// How much softer the echo is than what was played (ERL), dB.
        public var returnLoss: Double
        /// By how much the echo has been lowered lately (ERLE), dB; measured while nobody else speaks.
        public var enhancement: Double
    }

    /// Whether the other side speaks. An echo of our own voice doesn't count.
    public var isSpeech: Bool
    /// How sure it is that this frame has a voice in it, 0 to 1, before short gaps are bridged.
    public var speechProbability: Double
    /// Whether what came in was our own voice and no other.
    public var isOwnEcho: Bool
    /// `nil` while no echo was found.
    public var echo: EchoPath?

    public init(isSpeech: Bool, speechProbability: Double, isOwnEcho: Bool, echo: EchoPath? = nil) {
        self.isSpeech = isSpeech
        self.speechProbability = speechProbability
        self.isOwnEcho = isOwnEcho
        self.echo = echo
    }
}
