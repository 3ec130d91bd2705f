import RTPMedia
import Synchronization
import Testing

@testable import Agent

/// Counts what it is asked for, and can be told to fail or to fall silent.
final class CountedVoice: TextToSpeech, TextToSpeechSession {
    let name: String
    private let asked = Mutex([String]())
    private let behaviour: @Sendable (String) -> Behaviour

    enum Behaviour: Sendable {
        case speaks
        case fails
        /// After so many words.
        case breaksOff(after: Int)
        case hangs
    }

    init(_ name: String = "counted", _ behaviour: @escaping @Sendable (String) -> Behaviour = { _ in .speaks }) {
        self.name = name
        self.behaviour = behaviour
    }

    var texts: [String] { asked.withLock { $0 } }

    func makeSession(_ format: SpeechFormat) async throws(ProviderError) -> any TextToSpeechSession { self }

    /// 100 ms a word; each sample says how many words the text has.
    func speak(_ text: String) -> AsyncThrowingStream<SpokenSound, any Error> {
        asked.withLock { $0.append(text) }
        let words = text.split(separator: " ").map(String.init)
        return AsyncThrowingStream { sink in
            func say(_ count: Int) {
                for (index, word) in words.prefix(count).enumerated() {
                    sink.yield(
                        SpokenSound(
                            PCMFrame(samples: Array(repeating: Int16(words.count), count: 800), sampleRate: 8_000),
                            words: [SpokenWord(word, startMs: index * 100, endMs: index * 100 + 100)]))
                }
            }
            switch behaviour(text) {
            case .speaks:
                say(words.count)
                sink.finish()
            case .fails: sink.finish(throwing: ProviderError.failed("hoarse"))
            case .breaksOff(let count):
                say(count)
                sink.finish(throwing: ProviderError.failed("dropped in mid-word"))
            case .hangs: break
            }
        }
    }

    func close() async {}
}

extension TextToSpeechSession {
    func sound(of text: String) async throws -> (samples: Int, words: [SpokenWord]) {
        var (samples, words) = (0, [SpokenWord]())
        for try await sound in speak(text) {
            samples += sound.frame.samples.count
            words += sound.words
        }
        return (samples, words)
    }
}

struct RememberedVoiceTests {
    private static let format = SpeechFormat(sampleRate: 8_000)

    @Test("What was said once is there at once the next time, for every call, with its word times")
    func remembers() async throws {
        let voice = CountedVoice()
        let memory = RememberedVoice(voice)
        try await memory.prepare(["Good day. How can I help you?"], for: [Self.format])
        #expect(voice.texts == ["Good day. How can I help you?"])
        for _ in 0..<2 {
            let session = try await memory.makeSession(Self.format)
            let (samples, words) = try await session.sound(of: "Good day. How can I help you?")
            #expect(samples == 7 * 800 && words.last == SpokenWord("you?", startMs: 600, endMs: 700))
        }
        #expect(voice.texts.count == 1)
        let other = try await memory.makeSession(SpeechFormat(sampleRate: 8_000, companding: .aLaw))
        _ = try await other.sound(of: "Good day. How can I help you?")
        #expect(voice.texts.count == 2, "another format is another sound")
    }

    @Test("What broke off, or was left, is not remembered")
    func wholeOnly() async throws {
        let voice = CountedVoice { $0.hasPrefix("Broken") ? .breaksOff(after: 1) : .speaks }
        let session = try await RememberedVoice(voice).makeSession(Self.format)
        for _ in 0..<2 {
            await #expect(throws: ProviderError.self) { try await session.sound(of: "Broken in two.") }
        }
        #expect(voice.texts.count == 2)
    }

    @Test("The oldest is forgotten when the memory is full")
    func bounded() async throws {
        let voice = CountedVoice()
        // Two words are 3 200 octets.
        let memory = RememberedVoice(voice, capacity: 16_000)
        let session = try await memory.makeSession(Self.format)
        for text in ["one a", "two b", "three c", "four d", "one a", "five e", "six f"] {
            _ = try await session.sound(of: text)
        }
        #expect(voice.texts.count == 6)
        _ = try await session.sound(of: "one a")
        #expect(voice.texts.count == 6, "it was used of late")
        _ = try await session.sound(of: "two b")
        #expect(voice.texts.count == 7)
    }
}

struct FallbackVoiceTests {
    private static func session(
        _ first: CountedVoice, _ second: CountedVoice,
        sleep: @escaping @Sendable (Duration) async throws -> Void = { _ in
            try await Task.sleep(for: .seconds(3_600))
        }
    ) async throws -> any TextToSpeechSession {
        try await FallbackVoice(first, else: second, patience: .seconds(2), sleep: sleep)
            .makeSession(SpeechFormat(sampleRate: 8_000))
    }

    @Test("While the first voice speaks, the second is not asked")
    func regular() async throws {
        let (first, second) = (CountedVoice(), CountedVoice())
        let session = try await Self.session(first, second)
        #expect(try await session.sound(of: "one two three").samples == 2_400)
        #expect(second.texts.isEmpty)
    }

    @Test("What the first voice can't say the second says, from the word on at which it broke off")
    func brokenOff() async throws {
        let first = CountedVoice { _ in .breaksOff(after: 2) }
        let second = CountedVoice()
        let session = try await Self.session(first, second)
        let (samples, words) = try await session.sound(of: "one two three four")
        #expect(second.texts == ["three four"])
        #expect(samples == 3_200)
        #expect(words.map(\.startMs) == [0, 100, 200, 300], "their times go on")
    }

    @Test("After two failures in a row the first voice is left alone for the call")
    func given() async throws {
        let (first, second) = (CountedVoice { _ in .fails }, CountedVoice())
        let session = try await Self.session(first, second)
        for _ in 0..<4 { #expect(try await session.sound(of: "one two").samples == 1_600) }
        #expect(first.texts.count == 2 && second.texts.count == 4)
    }

    @Test("T-54 A voice that never makes a sound is not waited for")
    func hanging() async throws {
        let (first, second) = (CountedVoice { _ in .hangs }, CountedVoice())
        let session = try await Self.session(first, second) { _ in }
        #expect(try await session.sound(of: "one two").samples == 1_600)
        #expect(second.texts == ["one two"])
    }

    @Test("When both fail, it is said")
    func both() async throws {
        let session = try await Self.session(CountedVoice { _ in .fails }, CountedVoice { _ in .fails })
        await #expect(throws: ProviderError.failed("hoarse")) { try await session.sound(of: "one") }
    }
}
