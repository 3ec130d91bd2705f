import TelephonyPrimitives

/// What is to happen when, earliest first; what was put in first comes out first among equals.
struct EventQueue<Event> {
    private var heap: [Entry] = []
    private var count: UInt64 = 0

    private struct Entry {
        let time: Instant
        let order: UInt64
        let event: Event

        func isBefore(_ other: Entry) -> Bool {
            time == other.time ? order < other.order : time < other.time
        }
    }

    /// The time of the first event.
    var nextTime: Instant? { heap.first?.time }

    mutating func insert(_ event: Event, at time: Instant) {
        heap.append(Entry(time: time, order: count, event: event))
        count &+= 1
        var child = heap.count - 1
        while child > 0, heap[child].isBefore(heap[(child - 1) / 2]) {
            heap.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    mutating func removeFirst() -> Event? {
        guard let first = heap.first else { return nil }
        let last = heap.removeLast()
        guard !heap.isEmpty else { return first.event }
        heap[0] = last
        var parent = 0
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count && heap[child].isBefore(heap[least])
            {
                least = child
            }
            guard least != parent else { return first.event }
            heap.swapAt(parent, least)
            parent = least
        }
    }
}
