internal import FoundationEssentials
internal import Logging
internal import SIPNIO
internal import Synchronization
internal import TelephonyPrimitives
internal import Telnyx

/// Looks at what is posted, and says with which status it is answered; what is Telnyx's is handed on.
final class WebhookIntake: Sendable {
    /// Octets of a body that are read: events have a few thousand.
    static let maximumBody = 256 << 10

    private struct State {
        var budget = RequestBudget()
        var tally = RefusalTally()
    }

    private let verifier: WebhookVerifier
    private let take: @Sendable (WebhookEvent) -> Void
    private let wallClock: @Sendable () -> Int64
    private let metrics = CallControlMetrics()
    private let logger: Logger
    private let state = Mutex(State())

    /// - Parameters:
    ///   - wallClock: seconds since 1970.
    ///   - take: gets each event; returns at once.
    init(
        _ verifier: WebhookVerifier, wallClock: @escaping @Sendable () -> Int64, logger: Logger,
        take: @escaping @Sendable (WebhookEvent) -> Void
    ) {
        self.verifier = verifier
        self.wallClock = wallClock
        self.logger = logger
        self.take = take
    }

    /// Whether a request may be read at all now.
    func mayRead() -> Bool {
        let may = state.withLock { $0.budget.take(now: .now) }
        if !may { metrics.webhook(.busy) }
        return may
    }

    func receive(body: [UInt8], headers: [(name: String, value: String)]) -> Int {
        do throws(WebhookRefusal) {
            let event = try verifier.event(body: body, headers: headers, now: wallClock())
            take(event)
            return 200
        } catch {
            metrics.webhook(.refused)
            if let count = state.withLock({ $0.tally.refuse(now: .now) }) {
                logger.warning("refused a webhook: \(error)", metadata: ["refused": "\(count)"])
            }
            return error.status
        }
    }

    static var systemClock: Int64 { Int64(Date().timeIntervalSince1970) }
}
