import RTPMedia
import TelephonyPrimitives
import Testing

@Suite("The mixer")
struct AudioMixerTests {
    private static func mix(_ signals: [[Int16]], sampleRate: Int = 8000) -> [Int16] {
        var mixer = AudioMixer(sampleRate: sampleRate)
        var mixed: [Int16] = []
        for index in 0..<(signals[0].count / mixer.frameLength) {
            for signal in signals {
                mixer.add(signal.span.extracting(index * mixer.frameLength..<(index + 1) * mixer.frameLength))
            }
            mixer.mix(into: &mixed)
        }
        return mixed
    }

    @Test("One sound comes out as it went in, bit by bit, full scale included", arguments: [8000, 16_000, 48_000])
    func exact(rate: Int) {
        var signal = Signal.noise(amplitude: 32_767, count: rate / 5)
        for (index, value) in [Int16.min, .max, .min, .min, .max, .max, 0, -1, 1].enumerated() { signal[index] = value }
        #expect(Self.mix([signal], sampleRate: rate) == signal)
    }

    @Test("Two sounds that fit are added exactly")
    func sum() {
        let (one, other) = (
            Signal.noise(amplitude: 16_000, count: 1600), Signal.noise(amplitude: 16_000, count: 1600, seed: 3)
        )
        #expect(Self.mix([one, other]) == zip(one, other).map { $0 + $1 })
    }

    @Test("Sums beyond full scale are turned down: nothing wraps, and the wave keeps its form", arguments: 2...8)
    func saturation(voices: Int) {
        let voice = Signal.sine(400, amplitude: 32_000, count: 8000)
        let mixed = Self.mix([[Int16]](repeating: voice, count: voices))
        #expect(zip(mixed, voice).allSatisfy { Int($0) * Int($1) >= 0 })
        let loudest = mixed.map { abs(Int($0)) }.max() ?? 0
        #expect(loudest > 32_000)
        // A wave that is cut off would be unlike a sine; one that is turned down is one.
        #expect(Signal.correlation(mixed.dropFirst(320), voice.dropFirst(320)) > 0.9999)
        #expect(Signal.largestStep(mixed.dropFirst(160)) <= Signal.largestStep(voice) * 11 / 10)
    }

    @Test("After a peak the sound comes up again, and is exact once more")
    func release() {
        let loud = [Int16](repeating: 30_000, count: 160)
        let voice = Signal.noise(amplitude: 3000, count: 160 * 30)
        var mixer = AudioMixer(sampleRate: 8000)
        var mixed: [Int16] = []
        for index in 0..<30 {
            mixer.add(voice.span.extracting(index * 160..<(index + 1) * 160))
            if index == 3 {
                for _ in 0..<3 { mixer.add(loud.span) }
            }
            mixer.mix(into: &mixed)
        }
        #expect(mixed[..<480] == voice[..<480])
        #expect(mixed[640..<800] != voice[640..<800] && mixed[1280..<1440] != voice[1280..<1440])
        #expect(mixed[(160 * 20)...] == voice[(160 * 20)...])
        // Evenly up, with no step that the voice doesn't have.
        #expect(Signal.largestStep(mixed[640...]) <= Signal.largestStep(voice[640...]))
    }

    @Test("A gain moves evenly over a frame, and frames that are short or long do no harm")
    func ramp() {
        var mixer = AudioMixer(sampleRate: 8000)
        var mixed: [Int16] = []
        let flat = [Int16](repeating: 16_000, count: 400)
        mixer.add(flat.span, from: 0, to: 1)
        mixer.mix(into: &mixed)
        #expect(mixed.count == 160 && mixed[159] == 16_000 && mixed[79] == 8000 && mixed[0] == 100)
        #expect(Signal.largestStep(mixed) == 100)
        mixer.add(flat.span.extracting(first: 10))
        mixer.mix(into: &mixed)
        #expect(Array(mixed[160...]) == [Int16](repeating: 16_000, count: 10) + [Int16](repeating: 0, count: 150))
        mixer.mix(into: &mixed)
        #expect(mixed.count == 480 && mixed[320...].allSatisfy { $0 == 0 })
    }

    @Test("Of any gains at all no frame is anything but as long as it should be")
    func extremes() {
        let flat = [Int16](repeating: .min, count: 160)
        for gain in [Float.infinity, -.infinity, .nan, 1e38, -1e38, .leastNonzeroMagnitude] {
            var mixer = AudioMixer(sampleRate: 8000)
            var mixed: [Int16] = []
            for _ in 0..<3 {
                mixer.add(flat.span, from: gain, to: 0)
                mixer.add(flat.span, from: gain, to: gain)
                mixer.mix(into: &mixed)
            }
            #expect(mixed.count == 480)
        }
    }

    // MARK: Under a voice

    private static func play(
        _ background: inout BackgroundSound, voice: (Int) -> [Int16], frames: Range<Int>
    ) -> [Int16] {
        var heard: [Int16] = []
        for index in frames { background.mix(under: voice(index).span, into: &heard) }
        return heard
    }

    @Test("A background goes on without end and without a click where it begins again")
    func loop() throws {
        // 333 ms of a tone that does not fit its length: played on, it would jump.
        let clip = AudioClip(samples: Signal.sine(301, amplitude: 8000, count: 2664), sampleRate: 8000)
        var background = try BackgroundSound(clip, sampleRate: 8000, gain: 0)
        let heard = Self.play(&background, voice: { _ in [] }, frames: 0..<100)
        #expect(heard.count == 16_000)
        #expect(Signal.largestStep(heard) <= Signal.largestStep(clip.samples) * 5 / 4)
        #expect(Signal.energy(heard[15_000...]) > Signal.energy(clip.samples) / 2)
    }

    @Test(
        "A background is quieter while the voice speaks, and comes up again when it stops", arguments: [8000, 48_000])
    func ducking(rate: Int) throws {
        let length = rate / 50
        let noise = AudioClip(samples: Signal.noise(amplitude: 8000, count: 8000), sampleRate: 8000)
        let voice = Signal.sine(200, amplitude: 8000, count: length, sampleRate: rate)
        var background = try BackgroundSound(noise, sampleRate: rate, gain: -6, ducking: 12)
        let silence = [Int16](repeating: 0, count: length)
        let heard = Self.play(&background, voice: { (50..<150).contains($0) ? voice : silence }, frames: 0..<250)
        // What is left when the voice is taken out again.
        let under = heard.enumerated().map { place, sample in
            (50..<150).contains(place / length) ? Int16(Int(sample) - Int(voice[place % length])) : sample
        }
        let level = { (frames: Range<Int>) in
            Signal.energy(under[frames.lowerBound * length..<frames.upperBound * length])
        }
        let loud = level(10..<50)
        #expect(abs(loud / level(200..<250) - 1) < 0.2)
        // -12 dB is a sixteenth.
        #expect(abs(loud / level(60..<150) / 15.85 - 1) < 0.25)
    }

    @Test("A background that is switched off leaves the voice as it is, bit by bit, and goes without a click")
    func off() throws {
        let clip = AudioClip(samples: [Int16](repeating: 12_000, count: 8000), sampleRate: 8000)
        var background = try BackgroundSound(clip, sampleRate: 8000, gain: 0, ducking: 0)
        let voice = Signal.noise(amplitude: 100, count: 160)
        var heard = Self.play(&background, voice: { _ in voice }, frames: 0..<5)
        background.isPlaying = false
        heard += Self.play(&background, voice: { _ in voice }, frames: 0..<5)
        #expect(Signal.largestStep(heard) < 300)
        #expect(heard[960...].elementsEqual((voice + voice + voice + voice)[...]))
        #expect(Signal.energy(heard[320..<640]) > 1e8)
    }

    @Test("A clip that is empty or of an impossible rate does no harm")
    func badClips() throws {
        var background = try BackgroundSound(AudioClip(samples: [], sampleRate: 8000), sampleRate: 8000)
        #expect(Self.play(&background, voice: { _ in [7] }, frames: 0..<1) == [7] + [Int16](repeating: 0, count: 159))
        #expect(throws: ResamplerError.unsupportedRate(1)) {
            try BackgroundSound(AudioClip(samples: [1], sampleRate: 1), sampleRate: 8000)
        }
    }
}
