/// Which keys are gathered, and until when.
public struct GatherRules: Sendable, Hashable {
    /// 1 to 128.
    public var minimumDigits: Int?
    /// 1 to 128.
    public var maximumDigits: Int?
    /// For all of it.
    public var timeout: Duration?
    /// From one key to the next.
    public var interDigitTimeout: Duration?
    /// Up to 120 s.
    public var initialTimeout: Duration?
    /// Ends it; `#` by default, nothing for none.
    public var terminatingDigit: String?
    /// Others are ignored.
    public var validDigits: String?

    public init() {}

    var fields: CommandFields {
        [
            "minimum_digits": minimumDigits, "maximum_digits": maximumDigits,
            "timeout_millis": timeout?.wholeMilliseconds,
            "inter_digit_timeout_millis": interDigitTimeout?.wholeMilliseconds,
            "terminating_digit": terminatingDigit, "valid_digits": validDigits,
        ]
    }

    func check() throws(TelnyxError) {
        try Bounds.number(minimumDigits, "minimum_digits", in: 1...128)
        try Bounds.number(maximumDigits, "maximum_digits", in: 1...128)
        if let minimumDigits, let maximumDigits, minimumDigits > maximumDigits {
            throw .invalid("`minimum_digits` is more than `maximum_digits`.")
        }
        try Bounds.milliseconds(initialTimeout, "initial_timeout_millis", in: 0...120_000)
        try Bounds.milliseconds(timeout, "timeout_millis", in: 0...14_400_000)
        try Bounds.milliseconds(interDigitTimeout, "inter_digit_timeout_millis", in: 0...14_400_000)
        try Bounds.text(terminatingDigit, "terminating_digit", atMost: 1)
        try Bounds.keys(terminatingDigit, "terminating_digit")
        try Bounds.keys(validDigits, "valid_digits")
    }
}

/// Gathers keys; `call.gather.ended` tells them.
public struct GatherCommand: LegCommand, Hashable {
    public static let action = "gather"

    public var rules: GatherRules
    /// Comes back with the event.
    public var gatherID: String?

    public init(_ rules: GatherRules = GatherRules()) {
        self.rules = rules
    }

    public var fields: CommandFields {
        rules.fields.merging([
            "initial_timeout_millis": rules.initialTimeout?.wholeMilliseconds, "gather_id": gatherID,
        ])
    }

    public func check() throws(TelnyxError) { try rules.check() }
}

/// Plays sound and gathers keys.
public struct GatherUsingAudioCommand: LegCommand, Hashable {
    public static let action = "gather_using_audio"

    public enum Source: Sendable, Hashable {
        case url(String)
        /// What was uploaded to Telnyx.
        case media(String)
    }

    public var source: Source
    /// Played after keys that won't do.
    public var invalidSource: Source?
    /// 1 to 128.
    public var maximumTries: Int?
    public var rules: GatherRules

    public init(_ source: Source, rules: GatherRules = GatherRules()) {
        self.source = source
        self.rules = rules
    }

    public var fields: CommandFields {
        var fields = rules.fields
        fields["maximum_tries"] = maximumTries
        switch source {
        case .url(let url): fields["audio_url"] = url
        case .media(let name): fields["media_name"] = name
        }
        switch invalidSource {
        case .url(let url)?: fields["invalid_audio_url"] = url
        case .media(let name)?: fields["invalid_media_name"] = name
        case nil: break
        }
        return fields
    }

    public func check() throws(TelnyxError) {
        try rules.check()
        try Bounds.number(maximumTries, "maximum_tries", in: 1...128)
    }
}

/// Says a text and gathers keys.
public struct GatherUsingSpeakCommand: LegCommand, Hashable {
    public static let action = "gather_using_speak"

    /// 1 to 3 000 characters.
    public var text: String
    /// `Provider.Model.Voice`, or `male` or `female`.
    public var voice: String
    /// Said after keys that won't do.
    public var invalidText: String?
    public var isSSML = false
    public var language: String?
    /// 1 to 128.
    public var maximumTries: Int?
    public var rules: GatherRules

    public init(_ text: String, voice: String, rules: GatherRules = GatherRules()) {
        self.text = text
        self.voice = voice
        self.rules = rules
    }

    public var fields: CommandFields {
        rules.fields.merging([
            "payload": text, "voice": voice, "invalid_payload": invalidText, "payload_type": isSSML ? "ssml" : nil,
            "language": language, "maximum_tries": maximumTries,
        ])
    }

    public func check() throws(TelnyxError) {
        try rules.check()
        try Bounds.text(text, "payload", atLeast: 1, atMost: 3_000)
        try Bounds.text(invalidText, "invalid_payload", atLeast: 1, atMost: 3_000)
        try Bounds.text(voice, "voice", atLeast: 1, atMost: 256)
        try Bounds.number(maximumTries, "maximum_tries", in: 1...128)
    }
}

/// Ends gathering.
public struct GatherStopCommand: LegCommand, Hashable {
    public static let action = "gather_stop"
    public init() {}
    public var fields: CommandFields { [:] }
}

/// Presses keys.
public struct SendDTMFCommand: LegCommand, Hashable {
    public static let action = "send_dtmf"

    /// `0`–`9`, `A`–`D`, `*`, `#`; `w` is half a second of silence, `W` a second.
    public var digits: PressedDigits
    /// Of each key: 100 to 500 ms.
    public var duration: Duration?

    public init(_ digits: String) {
        self.digits = PressedDigits(digits)
    }

    public var fields: CommandFields { ["digits": digits.value, "duration_millis": duration?.wholeMilliseconds] }

    public func check() throws(TelnyxError) {
        guard !digits.value.isEmpty else { throw .invalid("`digits` is empty.") }
        try Bounds.keys(digits.value, "digits", pauses: true)
        try Bounds.milliseconds(duration, "duration_millis", in: 100...500)
    }
}

/// Sends a SIP INFO.
public struct SendSIPInfoCommand: LegCommand, Hashable {
    public static let action = "send_sip_info"

    public var contentType: String
    /// At most 1 400 octets.
    public var body: String

    public init(_ body: String, contentType: String) {
        self.body = body
        self.contentType = contentType
    }

    public var fields: CommandFields { ["content_type": contentType, "body": body] }

    public func check() throws(TelnyxError) {
        guard body.utf8.count <= 1_400 else {
            throw .invalid("`body` has \(body.utf8.count) octets; it takes at most 1400.")
        }
        try Bounds.headers([SIPHeader("Content-Type", contentType)], "content_type")
    }
}
