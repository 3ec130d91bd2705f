public import TelephonyPrimitives

/// The way of one call through the trunks: which is tried, and whether the next one may be when it fails.
///
/// It knows no clock and sends nothing: it is told what happens and says what to do.
public struct TrunkCourse: Sendable {
    /// What to do now.
    public enum Step: Hashable, Sendable {
        /// Place the call by this trunk, at this time.
        case place(trunk: Int, at: Instant)
        /// There is no other way: the call ends as it has failed.
        case end
    }

    /// The trunks that were not tried.
    private var left: [Int]
    private var current: Int?
    private var hasRung = false
    private var isOver = false

    /// - Parameter trunks: those by which the call may go, the first one first (``TrunkRoutes``).
    public init(trunks: [Int]) {
        left = trunks
    }

    /// The call is wanted.
    public mutating func begin(_ ledger: inout TrunkLedger, now: Instant) -> Step { next(&ledger, now: now) }

    /// A provisional answer came. Once it rings the next trunk would ring a second time.
    public mutating func progressed(status: Int, _ ledger: inout TrunkLedger) {
        if let current { ledger.noteAnswer(of: current) }
        if [180, 181, 182].contains(status) { hasRung = true }
    }

    /// The call was answered: from now on it is the call of this trunk, however it ends.
    public mutating func answered(_ ledger: inout TrunkLedger) {
        if let current { ledger.noteAnswer(of: current) }
        isOver = true
    }

    /// The call has failed at the trunk that was told last.
    public mutating func failed(_ end: CallEnd, _ ledger: inout TrunkLedger, now: Instant) -> Step {
        guard !isOver, let current, let failure = TrunkFailure(end, hasRung: hasRung) else {
            isOver = true
            return .end
        }
        ledger.note(failure, of: current, now: now)
        return next(&ledger, now: now)
    }

    /// The first of those that are not in trouble, else the first; one with too many calls waiting is passed over.
    private mutating func next(_ ledger: inout TrunkLedger, now: Instant) -> Step {
        while !left.isEmpty {
            let place = left.firstIndex { !ledger.isResting($0, now: now) } ?? left.startIndex
            let trunk = left.remove(at: place)
            guard let turn = ledger.takeTurn(at: trunk, now: now) else { continue }
            current = trunk
            return .place(trunk: trunk, at: turn)
        }
        isOver = true
        return .end
    }
}
