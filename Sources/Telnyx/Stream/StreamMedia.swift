internal import TelephonyPrimitives

/// A piece of sound: `media`.
public struct StreamMedia: Sendable, Hashable {
    public enum Track: String, Sendable, Hashable, CaseIterable {
        /// What the leg says.
        case inbound
        /// What the leg hears.
        case outbound

        /// Settings of streams have `_track` behind it.
        init?(_ text: String) {
            switch text {
            case "inbound", "inbound_track": self = .inbound
            case "outbound", "outbound_track": self = .outbound
            default: return nil
            }
        }
    }

    public var track: Track
    /// From 1, for each track.
    public var chunk: Int?
    /// Milliseconds since the stream began.
    public var timestamp: Int?
    /// What would be the payload of RTP.
    public var payload: [UInt8]

    /// - Parameters:
    ///   - payload: what would be the payload of RTP.
    ///   - track: whose sound.
    ///   - chunk: from 1, for each track.
    ///   - timestamp: milliseconds since the stream began.
    public init(_ payload: [UInt8], track: Track = .inbound, chunk: Int? = nil, timestamp: Int? = nil) {
        self.payload = payload
        self.track = track
        self.chunk = chunk
        self.timestamp = timestamp
    }

    init(_ json: JSONValue?) throws(StreamMessageError) {
        payload = try StreamJSON.payload(json)
        track = json?["track"]?.string.flatMap { Track($0) } ?? .inbound
        chunk = json?["chunk"]?.looseInteger
        timestamp = json?["timestamp"]?.looseInteger
    }

    var json: JSONValue {
        var members: [String: JSONValue] = [
            "track": .string(track.rawValue), "payload": .string(Base64Text.text(of: payload)),
        ]
        members["chunk"] = chunk.map { .string("\($0)") }
        members["timestamp"] = timestamp.map { .string("\($0)") }
        return .object(members)
    }
}
