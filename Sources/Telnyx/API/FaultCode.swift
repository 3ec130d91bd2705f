/// Codes of Telnyx's errors of which it is known what to do.
public enum FaultCode: String, Sendable, Hashable, CaseIterable {
    case rateLimited = "10011"
    case badCallControlID = "90015"
    case badStop = "90016"
    case badClientState = "90017"
    case callEnded = "90018"
    case recordingTooEarly = "90020"
    case notForked = "90031"
    case notAnswered = "90034"
    case mediaNotFetched = "90040"
    case accountChannels = "90041"
    case profileChannels = "90042"
    case connectionChannels = "90043"
    case notWhileStreaming = "90045"
    case streamingFailed = "90046"
    case needsStreaming = "90048"
    case transcribingAlready = "90053"
    case notTranscribing = "90054"
    case transcriptionConflict = "90055"
    case badEventName = "90057"
    case answerOnOutgoing = "90102"

    /// A sentence.
    public var meaning: String {
        switch self {
        case .rateLimited: "Too many requests."
        case .badCallControlID: "This is no call_control_id."
        case .badStop: "`stop` is not `current` or `all`."
        case .badClientState: "client_state is no Base64."
        case .callEnded: "The call has already ended."
        case .recordingTooEarly: "There is no sound yet that could be recorded."
        case .notForked: "The call is not forked."
        case .notAnswered: "The call is not answered yet."
        case .mediaNotFetched: "The sound could not be fetched."
        case .accountChannels: "The account has no channel left."
        case .profileChannels: "The outbound voice profile has no channel left."
        case .connectionChannels: "The connection has no channel left."
        case .notWhileStreaming: "This can't be done while the call is streamed."
        case .streamingFailed: "Streaming could not be started."
        case .needsStreaming: "This needs a call that is streamed."
        case .transcribingAlready, .transcriptionConflict: "This conflicts with the transcription of the call."
        case .notTranscribing: "The call's transcription does not allow this."
        case .badEventName: "webhook_urls names an event that does not exist."
        case .answerOnOutgoing: "A call of one's own can't be answered."
        }
    }

    /// What to do about it, a sentence.
    public var advice: String {
        switch self {
        case .rateLimited: "Ask again once the span is over (x-ratelimit-reset)."
        case .badCallControlID: "Take call_control_id from a webhook or from the answer to the dial, as it is."
        case .badStop: "Write one of the two."
        case .badClientState: "Give it as Base64, as ClientState does."
        case .callEnded: "There is nothing to do: leave the call alone."
        case .recordingTooEarly, .notAnswered: "Wait for call.answered."
        case .notForked: "Start the fork first, or leave its stop out."
        case .mediaNotFetched: "Check that the URL can be read from the internet, and gives wav or mp3."
        case .accountChannels, .profileChannels, .connectionChannels:
            "Wait until calls end, or raise the limit in the portal."
        case .notWhileStreaming: "Stop streaming first, or do it over the stream."
        case .streamingFailed:
            "Check that stream_url is wss:// with a valid certificate, and answers the upgrade with 101."
        case .needsStreaming: "Start streaming first."
        case .transcribingAlready, .transcriptionConflict: "Stop the transcription first."
        case .notTranscribing: "Start the transcription first."
        case .badEventName: "Compare its names with those of the documents."
        case .answerOnOutgoing: "Wait for call.answered instead."
        }
    }
}
