/// Why a message of a media stream can't be read.
public enum StreamMessageError: Error, Hashable, CustomStringConvertible {
    /// It has so many octets.
    case tooLong(Int)
    case notJSON(String)
    case noEvent
    /// What the event has to have.
    case missing(String)
    /// The payload is no Base64.
    case badPayload
    /// The name of a mark is empty or too long.
    case badMark

    public var description: String {
        switch self {
        case .tooLong(let count):
            "The message has \(count) octets; \(StreamMessage.maximumOctets) are taken. Send less sound at once."
        case .notJSON(let reason): "The message is no JSON: \(reason)."
        case .noEvent: "The message has no `event`: is this a media stream of Telnyx?"
        case .missing(let name): "The message has no `\(name)`."
        case .badPayload: "`media.payload` is no Base64."
        case .badMark: "`mark.name` takes 1 to \(StreamMessage.maximumMarkName) octets."
        }
    }

    /// The code that Telnyx uses for the like.
    public var code: Int {
        switch self {
        case .badPayload: 100_004
        default: 100_003
        }
    }
}
