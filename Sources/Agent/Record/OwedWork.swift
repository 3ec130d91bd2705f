internal import Synchronization

/// Work that a store says is owed: what is due is done, a few pieces at once, and the next one is waited for, until an order
/// to finish.
package final class OwedWork: Sendable {
    private let wallClock: @Sendable () -> Int64
    private let sleep: @Sendable (Duration) async throws -> Void
    private let isFinishing = Mutex(false)
    private let nudges: AsyncStream<Void>
    private let nudge: AsyncStream<Void>.Continuation
    /// How long until a store that failed is asked again.
    package static let pause = Duration.seconds(5)

    /// - Parameters:
    ///   - wallClock: milliseconds since 1970.
    ///   - sleep: waits.
    package init(
        wallClock: @escaping @Sendable () -> Int64, sleep: @escaping @Sendable (Duration) async throws -> Void
    ) {
        self.wallClock = wallClock
        self.sleep = sleep
        (nudges, nudge) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// One more is owed.
    package func wake() { nudge.yield() }

    /// Has ``run(owed:nextDue:work:onTrouble:)`` return when nothing is due any more.
    package func finish() {
        isFinishing.withLock { $0 = true }
        nudge.yield()
    }

    /// Works until ``finish()``, or until its task is cancelled: what is not done then stays owed.
    ///
    /// - Parameters:
    ///   - owed: what is due by now, as much as may be done at once.
    ///   - nextDue: when something is due next, in milliseconds since 1970; `nil`: not before ``wake()``.
    ///   - work: does one piece.
    ///   - onTrouble: told when the store can't say; it is asked again.
    package func run<Piece: Sendable>(
        owed: (Int64) async throws(CallStoreError) -> [Piece],
        nextDue: () async throws(CallStoreError) -> Int64?,
        work: @escaping @Sendable (Piece) async -> Void,
        onTrouble: (CallStoreError) -> Void
    ) async {
        while !Task.isCancelled {
            do throws(CallStoreError) {
                let pieces = try await owed(wallClock())
                if !pieces.isEmpty {
                    await withTaskGroup(of: Void.self) { group in
                        for piece in pieces { group.addTask { await work(piece) } }
                    }
                } else if isFinishing.withLock({ $0 }) {
                    return
                } else {
                    await wait(until: try await nextDue())
                }
            } catch {
                guard !Task.isCancelled else { return }
                onTrouble(error)
                try? await sleep(Self.pause)
            }
        }
    }

    private func wait(until due: Int64?) async {
        let wait = due.map { Duration.milliseconds(max(0, $0 - wallClock())) } ?? .seconds(3_600)
        let (nudges, sleep) = (nudges, sleep)
        await withTaskGroup(of: Void.self) { group in
            group.addTask { _ = await nudges.first { _ in true } }
            group.addTask { try? await sleep(wait) }
            await group.next()
            group.cancelAll()
        }
    }
}
