/// Records a call.
public struct RecordStartCommand: LegCommand, Hashable {
    public static let action = "record_start"

    public var channels = RecordingOptions.Channels.dual
    public var format = RecordingOptions.Format.wav
    public var track: RecordingOptions.Track?
    public var playsBeep: Bool?
    /// Up to 14 400 s.
    public var maximumLength: Duration?
    /// Ends after so much silence.
    public var silenceTimeout: Duration?
    public var trimsSilence = false
    public var fileName: String?
    /// Telnyx writes down what was said, after the call.
    public var isTranscribed: Bool?

    public init() {}

    public var fields: CommandFields {
        [
            "channels": channels, "format": format, "recording_track": track, "play_beep": playsBeep,
            "max_length": maximumLength?.wholeSeconds, "timeout_secs": silenceTimeout?.wholeSeconds,
            "trim": trimsSilence ? "trim-silence" : nil, "custom_file_name": fileName, "transcription": isTranscribed,
        ]
    }

    public func check() throws(TelnyxError) {
        try Bounds.seconds(maximumLength, "max_length", in: 0...14_400)
        try Bounds.seconds(silenceTimeout, "timeout_secs", in: 0...14_400)
    }
}

/// Ends a recording; `call.recording.saved` tells where it is.
public struct RecordStopCommand: LegCommand, Hashable {
    public static let action = "record_stop"
    /// `nil`: all of the leg's.
    public var recordingID: String?
    public init(_ recordingID: String? = nil) { self.recordingID = recordingID }
    public var fields: CommandFields { ["recording_id": recordingID] }
}

/// Lets a recording pause, as before a card number.
public struct RecordPauseCommand: LegCommand, Hashable {
    public static let action = "record_pause"
    /// `nil`: all of the leg's.
    public var recordingID: String?
    public init(_ recordingID: String? = nil) { self.recordingID = recordingID }
    public var fields: CommandFields { ["recording_id": recordingID] }
}

/// Lets a recording go on.
public struct RecordResumeCommand: LegCommand, Hashable {
    public static let action = "record_resume"
    /// `nil`: all of the leg's.
    public var recordingID: String?
    public init(_ recordingID: String? = nil) { self.recordingID = recordingID }
    public var fields: CommandFields { ["recording_id": recordingID] }
}
