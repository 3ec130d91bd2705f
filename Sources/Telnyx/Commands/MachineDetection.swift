internal import TelephonyPrimitives

/// Finding out whether a person has answered: with a dial or a transfer.
public struct MachineDetection: Sendable, Hashable {
    public enum Mode: String, Sendable, Hashable, FieldValue {
        case premium, detect
        /// Premium, and tells telephones that screen calls.
        case premiumScreening = "premium_ios_call_screening_detection"
        case detectBeep = "detect_beep"
        case detectWords = "detect_words"
        case greetingEnd = "greeting_end"
        case disabled
    }

    public var mode: Mode
    /// Until it makes up its mind.
    public var totalAnalysis: Duration?
    public var initialSilence: Duration?
    public var afterGreetingSilence: Duration?
    public var betweenWordsSilence: Duration?
    /// A greeting that is longer is a machine's.
    public var greetingDuration: Duration?
    public var greetingSilence: Duration?
    public var greetingTotalAnalysis: Duration?
    public var maximumWordLength: Duration?
    public var maximumWords: Int?
    public var silenceThreshold: Int?

    public init(_ mode: Mode) {
        self.mode = mode
    }

    var fields: CommandFields {
        let settings: CommandFields = [
            "total_analysis_time_millis": totalAnalysis?.wholeMilliseconds,
            "initial_silence_millis": initialSilence?.wholeMilliseconds,
            "after_greeting_silence_millis": afterGreetingSilence?.wholeMilliseconds,
            "between_words_silence_millis": betweenWordsSilence?.wholeMilliseconds,
            "greeting_duration_millis": greetingDuration?.wholeMilliseconds,
            "greeting_silence_duration_millis": greetingSilence?.wholeMilliseconds,
            "greeting_total_analysis_time_millis": greetingTotalAnalysis?.wholeMilliseconds,
            "maximum_word_length_millis": maximumWordLength?.wholeMilliseconds,
            "maximum_number_of_words": maximumWords, "silence_threshold": silenceThreshold,
        ]
        return [
            "answering_machine_detection": mode,
            "answering_machine_detection_config": settings.members.isEmpty ? nil : settings,
        ]
    }
}
