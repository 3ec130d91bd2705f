internal import Agent
internal import FoundationEssentials
internal import Telephony

/// Something that happened on a call, as a stream of events tells it.
struct LiveEvent: Sendable, Equatable {
    /// 1 for the first of its call.
    var number: Int
    var name: String
    /// One line of JSON.
    var data: String

    /// The form in which EventSource reads it.
    var text: String { "id: \(number)\nevent: \(name)\ndata: \(data)\n\n" }
}

extension LiveEvent {
    /// - Parameter entry: what the record of the call got.
    init(_ entry: CallEntry, number: Int) {
        self.number = number
        let members: [String: JSONValue]
        switch entry {
        case .began(let beginning):
            name = "began"
            members = [
                "direction": .string(beginning.direction.rawValue), "remote": .string(beginning.remote.address),
                "local": .string(beginning.local.address), "agent": .string(beginning.agent),
                "startedAt": .number(Double(beginning.startedAt)), "atMs": 0,
            ]
        case .answered(let at):
            name = "answered"
            members = ["atMs": .number(Double(at))]
        case .event(let kind, let detail, let at):
            name = "event"
            members = ["kind": .string(kind), "detail": .string(detail), "atMs": .number(Double(at))]
        case .turn(let turn):
            name = "turn"
            members = [
                "who": .string(turn.who.rawValue), "text": .string(turn.text),
                "startMs": .number(Double(turn.startMs)), "endMs": .number(Double(turn.endMs)),
                "interrupted": .bool(turn.interrupted),
            ]
        case .key(let key):
            name = "key"
            members = [
                "digit": .string(key.digit), "direction": .string(key.direction.rawValue),
                "atMs": .number(Double(key.atMs)),
            ]
        case .note(let key, let value, let at):
            name = "note"
            members = ["key": .string(key), "value": .string(value), "atMs": .number(Double(at))]
        case .ledger(let ledger, let at):
            name = "answer"
            members = ["totalMs": .number(Double(ledger.totalMs)), "atMs": .number(Double(at))]
        case .quality(let statistics):
            name = "quality"
            members = [
                "codec": .string(statistics.codec), "packetsLost": .number(Double(statistics.packetsLost)),
                "jitterMilliseconds": Self.number(statistics.jitterMilliseconds),
                "estimatedMOS": Self.number(statistics.estimatedMOS),
            ]
        case .message(let message):
            name = "message"
            members = ["atMs": .number(Double(message.atMicroseconds) / 1_000)]
        case .recording:
            name = "recording"
            members = [:]
        case .recorded(let recording, let at):
            name = "recorded"
            var found: [String: JSONValue] = [
                "isComplete": .bool(recording.isComplete), "pauses": .number(Double(recording.pauses.count)),
                "atMs": .number(Double(at)),
            ]
            if let length = recording.durationMs { found["durationMs"] = .number(Double(length)) }
            members = found
        case .usage(let usage, let at):
            name = "usage"
            var found: [String: JSONValue] = ["service": .string(usage.service), "atMs": .number(Double(at))]
            let counts: [(String, Int?)] = [
                ("inputTokens", usage.inputTokens), ("cachedTokens", usage.cachedTokens),
                ("outputTokens", usage.outputTokens), ("characters", usage.characters), ("audioMs", usage.audioMs),
                ("costMicros", usage.costMicros.map { Int(clamping: $0) }),
            ]
            for (key, count) in counts { if let count { found[key] = .number(Double(count)) } }
            if let kind = usage.kind { found["kind"] = .string(kind.rawValue) }
            if let currency = usage.currency { found["currency"] = .string(currency) }
            members = found
        case .ended(let end, let at):
            name = "ended"
            var found: [String: JSONValue] = [
                "cause": .string(end.cause.rawValue), "explanation": .string(end.explanation),
                "atMs": .number(Double(at)),
            ]
            if let status = end.status { found["status"] = .number(Double(status)) }
            members = found
        }
        data = JSONValue.object(members).json
    }

    /// JSON has no number that is none.
    private static func number(_ value: Double) -> JSONValue { value.isFinite ? .number(value) : .null }
}
