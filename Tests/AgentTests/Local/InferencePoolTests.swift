import Agent
import Dispatch
import Synchronization
import Testing

/// What was done, in order.
private final class Names: Sendable {
    private let names = Mutex<[String]>([])

    var all: [String] { names.withLock { $0 } }

    func add(_ name: String) {
        names.withLock { $0.append(name) }
    }
}

/// Work that goes on until it is stopped; at most for a while, so that a test comes to an end.
private final class Computing: Sendable {
    private let isOver = Atomic(false)
    private let isGivenUp = Atomic(false)
    private let limit = ContinuousClock.now + .seconds(10)

    var wasGivenUp: Bool { isGivenUp.load(ordering: .relaxed) }

    func stop() {
        isOver.store(true, ordering: .relaxed)
    }

    func run() {
        while !isOver.load(ordering: .relaxed) {
            guard ContinuousClock.now >= limit else { continue }
            isGivenUp.store(true, ordering: .relaxed)
            return
        }
    }
}

struct InferencePoolTests {
    @Test("What is urgent goes first, and within a priority the oldest")
    func order() async throws {
        let pool = InferencePool(name: "test", threads: 1)
        let gate = DispatchSemaphore(value: 0)
        defer { gate.signal() }
        let done = Names()
        async let blocker: Void = pool.run(.urgent) { gate.wait() }
        while pool.isIdle || pool.waiting > 0 { await Task.yield() }
        try await withThrowingTaskGroup(of: Void.self) { group in
            let jobs: [(String, InferencePool.Priority)] = [
                ("partial", .partial), ("a", .speech), ("b", .speech), ("now", .urgent),
            ]
            for (name, priority) in jobs {
                let before = pool.waiting
                group.addTask { [done] in try await pool.run(priority) { done.add(name) } }
                while pool.waiting == before { await Task.yield() }
            }
            gate.signal()
            try await group.waitForAll()
        }
        try await blocker
        #expect(done.all == ["now", "a", "b", "partial"])
    }

    @Test("Beyond its capacity work is refused at once")
    func overload() async throws {
        let pool = InferencePool(name: "test", threads: 1, capacity: 1)
        let gate = DispatchSemaphore(value: 0)
        defer { gate.signal() }
        async let running: Void = pool.run(.urgent) { gate.wait() }
        while pool.isIdle || pool.waiting > 0 { await Task.yield() }
        async let waiting: Void = pool.run(.urgent) {}
        while pool.waiting == 0 { await Task.yield() }
        await #expect(throws: ProviderError.self) { try await pool.run(.urgent) {} }
        gate.signal()
        try await running
        try await waiting
    }

    @Test("Work whose task was cancelled while it waited is not done")
    func cancellation() async throws {
        let pool = InferencePool(name: "test", threads: 1)
        let gate = DispatchSemaphore(value: 0)
        defer { gate.signal() }
        async let running: Void = pool.run(.urgent) { gate.wait() }
        while pool.isIdle || pool.waiting > 0 { await Task.yield() }
        let task = Task { try await pool.run(.urgent) { Issue.record("it ran") } }
        while pool.waiting == 0 { await Task.yield() }
        task.cancel()
        gate.signal()
        try await running
        await #expect(throws: ProviderError.cancelled) { try await task.value }
    }

    @Test("However much the threads compute, Swift's tasks go on", arguments: [TaskPriority.low, .medium, .high])
    func apart(priority: TaskPriority) async throws {
        let pool = InferencePool(name: "test", threads: 8)
        let computing = Computing()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<pool.threads { group.addTask { try await pool.run(.urgent) { computing.run() } } }
            while pool.isIdle || pool.waiting > 0 { await Task.yield() }
            await Task.detached(priority: priority) { await Task.yield() }.value
            computing.stop()
            try await group.waitForAll()
        }
        #expect(!computing.wasGivenUp, "the task had to wait for the pool")
    }

    @Test("A pool has at least one thread and room for one job")
    func smallest() async throws {
        let pool = InferencePool(name: "test", threads: 0, capacity: -1)
        #expect(pool.threads == 1)
        #expect(pool.capacity == 1)
        #expect(try await pool.run(.speech) { 7 } == 7)
    }

    @Test("What work throws is thrown, and the thread goes on")
    func failure() async throws {
        let pool = InferencePool(name: "test", threads: 1)
        await #expect(throws: ProviderError.failed("no")) {
            try await pool.run(.urgent) { () throws(ProviderError) in throw .failed("no") }
        }
        #expect(try await pool.run(.urgent) { 7 } == 7)
    }
}
