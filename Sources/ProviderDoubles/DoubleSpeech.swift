/// The sound that a double makes of a text: 50 ms of noise for each character, the same each time.
struct DoubleSpeech: Sendable {
    static let millisecondsPerCharacter = 50
    /// Characters of one message.
    static let charactersPerChunk = 8

    let octetsPerMillisecond: Int

    struct Chunk: Sendable {
        var text: String
        /// Where it begins in the whole.
        var startMs: Int
        var sound: [UInt8]
    }

    func chunks(_ text: String) -> [Chunk] {
        let characters = Array(text)
        return stride(from: 0, to: characters.count, by: Self.charactersPerChunk).map { first in
            let part = characters[first..<min(first + Self.charactersPerChunk, characters.count)]
            let start = first * Self.millisecondsPerCharacter
            return Chunk(text: String(part), startMs: start, sound: sound(at: start, characters: part.count))
        }
    }

    private func sound(at startMs: Int, characters: Int) -> [UInt8] {
        let first = startMs * octetsPerMillisecond
        let count = characters * Self.millisecondsPerCharacter * octetsPerMillisecond
        return (first..<(first + count)).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ $0 >> 5) }
    }
}

/// How a double that speaks misbehaves.
public struct VoiceScript: Sendable {
    /// Takes in texts and never says anything.
    public var isSilent = false
    /// Answers each text with sound that never ends.
    public var isEndless = false
    /// Answers the first text with what is no JSON.
    public var isMalformed = false
    /// Answers the first text with a message of so many octets.
    public var hugeMessage: Int?
    /// Breaks the connection after so many messages with sound.
    public var cutAfterChunks: Int?
    /// Answers texts with this error, in the service's own code.
    public var error: String?
    /// Makes only so many messages with sound of a text, and the rest when it is told to or the text is given up.
    public var holdAfterChunks: Int?
    /// Says that a context is done only when it is told to.
    public var holdsFinals = false
    /// How the times of characters come (ElevenLabs).
    public var alignment = Alignment.exact
    /// Writes the names of ids as Python does (ElevenLabs).
    public var usesSnakeCase = false

    public enum Alignment: Sendable {
        case exact
        /// Every second message has none.
        case everySecond
        /// Only that of the normalised text.
        case normalized
        case none
    }

    public init() {}
}
