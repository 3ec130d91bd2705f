import SIPCore
import TelephonyPrimitives
import Testing

@Suite("Hosts of one priority (RFC 2782)")
struct SRVOrderTests {
    private func records(_ weights: [UInt16], priority: UInt16 = 10) throws -> [SRVRecord] {
        try weights.enumerated().map { index, weight in
            SRVRecord(
                priority: priority, weight: weight, port: UInt16(index), target: try #require(DNSName("h\(index).test"))
            )
        }
    }

    /// How often each record came first over seeds 0…9999.
    private func firsts(_ records: [SRVRecord]) -> [Int] {
        var counts = Array(repeating: 0, count: records.count)
        for seed in UInt64(0)..<10_000 {
            var random = SeededGenerator(seed: seed)
            let first = SRVOrder.arrange(records, using: &random).first
            for (index, record) in records.enumerated() where record == first { counts[index] += 1 }
        }
        return counts
    }

    @Test(
        "come first as often as their weights say",
        arguments: [
            ([1, 1], [4_952, 5_048]),
            ([10, 30, 60], [991, 2_951, 6_058]),
            ([0, 100], [97, 9_903]),
            ([0, 0, 0], [3_279, 3_352, 3_369]),
        ] as [([UInt16], [Int])])
    func shares(_ weights: [UInt16], _ expected: [Int]) throws {
        let counts = firsts(try records(weights))
        #expect(counts == expected)
    }

    @Test("all stay, each once, and lower priorities precede")
    func permutation() throws {
        let all = try records([5, 0, 7], priority: 20) + records([1, 2], priority: 3) + records([9], priority: 0)
        for seed in UInt64(0)..<200 {
            var random = SeededGenerator(seed: seed)
            let arranged = SRVOrder.arrange(all, using: &random)
            #expect(Set(arranged) == Set(all) && arranged.count == all.count)
            #expect(arranged.map(\.priority) == [0, 3, 3, 20, 20, 20])
        }
    }

    @Test("come in the same order for the same seed")
    func repeats() throws {
        let all = try records([1, 2, 3, 4, 5])
        var one = SeededGenerator(seed: 7)
        var two = SeededGenerator(seed: 7)
        #expect(SRVOrder.arrange(all, using: &one) == SRVOrder.arrange(all, using: &two))
    }
}
