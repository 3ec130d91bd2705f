/// What a bot gave to be played, with the marks between; bounded.
struct BotPlayout: Sendable {
    private struct Mark: Sendable {
        let name: String
        /// Samples that are given before it, as ``taken`` counts.
        let position: Int
    }

    private static let maximumMarks = 1_000

    private let maximumSamples: Int
    private var samples: [Int16] = []
    private var head = 0
    private var marks: [Mark] = []
    /// Samples that were handed over, as the call counts them.
    private(set) var taken: Int

    /// - Parameters:
    ///   - played: what the call has sent already.
    ///   - maximumSamples: more than so many do not wait.
    init(played: Int, maximumSamples: Int) {
        taken = played
        self.maximumSamples = maximumSamples
    }

    var queued: Int { samples.count - head }

    /// - Returns: whether there was room.
    mutating func add(_ more: [Int16]) -> Bool {
        guard queued + more.count <= maximumSamples else { return false }
        if head > 0, head * 2 >= samples.count {
            samples.removeFirst(head)
            head = 0
        }
        samples += more
        return true
    }

    /// - Returns: whether there was room.
    mutating func add(mark name: String) -> Bool {
        guard marks.count < Self.maximumMarks else { return false }
        marks.append(Mark(name: name, position: taken + queued))
        return true
    }

    /// The next samples, at most `count`.
    mutating func take(_ count: Int) -> [Int16] {
        let frame = Array(samples[head..<min(samples.count, head + max(0, count))])
        head += frame.count
        taken += frame.count
        return frame
    }

    /// The marks that are reached when `played` samples have sounded.
    mutating func sounded(_ played: Int) -> [String] {
        let count = marks.prefix { $0.position <= played }.count
        defer { marks.removeFirst(count) }
        return marks.prefix(count).map(\.name)
    }

    /// Drops what is queued.
    ///
    /// - Returns: all marks: nothing is before them any more.
    mutating func clear() -> [String] {
        defer { marks = [] }
        samples = []
        head = 0
        return marks.map(\.name)
    }

    /// The call has dropped what it had not sent.
    mutating func stopped(played: Int) { taken = played }
}
