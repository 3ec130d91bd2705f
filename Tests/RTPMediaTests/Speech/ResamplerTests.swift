import RTPMedia
import Testing

@Suite("Resampling")
struct ResamplerTests {
    @Test(
        "keeps a sine on the way to another rate and back", arguments: [16_000, 24_000, 48_000], [300.0, 1000, 3000])
    func roundTrip(rate: Int, frequency: Double) throws {
        let signal = Signal.sine(frequency, count: 8000)
        var up = try Resampler(from: 8000, to: rate)
        var down = try Resampler(from: rate, to: 8000)
        // In pieces of 20 ms, as on a call.
        var result: [Int16] = []
        for start in stride(from: 0, to: signal.count, by: 160) {
            result += down.process(up.process(Array(signal[start..<start + 160])))
        }
        result += down.process(up.finish())
        result += down.finish()
        let latency = up.outputLatency * 8000 / rate + down.outputLatency
        #expect(abs(result.count - signal.count) <= latency + 4)
        let middle = Array(result.dropFirst(1000).prefix(6000))
        #expect(abs(Signal.frequency(middle, sampleRate: 8000) / frequency - 1) < 0.002)
        #expect(abs(Signal.energy(middle) / Signal.energy(signal) - 1) < 0.05)
        #expect(
            (0...latency + 4).contains {
                Signal.correlation(result.dropFirst($0).prefix(7000), signal.prefix(7000)) > 0.99
            })
    }

    @Test("keeps out of the lower rate what it can't hold")
    func aliasing() throws {
        let signal = Signal.sine(6000, count: 16_000, sampleRate: 16_000)
        var down = try Resampler(from: 16_000, to: 8000)
        let result = down.process(signal)
        #expect(Signal.energy(result.dropFirst(200)) < Signal.energy(signal) / 1000)
    }

    @Test("yields as many samples as the rates ask for", arguments: [(8000, 48_000), (48_000, 16_000), (44_100, 8000)])
    func count(rates: (Int, Int)) throws {
        var resampler = try Resampler(from: rates.0, to: rates.1)
        var count = 0
        for _ in 0..<100 { count += resampler.process(Array(repeating: 0, count: rates.0 / 50)).count }
        count += resampler.finish().count
        #expect(abs(count - rates.1 * 2 - resampler.outputLatency) <= resampler.outputLatency + 8)
    }

    @Test("passes equal rates through without latency, and nothing for nothing")
    func equalRates() throws {
        let signal = Signal.noise(amplitude: 20_000, count: 333)
        var resampler = try Resampler(from: 8000, to: 8000)
        #expect(resampler.outputLatency == 0)
        #expect(resampler.process(signal) == signal)
        #expect(resampler.finish().isEmpty)
        var other = try Resampler(from: 8000, to: 16_000)
        #expect(other.process([]).isEmpty)
    }

    @Test("says which rates it can't convert", arguments: [-1, 0, 3999, 192_001, Int.max])
    func badRate(rate: Int) {
        do {
            _ = try Resampler(from: rate, to: 8000)
            Issue.record("\(rate) was accepted")
        } catch {
            #expect(error == .unsupportedRate(rate))
            #expect("\(error)".contains("between 4000 and 192000"))
        }
    }
}
