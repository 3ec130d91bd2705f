internal import TelephonyPrimitives

/// Recording by Telnyx from the answer on: with a dial, an answer, a transfer or a bridge.
public struct RecordingOptions: Sendable, Hashable {
    public enum Channels: String, Sendable, Hashable, FieldValue { case single, dual }
    public enum Format: String, Sendable, Hashable, FieldValue { case wav, mp3 }
    public enum Track: String, Sendable, Hashable, FieldValue { case both, inbound, outbound }

    public var channels = Channels.dual
    public var format = Format.wav
    public var track: Track?
    /// Up to 14 400 s; `nil`: no bound.
    public var maximumLength: Duration?
    /// Ends after so much silence.
    public var silenceTimeout: Duration?
    public var fileName: String?
    /// Leaves silence at both ends out.
    public var trimsSilence = false

    public init() {}

    var fields: CommandFields {
        [
            "record": "record-from-answer", "record_channels": channels, "record_format": format,
            "record_track": track, "record_max_length": maximumLength?.wholeSeconds,
            "record_timeout_secs": silenceTimeout?.wholeSeconds, "record_custom_file_name": fileName,
            "record_trim": trimsSilence ? "trim-silence" : nil,
        ]
    }

    func check() throws(TelnyxError) {
        try Bounds.seconds(maximumLength, "record_max_length", in: 0...14_400)
        try Bounds.seconds(silenceTimeout, "record_timeout_secs", in: 0...14_400)
    }
}
