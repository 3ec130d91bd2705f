internal import Telephony

/// The JSON form: its keys are described in docs/trace.md, and stay.
extension CallTimeline: Encodable {
    private enum Key: String, CodingKey {
        case version, call, summary, findings, entries
    }

    private enum CallKey: String, CodingKey {
        case id, direction, remote, remoteName, local, agent, state, startedAt, answeredMs, endedMs, endCause, endStatus
        case explanation, recording, recorded, quality, usage, cost, summary
    }

    public func encode(to encoder: any Encoder) throws {
        var top = encoder.container(keyedBy: Key.self)
        try top.encode(1, forKey: .version)
        let diagnosis = CallDiagnosis(self)
        try top.encode(diagnosis.summary, forKey: .summary)
        try top.encode(diagnosis.findings, forKey: .findings)
        try top.encode(entries, forKey: .entries)
        var container = top.nestedContainer(keyedBy: CallKey.self, forKey: .call)
        try container.encode(call.id, forKey: .id)
        try container.encode(call.direction, forKey: .direction)
        try container.encode(call.remote, forKey: .remote)
        try container.encodeIfPresent(call.remoteName, forKey: .remoteName)
        try container.encode(call.local, forKey: .local)
        try container.encode(call.agent, forKey: .agent)
        try container.encode(call.state, forKey: .state)
        try container.encode(call.startedAt, forKey: .startedAt)
        try container.encodeIfPresent(call.answeredMs, forKey: .answeredMs)
        try container.encodeIfPresent(call.endedMs, forKey: .endedMs)
        try container.encodeIfPresent(call.endCause, forKey: .endCause)
        try container.encodeIfPresent(call.endStatus, forKey: .endStatus)
        try container.encodeIfPresent(call.explanation, forKey: .explanation)
        try container.encodeIfPresent(call.recording, forKey: .recording)
        try container.encodeIfPresent(call.recorded, forKey: .recorded)
        try container.encodeIfPresent(call.quality, forKey: .quality)
        if !call.usage.isEmpty { try container.encode(call.usage, forKey: .usage) }
        try container.encodeIfPresent(call.cost, forKey: .cost)
        try container.encodeIfPresent(call.summary, forKey: .summary)
    }
}

extension CallTimeline.Entry: Encodable {
    private enum Key: String, CodingKey {
        case atMs, kind
        case way, otherCall, transport, local, remote, startLine, method, sequence, status, sound, fields, repeated,
            message
        case who, text, endMs, interrupted
        case totalMs, steps
        case name, detail, value
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(Double(at) / 1_000, forKey: .atMs)
        switch what {
        case .message(let message):
            try container.encode("message", forKey: .kind)
            try container.encode(message.record.isReceived ? "received" : "sent", forKey: .way)
            if message.isOfOtherCall { try container.encode(true, forKey: .otherCall) }
            try container.encode(message.record.transport, forKey: .transport)
            try container.encode(message.record.local, forKey: .local)
            try container.encode(message.record.remote, forKey: .remote)
            try container.encode(message.isRepeated, forKey: .repeated)
            try container.encode(String(decoding: message.record.octets, as: UTF8.self), forKey: .message)
            guard let outline = message.outline else { return }
            try container.encode(outline.startLine, forKey: .startLine)
            try container.encode(outline.method, forKey: .method)
            try container.encodeIfPresent(outline.sequence, forKey: .sequence)
            try container.encodeIfPresent(outline.status, forKey: .status)
            try container.encodeIfPresent(outline.sound, forKey: .sound)
            try container.encode(outline.fields, forKey: .fields)
        case .answered: try container.encode("answered", forKey: .kind)
        case .turn(let turn):
            try container.encode("turn", forKey: .kind)
            try container.encode(turn.who, forKey: .who)
            try container.encode(turn.text, forKey: .text)
            try container.encode(turn.endMs, forKey: .endMs)
            try container.encode(turn.interrupted, forKey: .interrupted)
        case .answer(let ledger):
            try container.encode("answer", forKey: .kind)
            try container.encode(ledger.totalMs, forKey: .totalMs)
            try container.encode(ledger, forKey: .steps)
        case .key(let key):
            try container.encode("key", forKey: .kind)
            try container.encode(key.direction, forKey: .way)
        case .event(let name, let detail):
            try container.encode("event", forKey: .kind)
            try container.encode(name, forKey: .name)
            try container.encode(detail, forKey: .detail)
        case .note(let name, let value):
            try container.encode("note", forKey: .kind)
            try container.encode(name, forKey: .name)
            try container.encode(value, forKey: .value)
        case .ended: try container.encode("ended", forKey: .kind)
        }
    }
}
