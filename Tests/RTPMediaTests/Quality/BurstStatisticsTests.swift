import RTPMedia
import TelephonyPrimitives
import Testing

@Suite("Bursts and gaps")
struct BurstStatisticsTests {
    /// The definition of RFC 3611 §4.7.2 taken literally: of `missed`, the ranges that are bursts.
    private static func bursts(_ missed: [Bool], threshold: Int) -> [Range<Int>] {
        var ranges: [Range<Int>] = []
        for index in missed.indices where missed[index] {
            if let last = ranges.last, index - last.upperBound < threshold {
                ranges[ranges.count - 1] = last.lowerBound..<(index + 1)
            } else {
                ranges.append(index..<(index + 1))
            }
        }
        return ranges.filter { $0.count > 1 }
    }

    @Test("are those of the definition, for random losses of all kinds", arguments: 0..<20 as Range<UInt64>)
    func definition(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let threshold = Int.random(in: 1...20, using: &random)
        var isBad = false
        let missed = (0..<3000).map { _ in
            if Int.random(in: 0..<60, using: &random) == 0 { isBad.toggle() }
            return Int.random(in: 0..<100, using: &random) < (isBad ? 30 : Int(seed % 4))
        }
        var statistics = BurstStatistics(gapThreshold: threshold)
        for isMissed in missed { isMissed ? statistics.missed() : statistics.heard() }
        let bursts = Self.bursts(missed, threshold: threshold)
        let inBursts = bursts.reduce(0) { $0 + $1.count }
        let missedInBursts = bursts.reduce(0) { $0 + missed[$1].count { $0 } }
        let missedInGaps = missed.count { $0 } - missedInBursts
        #expect(statistics.bursts == bursts.count)
        #expect(statistics.burstPackets == inBursts)
        #expect(statistics.gapPackets == missed.count - inBursts)
        #expect(abs(statistics.burstDensity * Double(inBursts) - Double(missedInBursts)) < 1e-6)
        #expect(abs(statistics.gapDensity * Double(missed.count - inBursts) - Double(missedInGaps)) < 1e-6)
        #expect(abs(statistics.meanBurst * Double(bursts.count) - Double(inBursts)) < 1e-6)
        #expect(abs(statistics.meanGap * Double(statistics.gaps) - Double(statistics.gapPackets)) < 1e-6)
    }

    @Test("A lone loss belongs to a gap, two with fewer than 16 packets between are a burst")
    func threshold() {
        var statistics = BurstStatistics()
        statistics.heard(100)
        statistics.missed()
        statistics.heard(16)
        #expect((statistics.bursts, statistics.gaps, statistics.gapPackets) == (0, 1, 117))
        statistics.missed()
        statistics.heard(15)
        #expect((statistics.bursts, statistics.gaps, statistics.gapPackets) == (0, 1, 133))
        statistics.missed()
        #expect((statistics.bursts, statistics.burstPackets) == (1, 17))
        statistics.heard(16)
        #expect((statistics.bursts, statistics.gaps, statistics.gapPackets) == (1, 2, 133))
        #expect(statistics.burstDensity == 2.0 / 17)
    }

    @Test("Counting in one step is the same as counting one by one")
    func bulk() {
        var one = BurstStatistics()
        var many = BurstStatistics()
        for (heard, missed) in [(3, 2), (15, 1), (16, 4), (40, 1), (0, 3)] {
            many.heard(heard)
            many.missed(missed)
            for _ in 0..<heard { one.heard() }
            for _ in 0..<missed { one.missed() }
        }
        #expect(one == many)
    }
}
