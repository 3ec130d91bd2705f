/// Decides of each number of a stream whether its packet was heard, in order, for ``BurstStatistics``.
///
/// A packet may come after its successors. What has not come when the numbers are ``lag`` further has not come in time,
/// whatever the jitter buffer aims at.
struct PacketFates: Sendable {
    static let lag: Int64 = 48

    private(set) var bursts = BurstStatistics()
    private var window: SequenceWindow?
    /// The last number that is decided.
    private var decided: Int64 = 0

    /// A packet came in time to be heard.
    mutating func heard(_ sequence: UInt16) {
        guard let number = window?.unwrap(sequence), let highest = window?.highest else {
            window = SequenceWindow(first: sequence)
            decided = Int64(sequence) - 1
            return
        }
        let end = number &- Self.lag
        // Those up to the highest one by one; those between it and the new number never came.
        decide(upTo: min(end, highest))
        if end > decided {
            bursts.missed(Int(clamping: end &- decided))
            decided = end
        }
        window?.insert(number)
    }

    /// The numbers begin anew.
    mutating func restart() {
        bursts = settled
        window = nil
    }

    /// With the numbers that are not decided yet taken as they stand.
    var settled: BurstStatistics {
        guard let window else { return bursts }
        var copy = self
        copy.decide(upTo: window.highest)
        return copy.bursts
    }

    private mutating func decide(upTo end: Int64) {
        while decided < end {
            decided &+= 1
            if window?.contains(decided) == true { bursts.heard() } else { bursts.missed() }
        }
    }
}
