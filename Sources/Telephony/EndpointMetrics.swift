internal import Metrics

/// What an endpoint tells the metrics system of its host (swift-metrics), if that has bootstrapped one.
struct EndpointMetrics: Sendable {
    private let incoming = Counter(label: "trunkline_calls_total", dimensions: [("direction", "incoming")])
    private let outgoing = Counter(label: "trunkline_calls_total", dimensions: [("direction", "outgoing")])
    private let refused = Counter(label: "trunkline_calls_refused_total")
    private let live = Gauge(label: "trunkline_calls_live")

    func began(_ direction: CallDirection, live count: Int) {
        switch direction {
        case .incoming: incoming.increment()
        case .outgoing: outgoing.increment()
        }
        live.record(count)
    }

    func wasRefused() {
        refused.increment()
    }

    func ended(live count: Int) {
        live.record(count)
    }
}
