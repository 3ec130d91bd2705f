internal import TelephonyPrimitives

/// What is sent to Telnyx on a media stream, and the same for whoever plays Telnyx.
public enum StreamOrder: Sendable, Hashable {
    /// Sound in the codec that was agreed on, to be played after what is queued: 20 ms to 30 s.
    case media([UInt8])
    /// To be told back when everything before it has been played.
    case mark(String)
    /// Drop what is queued.
    case clear
    /// Something newer than this library.
    case unknown(String)

    /// Reads a text message.
    ///
    /// - Parameter text: UTF-8.
    /// - Throws: ``StreamMessageError``.
    public init(parsing text: [UInt8]) throws(StreamMessageError) {
        let json = try StreamJSON.parse(text)
        guard let name = json["event"]?.filledText else { throw .noEvent }
        switch name {
        case "media": self = .media(try StreamJSON.payload(json["media"]))
        case "mark": self = .mark(try StreamJSON.markName(json))
        case "clear": self = .clear
        default: self = .unknown(String(name.prefix(64)))
        }
    }

    /// The message in one line.
    public var json: String {
        let message: JSONValue =
            switch self {
            case .media(let payload): ["event": "media", "media": ["payload": .string(Base64Text.text(of: payload))]]
            case .mark(let name): ["event": "mark", "mark": ["name": .string(name)]]
            case .clear: ["event": "clear"]
            case .unknown(let name): ["event": .string(name)]
            }
        return message.json
    }
}
