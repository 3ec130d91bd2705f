internal import TelephonyPrimitives

/// `streaming.failed`.
public struct StreamingFailure: Sendable, Hashable {
    public var streamID: String?
    public var reason: String
    public var url: String?
    /// `inbound_track`, `outbound_track` or `both_tracks`.
    public var track: String?

    init(_ payload: JSONValue) {
        streamID = payload["stream_id"]?.filledText
        reason = payload["failure_reason"]?.looseText ?? "unknown"
        url = payload["stream_params"]?["stream_url"]?.filledText ?? payload["stream_url"]?.filledText
        track = payload["stream_params"]?["track"]?.filledText
    }
}
