import RTPMedia
import Testing

@testable import Agent

/// With the real models, as scripts/install-speech.sh installs them.
@Suite(.serialized)
struct LocalSpeechTests {
    @Test(
        "What the voice says over a telephone band is understood",
        arguments: [
            ("We are open from nine to five, Monday to Friday.", ["open", "monday", "friday"]),
            ("Would you like to leave a message?", ["leave", "message"]),
            ("I will put you through to the sales department.", ["put", "through", "sales"]),
        ])
    func roundTrip(text: String, words: [String]) async throws {
        let heard = try await Ears.words(of: Ears.silence(seconds: 0.5) + Ears.voice(text))
        for word in words { #expect(heard.contains(word), "\(heard)") }
    }

    @Test(
        "A human voice on a telephone line is understood",
        arguments: [("vm-leavemsg", "message"), ("goodbye", "good"), ("vm-goodbye", "good"), ("hours", "hour")])
    func prompts(name: String, word: String) async throws {
        let heard = try await Ears.words(of: Ears.silence(seconds: 0.5) + Ears.prompt(name))
        #expect(heard.contains(word), "\(heard)")
    }

    @Test("F-26: a short yes or no is heard", arguments: ["yes", "no"])
    func shortAnswers(word: String) async throws {
        let heard = try await Ears.words(
            of: Ears.silence(seconds: 1) + Ears.voice(word), expecting: ["yes", "no"])
        #expect(heard.contains(word), "\(heard)")
    }

    @Test("Silence is not taken for words")
    func silence() async throws {
        let session = try await Ears.speech().hearing.makeSession()
        await session.hear(Array(repeating: 0, count: 16_000 * 5))
        await session.close()
        var events: [HearingEvent] = []
        for await event in session.events { events.append(event) }
        #expect(events.isEmpty)
    }

    @Test(
        "Speech is noticed within 200 ms of its first loud sound",
        arguments: ["vm-leavemsg", "transfer", "hours", "goodbye"])
    func onset(name: String) async throws {
        let prompt = try Ears.prompt(name)
        let loud = try #require(prompt.firstIndex { abs(Int($0)) > 1_500 })
        let lead = 8_000
        var resampler = try Resampler(from: 8_000, to: VoiceDetector.sampleRate)
        let sound = resampler.process(Array(repeating: 0, count: lead) + prompt).map { Float($0) / 32_768 }
        let detector = try VoiceDetector(SherpaLibrary(Ears.directory), Ears.directory)
        let windows = stride(from: 0, to: sound.count - VoiceDetector.window, by: VoiceDetector.window)
        let noticed = try #require(
            windows.first { detector.isSpeech(Array(sound[$0..<($0 + VoiceDetector.window)])) }, "it was not noticed")
        // What was heard until then, in milliseconds behind the first loud sample.
        let milliseconds = (noticed + VoiceDetector.window) / 16 - (lead + loud) / 8
        #expect(milliseconds <= 200, "\(milliseconds) ms")
    }

    @Test("A second sentence does not wait for the first to be spoken: sound comes clause by clause")
    func streaming() async throws {
        let text = "Good morning, this is Harbour Dental. Our opening hours are from nine to five. How can I help you?"
        var lengths: [Double] = []
        for try await frame in try await Ears.speech().voice.speak(text, sampleRate: 8_000) {
            #expect(frame.sampleRate == 8_000)
            lengths.append(Double(frame.samples.count) / 8_000)
        }
        #expect(lengths.count >= 4)
        #expect(lengths.reduce(0, +) > 4)
    }

    @Test("A missing part is named, with what to do")
    func missing() async throws {
        let error = await #expect(throws: ProviderError.self) {
            _ = try await LocalSpeech.load(SpeechDirectory(path: "/nonexistent"))
        }
        #expect(error?.description.contains("/nonexistent/lib/libonnxruntime.so") == true)
        #expect(error?.description.contains("scripts/install-speech.sh") == true)
    }
}
