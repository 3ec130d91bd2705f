package import SIPCore
package import TelephonyPrimitives

/// How much of the machine the process may use before it takes no more calls.
public struct OverloadLimits: Hashable, Sendable {
    /// The share of all processors, 0…1, averaged over some seconds; `nil` sets no bound.
    public var processor: Double?
    /// Resident memory in octets; `nil` sets no bound.
    public var memory: Int?
    /// How long refused callers are asked to stay away, at least.
    public var retryAfter: Duration

    public init(processor: Double? = nil, memory: Int? = nil, retryAfter: Duration = .seconds(10)) {
        self.processor = processor
        self.memory = memory
        self.retryAfter = retryAfter
    }
}

/// Decides from what the process uses whether calls are taken. Once it refuses, it takes calls again only when the use
/// has fallen a tenth below the limit, so that it does not change its mind with every call.
package struct OverloadControl: Sendable {
    /// What the process has used.
    package struct Sample: Hashable, Sendable {
        /// Processor time of all threads since the start.
        package var processorTime: Duration
        /// Resident memory in octets.
        package var memory: Int

        package init(processorTime: Duration, memory: Int) {
            self.processorTime = processorTime
            self.memory = memory
        }
    }

    private let limits: OverloadLimits
    private let processors: Int
    private var last: (sample: Sample, at: Instant)?
    private var processor = 0.0
    private var isOverProcessor = false
    private var isOverMemory = false

    /// What the core was told last.
    package private(set) var overload: Overload?

    /// - Parameters:
    ///   - limits: the bounds.
    ///   - processors: how many the machine has.
    package init(limits: OverloadLimits, processors: Int) {
        self.limits = limits
        self.processors = max(1, processors)
    }

    /// Takes a new measurement.
    ///
    /// - Returns: whether ``overload`` has changed.
    package mutating func update(_ sample: Sample, now: Instant) -> Bool {
        if let last, now > last.at {
            let elapsed = (now - last.at).inSeconds
            let used = (sample.processorTime - last.sample.processorTime).inSeconds
            let share = min(1, max(0, used / elapsed / Double(processors)))
            // Of the average that has been, half is left after about three seconds.
            let weight = elapsed / (elapsed + 4)
            processor += weight * (share - processor)
        }
        last = (sample, now)
        if let limit = limits.processor {
            isOverProcessor = processor > (isOverProcessor ? limit * 0.9 : limit)
        }
        if let limit = limits.memory {
            isOverMemory = sample.memory > (isOverMemory ? limit / 10 * 9 : limit)
        }
        let before = overload
        if isOverMemory {
            overload = Overload(reason: "The process uses more memory than it may", retryAfter: limits.retryAfter)
        } else if isOverProcessor {
            overload = Overload(
                reason: "The process uses more of the processors than it may", retryAfter: limits.retryAfter)
        } else {
            overload = nil
        }
        return overload != before
    }
}
