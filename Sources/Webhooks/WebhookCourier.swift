public import Agent
public import Logging
public import Metrics
internal import Synchronization

/// Delivers what is in the outbox of a call store: a few at once, the news of each call in their order, again and again
/// until the receiver has taken them.
public final class WebhookCourier: Sendable {
    /// Deliveries at once.
    private static let atOnce = 4

    private let store: SQLiteCallStore
    private let post: any WebhookPosting
    private let signature: WebhookSignature
    private let schedule: WebhookSchedule
    private let logger: Logger
    private let factory: any MetricsFactory
    private let wallClock: @Sendable () -> Int64
    private let work: OwedWork
    /// Whether the last attempt failed: it is logged once.
    private let isFailing = Mutex(false)

    /// - Parameters:
    ///   - store: whose outbox it empties.
    ///   - post: what brings a letter to the receiver.
    ///   - signature: shows that it is ours.
    ///   - schedule: when to try again.
    ///   - logger: for the first of some failures, for their end, and for what is given up.
    ///   - factory: who is told what came of each attempt.
    ///   - wallClock: milliseconds since 1970.
    ///   - sleep: waits.
    public init(
        store: SQLiteCallStore, post: any WebhookPosting, signature: WebhookSignature,
        schedule: WebhookSchedule = WebhookSchedule(), logger: Logger,
        factory: any MetricsFactory = MetricsSystem.factory,
        wallClock: @escaping @Sendable () -> Int64,
        sleep: @escaping @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }
    ) {
        self.store = store
        self.post = post
        self.signature = signature
        self.schedule = schedule
        self.logger = logger
        self.factory = factory
        self.wallClock = wallClock
        work = OwedWork(wallClock: wallClock, sleep: sleep)
    }

    /// Has ``run()`` return when nothing is due any more.
    public func finish() { work.finish() }

    /// Delivers until ``finish()``, or until the task is cancelled. What is left stays in the outbox.
    public func run() async {
        store.onNews { [work] in work.wake() }
        await work.run { (now) throws(CallStoreError) in
            try await store.letters(due: now, atMost: Self.atOnce)
        } nextDue: { () throws(CallStoreError) in
            try await store.nextLetterDue()
        } work: { letter in
            await self.deliver(letter)
        } onTrouble: {
            logger.error("Webhooks wait: \($0)")
        }
    }

    private func deliver(_ letter: OutboxLetter) async {
        let seconds = wallClock() / 1_000
        let headers = [
            (name: "content-type", value: "application/json"), (name: "webhook-id", value: letter.id),
            (name: "webhook-timestamp", value: "\(seconds)"),
            (name: "webhook-signature", value: signature.value(id: letter.id, seconds: seconds, body: letter.body)),
        ]
        let result = await post.post(letter.body, headers: headers)
        // An order to stop is no failure of the receiver's.
        guard !Task.isCancelled || result == .taken else { return }
        do throws(CallStoreError) {
            switch result {
            case .taken:
                count("delivered")
                try await store.remove(letter)
                if isFailing.withLock({ isFailing in
                    defer { isFailing = false }
                    return isFailing
                }) {
                    logger.notice("Webhooks are taken again.")
                }
            case .failed(let reason):
                count("failed")
                try await failed(letter, reason)
            }
        } catch {
            // It is delivered once more: the receiver knows it by its identifier.
            logger.error("A webhook's delivery can't be noted: \(error)")
        }
    }

    private func failed(_ letter: OutboxLetter, _ reason: String) async throws(CallStoreError) {
        let now = wallClock()
        guard let wait = schedule.wait(after: letter.attempts, age: .milliseconds(now - letter.writtenAt)) else {
            count("given_up")
            logger.error("A webhook is given up after three days: \(reason)", metadata: ["webhook": "\(letter.id)"])
            try await store.remove(letter)
            return
        }
        let isFirst = isFailing.withLock { isFailing in
            defer { isFailing = true }
            return !isFailing
        }
        if isFirst { logger.warning("A webhook is not taken, and is tried again: \(reason)") }
        let (seconds, attoseconds) = wait.components
        try await store.postpone(letter, until: now + seconds * 1_000 + attoseconds / 1_000_000_000_000_000)
    }

    private func count(_ result: String) {
        Counter(label: "trunkline_webhooks_total", dimensions: [("result", result)], factory: factory).increment()
    }
}

/// Brings a letter to whoever gets it.
public protocol WebhookPosting: Sendable {
    /// - Returns: what became of it, within some seconds.
    func post(_ body: [UInt8], headers: [(name: String, value: String)]) async -> WebhookResult
}

/// What became of a delivery.
public enum WebhookResult: Sendable, Equatable {
    /// The receiver answered with 2xx.
    case taken
    /// In a sentence for people, without secrets.
    case failed(String)
}
