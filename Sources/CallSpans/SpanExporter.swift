public import Agent
public import Logging
public import Metrics
internal import Synchronization
public import Telephony

/// Makes spans of calls and sends them to a collector, in batches, as long as ``run()`` runs. A collector that is away costs
/// nothing but spans: the newest are kept, within a bound.
public final class SpanExporter: Sendable {
    private static let capacity = 4_096
    private static let batch = 512
    /// A batch goes out this long after its first span.
    private static let patience = Duration.seconds(1)
    private static let longestWait = Duration.seconds(60)

    private struct State {
        var spanners: [CallIdentifier: CallSpanner] = [:]
        var queue = SpanQueue(capacity: SpanExporter.capacity)
        var toldDropped = 0
        var isFailing = false
        var isFinishing = false
    }

    private let collector: any SpanPosting
    private let service: String
    private let version: String
    private let logger: Logger
    private let factory: any MetricsFactory
    private let sleep: @Sendable (Duration) async throws -> Void
    private let state = Mutex(State())
    private let nudges: AsyncStream<Void>
    private let nudge: AsyncStream<Void>.Continuation

    /// - Parameters:
    ///   - collector: where spans go.
    ///   - service: what the collector knows us as.
    ///   - version: of the program.
    ///   - logger: told once when spans are not taken, and when they are again.
    ///   - factory: of the metrics.
    ///   - sleep: waits; tests don't.
    public init(
        to collector: any SpanPosting, service: String, version: String, logger: Logger,
        factory: any MetricsFactory = MetricsSystem.factory,
        sleep: @escaping @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }
    ) {
        self.collector = collector
        self.service = service
        self.version = version
        self.logger = logger
        self.factory = factory
        self.sleep = sleep
        (nudges, nudge) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    }

    /// Takes what the record of a call gets; returns at once.
    public func note(_ entry: CallEntry, of call: CallIdentifier) {
        let hasSpans = state.withLock { state -> Bool in
            if case .began(let beginning) = entry {
                state.spanners[call] = CallSpanner(call: call.text, beginning: beginning)
                return false
            }
            guard let spans = state.spanners[call]?.take(entry) else { return false }
            if case .ended = entry { state.spanners[call] = nil }
            state.queue.add(spans)
            return !spans.isEmpty
        }
        if hasSpans { nudge.yield() }
    }

    /// Has ``run()`` return when what waits has been sent, or could not be.
    public func finish() {
        state.withLock { $0.isFinishing = true }
        nudge.yield()
    }

    /// Sends until ``finish()``, or until the task is cancelled.
    public func run() async {
        var wait = Self.patience
        for await _ in nudges {
            while !Task.isCancelled {
                let isFinishing = state.withLock { $0.isFinishing }
                // What else comes soon goes along.
                if !isFinishing, state.withLock({ $0.queue.count < Self.batch }) { try? await sleep(Self.patience) }
                let batch = state.withLock { $0.queue.take(atMost: Self.batch) }
                tellDropped()
                guard !batch.isEmpty else { break }
                let result = await collector.post(OTLPBody.of(batch, service: service, version: version))
                if take(result, of: batch) {
                    wait = Self.patience
                } else {
                    guard !isFinishing else { return }
                    try? await sleep(wait)
                    wait = min(wait * 2, Self.longestWait)
                }
            }
            guard !Task.isCancelled, !state.withLock({ $0.isFinishing }) else { return }
        }
    }

    /// - Returns: whether to go on at once.
    private func take(_ result: SpanPostResult, of batch: [Span]) -> Bool {
        switch result {
        case .taken:
            count("sent", batch.count)
            if state.withLock({ state in
                defer { state.isFailing = false }
                return state.isFailing
            }) {
                logger.notice("Spans are taken again.")
            }
            return true
        case .refused(let reason):
            // The same would be refused again.
            count("refused", batch.count)
            tell("Spans are refused: \(reason)")
            return true
        case .failed(let reason):
            state.withLock { $0.queue.putBack(batch) }
            tell("Spans can't be sent, and are kept as far as there is room: \(reason)")
            return false
        }
    }

    /// Once, until they are taken again.
    private func tell(_ sentence: String) {
        let isFirst = state.withLock { state in
            defer { state.isFailing = true }
            return !state.isFailing
        }
        if isFirst { logger.warning("\(sentence)") }
    }

    private func tellDropped() {
        let dropped = state.withLock { state in
            defer { state.toldDropped = state.queue.dropped }
            return state.queue.dropped - state.toldDropped
        }
        if dropped > 0 { count("dropped", dropped) }
    }

    private func count(_ result: String, _ number: Int) {
        Counter(label: "trunkline_spans_total", dimensions: [("result", result)], factory: factory)
            .increment(by: Int64(number))
    }
}

/// Brings spans to a collector.
public protocol SpanPosting: Sendable {
    /// - Parameter body: JSON of OTLP/HTTP.
    func post(_ body: [UInt8]) async -> SpanPostResult
}

/// What became of a batch of spans.
public enum SpanPostResult: Sendable, Equatable {
    case taken
    /// For good, with why.
    case refused(String)
    /// For now, with why.
    case failed(String)
}
