public import Agent
internal import Telephony

/// Makes spans of what the record of one call gets, in its order: the call, its ringing, each answer with its steps, what each
/// side said, each tool. A value: entries go in, spans that are over come out.
public struct CallSpanner: Sendable {
    /// Moments of the call that are kept, and tools that may be at work at once.
    private static let mostEvents = 100
    private static let mostTools = 32

    private let context: TraceContext
    private let started: Int64
    private let direction: CallDirection
    private let agent: String
    private var answered: Int?
    private var statistics: CallStatistics?
    private var events: [Span.Event] = []
    /// Those at work, the oldest first.
    private var tools: [(name: String, number: Int, at: Int)] = []
    private var counts: [String: Int] = [:]

    /// - Parameters:
    ///   - call: its identifier.
    ///   - beginning: what is known when it begins.
    public init(call: String, beginning: CallBeginning) {
        context = TraceContext(call: call)
        started = beginning.startedAt
        direction = beginning.direction
        agent = beginning.agent
    }

    /// Takes what the record gets.
    ///
    /// - Returns: the spans that are over by it; with the end of the call that of the whole call.
    public mutating func take(_ entry: CallEntry) -> [Span] {
        switch entry {
        case .answered(let at):
            answered = at
            return [span("ring", kind: "ring", from: 0, to: at)]
        case .turn(let turn):
            var span = span("\(turn.who.rawValue) speaks", kind: "speech", from: turn.startMs, to: turn.endMs)
            span.attributes = ["trunkline.interrupted": .truth(turn.interrupted)]
            return [span]
        case .ledger(let ledger, let at): return answer(ledger, at: at)
        case .event(let kind, let detail, let at): return event(kind, detail, at: at)
        case .quality(let figures):
            statistics = figures
            return []
        case .ended(let end, let at): return tools.map { tool($0, to: at, failure: "the call ended") } + [call(end, at)]
        default: return []
        }
    }

    private mutating func event(_ kind: String, _ detail: String, at: Int) -> [Span] {
        switch kind {
        case "tool":
            let number = count("tool")
            tools.append((detail, number, at))
            return tools.count > Self.mostTools ? [tool(tools.removeFirst(), to: at, failure: "it never ended")] : []
        case "tool done", "tool failed":
            guard let place = tools.firstIndex(where: { $0.name == detail }) else { return [] }
            return [tool(tools.remove(at: place), to: at, failure: kind == "tool failed" ? "it failed" : nil)]
        case "usage": return []
        default:
            if events.count < Self.mostEvents { events.append(Span.Event(name: kind, at: started + Int64(at))) }
            return []
        }
    }

    /// The answer, from the caller's last sound on, and below it each step.
    private mutating func answer(_ ledger: TurnLedger, at: Int) -> [Span] {
        var whole = span("answer", kind: "answer", from: at - ledger.totalMs, to: at)
        whole.attributes = ["trunkline.answer.milliseconds": .number(ledger.totalMs)]
        var spans = [whole]
        var from = at - ledger.totalMs
        for step in ledger.steps {
            var part = span(step.name, kind: "step", from: from, to: from + step.milliseconds)
            part.parent = whole.id
            spans.append(part)
            from += step.milliseconds
        }
        return spans
    }

    private func tool(_ tool: (name: String, number: Int, at: Int), to end: Int, failure: String?) -> Span {
        var span = Span(
            traceID: context.traceID, id: context.span("tool", tool.number), parent: context.callSpan,
            name: "tool \(tool.name)", start: started + Int64(tool.at), end: started + Int64(max(tool.at, end)))
        span.failure = failure
        return span
    }

    private func call(_ end: CallEnd, _ at: Int) -> Span {
        var span = Span(
            traceID: context.traceID, id: context.callSpan, parent: nil, name: "call \(direction.rawValue)",
            start: started, end: started + Int64(max(0, at)))
        span.events = events
        span.attributes = [
            "trunkline.agent": .text(agent), "trunkline.direction": .text(direction.rawValue),
            "trunkline.end": .text(end.cause.rawValue), "trunkline.answered": .truth(answered != nil),
        ]
        if let status = end.status { span.attributes["sip.status"] = .number(status) }
        if let statistics, !statistics.codec.isEmpty {
            span.attributes["trunkline.codec"] = .text(statistics.codec)
            span.attributes["trunkline.packets_lost"] = .number(statistics.packetsLost)
            if statistics.estimatedMOS.isFinite {
                span.attributes["trunkline.mos"] = .fraction(statistics.estimatedMOS)
            }
        }
        if end.cause == .failed { span.failure = "the call failed" }
        return span
    }

    private mutating func count(_ kind: String) -> Int {
        defer { counts[kind, default: 0] += 1 }
        return counts[kind, default: 0]
    }

    private mutating func span(_ name: String, kind: String, from: Int, to: Int) -> Span {
        Span(
            traceID: context.traceID, id: context.span(kind, count(kind)), parent: context.callSpan, name: name,
            start: started + Int64(from), end: started + Int64(max(from, to)))
    }
}
