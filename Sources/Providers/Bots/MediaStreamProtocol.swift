internal import Agent
internal import FoundationEssentials
internal import RTPMedia

/// The carrier's side of media streaming over a WebSocket, as Twilio and Telnyx do it.
struct MediaStreamProtocol: BotProtocol {
    /// What the bot is told of the call.
    struct Identity: Sendable, Equatable {
        var stream: String
        var call: String
        var account: String
        var from: String
        var to: String
        var parameters: [String: String]
    }

    let dialect: MediaStreamDialect
    let identity: Identity
    private let law: SpeechFormat.Companding
    private var sequence = 0
    private var chunk = 0
    private var samples = 0

    private static let maximumMarkName = 256

    /// - Parameters:
    ///   - dialect: whose carrier we are.
    ///   - identity: what the bot is told of the call.
    ///   - companding: of the call, when it is G.711.
    init(_ dialect: MediaStreamDialect, identity: Identity, companding: SpeechFormat.Companding?) {
        self.dialect = dialect
        self.identity = identity
        // Twilio knows µ-law only.
        law = dialect == .telnyx ? companding ?? .muLaw : .muLaw
    }

    var sampleRate: Int { 8_000 }

    mutating func began() -> [BotMessage] {
        switch dialect {
        case .twilio:
            return [
                .text(JSONValue.object(["event": "connected", "protocol": "Call", "version": "1.0.0"]).json),
                numbered(
                    "start",
                    [
                        "start": [
                            "streamSid": .string(identity.stream), "accountSid": .string(identity.account),
                            "callSid": .string(identity.call), "tracks": ["inbound"],
                            "customParameters": .object(parameters),
                            "mediaFormat": ["encoding": "audio/x-mulaw", "sampleRate": 8_000, "channels": 1],
                        ]
                    ]),
            ]
        case .telnyx:
            return [
                .text(JSONValue.object(["event": "connected", "version": "1.0.0"]).json),
                numbered(
                    "start",
                    [
                        "start": [
                            "user_id": .string(identity.account), "call_control_id": .string(identity.call),
                            "call_session_id": .string(identity.stream), "from": .string(identity.from),
                            "to": .string(identity.to), "custom_parameters": .object(parameters),
                            "media_format": [
                                "encoding": .string(law == .aLaw ? "PCMA" : "PCMU"), "sample_rate": 8_000,
                                "channels": 1,
                            ],
                        ]
                    ]),
            ]
        }
    }

    private var parameters: [String: JSONValue] {
        var parameters = identity.parameters.mapValues { JSONValue.string($0) }
        parameters["from"] = parameters["from"] ?? .string(identity.from)
        parameters["to"] = parameters["to"] ?? .string(identity.to)
        return parameters
    }

    mutating func heard(_ samples: [Int16]) -> [BotMessage] {
        guard !samples.isEmpty else { return [] }
        chunk += 1
        let payload = SoundCoding.companded(law).base64(of: samples)
        let timestamp = self.samples / 8
        self.samples += samples.count
        return [
            numbered(
                "media",
                [
                    "media": [
                        "track": "inbound", "chunk": .string("\(chunk)"), "timestamp": .string("\(timestamp)"),
                        "payload": .string(payload),
                    ]
                ])
        ]
    }

    mutating func pressed(_ key: Character) -> [BotMessage] {
        var dtmf: [String: JSONValue] = ["digit": .string(String(key))]
        if dialect == .twilio { dtmf["track"] = "inbound_track" }
        return [numbered("dtmf", ["dtmf": .object(dtmf)])]
    }

    mutating func reached(_ mark: String) -> [BotMessage] {
        [numbered("mark", ["mark": ["name": .string(mark)]])]
    }

    mutating func ended() -> [BotMessage] {
        let stop: JSONValue =
            switch dialect {
            case .twilio: ["accountSid": .string(identity.account), "callSid": .string(identity.call)]
            case .telnyx: ["user_id": .string(identity.account), "call_control_id": .string(identity.call)]
            }
        return [numbered("stop", ["stop": stop])]
    }

    /// Numbers are text in both dialects.
    private mutating func numbered(_ event: String, _ members: [String: JSONValue]) -> BotMessage {
        sequence += 1
        var message = members
        message["event"] = .string(event)
        switch dialect {
        case .twilio:
            message["sequenceNumber"] = .string("\(sequence)")
            message["streamSid"] = .string(identity.stream)
        case .telnyx:
            message["sequence_number"] = .string("\(sequence)")
            message["stream_id"] = .string(identity.stream)
        }
        return .text(JSONValue.object(message).json)
    }

    func received(_ message: BotMessage) -> [BotWish] {
        guard case .text(let text) = message else { return [.complaint("The bot sent a binary message.")] }
        guard let value = try? JSONValue(parsing: text.utf8), let event = value["event"]?.string else {
            return [.complaint("The bot sent what is no event.")]
        }
        switch event {
        case "media":
            guard let payload = value["media"]?["payload"]?.string, let data = Data(base64Encoded: payload) else {
                return [.complaint("The bot sent media that are no Base64.")]
            }
            guard !data.isEmpty else { return [] }
            var reader = SoundReader(WireEncoding(law))
            return [.play(reader.samples(of: Array(data)), sampleRate: 8_000)]
        case "mark":
            guard let name = value["mark"]?["name"]?.string, name.utf8.count <= Self.maximumMarkName else {
                return [.complaint("The bot sent a mark without a name, or with too long a one.")]
            }
            return [.mark(name)]
        case "clear": return [.clear]
        default: return [.complaint("The bot sent an unknown event.")]
        }
    }
}
