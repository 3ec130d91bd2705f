internal import Agent

/// The last events of one call, for those who read along: however slow they are, no more than these are kept.
struct EventLog: Sendable {
    /// Some minutes of a lively call.
    static let capacity = 512

    private var events: [LiveEvent] = []
    private var last = 0
    private(set) var isOver = false

    mutating func note(_ entry: CallEntry) {
        last += 1
        events.append(LiveEvent(entry, number: last))
        if events.count > Self.capacity { events.removeFirst(events.count - Self.capacity) }
        if case .ended = entry { isOver = true }
    }

    /// What came behind event `number`, and how many events before it nobody has any more. Who names an event that was
    /// not yet begins at the beginning: it is from another run of the program.
    func after(_ number: Int) -> (missed: Int, events: [LiveEvent]) {
        let number = number > last || number < 0 ? 0 : number
        let first = events.first?.number ?? last + 1
        return (max(0, first - 1 - number), Array(events.drop { $0.number <= number }))
    }

    /// Whether event `number` is the last that there will be.
    func isEnd(_ number: Int) -> Bool { isOver && number == last }
}
