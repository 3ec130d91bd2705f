public import TelephonyPrimitives

/// Which legs hear what is played.
public enum TargetLegs: String, Sendable, Hashable, FieldValue {
    case ours = "self"
    case opposite, both
}

/// What ends what is played already.
public enum StopScope: String, Sendable, Hashable, FieldValue {
    /// Only what sounds now; what waits comes next.
    case current
    case all
}

/// How often something is played.
public enum Repetition: Sendable, Hashable, FieldValue {
    /// 1 to 100.
    case times(Int)
    case endless

    public var bodyJSON: JSONValue {
        switch self {
        case .times(let count): .number(Double(count))
        case .endless: "infinity"
        }
    }

    func check() throws(TelnyxError) {
        if case .times(let count) = self { try Bounds.number(count, "loop", in: 1...100) }
    }
}

/// Says a text by one of Telnyx's voices.
public struct SpeakCommand: LegCommand, Hashable {
    public static let action = "speak"

    /// 1 to 3 000 characters.
    public var text: String
    /// `Provider.Model.Voice`, or `male` or `female`.
    public var voice: String
    public var isSSML = false
    /// E.g. `en-US`; needed by `male` and `female`.
    public var language: String?
    public var isPremium: Bool?
    public var repetition: Repetition?
    /// What this cuts off.
    public var stops: StopScope?
    public var targetLegs: TargetLegs?
    /// What the voice's provider takes besides, with its `type`.
    public var voiceSettings: JSONValue?

    public init(_ text: String, voice: String) {
        self.text = text
        self.voice = voice
    }

    public var fields: CommandFields {
        [
            "payload": text, "voice": voice, "payload_type": isSSML ? "ssml" : nil, "language": language,
            "service_level": isPremium.map { $0 ? "premium" : "basic" }, "loop": repetition, "stop": stops,
            "target_legs": targetLegs, "voice_settings": voiceSettings,
        ]
    }

    public func check() throws(TelnyxError) {
        try Bounds.text(text, "payload", atLeast: 1, atMost: 3_000)
        try Bounds.text(voice, "voice", atLeast: 1, atMost: 256)
        try repetition?.check()
    }
}

/// Plays sound.
public struct PlaybackStartCommand: LegCommand, Hashable {
    public static let action = "playback_start"

    /// Where the sound is from.
    public enum Source: Sendable, Hashable {
        /// wav or mp3 that Telnyx fetches.
        case url(String)
        /// What was uploaded to Telnyx.
        case media(String)
        /// The file itself.
        case content([UInt8])
    }

    public enum AudioType: String, Sendable, Hashable, FieldValue { case mp3, wav }

    public var source: Source
    public var audioType: AudioType?
    public var repetition: Repetition?
    /// Sounds together with what is played already.
    public var isOverlay = false
    public var stops: StopScope?
    public var targetLegs: TargetLegs?
    /// `false`: fetched again each time.
    public var isCached: Bool?

    public init(_ source: Source) {
        self.source = source
    }

    public var fields: CommandFields {
        var fields: CommandFields = [
            "audio_type": audioType, "loop": repetition, "overlay": isOverlay ? true : nil, "stop": stops,
            "target_legs": targetLegs, "cache_audio": isCached,
        ]
        switch source {
        case .url(let url): fields["audio_url"] = url
        case .media(let name): fields["media_name"] = name
        case .content(let octets): fields["playback_content"] = Base64Text.text(of: octets)
        }
        return fields
    }

    public func check() throws(TelnyxError) {
        if case .url(let url) = source, !url.hasPrefix("https://"), !url.hasPrefix("http://") {
            throw .invalid("`audio_url` is no https or http URL.")
        }
        if case .content(let octets) = source, octets.isEmpty { throw .invalid("`playback_content` is empty.") }
        try repetition?.check()
    }
}

/// Ends what is played.
public struct PlaybackStopCommand: LegCommand, Hashable {
    public static let action = "playback_stop"

    public var scope: StopScope
    /// Only what sounds together with something else.
    public var isOverlay = false

    public init(_ scope: StopScope = .all) {
        self.scope = scope
    }

    public var fields: CommandFields { ["stop": scope, "overlay": isOverlay ? true : nil] }
}
