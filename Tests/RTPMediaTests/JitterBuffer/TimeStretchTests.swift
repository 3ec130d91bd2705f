import Testing

@testable import RTPMedia

@Suite("Time stretching")
struct TimeStretchTests {
    @Test("keeps the pitch of a tone", arguments: [90.0, 150, 220, 390], [8000, 16_000, 48_000])
    func pitch(frequency: Double, sampleRate: Int) throws {
        let signal = Signal.sine(frequency, count: sampleRate / 20, sampleRate: sampleRate)
        var stretch = TimeStretch()
        let shorterCount = stretch.shorten(signal[...], sampleRate: sampleRate, leastAlike: 0.9)
        let shorter = try #require(shorterCount)
        let short = stretch.output
        let longerCount = stretch.lengthen(signal[...], sampleRate: sampleRate, leastAlike: 0.9)
        let longer = try #require(longerCount)
        let long = stretch.output
        for (output, consumed) in [(short, shorter), (long, longer)] {
            let whole = output + signal[consumed...]
            #expect(Signal.largestStep(whole) <= Signal.largestStep(signal) * 5 / 4 + 2)
            #expect(abs(Signal.energy(whole) / Signal.energy(signal) - 1) < 0.15)
            if frequency > 200 {
                #expect(abs(Signal.frequency(whole, sampleRate: sampleRate) / frequency - 1) < 0.02)
            }
        }
        #expect(short.count < shorter)
        #expect(long.count > longer)
    }

    @Test("leaves noise alone until it has to")
    func noise() {
        let signal = Signal.noise(amplitude: 8000, count: 240)
        var stretch = TimeStretch()
        #expect(stretch.shorten(signal[...], sampleRate: 8000, leastAlike: 0.9) == nil)
        #expect(stretch.lengthen(signal[...], sampleRate: 8000, leastAlike: 0.9) == nil)
    }

    @Test("cuts pauses by as much as it can")
    func pause() throws {
        let signal = Signal.noise(amplitude: 60, count: 240)
        var stretch = TimeStretch()
        let consumedCount = stretch.shorten(signal[...], sampleRate: 8000, leastAlike: 0.9)
        let consumed = try #require(consumedCount)
        #expect(consumed - stretch.output.count == 120)
        let wantedCount = stretch.shorten(signal[...], by: 33, sampleRate: 8000, leastAlike: 0.9)
        let wanted = try #require(wantedCount)
        #expect(wanted - stretch.output.count == 33)
    }

    @Test("does nothing with too few samples", arguments: [0, 1, 39])
    func tooShort(count: Int) {
        let signal = Signal.sine(300, count: count)
        var stretch = TimeStretch()
        #expect(stretch.shorten(signal[...], sampleRate: 8000, leastAlike: 0.5) == nil)
        #expect(stretch.lengthen(signal[...], sampleRate: 8000, leastAlike: 0.5) == nil)
    }
}
