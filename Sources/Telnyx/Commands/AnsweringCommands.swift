/// Answers a call that comes in.
public struct AnswerCommand: LegCommand, Hashable {
    public static let action = "answer"

    public var stream: StreamOptions?
    public var recording: RecordingOptions?
    /// Headers `X-…` of the 200.
    public var customHeaders: [SIPHeader] = []
    /// `User-to-User` only.
    public var sipHeaders: [SIPHeader] = []
    /// In this order, e.g. `["G722", "PCMU"]`.
    public var preferredCodecs: [String] = []
    /// Keeps the sound going while we are quiet.
    public var sendsSilence = true
    public var webhooks = WebhookOverrides()

    public init() {}

    public var fields: CommandFields {
        let own: CommandFields = [
            "custom_headers": customHeaders.isEmpty ? nil : customHeaders,
            "sip_headers": sipHeaders.isEmpty ? nil : sipHeaders,
            "preferred_codecs": preferredCodecs.isEmpty ? nil : preferredCodecs.joined(separator: ","),
            "send_silence_when_idle": sendsSilence,
        ]
        return own.merging(stream?.fields(isAnswer: true)).merging(recording?.fields).merging(webhooks.fields)
    }

    public func check() throws(TelnyxError) {
        try stream?.check(isAnswer: true)
        try recording?.check()
        try Bounds.headers(customHeaders, "custom_headers")
        try Bounds.headers(sipHeaders, "sip_headers")
        try webhooks.check()
    }
}

/// Refuses a call that comes in.
public struct RejectCommand: LegCommand, Hashable {
    public static let action = "reject"

    public enum Cause: String, Sendable, Hashable, FieldValue {
        case rejected = "CALL_REJECTED"
        case busy = "USER_BUSY"
        case notFound = "NOT_FOUND"
        case unavailable = "TEMPORARILY_UNAVAILABLE"
    }

    public var cause: Cause

    public init(_ cause: Cause) {
        self.cause = cause
    }

    public var fields: CommandFields { ["cause": cause] }
}

/// Ends a leg. That it is over already is no error.
public struct HangupCommand: LegCommand, Hashable {
    public static let action = "hangup"

    /// Headers `X-…` of the BYE.
    public var customHeaders: [SIPHeader] = []

    public init() {}

    public var fields: CommandFields { ["custom_headers": customHeaders.isEmpty ? nil : customHeaders] }

    public func check() throws(TelnyxError) { try Bounds.headers(customHeaders, "custom_headers") }
}

/// Puts another state onto a leg.
public struct ClientStateCommand: LegCommand, Hashable {
    public static let action = "client_state_update"
    public static let method = TelnyxRequest.Method.put
    public static let isNumbered = false

    public var state: ClientState

    public init(_ state: ClientState) {
        self.state = state
    }

    public var fields: CommandFields { ["client_state": state] }
}
