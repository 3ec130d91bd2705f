import Foundation
import RTPMedia
import Testing

/// Single tones: the beeps of voicemail and the tones of fax machines.
struct BeepTests {
    private static let prompts = "/usr/share/asterisk/sounds/en_US_f_Allison"
    private static var isSpeechThere: Bool { FileManager.default.fileExists(atPath: prompts + "/demo-instruct.wav") }

    /// Numbers in which a test can trust: uniform, from a seed.
    private struct Noise {
        var state: UInt64

        mutating func next() -> Double {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Double(state >> 11) / Double(1 << 53) * 2 - 1
        }
    }

    /// Half a second of noise with a tone in its midst.
    private static func beep(
        _ hertz: Double, milliseconds: Int, decibels: Double = -15, signalToNoise: Double, rate: Int = 8_000
    ) -> [Int16] {
        let amplitude = 32_767 * pow(10, decibels / 20)
        // Uniform noise has a third of its peak's square as its power, a sine the half.
        let noise = amplitude * pow(10, -signalToNoise / 20) * sqrt(1.5)
        var random = Noise(state: UInt64(hertz) &* 31 &+ UInt64(milliseconds))
        let (before, length) = (rate / 4, rate * milliseconds / 1_000)
        return (0..<(before * 2 + length)).map { index in
            let isTone = (before..<(before + length)).contains(index)
            let tone = isTone ? amplitude * sin(2 * .pi * hertz * Double(index) / Double(rate)) : 0
            return Int16(max(-32_768, min(32_767, tone + noise * random.next())))
        }
    }

    private static func events(in sound: [Int16], rate: Int = 8_000) throws -> [BeepDetector.Event] {
        var detector = try #require(BeepDetector(sampleRate: rate))
        var events: [BeepDetector.Event] = []
        for start in stride(from: 0, to: sound.count, by: rate / 50) {
            events += detector.receive(Array(sound[start..<min(sound.count, start + rate / 50)]).span)
        }
        return events
    }

    @Test(
        "A beep is found at each pitch and each level of noise, with its frequency and length",
        arguments: [350.0, 440, 620, 852, 1_000, 1_400, 2_000, 2_450], [40.0, 20, 12])
    func found(hertz: Double, signalToNoise: Double) throws {
        for milliseconds in [250, 400, 1_000] {
            let events = try Self.events(
                in: Self.beep(hertz, milliseconds: milliseconds, signalToNoise: signalToNoise))
            try #require(events.count == 2, "\(hertz) Hz, \(milliseconds) ms, \(signalToNoise) dB: \(events)")
            guard case .started(let began) = events[0], case .ended(let ended, let duration) = events[1] else {
                Issue.record("\(events)")
                return
            }
            #expect(abs(began - hertz) < 8 && abs(ended - hertz) < 8)
            #expect(abs(duration / .milliseconds(1) - Double(milliseconds)) <= 30, "\(duration)")
        }
    }

    @Test("120 ms are long enough above 700 Hz, 80 ms are not", arguments: [8_000, 16_000, 48_000])
    func short(rate: Int) throws {
        #expect(
            try Self.events(in: Self.beep(1_000, milliseconds: 130, signalToNoise: 30, rate: rate), rate: rate).count
                == 2)
        #expect(
            try Self.events(in: Self.beep(1_000, milliseconds: 80, signalToNoise: 30, rate: rate), rate: rate).isEmpty)
    }

    @Test("Two tones are none: keys, ringing, busy")
    func pairs() throws {
        for (one, other) in [(350.0, 440.0), (440, 480), (400, 450), (480, 620), (697, 1_209), (941, 1_477)] {
            let sound = (0..<8_000).map { index -> Int16 in
                let angle = 2 * .pi * Double(index) / 8_000
                return Int16(6_000 * (sin(one * angle) + sin(other * angle)))
            }
            #expect(try Self.events(in: sound).isEmpty, "\(one) \(other)")
        }
    }

    @Test("The answer tone of a fax machine is one, though it turns its phase round")
    func answerTone() throws {
        let sound = (0..<24_000).map { index -> Int16 in
            let turned = (index / 3_600) % 2 == 0 ? 0.0 : Double.pi
            return Int16(8_000 * sin(2 * .pi * 2_100 * Double(index) / 8_000 + turned))
        }
        let events = try Self.events(in: sound + [Int16](repeating: 0, count: 2_000))
        try #require(events.count == 2, "\(events)")
        guard case .ended(let hertz, let duration) = events[1] else { return }
        #expect(abs(hertz - 2_100) < 10 && duration > .seconds(2.8))
    }

    @Test("Noise, silence and a full-scale constant hold none")
    func nothing() throws {
        var random = Noise(state: 7)
        #expect(try Self.events(in: (0..<80_000).map { _ in Int16(12_000 * random.next()) }).isEmpty)
        #expect(try Self.events(in: [Int16](repeating: 0, count: 80_000)).isEmpty)
        #expect(try Self.events(in: [Int16](repeating: .max, count: 80_000)).isEmpty)
        for rate in [0, -8_000, 11_025, 44_100] { #expect(BeepDetector(sampleRate: rate) == nil) }
    }

    @Test("T-24 Speech holds no beep", .tags(.threat), .enabled(if: BeepTests.isSpeechThere))
    func talkOff() throws {
        let files = try FileManager.default.contentsOfDirectory(atPath: Self.prompts).filter {
            // A beep among the prompts is one.
            $0.hasSuffix(".wav") && !$0.contains("beep") && !$0.contains("tone")
        }.sorted()
        var seconds = 0
        for file in files where seconds < 480 {
            let sound = try WAVFile(parsing: [UInt8](Data(contentsOf: URL(filePath: "\(Self.prompts)/\(file)"))))
                .samples
            seconds += sound.count / 8_000
            let events = try Self.events(in: sound)
            #expect(events.isEmpty, "\(file): \(events)")
        }
        #expect(seconds >= 400)
    }
}
