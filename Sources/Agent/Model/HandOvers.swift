/// Which agent leads a call, and who may follow. A value.
struct HandOvers: Sendable {
    /// How often a call may be handed over.
    static let most = 8

    private(set) var current: String
    private var count = 0
    /// Those who have led the call since the caller last said something.
    private var recent: Set<String> = []

    init(first: String) {
        current = first
        recent = [first]
    }

    mutating func callerSpoke() { recent = [current] }

    /// - Throws: `ToolRefusal` with why the call stays with whoever has it.
    mutating func handOver(from: String, to name: String) throws(ToolRefusal) {
        guard from == current else { throw ToolRefusal("The call has just been handed over to \(current).") }
        guard name != current else { throw ToolRefusal("You are \(name) yourself.") }
        guard !recent.contains(name) else {
            throw ToolRefusal("\(name) has just handed the call over. Talk to the caller first.")
        }
        guard count < Self.most else {
            throw ToolRefusal(
                "The call has been handed over \(Self.most) times, which is enough. Help the caller yourself.")
        }
        count += 1
        current = name
        recent.insert(name)
    }
}

/// A call that was handed over.
struct HandOver: Sendable, Equatable {
    var from: String
    var to: String
    var summary: String
}
