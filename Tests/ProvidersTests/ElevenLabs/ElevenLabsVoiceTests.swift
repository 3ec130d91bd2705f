import Agent
import ProviderDoubles
import Providers
import RTPMedia
import Testing

@Suite("ElevenLabs voice", .timeLimit(.minutes(1)))
struct ElevenLabsVoiceTests {
    private static let key = "el-planted-4711"
    private static let words = [
        SpokenWord("Hello", startMs: 0, endMs: 250), SpokenWord("there,", startMs: 300, endMs: 600),
        SpokenWord("caller.", startMs: 650, endMs: 1_000),
    ]

    private func session(
        _ script: VoiceScript = VoiceScript(), _ format: SpeechFormat = .init(sampleRate: 8_000, companding: .muLaw)
    )
        async throws -> (ElevenLabsDouble, HandClock, any TextToSpeechSession)
    {
        let double = try await ElevenLabsDouble(key: Self.key, script: script)
        let clock = HandClock()
        let voice = ElevenLabsVoice(configuration(double), clock: clock.wire)
        let session = try await voice.makeSession(format)
        await eventually { double.socket.connectionCount == 1 }
        return (double, clock, session)
    }

    private func configuration(_ double: ElevenLabsDouble) -> ElevenLabsConfiguration {
        var configuration = ElevenLabsConfiguration(key: Secret(Self.key), voice: "abc123DEF")
        configuration.url = double.socket.url
        return configuration
    }

    struct Format: Sendable {
        var format: SpeechFormat
        var name: String
    }

    @Test(
        "A call with a law hears the service's own octets",
        arguments: [
            Format(format: SpeechFormat(sampleRate: 8_000, companding: .muLaw), name: "ulaw_8000"),
            Format(format: SpeechFormat(sampleRate: 8_000, companding: .aLaw), name: "alaw_8000"),
        ])
    func law(_ example: Format) async throws {
        let (double, _, session) = try await session(VoiceScript(), example.format)
        let listened = await listen(to: session.speak("Hello there, caller."))
        let law = G711(example.format.companding == .muLaw ? .mu : .a)
        let given = ElevenLabsDouble.sound("Hello there, caller.", octetsPerMillisecond: 8)
        #expect(listened.samples == law.decode(given[...]))
        #expect(listened.words == Self.words)
        #expect(listened.error == nil)
        #expect(double.socket.requests.first?.contains("output_format=\(example.name)") == true)
        #expect(double.socket.violations.isEmpty)
        await session.close()
        await eventually { double.socket.openConnections == 0 }
        await double.socket.stop()
    }

    @Test(
        "A call without a law hears it at its own rate",
        arguments: [(8_000, "pcm_8000"), (16_000, "pcm_16000"), (48_000, "pcm_24000")])
    func linear(_ rate: Int, _ name: String) async throws {
        let (double, _, session) = try await session(VoiceScript(), SpeechFormat(sampleRate: rate))
        let listened = await listen(to: session.speak("Hello there, caller."))
        #expect(listened.rates == [rate])
        #expect(abs(listened.samples.count - rate) <= rate / 100)
        #expect(listened.words == Self.words)
        #expect(double.socket.requests.first?.contains("output_format=\(name)") == true)
        await session.close()
        await double.socket.stop()
    }

    @Test("Texts follow each other on one socket, each in a context of its own")
    func severalTexts() async throws {
        let (double, _, session) = try await session()
        for _ in 0..<12 {
            let listened = await listen(to: session.speak("One more."))
            #expect(listened.samples.count == 9 * 400)
            #expect(listened.words.first?.startMs == 0)
        }
        #expect(double.socket.connectionCount == 1)
        #expect(double.socket.violations.isEmpty)
        await session.close()
        await double.socket.stop()
    }

    @Test("Nothing to say takes no context")
    func nothing() async throws {
        let (double, _, session) = try await session()
        #expect(await listen(to: session.speak("  ")).error == nil)
        #expect(double.socket.texts().isEmpty)
        await session.close()
        await double.socket.stop()
    }

    @Test(
        "Words have their times however the service gives them",
        arguments: [VoiceScript.Alignment.normalized, .everySecond, .none])
    func alignments(_ alignment: VoiceScript.Alignment) async throws {
        var script = VoiceScript()
        script.alignment = alignment
        script.usesSnakeCase = true
        let (double, _, session) = try await session(script)
        let listened = await listen(to: session.speak("Hello there, caller."))
        #expect(listened.samples.count == 8_000)
        #expect(listened.error == nil)
        switch alignment {
        case .exact, .normalized: #expect(listened.words == Self.words)
        // Characters 8 to 15 have no times.
        case .everySecond: #expect(listened.words.last?.endMs == 1_000 && listened.words.first == Self.words[0])
        case .none: #expect(listened.words.isEmpty)
        }
        await session.close()
        await double.socket.stop()
    }

    @Test("A context counts until the service says that it is done: the sixth text waits")
    func sixthWaits() async throws {
        var script = VoiceScript()
        script.holdsFinals = true
        let (double, _, session) = try await session(script)
        let listening = (0..<6).map { index in Task { await listen(to: session.speak("Text \(index).")) } }
        await eventually { double.socket.texts().count == 15 }
        #expect(double.socket.violations.isEmpty)
        double.releaseFinals()
        await eventually { double.socket.texts().count == 18 }
        double.releaseFinals()
        for text in listening { #expect(await text.value.samples.count == 7 * 400) }
        #expect(double.socket.violations.isEmpty)
        #expect(double.socket.connectionCount == 1)
        await session.close()
        await double.socket.stop()
    }

    @Test("T-54 contexts that never end are left behind with their socket")
    func replaced() async throws {
        var script = VoiceScript()
        script.holdsFinals = true
        let (double, clock, session) = try await session(script)
        for index in 0..<5 {
            for try await _ in session.speak("Text \(index).") { break }
        }
        await eventually { double.socket.texts().count == 15 }
        let sixth = session.speak("The sixth.")
        await eventually {
            clock.skip(atMost: .seconds(2))
            return double.socket.connectionCount == 2
        }
        var samples = 0
        for try await sound in sixth {
            samples += sound.frame.samples.count
            if samples == 10 * 400 { break }
        }
        #expect(samples == 10 * 400)
        #expect(double.socket.violations.isEmpty)
        await session.close()
        await double.socket.stop()
    }

    @Test("Late sound of a text that is not wanted any more belongs to nobody")
    func cancelled() async throws {
        var script = VoiceScript()
        script.holdsFinals = true
        let (double, _, session) = try await session(script)
        for try await _ in session.speak("A long text that is broken off at once.") { break }
        double.socket.send(#"{"audio":"AAAA","contextId":"t1","alignment":null,"normalizedAlignment":null}"#)
        let next = session.speak("Next.")
        await eventually { double.socket.texts().count == 6 }
        double.releaseFinals()
        let listened = await listen(to: next)
        #expect(listened.samples == G711(.mu).decode(ElevenLabsDouble.sound("Next.", octetsPerMillisecond: 8)[...]))
        #expect(double.socket.violations.isEmpty)
        await session.close()
        await double.socket.stop()
    }

    @Test("A socket that the service closed for idleness is opened again when it is needed, and not before")
    func idle() async throws {
        let (double, _, session) = try await session()
        await double.socket.close(1008, "Have not received a new text input within the timeout of 180 seconds")
        #expect(double.socket.connectionCount == 1)
        let listened = await listen(to: session.speak("Hello."))
        #expect(listened.samples.count == 6 * 400)
        #expect(double.socket.connectionCount == 2)
        await session.close()
        await double.socket.stop()
    }

    @Test("T-54 a connection that breaks before the first sound is opened once more; after it, the text has failed")
    func broken() async throws {
        var script = VoiceScript()
        script.cutAfterChunks = 2
        let (double, _, session) = try await session(script)
        let listened = await listen(to: session.speak("Hello there, caller."))
        #expect(listened.samples.count == 16 * 400)
        guard case .failed = listened.error else {
            Issue.record("It has to fail, not \(String(describing: listened.error)).")
            return
        }
        #expect(double.socket.connectionCount == 1)
        await session.close()
        await double.socket.stop()
    }

    @Test("T-54 malformed JSON and messages of 10 MB fail the text, after one more try", arguments: [false, true])
    func malformed(isHuge: Bool) async throws {
        var script = VoiceScript()
        if isHuge { script.hugeMessage = 10_000_000 } else { script.isMalformed = true }
        let (double, _, session) = try await session(script)
        let listened = await listen(to: session.speak("Hello."))
        guard case .failed = listened.error else {
            Issue.record("It has to fail, not \(String(describing: listened.error)).")
            return
        }
        #expect(double.socket.connectionCount == 2)
        await session.close()
        await double.socket.stop()
    }

    @Test("T-54 endless sound is cut")
    func endless() async throws {
        var script = VoiceScript()
        script.isEndless = true
        let (double, _, session) = try await session(script)
        let listened = await listen(to: session.speak("Hello."))
        #expect(listened.samples.count <= 120 * 8_000)
        #expect(listened.samples.count > 119 * 8_000)
        #expect(listened.error == .failed("The service gave more than 120 s of sound for one text of 6 characters."))
        await session.close()
        await double.socket.stop()
    }

    @Test("T-54 a service that is silent for ever fails the text in its time, and the next text has another socket")
    func silent() async throws {
        var script = VoiceScript()
        script.isSilent = true
        let (double, clock, session) = try await session(script)
        let listening = Task { await listen(to: session.speak("Hello.")) }
        await eventually { double.socket.texts().count == 3 }
        clock.advance(by: .seconds(5))
        #expect(await listening.value.error == .timedOut("The service has said nothing of a text for 5 s."))
        let next = Task { await listen(to: session.speak("Hello again.")) }
        await eventually { double.socket.texts(1).count == 3 }
        await session.close()
        #expect(await next.value.error == .cancelled)
        await double.socket.stop()
    }

    @Test(
        "The service's errors are told by what can be done about them",
        arguments: [
            ("quota_exceeded", ProviderError.unavailable("ElevenLabs: as the script says (quota_exceeded)")),
            ("system_busy", .overloaded("ElevenLabs: as the script says (system_busy)")),
            ("anything", .failed("ElevenLabs: as the script says (anything)")),
        ])
    func errors(_ code: String, _ error: ProviderError) async throws {
        var script = VoiceScript()
        script.error = code
        let (double, _, session) = try await session(script)
        #expect(await listen(to: session.speak("Hello.")).error == error)
        await session.close()
        await double.socket.stop()
    }

    @Test("A wrong key is refused and never shown; a voice that is no id is not asked for")
    func refused() async throws {
        let double = try await ElevenLabsDouble(key: "another")
        let format = SpeechFormat(sampleRate: 8_000)
        let error = await #expect(throws: ProviderError.self) {
            try await ElevenLabsVoice(configuration(double), clock: HandClock().wire).makeSession(format)
        }
        #expect(error?.mayPass == false)
        #expect(error?.description.contains("Invalid API key") == true)
        #expect(error?.description.contains("ELEVENLABS_API_KEY") == true)
        #expect(error?.description.contains("4711") == false)
        var odd = configuration(double)
        odd.voice = "a/../b"
        let requests = double.socket.requests.count
        await #expect(throws: ProviderError.self) {
            try await ElevenLabsVoice(odd, clock: HandClock().wire).makeSession(format)
        }
        #expect(double.socket.requests.count == requests)
        await double.socket.stop()
    }
}
