internal import CoreMetrics
internal import Synchronization

/// One series of a counter.
final class CounterSeries: CounterHandler, FloatingPointCounterHandler {
    private let total = Mutex(0.0)

    func increment(by amount: Int64) { increment(by: Double(amount)) }

    /// Prometheus takes a counter that falls for one that was started anew.
    func increment(by amount: Double) {
        guard amount > 0, amount.isFinite else { return }
        total.withLock { $0 += amount }
    }

    func reset() { total.withLock { $0 = 0 } }

    var value: Double { total.withLock { $0 } }
}

/// One series of a gauge.
final class GaugeSeries: RecorderHandler, MeterHandler {
    private let current = Mutex<Double?>(nil)

    func record(_ value: Int64) { set(Double(value)) }
    func record(_ value: Double) { set(value) }
    func set(_ value: Int64) { set(Double(value)) }
    func set(_ value: Double) { current.withLock { $0 = value } }
    func increment(by amount: Double) { current.withLock { $0 = ($0 ?? 0) + amount } }
    func decrement(by amount: Double) { increment(by: -amount) }

    /// `nil` before the first value.
    var value: Double? { current.withLock { $0 } }
}

/// One series of a histogram.
final class HistogramSeries: RecorderHandler, TimerHandler {
    struct Counts {
        /// How many values were within each bound and beyond the one before it; the last is for those beyond all.
        var within: [UInt64]
        var sum = 0.0
    }

    let bounds: [Double]
    private let state: Mutex<Counts>

    init(bounds: [Double]) {
        self.bounds = bounds
        state = Mutex(Counts(within: Array(repeating: 0, count: bounds.count + 1)))
    }

    func record(_ value: Int64) { record(Double(value)) }

    func record(_ value: Double) {
        guard value.isFinite else { return }
        let place = bounds.firstIndex { value <= $0 } ?? bounds.count
        state.withLock { state in
            state.within[place] += 1
            state.sum += value
        }
    }

    /// Timers are told in seconds.
    func recordNanoseconds(_ duration: Int64) { record(Double(duration) / 1e9) }

    var counts: Counts { state.withLock { $0 } }
}
