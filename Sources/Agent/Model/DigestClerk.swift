internal import Synchronization

/// Sums calls up whose summary is owed, a few at a time.
public final class DigestClerk: Sendable {
    private let store: SQLiteCallStore
    private let digester: CallDigester
    private let prices: UsagePrices?
    private let wallClock: @Sendable () -> Int64
    private let sleep: @Sendable (Duration) async throws -> Void
    private let onUsage: @Sendable (UsageRecord) -> Void
    private let onTrouble: @Sendable (String, _ call: String?) -> Void
    private let nudges: AsyncStream<Void>
    private let nudge: AsyncStream<Void>.Continuation
    private let isFinishing = Mutex(false)
    private static let atOnce = 4
    /// How long until one is tried again of which nothing came.
    static let pause = Duration.seconds(30)

    /// - Parameters:
    ///   - store: which calls are owed one.
    ///   - digester: writes them.
    ///   - prices: of services, where they are known.
    ///   - wallClock: milliseconds since 1970.
    ///   - onUsage: told what services did for it, with its cost.
    ///   - onTrouble: told in a sentence what went wrong, and with which call.
    public convenience init(
        store: SQLiteCallStore, digester: CallDigester, prices: UsagePrices?,
        wallClock: @escaping @Sendable () -> Int64, onUsage: @escaping @Sendable (UsageRecord) -> Void = { _ in },
        onTrouble: @escaping @Sendable (String, _ call: String?) -> Void = { _, _ in }
    ) {
        self.init(
            store: store, digester: digester, prices: prices, wallClock: wallClock,
            sleep: { try await Task.sleep(for: $0) }, onUsage: onUsage, onTrouble: onTrouble)
    }

    init(
        store: SQLiteCallStore, digester: CallDigester, prices: UsagePrices?,
        wallClock: @escaping @Sendable () -> Int64, sleep: @escaping @Sendable (Duration) async throws -> Void,
        onUsage: @escaping @Sendable (UsageRecord) -> Void = { _ in },
        onTrouble: @escaping @Sendable (String, _ call: String?) -> Void = { _, _ in }
    ) {
        self.store = store
        self.digester = digester
        self.prices = prices
        self.wallClock = wallClock
        self.sleep = sleep
        self.onUsage = onUsage
        self.onTrouble = onTrouble
        (nudges, nudge) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// One more is owed.
    public func wake() { nudge.yield() }

    /// Writes what is due now, and then no more.
    public func finish() {
        isFinishing.withLock { $0 = true }
        nudge.yield()
    }

    /// Works until ``finish()``, or until its task is cancelled: what is not written then stays owed.
    public func run() async {
        store.onEnd { [nudge] in nudge.yield() }
        while !Task.isCancelled {
            do throws(CallStoreError) {
                let owed = try await store.digestsOwed(due: wallClock(), atMost: Self.atOnce)
                if !owed.isEmpty {
                    await withTaskGroup(of: Void.self) { group in
                        for call in owed { group.addTask { await self.write(call) } }
                    }
                } else if isFinishing.withLock({ $0 }) {
                    return
                } else {
                    try await waitForWork()
                }
            } catch {
                guard !Task.isCancelled else { return }
                onTrouble("Summaries wait: \(error)", nil)
                try? await sleep(.seconds(5))
            }
        }
    }

    private func waitForWork() async throws(CallStoreError) {
        let due = try await store.nextDigestDue()
        let wait = due.map { Duration.milliseconds(max(0, $0 - wallClock())) } ?? .seconds(3_600)
        let (nudges, sleep) = (nudges, sleep)
        await withTaskGroup(of: Void.self) { group in
            group.addTask { _ = await nudges.first { _ in true } }
            group.addTask { try? await sleep(wait) }
            await group.next()
            group.cancelAll()
        }
    }

    /// Writes one that is owed.
    private func write(_ call: String) async {
        do throws(CallStoreError) {
            guard let stored = try await store.beginDigest(of: call) else { return }
            let outcome = await digester.digest(of: stored, now: wallClock())
            // An order to stop is no failure of the model's.
            guard !Task.isCancelled else { return }
            let usage = outcome.usage.map { prices?.priced($0) ?? $0 }
            usage.forEach(onUsage)
            if let digest = outcome.digest {
                try await store.keep(digest, of: call, usage: usage)
                return
            }
            let reason = outcome.reason ?? "Nothing came."
            let later = outcome.mayPass ? wallClock() + Self.pause.components.seconds * 1_000 : nil
            let isTriedAgain = try await store.failDigest(of: call, reason, retryAt: later, usage: usage)
            onTrouble(
                "A call can't be summed up: \(reason)" + (isTriedAgain ? " It is tried again." : " It stays without."),
                call)
        } catch {
            guard !Task.isCancelled else { return }
            onTrouble("A call can't be summed up now: \(error)", call)
            // Not again at once.
            try? await sleep(.seconds(5))
        }
    }

    /// Sums one call up now, for whoever waits for it: it is owed, and then tried once.
    ///
    /// - Parameter call: its whole identifier.
    /// - Returns: what became of it; `nil` when somebody else has written it meanwhile, or the call is gone.
    public func writeNow(_ call: String) async throws(CallStoreError) -> CallDigest? {
        guard let stored = try await store.beginDigest(of: call) else { return nil }
        let outcome = await digester.digest(of: stored, now: wallClock())
        let usage = outcome.usage.map { prices?.priced($0) ?? $0 }
        usage.forEach(onUsage)
        if let digest = outcome.digest {
            return try await store.keep(digest, of: call, usage: usage) ? digest : nil
        }
        try await store.failDigest(of: call, outcome.reason ?? "Nothing came.", retryAt: nil, usage: usage)
        return try await store.call(call)?.summary
    }
}
