internal import Agent
internal import CallAPI
internal import Logging
internal import Telephony
internal import TrunklineConfiguration

/// Erases what has been kept long enough, at the start and every hour after it, as long as the server runs.
struct Retention: Sendable {
    private let working: Task<Void, Never>

    init(_ settings: Configuration.Calls, store: SQLiteCallStore, calls: LiveCalls, logger: Logger) {
        let policy = RetentionPolicy(keep: settings.keep, keepRecordings: settings.keepRecordings)
        // Unstructured: it goes on until `close`, beside the calls.
        working = Task {
            var policy = policy
            while !Task.isCancelled {
                guard let decision = policy.decide(wall: WallClock.now, uptime: .nanoseconds(WallClock.uptime)) else {
                    return
                }
                await Self.carryOut(decision, store, calls, logger)
                try? await Task.sleep(for: RetentionPolicy.interval)
            }
        }
    }

    func close() async {
        working.cancel()
        await working.value
    }

    private static func carryOut(
        _ decision: RetentionPolicy.Decision, _ store: SQLiteCallStore, _ calls: LiveCalls, _ logger: Logger
    ) async {
        switch decision {
        case .wait(let ahead):
            logger.warning(
                "The time of day has leapt ahead by \(ahead.components.seconds) s. Nothing is erased for an hour; is it right?"
            )
        case .erase(let callsBefore, let recordingsBefore):
            do throws(CallStoreError) {
                if let recordingsBefore {
                    report(try await store.eraseRecordings(endedBefore: recordingsBefore), logger)
                }
                guard let callsBefore else { return }
                let erasure = try await store.erase(try await store.calls(endedBefore: callsBefore))
                for call in erasure.calls { calls.forget(CallIdentifier(call)) }
                report(erasure, logger)
            } catch {
                logger.error("What was kept long enough can't be erased now; it is tried again in an hour. \(error)")
            }
        }
    }

    private static func report(_ erasure: Erasure, _ logger: Logger) {
        if !erasure.calls.isEmpty || erasure.recordings > 0 {
            logger.notice(
                "Kept long enough, and erased: \(erasure.calls.count) calls, \(erasure.recordings) recordings.")
        }
        for kept in erasure.kept {
            logger.error(
                "A call was kept long enough and is still there: \(kept.reason)", metadata: ["call": "\(kept.call)"])
        }
        if let leftover = erasure.leftover {
            logger.error(
                "Octets of erased calls may still be in the database: \(leftover). It is tried again in an hour.")
        }
    }
}
