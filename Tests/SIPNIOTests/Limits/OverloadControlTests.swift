import SIPCore
import SIPNIO
import TelephonyPrimitives
import Testing

@Suite struct OverloadControlTests {
    private static let memory = 1_000_000

    /// Feeds one measurement a second, and gives for each second whether calls are refused.
    private func refusals(_ limits: OverloadLimits, _ samples: [(share: Double, memory: Int)]) -> [Bool] {
        var control = OverloadControl(limits: limits, processors: 2)
        var used = Duration.zero
        return samples.enumerated().map { second, sample in
            used += .seconds(sample.share * 2)
            let before = control.overload
            let changed = control.update(
                OverloadControl.Sample(processorTime: used, memory: sample.memory),
                now: .zero + .seconds(second))
            #expect(changed == (control.overload != before))
            return control.overload != nil
        }
    }

    @Test func `a busy second is not yet overload, a busy while is, and it lasts until the use has fallen`() {
        let busy = Array(repeating: (share: 1.0, memory: 0), count: 30)
        let idle = Array(repeating: (share: 0.1, memory: 0), count: 30)
        let verdicts = refusals(OverloadLimits(processor: 0.8), idle + busy + idle)
        #expect(!verdicts[...31].contains(true))
        #expect(verdicts[45..<60].allSatisfy { $0 })
        #expect(verdicts[60])
        #expect(!verdicts[80...].contains(true))
    }

    @Test func `memory is refused beyond the limit, and taken again a tenth below it`() {
        let steps = [0.5, 1.0, 1.01, 0.95, 0.91, 0.9, 0.95, 1.0, 1.2].map {
            (share: 0.0, memory: Int(Double(Self.memory) * $0))
        }
        #expect(
            refusals(OverloadLimits(memory: Self.memory), steps)
                == [false, false, true, true, true, false, false, false, true])
    }

    @Test func `without limits nothing is refused`() {
        let steps = Array(repeating: (share: 1.0, memory: Int.max), count: 30)
        #expect(!refusals(OverloadLimits(), steps).contains(true))
    }

    @Test func `the reason names what is scarce, with the time to stay away`() throws {
        var control = OverloadControl(limits: OverloadLimits(memory: 1, retryAfter: .seconds(3)), processors: 1)
        let sample = OverloadControl.Sample(processorTime: .zero, memory: 2)
        let changes = [0, 1].map { control.update(sample, now: .zero + .seconds($0)) }
        #expect(changes == [true, false])
        let overload = try #require(control.overload)
        #expect(overload.reason.contains("memory"))
        #expect(overload.retryAfter == .seconds(3))
    }
}
