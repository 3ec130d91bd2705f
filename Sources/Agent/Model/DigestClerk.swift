/// Sums calls up whose summary is owed, a few at a time.
public final class DigestClerk: Sendable {
    private let store: SQLiteCallStore
    private let digester: CallDigester
    private let prices: UsagePrices?
    private let wallClock: @Sendable () -> Int64
    private let sleep: @Sendable (Duration) async throws -> Void
    private let onUsage: @Sendable (UsageRecord) -> Void
    private let onTrouble: @Sendable (String, _ call: String?) -> Void
    private let work: OwedWork
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
        work = OwedWork(wallClock: wallClock, sleep: sleep)
    }

    /// One more is owed.
    public func wake() { work.wake() }

    /// Writes what is due now, and then no more.
    public func finish() { work.finish() }

    /// Works until ``finish()``, or until its task is cancelled: what is not written then stays owed.
    public func run() async {
        store.onEnd { [work] in work.wake() }
        await work.run { (now) throws(CallStoreError) in
            try await store.digestsOwed(due: now, atMost: Self.atOnce)
        } nextDue: { () throws(CallStoreError) in
            try await store.nextDigestDue()
        } work: { call in
            await self.write(call)
        } onTrouble: {
            onTrouble("Summaries wait: \($0)", nil)
        }
    }

    /// Writes one that is owed.
    private func write(_ call: String) async {
        do throws(CallStoreError) {
            guard let stored = try await store.beginDigest(of: call) else { return }
            let (outcome, usage) = await digest(stored)
            // An order to stop is no failure of the model's.
            guard !Task.isCancelled else { return }
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
            try? await sleep(OwedWork.pause)
        }
    }

    /// Has the model do its work, and counts it: it is to be paid, whatever becomes of it.
    private func digest(_ stored: StoredCall) async -> (CallDigester.Outcome, usage: [UsageRecord]) {
        let outcome = await digester.digest(of: stored, now: wallClock())
        let usage = outcome.usage.map { prices?.priced($0) ?? $0 }
        usage.forEach(onUsage)
        return (outcome, usage)
    }

    /// Sums one call up now, for whoever waits for it: it is owed, and then tried once.
    ///
    /// - Parameter call: its whole identifier.
    /// - Returns: what became of it; `nil` when somebody else has written it meanwhile, or the call is gone.
    public func writeNow(_ call: String) async throws(CallStoreError) -> CallDigest? {
        guard let stored = try await store.beginDigest(of: call) else { return nil }
        let (outcome, usage) = await digest(stored)
        if let digest = outcome.digest {
            return try await store.keep(digest, of: call, usage: usage) ? digest : nil
        }
        try await store.failDigest(of: call, outcome.reason ?? "Nothing came.", retryAt: nil, usage: usage)
        return try await store.call(call)?.summary
    }
}
