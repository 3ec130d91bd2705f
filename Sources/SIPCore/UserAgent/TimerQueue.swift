import HeapModule
package import TelephonyPrimitives

/// The timers of a composite in one ordered queue: at most one per key, and setting one anew leaves the old entry in
/// the heap, to be skipped when its time comes.
package struct TimerQueue<Key: Hashable & Sendable>: Sendable {
    private struct Entry: Comparable, Sendable {
        var instant: Instant
        /// Entries of one instant fire in the order in which they were set.
        var sequence: UInt64
        var key: Key

        static func < (left: Entry, right: Entry) -> Bool {
            (left.instant, left.sequence) < (right.instant, right.sequence)
        }

        static func == (left: Entry, right: Entry) -> Bool {
            left.instant == right.instant && left.sequence == right.sequence
        }
    }

    private var heap = Heap<Entry>()
    private var armed: [Key: (instant: Instant, sequence: UInt64)] = [:]
    private var sequence: UInt64 = 0

    package init() {}

    /// How many timers are set.
    package var count: Int { armed.count }

    /// The earliest instant at which a timer fires.
    package var deadline: Instant? { heap.min?.instant }

    /// Sets the timer of `key`, or clears it with `nil`.
    package mutating func set(_ key: Key, at instant: Instant?) {
        guard let instant else {
            armed[key] = nil
            tidy()
            return
        }
        if armed[key]?.instant == instant { return }
        sequence &+= 1
        armed[key] = (instant, sequence)
        heap.insert(Entry(instant: instant, sequence: sequence, key: key))
        tidy()
    }

    /// Takes out the next timer that is due, if there is one.
    package mutating func popDue(now: Instant) -> Key? {
        while let entry = heap.min, entry.instant <= now {
            heap.removeMin()
            guard armed[entry.key]?.sequence == entry.sequence else { continue }
            armed[entry.key] = nil
            tidy()
            return entry.key
        }
        return nil
    }

    /// Keeps a live entry on top, so that `deadline` is true, and the heap in proportion to what is set.
    private mutating func tidy() {
        while let entry = heap.min, armed[entry.key]?.sequence != entry.sequence {
            heap.removeMin()
        }
        guard heap.count > 2 * armed.count + 64 else { return }
        heap = Heap(
            armed.map { key, value in Entry(instant: value.instant, sequence: value.sequence, key: key) })
    }
}
