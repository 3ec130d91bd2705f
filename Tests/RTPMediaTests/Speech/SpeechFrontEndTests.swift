import RTPMedia
import Testing

@Suite("Speech front end")
struct SpeechFrontEndTests {
    private static let silence = [Int16](repeating: 0, count: 8000 * 12)

    private static func level(_ samples: some Sequence<Int16>) -> Double { LevelMeter.level(of: samples) }

    @Test("finds an echo's delay and takes it out", arguments: [(160, 6.0), (640, 12), (2400, 20), (4800, 12)])
    func echo(delay: Int, loss: Double) throws {
        let played = Voice.samples(8000 * 5, sampleRate: 8000)
        let heard = EchoLine(delay: delay, loss: loss).heard(near: Self.silence, played: played)
        let run = try FrontEndRun(heard: heard, played: played)
        let path = try #require(run.observations.last?.echo)
        #expect(abs(path.delay / .milliseconds(1) - Double(delay) / 8) < 4)
        #expect(abs(path.returnLoss - loss) < 5)
        #expect(path.enhancement > 10)
        #expect(Self.level(run.out.suffix(16_000)) < Self.level(heard.suffix(16_000)) - 15)
        // Once it is found, nobody is heard, and what is loud is told to be ours.
        #expect(!run.observations.suffix(100).contains { $0.isSpeech })
        #expect(run.observations.suffix(100).contains { $0.isOwnEcho })
    }

    @Test("works at every rate of a call", arguments: [16_000, 24_000, 48_000])
    func rates(rate: Int) throws {
        let played = Voice.samples(rate * 2, sampleRate: rate)
        let heard = EchoLine(delay: rate / 10, loss: 12).heard(
            near: [Int16](repeating: 0, count: played.count), played: played)
        let run = try FrontEndRun(heard: heard, played: played, sampleRate: rate)
        let path = try #require(run.observations.last?.echo)
        #expect(abs(path.delay / .milliseconds(1) - 100) < 4)
        #expect(Self.level(run.out.suffix(rate / 2)) < Self.level(heard.suffix(rate / 2)) - 10)
    }

    @Test("hears a caller who speaks over our voice, and lets the voice through")
    func bothTalk() throws {
        let played = Voice.samples(8000 * 6, sampleRate: 8000)
        var near = [Int16](repeating: 0, count: played.count)
        let caller = Voice.samples(8000 * 2, sampleRate: 8000, seed: 9, peak: 10_000)
        // Another voice: its syllables come at other times.
        for index in 0..<8000 * 2 - 700 { near[8000 * 4 + index] = caller[index + 700] }
        let heard = EchoLine(delay: 1200, loss: 12).heard(near: near, played: played)
        let run = try FrontEndRun(heard: heard, played: played)
        #expect(!run.observations[100..<195].contains { $0.isSpeech })
        #expect(run.observations[200..<215].contains { $0.isSpeech })
        let spoken = run.observations[200..<300].count { $0.isSpeech }
        #expect(spoken > 60)
        #expect(abs(Self.level(run.out.suffix(16_000)) - Self.level(near.suffix(16_000))) < 1.5)
    }

    @Test("follows an echo to another delay", arguments: [(1200, 2000), (2400, 1440)])
    func jump(delays: (Int, Int)) throws {
        let played = Voice.samples(8000 * 8, sampleRate: 8000)
        let first = EchoLine(delay: delays.0, loss: 10).heard(near: Self.silence, played: played)
        let second = EchoLine(delay: delays.1, loss: 10).heard(near: Self.silence, played: played)
        let heard = Array(first.prefix(32_000) + second.dropFirst(32_000))
        let run = try FrontEndRun(heard: heard, played: played)
        let path = try #require(run.observations.last?.echo)
        #expect(abs(path.delay / .milliseconds(1) - Double(delays.1) / 8) < 4)
        #expect(Self.level(run.out.suffix(12_000)) < Self.level(heard.suffix(12_000)) - 15)
        let off = try FrontEndRun(.off, heard: heard, played: played)
        let interruptions = run.observations.suffix(75).count { $0.isSpeech }
        #expect(interruptions * 4 < off.observations.suffix(75).count { $0.isSpeech })
    }

    @Test("leaves a line without echo as it is, sample for sample")
    func noEcho() throws {
        let played = Voice.samples(8000 * 5, sampleRate: 8000)
        let heard = Signal.voice(count: played.count, seed: 5)
        let run = try FrontEndRun(heard: heard, played: played)
        #expect(run.out == heard)
        #expect(run.observations.allSatisfy { $0.echo == nil })
    }

    @Test("leaves everything as it is when every part is off")
    func off() throws {
        let played = Voice.samples(8000 * 2, sampleRate: 8000)
        let heard = EchoLine(delay: 800, loss: 6).heard(near: Self.silence, played: played)
        let run = try FrontEndRun(.off, heard: heard, played: played)
        #expect(run.out == heard)
        #expect(run.observations.contains { $0.isSpeech })
        #expect(run.observations.allSatisfy { $0.echo == nil && !$0.isOwnEcho })
    }

    @Test("stands clipping, silence, a constant and noise, on both sides", arguments: [8000, 48_000])
    func hostile(rate: Int) throws {
        let count = rate / 2
        let full = (0..<count).map { $0 / 7 % 2 == 0 ? Int16.max : Int16.min }
        let sounds = [
            full, [Int16](repeating: 0, count: count), [Int16](repeating: .min, count: count),
            Signal.noise(amplitude: 32_767, count: count),
        ]
        var configuration = SpeechFrontEndConfiguration(noiseSuppression: 15, automaticGain: -26)
        configuration.echoTail = .milliseconds(32)
        var heard: [Int16] = []
        var played: [Int16] = []
        for (index, sound) in sounds.enumerated() {
            for shift in 0..<sounds.count {
                heard += sound
                played += sounds[(index + shift) % sounds.count]
            }
        }
        let run = try FrontEndRun(configuration, heard: heard, played: played, sampleRate: rate)
        #expect(run.observations.allSatisfy { (0...1).contains($0.speechProbability) })
        #expect(
            run.observations.allSatisfy { observation in
                observation.echo.map { $0.delay >= .zero && $0.delay < .seconds(1) && $0.returnLoss.isFinite } ?? true
            })
    }

    @Test("refuses a frame that is not 20 ms long, and learns nothing from it")
    func wrongLength() throws {
        var frontEnd = try SpeechFrontEnd(sampleRate: 8000)
        let right = [Int16](repeating: 100, count: 160)
        for count in [0, 1, 159, 161, 320] {
            var wrong = [Int16](repeating: 100, count: count)
            let before = wrong
            do throws(SpeechFrontEndError) {
                _ = try frontEnd.process(&wrong, played: right.span)
                Issue.record("\(count) samples were taken")
            } catch { #expect(error == .wrongLength(expected: 160, found: count)) }
            #expect(wrong == before)
            var frame = right
            do throws(SpeechFrontEndError) {
                _ = try frontEnd.process(&frame, played: before.span)
                Issue.record("\(count) played samples were taken")
            } catch { #expect(error == .wrongLength(expected: 160, found: count)) }
            #expect(frame == right)
        }
    }

    @Test(
        "says what it can't do",
        arguments: [
            (44_100, SpeechFrontEndConfiguration(), SpeechFrontEndError.unsupportedRate(44_100)),
            (0, .off, .unsupportedRate(0)),
            (8000, .init(noiseSuppression: 0), .outOfRange("noiseSuppression")),
            (8000, .init(noiseSuppression: 41), .outOfRange("noiseSuppression")),
            (8000, .init(automaticGain: 0), .outOfRange("automaticGain")),
            (8000, .init(automaticGain: .nan), .outOfRange("automaticGain")),
            (8000, .init(echoTail: .milliseconds(10)), .outOfRange("echoTail")),
        ])
    func refuses(rate: Int, configuration: SpeechFrontEndConfiguration, reason: SpeechFrontEndError) {
        do throws(SpeechFrontEndError) {
            let made = try SpeechFrontEnd(sampleRate: rate, configuration: configuration)
            Issue.record("made one at \(made.sampleRate) Hz")
        } catch { #expect(error == reason) }
    }

    @Test("tells a voice from noise that stays", arguments: [50, 200, 800])
    func activity(noise: Int) throws {
        var heard = Signal.noise(amplitude: noise, count: 8000 * 6)
        let voice = Voice.samples(8000 * 2, sampleRate: 8000)
        for index in voice.indices { heard[8000 * 3 + index] += voice[index] }
        let run = try FrontEndRun(.off, heard: heard, played: Self.silence)
        #expect(!run.observations[60..<150].contains { $0.isSpeech })
        // Its syllables are 200 ms long, and the pauses between them as well.
        #expect(run.observations[150..<250].count { $0.isSpeech } > 55)
        #expect(!run.observations[265...].contains { $0.isSpeech })
    }

    @Test("F-32: lowers noise and keeps the voice")
    func noise() throws {
        var heard = Signal.noise(amplitude: 500, count: 8000 * 4)
        let voice = Voice.samples(8000, sampleRate: 8000)
        for index in voice.indices { heard[8000 * 3 + index] += voice[index] }
        let run = try FrontEndRun(
            SpeechFrontEndConfiguration(noiseSuppression: 15, cancelsEcho: false), heard: heard, played: Self.silence)
        #expect(Self.level(run.out[16_000..<24_000]) < Self.level(heard[16_000..<24_000]) - 8)
        #expect(abs(Self.level(run.out.suffix(8000)) - Self.level(heard.suffix(8000))) < 2)
    }

    @Test("brings voices of any loudness to one level and leaves noise alone", arguments: [1200.0, 3000, 25_000])
    func gain(peak: Double) throws {
        let pause = Signal.noise(amplitude: 6, count: 8000)
        let heard = pause + Voice.samples(8000 * 8, sampleRate: 8000, peak: peak) + pause
        let run = try FrontEndRun(
            SpeechFrontEndConfiguration(automaticGain: -26, cancelsEcho: false), heard: heard, played: heard)
        #expect(run.out.prefix(8000).elementsEqual(heard.prefix(8000)))
        // Half of this voice is pauses: 3 dB.
        #expect(abs(Self.level(run.out[8000 * 6..<8000 * 9]) + 29) < 3)
        #expect(!run.out.contains { abs(Int($0)) > 32_100 })
    }
}
