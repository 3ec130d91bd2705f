import Testing

@testable import RTPMedia

@Suite("Time stretching")
struct TimeStretchTests {
    @Test("keeps the pitch of a tone", arguments: [90.0, 150, 220, 390], [8000, 16_000, 48_000])
    func pitch(frequency: Double, sampleRate: Int) throws {
        let signal = Signal.sine(frequency, count: sampleRate / 20, sampleRate: sampleRate)
        let shorter = try #require(TimeStretch.shorten(signal, sampleRate: sampleRate, leastAlike: 0.9))
        let longer = try #require(TimeStretch.lengthen(signal, sampleRate: sampleRate, leastAlike: 0.9))
        for change in [shorter, longer] {
            let whole = change.output + signal[change.consumed...]
            #expect(Signal.largestStep(whole) <= Signal.largestStep(signal) * 5 / 4 + 2)
            #expect(abs(Signal.energy(whole) / Signal.energy(signal) - 1) < 0.15)
            if frequency > 200 {
                #expect(abs(Signal.frequency(whole, sampleRate: sampleRate) / frequency - 1) < 0.02)
            }
        }
        #expect(shorter.output.count < shorter.consumed)
        #expect(longer.output.count > longer.consumed)
    }

    @Test("leaves noise alone until it has to")
    func noise() {
        let signal = Signal.noise(amplitude: 8000, count: 240)
        #expect(TimeStretch.shorten(signal, sampleRate: 8000, leastAlike: 0.9) == nil)
        #expect(TimeStretch.lengthen(signal, sampleRate: 8000, leastAlike: 0.9) == nil)
    }

    @Test("cuts pauses by as much as it can")
    func pause() throws {
        let signal = Signal.noise(amplitude: 60, count: 240)
        let change = try #require(TimeStretch.shorten(signal, sampleRate: 8000, leastAlike: 0.9))
        #expect(change.consumed - change.output.count == 120)
    }

    @Test("does nothing with too few samples", arguments: [0, 1, 39])
    func tooShort(count: Int) {
        let signal = Signal.sine(300, count: count)
        #expect(TimeStretch.shorten(signal, sampleRate: 8000, leastAlike: 0.5) == nil)
        #expect(TimeStretch.lengthen(signal, sampleRate: 8000, leastAlike: 0.5) == nil)
    }
}
