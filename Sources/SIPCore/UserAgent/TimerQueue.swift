import DequeModule
import HeapModule
package import TelephonyPrimitives

/// The timers of a composite in the order in which they fire: at most one per key.
///
/// Nearly all timers of a stack run for one of a few durations, so that each of a kind ends after the one before it.
/// Such timers wait in lanes, to which they are only appended; those that fit into no lane lie in a heap. Setting a
/// timer anew leaves its old entry where it is, to be skipped when its turn comes.
package struct TimerQueue<Key: Hashable & Sendable>: Sendable {
    private struct Entry: Comparable, Sendable {
        var instant: Instant
        /// Entries of one instant fire in the order in which they were set.
        var sequence: UInt64
        var key: Key

        static func < (left: Entry, right: Entry) -> Bool {
            left.instant == right.instant ? left.sequence < right.sequence : left.instant < right.instant
        }

        static func == (left: Entry, right: Entry) -> Bool {
            left.instant == right.instant && left.sequence == right.sequence
        }
    }

    private struct Setting: Sendable {
        var instant: Instant
        var sequence: UInt64
    }

    /// As many as there are durations that many timers share.
    private static var laneCount: Int { 6 }

    /// Each in order. The first entry of each, and the heap's, is one that is set.
    private var lanes = [Deque<Entry>](repeating: [], count: laneCount)
    private var heap = Heap<Entry>()
    private var armed: [Key: Setting] = [:]
    private var sequence: UInt64 = 0
    /// Entries in lanes and heap, those that are to be skipped included.
    private var entryCount = 0
    /// When the first of all entries fires, which is asked with every message.
    package private(set) var deadline: Instant?

    package init() {}

    /// How many timers are set.
    package var count: Int { armed.count }

    /// Sets the timer of `key`, or clears it with `nil`.
    package mutating func set(_ key: Key, at instant: Instant?) {
        guard let instant else {
            if let old = armed.removeValue(forKey: key) { withdraw(old) }
            return
        }
        let old = armed[key]
        if old?.instant == instant { return }
        sequence &+= 1
        let setting = Setting(instant: instant, sequence: sequence)
        armed[key] = setting
        if let old { withdraw(old) }
        insert(Entry(instant: instant, sequence: sequence, key: key))
    }

    /// The next timer that is due, which stays.
    package func firstDue(now: Instant) -> Key? {
        guard let deadline, deadline <= now else { return nil }
        return next?.entry.key
    }

    /// Takes out the next timer that is due, if there is one.
    package mutating func popDue(now: Instant) -> Key? {
        guard let deadline, deadline <= now, let (entry, lane) = next else { return nil }
        armed[entry.key] = nil
        drop(lane)
        return entry.key
    }

    /// The entry that fires next, and the lane that it waits in; no lane stands for the heap.
    private var next: (entry: Entry, lane: Int?)? {
        var next: (entry: Entry, lane: Int?)? = heap.min.map { ($0, nil) }
        for lane in lanes.indices {
            guard let first = lanes[lane].first else { continue }
            if let earliest = next, earliest.entry < first { continue }
            next = (first, lane)
        }
        return next
    }

    /// Appends to the lane that ends closest before the entry, so that lanes of longer timers stay open for those.
    private mutating func insert(_ entry: Entry) {
        entryCount += 1
        if deadline.map({ entry.instant < $0 }) ?? true { deadline = entry.instant }
        var best: (lane: Int, last: Instant)?
        for lane in lanes.indices {
            let last = lanes[lane].last?.instant ?? Instant(nanoseconds: .min)
            if last <= entry.instant, best.map({ $0.last < last }) ?? true { best = (lane, last) }
        }
        if let best {
            lanes[best.lane].append(entry)
        } else {
            heap.insert(entry)
        }
    }

    /// What was set as `setting` is so no longer; its entry stays unless it is a first one.
    private mutating func withdraw(_ setting: Setting) {
        for lane in lanes.indices where lanes[lane].first?.sequence == setting.sequence {
            drop(lane)
            return
        }
        if heap.min?.sequence == setting.sequence { drop(nil) }
        if entryCount > 2 * armed.count + 64 { tidy() }
    }

    /// Takes out the first entry of a lane or of the heap, and those behind it that are not set any more.
    private mutating func drop(_ lane: Int?) {
        defer { deadline = next?.entry.instant }
        guard let lane else {
            repeat {
                heap.removeMin()
                entryCount -= 1
            } while heap.min.map { !isSet($0) } ?? false
            return
        }
        repeat {
            lanes[lane].removeFirst()
            entryCount -= 1
        } while lanes[lane].first.map { !isSet($0) } ?? false
    }

    private func isSet(_ entry: Entry) -> Bool {
        armed[entry.key]?.sequence == entry.sequence
    }

    /// Keeps what waits in proportion to what is set.
    private mutating func tidy() {
        let armed = armed
        func isSet(_ entry: Entry) -> Bool { armed[entry.key]?.sequence == entry.sequence }
        for lane in lanes.indices { lanes[lane].removeAll { !isSet($0) } }
        heap = Heap(heap.unordered.filter(isSet))
        entryCount = lanes.reduce(heap.count) { $0 + $1.count }
        deadline = next?.entry.instant
    }
}
