/// The marks that a bot put between what is to be played; bounded.
struct BotMarks: Sendable, Equatable {
    private struct Mark: Sendable, Equatable {
        let name: String
        /// Samples that are played before it, as the call counts.
        let position: Int
    }

    private static let maximum = 1_000
    private var marks: [Mark] = []

    var isEmpty: Bool { marks.isEmpty }

    /// - Returns: whether there was room.
    mutating func add(_ name: String, at position: Int) -> Bool {
        guard marks.count < Self.maximum else { return false }
        marks.append(Mark(name: name, position: position))
        return true
    }

    /// The marks that are reached when `played` samples have sounded.
    mutating func sounded(_ played: Int) -> [String] {
        let count = marks.prefix { $0.position <= played }.count
        defer { marks.removeFirst(count) }
        return marks.prefix(count).map(\.name)
    }

    /// - Returns: all of them: nothing is before them any more.
    mutating func clear() -> [String] {
        defer { marks = [] }
        return marks.map(\.name)
    }
}
