import RTPMedia
import TelephonyPrimitives
import Testing

@Suite("The level meter")
struct LevelMeterTests {
    @Test("measures known signals in decibels below overload")
    func known() {
        #expect(LevelMeter.level(of: [Int16](repeating: 0, count: 160)) == LevelMeter.floor)
        #expect(LevelMeter.level(of: [Int16]()) == LevelMeter.floor)
        #expect(LevelMeter.level(of: [Int16](repeating: .min, count: 160)) == 0)
        #expect(abs(LevelMeter.level(of: Signal.sine(1000, amplitude: 32_767, count: 8000)) + 3.01) < 0.02)
        #expect(abs(LevelMeter.level(of: Signal.sine(1000, amplitude: 3276.7, count: 8000)) + 23.01) < 0.02)
    }

    @Test("adds up over several pieces, keeps the peak, and starts anew")
    func pieces() {
        let signal = Signal.sine(440, amplitude: 10_000, count: 1600)
        var meter = LevelMeter()
        meter.add(signal[0..<700])
        meter.add(signal[700...])
        #expect(meter.level == LevelMeter.level(of: signal))
        #expect(abs(meter.peak + 10.3) < 0.1)
        meter.reset()
        #expect(meter.level == LevelMeter.floor)
        #expect(meter.peak == LevelMeter.floor)
    }

    @Test("A frame is measured as its samples are, the loudest of both signs included")
    func frames() {
        var random = SeededGenerator(seed: 6)
        for samples in [
            [], [.min, .max], [.min], (0..<500).map { _ in Int16.random(in: (.min)...(.max), using: &random) },
        ] {
            var single = LevelMeter()
            var frame = LevelMeter()
            for _ in 0..<3 {
                single.add(samples)
                frame.add(samples.span)
            }
            #expect(single.level == frame.level && single.peak == frame.peak)
            #expect(LevelMeter.level(of: samples.span) == LevelMeter.level(of: samples))
        }
    }
}
