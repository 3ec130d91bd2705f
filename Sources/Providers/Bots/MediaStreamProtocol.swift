internal import Agent
internal import FoundationEssentials
internal import RTPMedia
internal import Telnyx

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
                            "customParameters": .object(parameters.mapValues { .string($0) }),
                            "mediaFormat": ["encoding": "audio/x-mulaw", "sampleRate": 8_000, "channels": 1],
                        ]
                    ]),
            ]
        case .telnyx:
            var start = StreamStart(
                control: CallControlID(identity.call), from: identity.from, to: identity.to,
                format: StreamFormat(law == .aLaw ? .pcma : .pcmu, sampleRate: 8_000))
            start.userID = identity.account
            start.session = identity.stream
            start.parameters = parameters
            return [.text(StreamMessage(.connected(version: "1.0.0")).json), numbered(.start(start))]
        }
    }

    private var parameters: [String: String] {
        ["from": identity.from, "to": identity.to].merging(identity.parameters) { _, own in own }
    }

    mutating func heard(_ samples: [Int16]) -> [BotMessage] {
        guard !samples.isEmpty else { return [] }
        chunk += 1
        let octets = WireEncoding(law).octets(samples)
        let timestamp = self.samples / 8
        self.samples += samples.count
        switch dialect {
        case .twilio:
            return [
                numbered(
                    "media",
                    [
                        "media": [
                            "track": "inbound", "chunk": .string("\(chunk)"), "timestamp": .string("\(timestamp)"),
                            "payload": .string(Data(octets).base64EncodedString()),
                        ]
                    ])
            ]
        case .telnyx: return [numbered(.media(StreamMedia(octets, chunk: chunk, timestamp: timestamp)))]
        }
    }

    mutating func pressed(_ key: Character) -> [BotMessage] {
        switch dialect {
        case .twilio: [numbered("dtmf", ["dtmf": ["digit": .string(String(key)), "track": "inbound_track"]])]
        case .telnyx: [numbered(.dtmf(PressedDigits(String(key)), occurredAt: nil))]
        }
    }

    mutating func reached(_ mark: String) -> [BotMessage] {
        switch dialect {
        case .twilio: [numbered("mark", ["mark": ["name": .string(mark)]])]
        case .telnyx: [numbered(.mark(mark))]
        }
    }

    mutating func ended() -> [BotMessage] {
        switch dialect {
        case .twilio:
            [numbered("stop", ["stop": ["accountSid": .string(identity.account), "callSid": .string(identity.call)]])]
        case .telnyx:
            [numbered(.stop(StreamStop(userID: identity.account, control: CallControlID(identity.call))))]
        }
    }

    /// Of Twilio; numbers are texts in both dialects.
    private mutating func numbered(_ event: String, _ members: [String: JSONValue]) -> BotMessage {
        sequence += 1
        var message = members
        message["event"] = .string(event)
        message["sequenceNumber"] = .string("\(sequence)")
        message["streamSid"] = .string(identity.stream)
        return .text(JSONValue.object(message).json)
    }

    /// Of Telnyx.
    private mutating func numbered(_ event: StreamMessage.Event) -> BotMessage {
        sequence += 1
        return .text(StreamMessage(event, sequence: sequence, streamID: identity.stream).json)
    }

    /// What bots send is the same in both dialects, but for a `streamSid` that says nothing.
    func received(_ message: BotMessage) -> [BotWish] {
        guard case .text(let text) = message else { return [.complaint("The bot sent a binary message.")] }
        let order: StreamOrder
        do throws(StreamMessageError) {
            order = try StreamOrder(parsing: Array(text.utf8))
        } catch {
            return [.complaint("The bot is not understood: \(error)")]
        }
        switch order {
        case .media(let payload):
            guard !payload.isEmpty else { return [] }
            var reader = SoundReader(WireEncoding(law))
            return [.play(reader.samples(of: payload), sampleRate: 8_000)]
        case .mark(let name): return [.mark(name)]
        case .clear: return [.clear]
        case .unknown: return [.complaint("The bot sent an unknown event.")]
        }
    }
}
