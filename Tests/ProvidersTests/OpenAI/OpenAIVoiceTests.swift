import Agent
import ProviderDoubles
import RTPMedia
import Testing

@testable import Providers

@Suite("OpenAI voice", .timeLimit(.minutes(1)))
struct OpenAIVoiceTests {
    private typealias Double = OpenAISpeechDouble

    private static let tone = (0..<24_000).map { Int16(($0 % 60) * 200 - 6_000) }

    private static func voice(
        _ double: OpenAISpeechDouble, key: String = "sk-1", instructions: String? = nil,
        model: String = "gpt-4o-mini-tts",
        sleep: @escaping @Sendable (Duration) async throws -> Void = frozenTime
    ) -> OpenAIVoice {
        OpenAIVoice(
            OpenAIVoiceConfiguration(key: Secret(key), model: model, url: double.url, instructions: instructions),
            sleep: sleep)
    }

    private static func spoken(
        _ voice: OpenAIVoice, _ text: String = "Hello there.", rate: Int = 8_000, onSound: () -> Void = {}
    ) async throws
        -> (samples: [Int16], rates: Set<Int>, error: ProviderError?)
    {
        var samples: [Int16] = []
        var rates: Set<Int> = []
        let session = try await voice.makeSession(SpeechFormat(sampleRate: rate))
        do {
            for try await sound in session.speak(text) {
                samples += sound.frame.samples
                rates.insert(sound.frame.sampleRate)
                onSound()
            }
            return (samples, rates, nil)
        } catch {
            return (samples, rates, error as? ProviderError)
        }
    }

    @Test(
        "Sound comes at the call's rate, and is the same however the octets are split",
        arguments: [8_000, 16_000, 24_000, 48_000])
    func sound(_ rate: Int) async throws {
        var results: [[Int16]] = []
        for length in [1_001, 4_096, 48_000] {
            let double = try await Double(key: "sk-1", answers: [Double.sound(Self.tone, octetsPerChunk: length)])
            let result = try await Self.spoken(Self.voice(double, instructions: "Be calm."), rate: rate)
            #expect(result.error == nil)
            #expect(result.rates == [rate])
            #expect(double.violations.isEmpty)
            results.append(result.samples)
            await double.stop()
        }
        #expect(abs(results[0].count - rate) < rate / 50)
        #expect(results.allSatisfy { $0 == results[0] })
        #expect(results[0].contains { abs(Int($0)) > 1_000 })
    }

    @Test("The first sound is given while the rest is being made")
    func streaming() async throws {
        let gate = HTTPGate()
        var answer = Double.sound(Self.tone)
        answer.steps.insert(.wait(gate), at: 3)
        let double = try await Double(key: "sk-1", answers: [answer])
        let session = try await Self.voice(double).makeSession(SpeechFormat(sampleRate: 8_000))
        var isFirst = true
        for try await _ in session.speak("Hello.") where isFirst {
            isFirst = false
            gate.open()
        }
        #expect(!isFirst)
        await double.stop()
    }

    @Test("A text longer than the service takes is asked for in pieces")
    func longText() async throws {
        let double = try await Double(key: "sk-1", answers: [Double.sound(Self.tone)])
        let result = try await Self.spoken(Self.voice(double), String(repeating: "word ", count: 1_000))
        #expect(result.error == nil)
        #expect(double.requests.count == 2)
        #expect(double.violations.isEmpty)
        await double.stop()
    }

    @Test("The double refuses what the service refuses")
    func strictness() async throws {
        let double = try await Double(key: "sk-1", answers: [Double.sound(Self.tone)])
        for voice in [Self.voice(double, key: "sk-2"), Self.voice(double, instructions: "x", model: "tts-1")] {
            let before = double.violations.count
            #expect(try await Self.spoken(voice).error != nil)
            #expect(double.violations.count == before + 1)
        }
        await double.stop()
    }

    @Test("What fails before it sounds is asked for once more; what fails later is not")
    func retry() async throws {
        let busy = ChatCompletionsDouble.refusal(status: 503, message: "busy", code: "x")
        let first = try await Double(key: "sk-1", answers: [busy, Double.sound(Self.tone)])
        #expect(try await Self.spoken(Self.voice(first)).error == nil)
        await first.stop()
        let heard = HTTPGate()
        let cut = try await Double(
            key: "sk-1", answers: [Double.sound(Self.tone, then: [.wait(heard), .cut]), Double.sound(Self.tone)])
        #expect(try await Self.spoken(Self.voice(cut), onSound: { heard.open() }).error != nil)
        #expect(cut.requests.count == 1)
        await cut.stop()
    }

    @Test("Whoever stops listening closes the connection")
    func cancelling() async throws {
        let double = try await Double(key: "sk-1", answers: [Double.sound(Self.tone, then: [.hang])])
        let session = try await Self.voice(double).makeSession(SpeechFormat(sampleRate: 8_000))
        for try await _ in session.speak("Hello.") { break }
        await eventually { double.abandoned == 1 }
        await double.stop()
    }

    @Test(
        "T-54 what is no PCM is not played",
        arguments: [
            Double.sound(tone, type: "audio/mpeg"), Double.sound(tone, type: "application/json"),
            HTTPDouble.Answer(headers: [("Content-Type", "audio/pcm")], steps: [.send(Array("RIFF....WAVE".utf8))]),
            HTTPDouble.Answer(headers: [("Content-Type", "audio/pcm")], steps: []),
            Double.sound(tone, type: "audio/pcm;rate=1"),
        ])
    func noise(_ answer: HTTPDouble.Answer) async throws {
        let double = try await Double(key: "sk-1", answers: [answer])
        let result = try await Self.spoken(Self.voice(double))
        #expect(result.samples.isEmpty)
        #expect(result.error != nil)
        await double.stop()
    }

    @Test("T-54 a server that names another rate than configured is heard at its own")
    func wrongRate() async throws {
        let double = try await Double(key: "sk-1", answers: [Double.sound(Self.tone, type: "audio/L16; rate=48000")])
        let result = try await Self.spoken(Self.voice(double))
        #expect(abs(result.samples.count - 4_000) < 200)
        await double.stop()
    }

    @Test("T-54 endless sound and a silent server come to an end")
    func endless() async throws {
        let chunk = [UInt8](repeating: 1, count: 1 << 16)
        let double = try await Double(
            key: "sk-1",
            answers: [HTTPDouble.Answer(headers: [("Content-Type", "audio/pcm")], steps: [.repeatForever(chunk)])])
        guard case .failed? = try await Self.spoken(Self.voice(double)).error else {
            Issue.record("not failed")
            return
        }
        await eventually { double.abandoned == 1 }
        await double.stop()

        let silent = try await Double(key: "sk-1", answers: [HTTPDouble.Answer(steps: [.hang])])
        let voice = Self.voice(silent) { _ in
            await eventually { !silent.requests.isEmpty }
            for _ in 0..<2_000 { await Task.yield() }
        }
        guard case .timedOut? = try await Self.spoken(voice).error else {
            Issue.record("not timed out")
            return
        }
        await silent.stop()
    }
}
