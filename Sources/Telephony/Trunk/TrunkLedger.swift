public import TelephonyPrimitives

/// How the trunks stand, over all calls: which of them are in trouble, and when each may begin its next call.
public struct TrunkLedger: Sendable {
    /// How long a trunk that could not be reached is left for last.
    public static let rest = Duration.seconds(30)
    /// How long a call may wait for its turn.
    public static let longestWait = Duration.seconds(10)

    private struct Line: Sendable {
        var callsPerSecond: Int
        /// When the latest calls began or will begin, at most ``callsPerSecond``; the oldest first.
        var beginnings: [Instant] = []
        var restsUntil: Instant?
    }

    private var lines: [Line]

    /// - Parameter callsPerSecond: of each trunk, how many calls may begin within a second.
    public init(callsPerSecond: [Int]) {
        lines = callsPerSecond.map { Line(callsPerSecond: max(1, min($0, 1_000))) }
    }

    /// Whether a trunk was found in trouble a short while ago.
    public func isResting(_ trunk: Int, now: Instant) -> Bool {
        guard lines.indices.contains(trunk), let until = lines[trunk].restsUntil else { return false }
        return now < until
    }

    /// A call has failed at a trunk.
    public mutating func note(_ failure: TrunkFailure, of trunk: Int, now: Instant) {
        guard lines.indices.contains(trunk), failure.isOfTrunk else { return }
        lines[trunk].restsUntil = now + Self.rest
    }

    /// A trunk has answered something.
    public mutating func noteAnswer(of trunk: Int) {
        guard lines.indices.contains(trunk) else { return }
        lines[trunk].restsUntil = nil
    }

    /// Takes the next turn of a trunk.
    ///
    /// - Returns: when the call may begin; `nil` when that is too far off, and then no turn is taken.
    mutating func takeTurn(at trunk: Int, now: Instant) -> Instant? {
        guard lines.indices.contains(trunk) else { return nil }
        var turn = now
        let limit = lines[trunk].callsPerSecond
        if lines[trunk].beginnings.count >= limit, let oldest = lines[trunk].beginnings.first {
            turn = max(now, oldest + .seconds(1))
        }
        guard turn - now <= Self.longestWait else { return nil }
        if lines[trunk].beginnings.count >= limit { lines[trunk].beginnings.removeFirst() }
        lines[trunk].beginnings.append(turn)
        return turn
    }
}
