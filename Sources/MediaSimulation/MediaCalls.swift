internal import Synchronization

/// Many calls, each with a seed of its own, on all cores.
///
/// ```swift
/// let report = await MediaCalls(seeds: 0..<2000).run(tasks: 8)
/// #expect(report.failures.isEmpty, "\(report)")
/// ```
public struct MediaCalls: Sendable {
    public var seeds: Range<UInt64>
    /// Every so many calls one is played twice, to see that it is the same again.
    public var repeating: UInt64 = 10

    public init(seeds: Range<UInt64>) {
        self.seeds = seeds
    }

    /// Plays every call.
    ///
    /// - Parameters:
    ///   - tasks: how many at a time: as many as there are cores.
    ///   - began: called with the seed before a call begins, from any of the tasks.
    public func run(tasks: Int, began: @escaping @Sendable (UInt64) -> Void = { _ in }) async -> MediaReport {
        let rest = Rest(seeds)
        return await withTaskGroup(of: MediaReport.self) { group in
            for _ in 0..<max(tasks, 1) {
                group.addTask {
                    var report = MediaReport()
                    while let seed = rest.next() {
                        began(seed)
                        report.add(play(seed))
                    }
                    return report
                }
            }
            var whole = MediaReport()
            for await part in group { whole.add(part) }
            return whole
        }
    }

    private func play(_ seed: UInt64) -> MediaReport {
        let call = MediaCall(seed: seed)
        call.run()
        var report = MediaReport(of: call)
        if repeating > 0, seed.isMultiple(of: repeating) { report.compare(call, with: MediaCall(seed: seed)) }
        return report
    }
}

/// The seeds that no task has taken yet.
private final class Rest: Sendable {
    private let seeds: Mutex<Range<UInt64>>

    init(_ seeds: Range<UInt64>) {
        self.seeds = Mutex(seeds)
    }

    func next() -> UInt64? { seeds.withLock { $0.popFirst() } }
}
