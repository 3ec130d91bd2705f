import Foundation
import RTPMedia
import TelephonyPrimitives
import Testing

/// Tones as lines deliver them.
private struct ToneLine {
    var sampleRate = 8000
    var tone = 40.0
    var gap = 40.0
    /// Of the louder tone, in dBm0.
    var level = -10.0
    /// By how many decibels the higher tone is louder.
    var twist = 0.0
    var lowerOffset = 0.0
    var upperOffset = 0.0
    /// In decibels; `nil`: none.
    var signalToNoise: Double?

    static let keys = Array("123A456B789C*0#D")

    func samples(_ keys: [Character], seed: UInt64 = 1) throws -> [Int16] {
        var random = SeededGenerator(seed: seed)
        // A sine of full scale has 3.14 dBm0.
        let peak = 32_767 * pow(10, (level - 3.14) / 20)
        let (low, high) = (peak * pow(10, min(0, -twist) / 20), peak * pow(10, min(0, twist) / 20))
        var sound: [Double] = []
        for key in keys {
            let frequencies = try #require(ToneGenerator.frequencies(of: key))
            let (first, second) = (Double.random(in: 0..<6, using: &random), Double.random(in: 0..<6, using: &random))
            sound += [Double](repeating: 0, count: Int.random(in: 0..<sampleRate / 100, using: &random))
            for index in 0..<Int(tone * Double(sampleRate) / 1000) {
                let angle = 2 * .pi * Double(index) / Double(sampleRate)
                sound.append(
                    low * sin(angle * frequencies.low * (1 + lowerOffset) + first)
                        + high * sin(angle * frequencies.high * (1 + upperOffset) + second))
            }
            sound += [Double](repeating: 0, count: Int(gap * Double(sampleRate) / 1000))
        }
        let noise = signalToNoise.map { peak * pow(10, -$0 / 20) * (Double(sampleRate) / 8000).squareRoot() } ?? 0
        return sound.map { value in
            // The sum of twelve is as good as a normal distribution.
            let random = noise == 0 ? 0 : (0..<12).reduce(-6.0) { sum, _ in sum + .random(in: 0..<1, using: &random) }
            return Int16(max(-32_768, min(32_767, (value + noise * random).rounded())))
        }
    }

    /// What a detector hears of a number of keys.
    func heard(_ count: Int, seed: UInt64 = 1) throws -> (sent: [Character], presses: [ToneDetector.Press]) {
        let keys = (0..<count).map { Self.keys[$0 % 16] }
        var detector = try #require(ToneDetector(sampleRate: sampleRate))
        return (keys, detector.presses(try samples(keys, seed: seed), sampleRate: sampleRate))
    }
}

extension ToneDetector {
    fileprivate mutating func presses(_ samples: [Int16], sampleRate: Int) -> [Press] {
        var presses: [Press] = []
        for start in stride(from: 0, to: samples.count, by: sampleRate / 50) {
            presses += receive(samples.span.extracting(start..<min(start + sampleRate / 50, samples.count)))
        }
        if let press = reset() { presses.append(press) }
        return presses
    }
}

@Suite("Keys from tones")
struct ToneTests {
    @Test(
        "Tones as ITU-T Q.24 has them are heard, each once and in order",
        arguments: [
            ToneLine(), ToneLine(tone: 50), ToneLine(sampleRate: 16_000), ToneLine(sampleRate: 48_000),
            ToneLine(level: 0),
            ToneLine(level: -25),
            ToneLine(level: -25, twist: 6), ToneLine(level: -25, twist: -6), ToneLine(twist: 8), ToneLine(twist: -8),
            ToneLine(lowerOffset: 0.015, upperOffset: -0.015), ToneLine(lowerOffset: -0.015, upperOffset: 0.015),
            ToneLine(lowerOffset: 0.015, upperOffset: 0.015), ToneLine(level: -20, signalToNoise: 15),
            ToneLine(sampleRate: 16_000, level: -25, twist: 6, lowerOffset: 0.01, signalToNoise: 18),
            ToneLine(tone: 300, gap: 200),
        ])
    fileprivate func accepted(line: ToneLine) throws {
        let count = line.sampleRate > 8000 ? 32 : 96
        let (sent, presses) = try line.heard(count)
        #expect(presses.map(\.key) == sent)
        for press in presses { #expect(abs(Double(press.duration.inMilliseconds) - line.tone) <= 20) }
    }

    @Test(
        "Tones that are too short, too uneven, too quiet or of other frequencies are none",
        arguments: [
            ToneLine(tone: 23), ToneLine(tone: 15), ToneLine(twist: 12), ToneLine(twist: -12), ToneLine(level: -45),
            ToneLine(lowerOffset: 0.035), ToneLine(upperOffset: 0.035), ToneLine(lowerOffset: -0.035),
            ToneLine(upperOffset: -0.035),
            ToneLine(sampleRate: 16_000, tone: 100, upperOffset: 0.035),
            ToneLine(tone: 100, lowerOffset: 0.05, upperOffset: 0.05),
        ])
    fileprivate func refused(line: ToneLine) throws {
        #expect(try line.heard(64).presses.isEmpty)
    }

    @Test("A gap of 10 ms makes no second key, one of 40 ms does")
    func gaps() throws {
        for (gap, expected) in [(10.0, 1), (40, 2)] {
            let first = try ToneLine(tone: 60, gap: gap).samples(["5"])
            var detector = try #require(ToneDetector(sampleRate: 8000))
            let tone = first.suffix(Int((60 + gap) * 8))
            let presses = detector.presses(Array(tone + tone) + [Int16](repeating: 0, count: 800), sampleRate: 8000)
            #expect(presses.map(\.key) == [Character](repeating: "5", count: expected), "\(gap) ms")
        }
    }

    @Test("A key is told while it is held, and at the end of the stream")
    func held() throws {
        let tone = try ToneLine(tone: 500, gap: 0).samples(["7"])
        var detector = try #require(ToneDetector(sampleRate: 8000))
        let presses = detector.receive(tone.span)
        #expect(presses.isEmpty && detector.pressed == "7")
        let press = detector.reset()
        #expect(press?.key == "7" && detector.pressed == nil)
        #expect(detector.reset() == nil)
    }

    @Test("Other tones of the network, and noise, are no keys")
    func otherTones() throws {
        var random = SeededGenerator(seed: 3)
        let pairs: [(Double, Double)] = [
            (350, 440), (440, 480), (480, 620), (425, 425), (1100, 2100), (697, 697), (1209, 1209), (941, 770),
            (1336, 1477), (700, 900), (1300, 1500), (50, 1209),
        ]
        for (one, other) in pairs {
            let tone = (0..<8000).map { index -> Int16 in
                let angle = 2 * .pi * Double(index) / 8000
                return Int16(6000 * (sin(one * angle) + sin(other * angle)))
            }
            var detector = try #require(ToneDetector(sampleRate: 8000))
            #expect(detector.presses(tone, sampleRate: 8000).isEmpty, "\(one) \(other)")
        }
        var detector = try #require(ToneDetector(sampleRate: 8000))
        let noise = (0..<80_000).map { _ in Int16.random(in: -20_000...20_000, using: &random) }
        #expect(detector.presses(noise, sampleRate: 8000).isEmpty)
        #expect(detector.presses([Int16](repeating: .max, count: 8000), sampleRate: 8000).isEmpty)
        #expect(detector.presses(Voice.samples(80_000, sampleRate: 8000), sampleRate: 8000).isEmpty)
    }

    @Test("Two tones with the overtone of one are a voice", arguments: [(0.0, true), (0.5, false)])
    func overtones(strength: Double, isKey: Bool) throws {
        for (lower, upper, over) in [(770.0, 1336.0, 1540.0), (770, 1336, 2672), (941, 1336, 1882)] {
            let sound = (0..<4000).map { index -> Int16 in
                let angle = 2 * .pi * Double(index) / 8000
                return Int16(6000 * (sin(lower * angle) + sin(upper * angle) + strength * sin(over * angle)))
            }
            var detector = try #require(ToneDetector(sampleRate: 8000))
            #expect(detector.presses(sound, sampleRate: 8000).isEmpty != isKey, "\(over) Hz")
        }
    }

    @Test("T-24 Speech holds no key", .tags(.threat), .enabled(if: Speech.isThere))
    func talkOff() throws {
        let speech = try Speech.samples(minutes: 2)
        #expect(speech.count >= 8000 * 120)
        var detector = try #require(ToneDetector(sampleRate: 8000))
        let loud = speech.map { Int16(clamping: Int($0) * 2) }
        #expect(detector.presses(loud, sampleRate: 8000).isEmpty)
    }

    @Test("Keys in front of speech are heard", .enabled(if: Speech.isThere))
    func withSpeech() throws {
        let speech = try Speech.samples(minutes: 1)
        let keys = try ToneLine(tone: 80, gap: 80, level: -8).samples(ToneLine.keys)
        var detector = try #require(ToneDetector(sampleRate: 8000))
        // 20 dB below the tones.
        let mixed = zip(keys, speech).map { Int16(max(-32_768, min(32_767, Int($0) + Int($1) / 6))) }
        #expect(detector.presses(mixed, sampleRate: 8000).map(\.key) == ToneLine.keys)
    }

    @Test("Rates that are no multiple of 8 kHz are refused", arguments: [0, -8000, 11_025, 44_100, 96_000])
    func rates(sampleRate: Int) {
        #expect(ToneDetector(sampleRate: sampleRate) == nil)
    }

    @Test("What the generator makes the detector hears", arguments: [8000, 16_000, 48_000])
    func generator(sampleRate: Int) throws {
        var generator = ToneGenerator(sampleRate: sampleRate)
        #expect(generator.enqueue("0123456789*#ab,Cd x+") == 17)
        var sound: [Int16] = [5]
        while generator.isPlaying { generator.render(sampleRate / 50, into: &sound) }
        #expect(abs(sound.count - 1 - sampleRate * (16 * 160 + 500) / 1000) <= sampleRate / 50)
        #expect(sound[0] == 5 && (sound.map { abs(Int($0)) }.max() ?? 0) < 15_000)
        var detector = try #require(ToneDetector(sampleRate: sampleRate))
        let presses = detector.presses(sound, sampleRate: sampleRate)
        #expect(String(presses.map(\.key)) == "0123456789*#ABCD")
        for press in presses { #expect(abs(press.duration.inMilliseconds - 100) <= 10) }
    }

    @Test("The generator's queue is bounded, and it is silent without keys")
    func generatorBounds() {
        var generator = ToneGenerator(sampleRate: 8000, tone: .zero, gap: .seconds(1000), level: -40)
        var sound: [Int16] = []
        generator.render(160, into: &sound)
        #expect(sound == [Int16](repeating: 0, count: 160))
        #expect(generator.enqueue(String(repeating: "7", count: 1000)) == ToneGenerator.capacity)
        generator.render(-1, into: &sound)
        #expect(sound.count == 160)
        generator.render(320, into: &sound)
        #expect(sound.suffix(320).contains { $0 != 0 })
        for key in "0123456789*#ABCD" { #expect(ToneGenerator.frequencies(of: key) != nil) }
        #expect(ToneGenerator.frequencies(of: "E") == nil)
    }
}
