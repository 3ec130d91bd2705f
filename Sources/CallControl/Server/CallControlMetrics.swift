internal import Metrics
internal import Telephony

/// What Call Control tells the metrics system of its host (swift-metrics).
struct CallControlMetrics: Sendable {
    enum Webhook: String {
        case taken, duplicate, refused, busy
    }

    enum Stream: String {
        case opened, refused
    }

    func webhook(_ webhook: Webhook) {
        Counter(label: "trunkline_call_control_webhooks_total", dimensions: [("result", webhook.rawValue)]).increment()
    }

    func stream(_ stream: Stream) {
        Counter(label: "trunkline_call_control_streams_total", dimensions: [("result", stream.rawValue)]).increment()
    }

    /// Calls are counted as those by SIP are.
    func began(_ direction: CallDirection) {
        Counter(label: "trunkline_calls_total", dimensions: [("direction", direction.rawValue)]).increment()
    }

    func commandFailed() {
        Counter(label: "trunkline_call_control_commands_failed_total").increment()
    }
}
