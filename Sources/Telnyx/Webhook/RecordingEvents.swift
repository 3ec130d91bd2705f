internal import TelephonyPrimitives

/// `call.recording.saved`.
public struct SavedRecording: Sendable, Hashable {
    public var recordingID: String?
    /// Microseconds since 1970.
    public var startedAt: Int64?
    public var endedAt: Int64?
    /// `single` or `dual`.
    public var channels: String?
    /// By format, `wav` or `mp3`; they are valid for ten minutes, and whoever has one has the recording.
    public var urls: [String: String]
    /// By format, those that stay valid.
    public var publicURLs: [String: String]

    init(_ payload: JSONValue) {
        recordingID = payload["recording_id"]?.filledText
        startedAt = payload["recording_started_at"]?.string.flatMap(ISOTime.microseconds)
        endedAt = payload["recording_ended_at"]?.string.flatMap(ISOTime.microseconds)
        channels = payload["channels"]?.filledText
        urls = Self.urls(payload["recording_urls"])
        publicURLs = Self.urls(payload["public_recording_urls"])
    }

    private static func urls(_ json: JSONValue?) -> [String: String] {
        (json?.object ?? [:]).compactMapValues(\.filledText)
    }
}

/// `call.recording.transcription.saved`.
public struct RecordingTranscript: Sendable, Hashable {
    public var recordingID: String?
    public var transcriptionID: String?
    public var status: String?
    public var text: String

    init(_ payload: JSONValue) {
        recordingID = payload["recording_id"]?.filledText
        transcriptionID = payload["recording_transcription_id"]?.filledText
        status = payload["status"]?.filledText
        text = payload["transcription_text"]?.string ?? ""
    }
}

/// `call.transcription`: speech of a live call as words.
public struct TranscribedSpeech: Sendable, Hashable {
    public var text: String
    public var isFinal: Bool
    /// 0 to 1.
    public var confidence: Double?
    /// `inbound`: the other side's.
    public var track: String?

    init(_ payload: JSONValue) {
        let data = payload["transcription_data"] ?? payload
        text = data["transcript"]?.string ?? ""
        isFinal = data["is_final"]?.looseBool ?? false
        confidence = data["confidence"]?.looseNumber
        track = data["transcription_track"]?.filledText
    }
}
