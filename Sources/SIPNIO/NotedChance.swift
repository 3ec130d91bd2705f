internal import Synchronization

/// Chance of the system, noted down as it is drawn, so that a replay can draw the same.
package struct NotedChance: RandomNumberGenerator, Sendable {
    /// What was drawn since it was last taken.
    package final class Draws: Sendable {
        private let drawn = Mutex<[UInt64]>([])

        package init() {}

        fileprivate func note(_ number: UInt64) { drawn.withLock { $0.append(number) } }

        package func take() -> [UInt64] {
            drawn.withLock { drawn in
                guard !drawn.isEmpty else { return [] }
                defer { drawn = [] }
                return drawn
            }
        }
    }

    private let draws: Draws
    private var system = SystemRandomNumberGenerator()

    package init(_ draws: Draws) { self.draws = draws }

    package mutating func next() -> UInt64 {
        let number = system.next()
        draws.note(number)
        return number
    }
}
