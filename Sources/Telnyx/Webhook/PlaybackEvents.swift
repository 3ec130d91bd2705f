internal import TelephonyPrimitives

/// How the playing of sound or speech came out.
public struct PlaybackStatus: OpenName {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }

    public static let completed: PlaybackStatus = "completed"
    public static let callHangup: PlaybackStatus = "call_hangup"
    public static let cancelled: PlaybackStatus = "cancelled"
    /// Machine detection cut it off.
    public static let cancelledByMachineDetection: PlaybackStatus = "cancelled_amd"
    public static let fileNotFound: PlaybackStatus = "file_not_found"
    public static let failed: PlaybackStatus = "failed"
    public static let unknown: PlaybackStatus = "unknown"
}

/// `call.playback.started` and `call.playback.ended`.
public struct Playback: Sendable, Hashable {
    public var mediaURL: String?
    public var mediaName: String?
    public var isOverlay: Bool
    /// `nil` at the start.
    public var status: PlaybackStatus?
    public var statusDetail: String?

    init(_ payload: JSONValue) {
        mediaURL = payload["media_url"]?.filledText
        mediaName = payload["media_name"]?.filledText
        isOverlay = payload["overlay"]?.looseBool ?? false
        status = payload["status"]?.filledText.map(PlaybackStatus.init(rawValue:))
        statusDetail = payload["status_detail"]?.filledText
    }
}

/// How the gathering of keys came out.
public struct GatherStatus: OpenName {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }

    public static let valid: GatherStatus = "valid"
    public static let invalid: GatherStatus = "invalid"
    public static let callHangup: GatherStatus = "call_hangup"
    public static let cancelled: GatherStatus = "cancelled"
    public static let cancelledByMachineDetection: GatherStatus = "cancelled_amd"
    public static let timeout: GatherStatus = "timeout"
}
