import RTPMedia
import TelephonyPrimitives
import Testing

private struct StatisticsCases: Decodable {
    struct Sequence: Decodable {
        var name: String
        var seqs: [UInt16]
        var accepted: [Int]
        var extendedMax: Int64
        var base: Int64
        var expected: Int64
        var received: Int64
        var cumulativeLost: Int64
    }
    struct Jitter: Decodable {
        var name: String
        var clock: Int
        var arrivalMsAndTimestamp: [[Int64]]
        var jitterFloat: [Double]
    }
    var sequences: [Sequence]
    var jitter: [Jitter]
}

@Suite("Reception statistics")
struct ReceptionStatisticsTests {
    @Test("Sequence numbers are counted as RFC 3550 §A.1 and §A.3 count them")
    func sequences() throws {
        for item in try RTPFixture.load("rtp/statistics.json", as: StatisticsCases.self).sequences {
            var statistics = ReceptionStatistics(clockRate: 8000)
            let accepted = item.seqs.map { sequence in
                switch statistics.receive(sequence: sequence) {
                case .probation, .stray: 0
                default: 1
                }
            }
            #expect(accepted == item.accepted, "\(item.name)")
            #expect(statistics.extendedHighest == item.extendedMax, "\(item.name)")
            #expect(statistics.expected == item.expected, "\(item.name)")
            #expect(statistics.received == item.received, "\(item.name)")
            #expect(statistics.cumulativeLost == item.cumulativeLost, "\(item.name)")
        }
    }

    @Test(
        "Jitter follows the formula of RFC 3550 §6.4.1, over the wrap of the timestamp too",
        arguments: [
            0, UInt32.max - 500,
        ])
    func jitter(offset: UInt32) throws {
        for item in try RTPFixture.load("rtp/statistics.json", as: StatisticsCases.self).jitter {
            var statistics = ReceptionStatistics(clockRate: item.clock)
            for (packet, expected) in zip(item.arrivalMsAndTimestamp, item.jitterFloat) {
                let arrival = Instant.zero + .milliseconds(packet[0])
                statistics.receive(timestamp: UInt32(packet[1]) &+ offset, arrival: arrival)
                #expect(abs(statistics.jitterUnits - expected) < 0.001, "\(item.name)")
            }
        }
    }

    @Test("The fraction lost is that of the interval alone")
    func fraction() {
        var statistics = ReceptionStatistics(clockRate: 8000, probation: 0)
        for sequence in UInt16(0)..<100 where sequence % 4 != 1 { _ = statistics.receive(sequence: sequence) }
        #expect(statistics.takeFractionLost() == 64)
        for sequence in UInt16(100)..<200 { _ = statistics.receive(sequence: sequence) }
        #expect(statistics.takeFractionLost() == 0)
        #expect(statistics.takeFractionLost() == 0)
        #expect(statistics.cumulativeLost == 25)
    }

    @Test("Duplicates and reordered packets are told apart")
    func outcomes() {
        var statistics = ReceptionStatistics(clockRate: 8000, probation: 0)
        let outcomes = [10, 12, 11, 11, 12, 13].map { statistics.receive(sequence: $0) }
        #expect(outcomes == [.ahead, .ahead, .reordered, .duplicate, .duplicate, .ahead])
    }

    @Test("What was lost before a jump of the numbers stays in the total")
    func jump() {
        var statistics = ReceptionStatistics(clockRate: 8000, probation: 0)
        for sequence in [1, 2, 5, 40_000, 40_001] as [UInt16] { _ = statistics.receive(sequence: sequence) }
        #expect(statistics.cumulativeLost == 0)
        #expect(statistics.totalLost == 2)
    }

    @Test("When the clock changes the numbers count on, and the jitter stays the same time")
    func changedClock() {
        var statistics = ReceptionStatistics(clockRate: 8000, probation: 0)
        var arrival = Instant.zero
        for sequence in UInt16(0)..<200 {
            _ = statistics.receive(sequence: sequence)
            let late = Duration.milliseconds(sequence % 2 == 0 ? 0 : 8)
            statistics.receive(timestamp: UInt32(sequence) * 160, arrival: arrival + late)
            arrival = arrival + .milliseconds(20)
        }
        let before = statistics.jitter.inSeconds
        #expect(before > 0.007 && before < 0.008)
        statistics.changeClock(to: 48_000)
        #expect(abs(statistics.jitter.inSeconds - before) < 1e-6)
        // A timestamp of the new clock has nothing to do with the old one's.
        for sequence in UInt16(201)..<300 {
            _ = statistics.receive(sequence: sequence)
            let late = Duration.milliseconds(sequence % 2 == 0 ? 0 : 8)
            statistics.receive(timestamp: 77_000_000 + UInt32(sequence) * 960, arrival: arrival + late)
            arrival = arrival + .milliseconds(20)
            #expect(abs(statistics.jitter.inSeconds - 0.008) < 0.0011)
        }
        #expect(statistics.cumulativeLost == 1)
        #expect(statistics.clockRate == 48_000)
    }
}
