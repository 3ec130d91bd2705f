internal import TelephonyPrimitives

/// What a stream is about: `start`.
public struct StreamStart: Sendable, Hashable {
    /// Parameters that are kept.
    static let maximumParameters = 100

    public var userID: String?
    public var control: CallControlID?
    public var session: String?
    public var from: String
    public var to: String
    public var clientState: ClientState?
    public var tags: [String]
    /// What was given with `streaming_start`.
    public var parameters: [String: String]
    /// How sound really comes, whatever was asked for.
    public var format: StreamFormat

    /// - Parameters:
    ///   - control: the leg.
    ///   - from: who calls.
    ///   - to: who is called.
    ///   - format: how sound comes.
    public init(control: CallControlID?, from: String, to: String, format: StreamFormat) {
        userID = nil
        self.control = control
        session = nil
        self.from = from
        self.to = to
        clientState = nil
        tags = []
        parameters = [:]
        self.format = format
    }

    init(_ json: JSONValue) {
        userID = json["user_id"]?.filledText
        control = json["call_control_id"]?.filledText.map { CallControlID($0) }
        session = json["call_session_id"]?.filledText
        from = json["from"]?.looseText ?? ""
        to = json["to"]?.looseText ?? ""
        clientState = json["client_state"]?.filledText.flatMap { ClientState(base64: $0) }
        tags = Array((json["tags"]?.texts ?? []).prefix(Self.maximumParameters))
        parameters = Self.parameters(json["custom_parameters"] ?? json["customParameters"])
        let media = json["media_format"] ?? json["mediaFormat"]
        format = StreamFormat(
            StreamEncoding(rawValue: media?["encoding"]?.filledText ?? "PCMU"),
            sampleRate: (media?["sample_rate"] ?? media?["sampleRate"])?.looseInteger ?? 8_000,
            channels: media?["channels"]?.looseInteger ?? 1)
    }

    /// Their shape is not documented: an object, or an array of `{name, value}`.
    private static func parameters(_ json: JSONValue?) -> [String: String] {
        var parameters: [String: String] = [:]
        for (name, value) in json?.object ?? [:] where parameters.count < maximumParameters {
            parameters[name] = value.looseText ?? value.json
        }
        for entry in (json?.array ?? []).prefix(maximumParameters) {
            guard let name = (entry["name"] ?? entry["key"])?.filledText else { continue }
            parameters[name] = entry["value"]?.looseText ?? ""
        }
        return parameters
    }

    var json: JSONValue {
        var members: [String: JSONValue] = [
            "from": .string(from), "to": .string(to),
            "media_format": [
                "encoding": .string(format.encoding.rawValue), "sample_rate": .number(Double(format.sampleRate)),
                "channels": .number(Double(format.channels)),
            ],
        ]
        members["user_id"] = userID.map { .string($0) }
        members["call_control_id"] = control.map { .string($0.rawValue) }
        members["call_session_id"] = session.map { .string($0) }
        members["client_state"] = clientState.map { .string($0.base64) }
        if !tags.isEmpty { members["tags"] = .array(tags.map { .string($0) }) }
        if !parameters.isEmpty { members["custom_parameters"] = .object(parameters.mapValues { .string($0) }) }
        return .object(members)
    }
}

/// The end of a stream: `stop`. The call itself may go on.
public struct StreamStop: Sendable, Hashable {
    public var userID: String?
    public var control: CallControlID?

    public init(userID: String? = nil, control: CallControlID? = nil) {
        self.userID = userID
        self.control = control
    }

    init(_ json: JSONValue) {
        userID = json["user_id"]?.filledText
        control = json["call_control_id"]?.filledText.map { CallControlID($0) }
    }

    var json: JSONValue {
        var members: [String: JSONValue] = [:]
        members["user_id"] = userID.map { .string($0) }
        members["call_control_id"] = control.map { .string($0.rawValue) }
        return .object(members)
    }
}

/// What Telnyx did not like: `error`.
public struct StreamComplaint: Sendable, Hashable, CustomStringConvertible {
    /// E.g. 100003.
    public var code: Int?
    public var title: String
    public var detail: String

    public init(code: Int?, title: String, detail: String) {
        self.code = code
        self.title = title
        self.detail = detail
    }

    init(_ json: JSONValue) {
        code = json["code"]?.looseInteger
        title = String((json["title"]?.looseText ?? "").prefix(100))
        detail = String((json["detail"]?.looseText ?? json["message"]?.looseText ?? "").prefix(300))
    }

    public var description: String {
        let advice =
            switch code {
            case 100_003: " Send JSON with `event`, one message a frame."
            case 100_004: " Send the payload in Base64, in the codec that was agreed on, without RTP headers."
            case 100_005: " Send larger pieces, less often."
            default: ""
            }
        return "Telnyx complains of the stream (\(code.map(String.init) ?? "no code") \(title)): \(detail)\(advice)"
    }

    var json: JSONValue {
        var members: [String: JSONValue] = ["title": .string(title), "detail": .string(detail)]
        members["code"] = code.map { .number(Double($0)) }
        return .object(members)
    }
}
