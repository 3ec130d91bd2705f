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
        let line = Ears.overTheLine(try await Ears.voice(text))
        let heard = try await Ears.words(of: Ears.silence(seconds: 0.5) + line)
        for word in words { #expect(heard.contains(word), "\(heard)") }
    }

    @Test(
        "A human voice on a telephone line is understood",
        arguments: [
            ("vm-leavemsg", "press five leave message"), ("goodbye", "good"), ("vm-goodbye", "good"), ("hours", "hour"),
            ("transfer", "please hold while try that extension"),
            ("conf-getpin", "please enter the conference number"),
            ("agent-alreadyon", "agent already logged please enter number followed pound key"),
        ])
    func prompts(name: String, words: String) async throws {
        let line = Ears.overTheLine(try Ears.prompt(name))
        let heard = try await Ears.words(of: Ears.silence(seconds: 0.5) + line)
        for word in words.split(separator: " ") { #expect(heard.contains(word), "\(heard)") }
    }

    @Test("Each stretch of speech is told in order, with where it was")
    func order() async throws {
        let sound =
            try Ears.silence(seconds: 0.5) + Ears.prompt("transfer") + Ears.silence(seconds: 1.5)
            + Ears.prompt("conf-getpin")
        let events = try await Ears.events(of: sound)
        let stretches = events.compactMap { event -> String? in
            switch event {
            case .speechStarted: "began"
            case .speechEnded: "ended"
            case .speechDismissed, .partial, .final, .turn: nil
            case .failed(let error): "\(error)"
            }
        }
        #expect(stretches == ["began", "ended", "began", "ended"])
        let finals = events.compactMap { event -> (text: String, start: Int, end: Int)? in
            if case .final(let text, let start, let end) = event { (text, start, end) } else { nil }
        }
        try #require(finals.count == 2)
        #expect(finals[0].text.contains("extension") && finals[1].text.contains("number"), "\(finals)")
        #expect(finals[0].start < finals[0].end && finals[0].end < finals[1].start)
    }

    @Test(
        "The end of speech is told within 600 ms of its last loud sound", arguments: ["transfer", "hours", "goodbye"])
    func end(name: String) async throws {
        let prompt = try Ears.prompt(name)
        let loud = try #require(prompt.lastIndex { abs(Int($0)) > 1_500 })
        var resampler = try Resampler(from: 8_000, to: VoiceDetector.sampleRate)
        let sound = resampler.process(prompt + Ears.silence(seconds: 1)).map { Float($0) / 32_768 }
        let detector = try VoiceDetector(
            SherpaLibrary(Ears.directory), Ears.directory, silence: LocalHearing.silence)
        let windows = stride(from: 0, to: sound.count - VoiceDetector.window, by: VoiceDetector.window)
        let speaking = windows.filter { detector.isSpeech(Array(sound[$0..<($0 + VoiceDetector.window)])) }
        let last = try #require(speaking.last, "it was not noticed")
        // The window after the last one in which it was speech tells the end.
        let milliseconds = (last + 2 * VoiceDetector.window) / 16 - loud / 8
        #expect((200...600).contains(milliseconds), "\(milliseconds) ms")
    }

    @Test(
        "F-35 The end of speech is told where its last sound was, within 20 ms",
        arguments: ["transfer", "hours", "goodbye", "vm-goodbye", "location", "vm-message", "one-moment-please"])
    func placeOfEnd(name: String) async throws {
        let prompt = try Ears.prompt(name)
        // The last 10 ms above -50 dBFS: what is softer is lost in the noise of a telephone line.
        let last = try #require(
            stride(from: 0, to: prompt.count - 80, by: 80).reversed().first { start in
                prompt[start..<start + 80].reduce(0) { $0 + Int($1) * Int($1) } / 80 > 10_000
            })
        let sound = Ears.silence(seconds: 0.5) + prompt + Ears.silence(seconds: 1)
        let ends = try await Ears.events(of: sound).compactMap { event -> Int? in
            if case .speechEnded(let at) = event { at / 16 } else { nil }
        }
        let off = try #require(ends.last) - (500 + last / 8 + 10)
        #expect((-20...20).contains(off), "\(off) ms")
    }

    @Test("As many callers are heard as the pool can take; one more is refused until one has gone")
    func sessions() async throws {
        let speech = try await LocalSpeech.load(Ears.directory, threads: 1)
        var sessions: [any SpeechToTextSession] = []
        for _ in 0..<speech.capacity {
            sessions.append(try await speech.hearing.makeSession(SpeechFormat(sampleRate: 8_000)))
        }
        await #expect(throws: ProviderError.self) {
            _ = try await speech.hearing.makeSession(SpeechFormat(sampleRate: 8_000))
        }
        await sessions.removeLast().close()
        sessions.append(try await speech.hearing.makeSession(SpeechFormat(sampleRate: 8_000)))
        for session in sessions { await session.close() }
    }

    @Test("A reader that turns away stops the voice")
    func cancellation() async throws {
        let voice = try await Ears.speech().voice
        let text = String(repeating: "This is one of very many sentences that nobody is going to hear. ", count: 2_000)
        for try await sound in voice.speak(text, sampleRate: 8_000) {
            #expect(!sound.frame.samples.isEmpty)
            break
        }
        // Were it still speaking, this would have to wait for its turn again and again; above all, it works.
        #expect(try await !Ears.voice("Hello.").isEmpty)
    }

    @Test("The voice comes at the rate that was asked for", arguments: [8_000, 16_000, 48_000])
    func rates(rate: Int) async throws {
        var seconds = 0.0
        for try await sound in try await Ears.speech().voice.speak("One moment please.", sampleRate: rate) {
            #expect(sound.frame.sampleRate == rate)
            seconds += Double(sound.frame.samples.count) / Double(rate)
        }
        #expect((0.7...2.5).contains(seconds), "\(seconds) s")
    }

    @Test("A text with nothing to say is silent, a rate that can't be is refused")
    func nothing() async throws {
        let voice = try await Ears.speech().voice
        for try await _ in voice.speak(" ... ", sampleRate: 8_000) { Issue.record("there was sound") }
        await #expect(throws: ProviderError.self) {
            for try await _ in voice.speak("Hello.", sampleRate: 1) {}
        }
    }

    @Test("F-26: a short yes or no is heard", arguments: ["yes", "no"])
    func shortAnswers(word: String) async throws {
        let heard = try await Ears.words(
            of: Ears.silence(seconds: 1) + Ears.voice(word), expecting: ["yes", "no"])
        #expect(heard.contains(word), "\(heard)")
    }

    @Test("Silence is not taken for words")
    func silence() async throws {
        let session = try await Ears.speech().hearing.makeSession(SpeechFormat(sampleRate: 8_000))
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
        for try await sound in try await Ears.speech().voice.speak(text, sampleRate: 8_000) {
            #expect(sound.frame.sampleRate == 8_000)
            lengths.append(Double(sound.frame.samples.count) / 8_000)
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

    @Test("F-28 Calls that begin find their detectors made, each its own, and others are made meanwhile")
    func spareDetectors() async throws {
        let hearing = try await Ears.speech().hearing
        let pool = InferencePool(name: "spares", threads: 1)
        let spares = SpareDetectors(hearing.library, hearing.directory, silence: 0.3, pool: pool)
        #expect(spares.count == 0)
        spares.refill()
        await until { spares.count == 4 }
        let (one, other) = (try spares.take(), try spares.take())
        #expect(one !== other)
        await until { spares.count == 4 }
        #expect(!one.isSpeech(Array(repeating: 0, count: VoiceDetector.window)))
    }
}
