/// Spans that wait to be sent: no more than a bound, and the newest are worth most.
struct SpanQueue: Sendable {
    private let capacity: Int
    private var spans: [Span] = []
    /// Those that had to make room.
    private(set) var dropped = 0

    init(capacity: Int) {
        self.capacity = max(1, capacity)
    }

    var isEmpty: Bool { spans.isEmpty }
    var count: Int { spans.count }

    mutating func add(_ new: [Span]) {
        spans += new
        let excess = spans.count - capacity
        guard excess > 0 else { return }
        spans.removeFirst(excess)
        dropped += excess
    }

    /// Takes the oldest out.
    mutating func take(atMost count: Int) -> [Span] {
        let batch = Array(spans.prefix(count))
        spans.removeFirst(batch.count)
        return batch
    }

    /// Puts back what could not be sent; what has come meanwhile goes first when there is no room for both.
    mutating func putBack(_ batch: [Span]) {
        let room = max(0, capacity - spans.count)
        dropped += max(0, batch.count - room)
        spans = batch.suffix(room) + spans
    }
}
