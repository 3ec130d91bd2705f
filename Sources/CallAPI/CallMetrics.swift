public import Agent
public import Metrics
public import Telephony

/// What the records of all calls tell the metrics system (swift-metrics). No label holds anything of a person.
public struct CallMetrics: Sendable {
    private let factory: any MetricsFactory

    /// - Parameter factory: who is told; by default the one that the program has bootstrapped.
    public init(factory: any MetricsFactory = MetricsSystem.factory) {
        self.factory = factory
    }

    private static let parts = [
        "hearing failed": "hearing", "voice failed": "voice", "dialogue failed": "dialogue", "agent failed": "agent",
    ]
    private static let tools = ["tool done": "done", "tool failed": "failed"]
    private static let transfers = ["transferred": "done", "transfer failed": "failed"]

    /// - Parameters:
    ///   - entry: what a record got.
    ///   - direction: of the call.
    ///   - answeredMs: when it was answered, if it was.
    public func take(_ entry: CallEntry, of direction: CallDirection, answeredMs: Int?) {
        switch entry {
        case .turn(let turn):
            count("trunkline_turns_total", [("who", turn.who.rawValue)])
            if turn.who == .agent, turn.interrupted { count("trunkline_interruptions_total") }
        case .ledger(let ledger, _):
            record("trunkline_answer_latency_milliseconds", ledger.totalMs)
            for step in ledger.steps {
                record("trunkline_answer_step_milliseconds", step.milliseconds, [("step", step.name)])
            }
        case .event("answered by", let detail, _):
            let who = AnsweredBy(rawValue: String(detail.prefix { $0 != "," })) ?? .unknown
            count("trunkline_calls_answered_by_total", [("who", who.rawValue)])
        case .event(let kind, _, _):
            if let part = Self.parts[kind] { count("trunkline_provider_errors_total", [("part", part)]) }
            if let result = Self.tools[kind] { count("trunkline_tools_total", [("result", result)]) }
            if let result = Self.transfers[kind] { count("trunkline_transfers_total", [("result", result)]) }
        case .ended(let end, let at):
            count(
                "trunkline_calls_ended_total",
                [("direction", direction.rawValue), ("outcome", end.cause.rawValue)])
            if let answeredMs {
                Recorder(
                    label: "trunkline_call_duration_seconds", dimensions: [("direction", direction.rawValue)],
                    factory: factory
                ).record(Double(max(0, at - answeredMs)) / 1_000)
            }
        case .usage(let usage, _):
            guard let micros = usage.costMicros, micros > 0, let currency = usage.currency else { break }
            Counter(label: "trunkline_cost_micros_total", dimensions: [("currency", currency)], factory: factory)
                .increment(by: micros)
        case .began, .answered, .key, .note, .quality, .recording, .recorded, .message: break
        }
    }

    private func count(_ label: String, _ dimensions: [(String, String)] = []) {
        Counter(label: label, dimensions: dimensions, factory: factory).increment()
    }

    private func record(_ label: String, _ value: Int, _ dimensions: [(String, String)] = []) {
        Recorder(label: label, dimensions: dimensions, aggregate: true, factory: factory).record(value)
    }
}
