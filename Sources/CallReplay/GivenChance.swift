internal import Synchronization
internal import TelephonyPrimitives

/// Hands out what was drawn when the journal was written. When that runs out it goes on with numbers of its own, always
/// the same: what follows differs from the journal anyway.
package struct GivenChance: RandomNumberGenerator, Sendable {
    /// What is to be drawn, the next first.
    package final class Draws: Sendable {
        private let state = Mutex((given: [UInt64](), next: 0, beyond: SeededGenerator(seed: 1)))

        package init() {}

        package func give(_ numbers: [UInt64]) {
            state.withLock { state in
                // What a step has left over is not for the next.
                state.given = numbers
                state.next = 0
            }
        }

        fileprivate func draw() -> UInt64 {
            state.withLock { state in
                guard state.next < state.given.count else { return state.beyond.next() }
                defer { state.next += 1 }
                return state.given[state.next]
            }
        }
    }

    private let draws: Draws

    package init(_ draws: Draws) { self.draws = draws }

    package mutating func next() -> UInt64 { draws.draw() }
}
