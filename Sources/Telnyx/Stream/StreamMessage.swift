internal import TelephonyPrimitives

/// A message of Telnyx's on a media stream, and the same for whoever plays Telnyx.
public struct StreamMessage: Sendable, Hashable {
    /// What it says.
    public enum Event: Sendable, Hashable {
        case connected(version: String?)
        case start(StreamStart)
        case media(StreamMedia)
        /// A key was pressed; it may come late: `occurredAt`, in microseconds since 1970, orders keys.
        case dtmf(PressedDigits, occurredAt: Int64?)
        /// Everything that was sent before the mark has been played, or cleared.
        case mark(String)
        case stop(StreamStop)
        case error(StreamComplaint)
        /// Something newer than this library.
        case unknown(String)
    }

    /// Octets of a message: 30 s of L16 at 48 000 Hz in Base64 fit.
    public static let maximumOctets = 4 << 20
    /// Octets of the name of a mark.
    public static let maximumMarkName = 256

    public var event: Event
    /// Over all messages of a stream, from 1; they may come in another order.
    public var sequence: Int?
    public var streamID: String?

    /// - Parameters:
    ///   - event: what it says.
    ///   - sequence: over all messages of a stream, from 1.
    ///   - streamID: how the stream is named.
    public init(_ event: Event, sequence: Int? = nil, streamID: String? = nil) {
        self.event = event
        self.sequence = sequence
        self.streamID = streamID
    }

    /// Reads a text message.
    ///
    /// - Parameter text: UTF-8.
    /// - Throws: ``StreamMessageError``.
    public init(parsing text: [UInt8]) throws(StreamMessageError) {
        let json = try StreamJSON.parse(text)
        sequence = json["sequence_number"]?.looseInteger
        streamID = json["stream_id"]?.filledText
        event = try Self.event(json)
    }

    private static func event(_ json: JSONValue) throws(StreamMessageError) -> Event {
        guard let name = json["event"]?.filledText else { throw .noEvent }
        switch name {
        case "connected": return .connected(version: json["version"]?.looseText)
        case "start":
            guard let start = json["start"], start.object != nil else { throw .missing("start") }
            return .start(StreamStart(start))
        case "media": return .media(try StreamMedia(json["media"]))
        case "dtmf":
            guard let digit = json["dtmf"]?["digit"]?.filledText, digit.count == 1 else { throw .missing("dtmf.digit") }
            return .dtmf(
                PressedDigits(digit.uppercased()), occurredAt: json["occurred_at"]?.string.flatMap(ISOTime.microseconds)
            )
        case "mark": return .mark(try StreamJSON.markName(json))
        case "stop": return .stop(StreamStop(json["stop"] ?? [:]))
        case "error": return .error(StreamComplaint(json["payload"] ?? json["error"] ?? [:]))
        default: return .unknown(String(name.prefix(64)))
        }
    }

    /// The message in one line.
    public var json: String {
        var members: [String: JSONValue] = [:]
        switch event {
        case .connected(let version):
            members["event"] = "connected"
            members["version"] = .string(version ?? "1.0.0")
        case .start(let start):
            members["event"] = "start"
            members["start"] = start.json
        case .media(let media):
            members["event"] = "media"
            members["media"] = media.json
        case .dtmf(let digit, let occurredAt):
            members["event"] = "dtmf"
            members["dtmf"] = ["digit": .string(digit.value)]
            members["occurred_at"] = occurredAt.map { .string(ISOTime.text($0)) }
        case .mark(let name):
            members["event"] = "mark"
            members["mark"] = ["name": .string(name)]
        case .stop(let stop):
            members["event"] = "stop"
            members["stop"] = stop.json
        case .error(let complaint):
            members["event"] = "error"
            members["payload"] = complaint.json
        case .unknown(let name): members["event"] = .string(name)
        }
        // Numbers are texts there.
        members["sequence_number"] = sequence.map { .string("\($0)") }
        members["stream_id"] = streamID.map { .string($0) }
        return JSONValue.object(members).json
    }
}
