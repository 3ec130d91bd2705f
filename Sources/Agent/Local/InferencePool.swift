internal import Dispatch
internal import Synchronization

/// Threads for work that computes long, apart from those that carry calls: few, with a queue that has an end.
public final class InferencePool: Sendable {
    /// What goes first when all threads are busy.
    public enum Priority: Int, Sendable, Comparable {
        /// Nice to have; not started while anything else waits.
        case partial
        /// The caller will hear it later.
        case speech
        /// The caller waits for it.
        case urgent

        public static func < (one: Priority, other: Priority) -> Bool { one.rawValue < other.rawValue }
    }

    private struct Job {
        let priority: Priority
        let number: Int
        let work: @Sendable () -> Void
    }

    private struct State {
        var waiting: [Job] = []
        /// Lanes that have nothing to do.
        var idle: [DispatchQueue]
        var nextNumber = 0
    }

    /// Threads that work at once.
    public let threads: Int
    /// Jobs that may wait.
    public let capacity: Int
    private let state: Mutex<State>

    /// - Parameters:
    ///   - name: for debuggers.
    ///   - threads: at least 1.
    ///   - capacity: at least 1.
    public init(name: String, threads: Int, capacity: Int = 64) {
        self.threads = max(1, threads)
        self.capacity = max(1, capacity)
        // A serial queue gets a thread beside the limited set that concurrent queues share with Swift's tasks: these
        // are never kept waiting by what computes here.
        let lanes = (1...self.threads).map { DispatchQueue(label: "trunkline.\(name).\($0)", qos: .userInitiated) }
        state = Mutex(State(idle: lanes))
    }

    /// Whether a thread is free now.
    public var isIdle: Bool { state.withLock { $0.waiting.isEmpty && !$0.idle.isEmpty } }

    /// Jobs that no thread has begun.
    public var waiting: Int { state.withLock { $0.waiting.count } }

    /// Does `work` on a thread of the pool.
    ///
    /// - Throws: ``ProviderError/overloaded(_:)`` at once when too much waits already; what `work` throws;
    ///   ``ProviderError/cancelled`` when the task was cancelled before the work began.
    public func run<Value: Sendable>(
        _ priority: Priority, _ work: @escaping @Sendable () throws(ProviderError) -> Value
    ) async throws(ProviderError) -> Value {
        let box = CancellationBox()
        let result: Result<Value, ProviderError> = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let accepted = submit(priority) {
                    guard !box.isCancelled else {
                        continuation.resume(returning: .failure(.cancelled))
                        return
                    }
                    do throws(ProviderError) {
                        continuation.resume(returning: .success(try work()))
                    } catch {
                        continuation.resume(returning: .failure(error))
                    }
                }
                if !accepted {
                    continuation.resume(
                        returning: .failure(.overloaded("The speech parts have all the work that they can take.")))
                }
            }
        } onCancel: {
            box.cancel()
        }
        return try result.get()
    }

    /// Queues `work`; `false` when the queue is full.
    func submit(_ priority: Priority, _ work: @escaping @Sendable () -> Void) -> Bool {
        let verdict: (accepted: Bool, lane: DispatchQueue?) = state.withLock { state in
            guard state.waiting.count < capacity else { return (false, nil) }
            state.waiting.append(Job(priority: priority, number: state.nextNumber, work: work))
            state.nextNumber += 1
            return (true, state.idle.popLast())
        }
        if let lane = verdict.lane { lane.async { self.drain(lane) } }
        return verdict.accepted
    }

    private func drain(_ lane: DispatchQueue) {
        while let job = next(lane) { job.work() }
    }

    /// What to do next; with nothing left, `lane` is idle.
    private func next(_ lane: DispatchQueue) -> Job? {
        state.withLock { state in
            // The most important, and of those the oldest.
            let best = state.waiting.indices.max { one, other in
                let (a, b) = (state.waiting[one], state.waiting[other])
                return (a.priority, -a.number) < (b.priority, -b.number)
            }
            guard let best else {
                state.idle.append(lane)
                return nil
            }
            return state.waiting.remove(at: best)
        }
    }
}

/// Tells a job that nobody waits for it any more.
private final class CancellationBox: Sendable {
    private let flag = Mutex(false)

    var isCancelled: Bool { flag.withLock { $0 } }

    func cancel() {
        flag.withLock { $0 = true }
    }
}
