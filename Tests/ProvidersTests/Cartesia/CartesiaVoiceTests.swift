import Agent
import ProviderDoubles
import Providers
import RTPMedia
import Testing

@Suite("Cartesia voice", .timeLimit(.minutes(1)))
struct CartesiaVoiceTests {
    private static let key = "ca-planted-4711"
    private static let words = [
        SpokenWord("Hello", startMs: 0, endMs: 250), SpokenWord("there,", startMs: 300, endMs: 600),
        SpokenWord("caller.", startMs: 650, endMs: 1_000),
    ]

    private func session(
        _ script: VoiceScript = VoiceScript(), _ format: SpeechFormat = .init(sampleRate: 8_000, companding: .muLaw)
    )
        async throws -> (CartesiaDouble, HandClock, any TextToSpeechSession)
    {
        let double = try await CartesiaDouble(key: Self.key, script: script)
        let clock = HandClock()
        let session = try await CartesiaVoice(configuration(double), clock: clock.wire).makeSession(format)
        await eventually { double.socket.connectionCount == 1 }
        return (double, clock, session)
    }

    private func configuration(_ double: CartesiaDouble) -> CartesiaConfiguration {
        var configuration = CartesiaConfiguration(key: Secret(Self.key), voice: "f786b574")
        configuration.url = double.socket.url
        return configuration
    }

    @Test("A call with a law hears the service's own octets", arguments: [SpeechFormat.Companding.muLaw, .aLaw])
    func law(_ companding: SpeechFormat.Companding) async throws {
        let (double, _, session) = try await session(
            VoiceScript(), SpeechFormat(sampleRate: 8_000, companding: companding))
        let listened = await listen(to: session.speak("Hello there, caller."))
        let law = G711(companding == .muLaw ? .mu : .a)
        let given = CartesiaDouble.sound("Hello there, caller.", octetsPerMillisecond: 8)
        #expect(listened.samples == law.decode(given[...]))
        #expect(listened.words == Self.words)
        #expect(listened.error == nil)
        let name = companding == .muLaw ? "pcm_mulaw" : "pcm_alaw"
        #expect(double.socket.texts().first?.contains(name) == true)
        #expect(double.socket.violations.isEmpty)
        await session.close()
        await eventually { double.socket.openConnections == 0 }
        await double.socket.stop()
    }

    @Test("A call without a law hears it at its own rate", arguments: [8_000, 16_000, 32_000, 48_000])
    func linear(_ rate: Int) async throws {
        let (double, _, session) = try await session(VoiceScript(), SpeechFormat(sampleRate: rate))
        let listened = await listen(to: session.speak("Hello there, caller."))
        #expect(listened.rates == [rate])
        #expect(abs(listened.samples.count - rate) <= rate / 100)
        #expect(listened.words == Self.words)
        #expect(double.socket.violations.isEmpty)
        await session.close()
        await double.socket.stop()
    }

    @Test("Sound that still comes after a text was given up belongs to nobody")
    func cancelled() async throws {
        var script = VoiceScript()
        script.holdAfterChunks = 2
        let (double, _, session) = try await session(script)
        for try await _ in session.speak("A long text that is broken off at once.") { break }
        await eventually { double.socket.texts().count == 2 }
        #expect(double.socket.texts().last == #"{"cancel":true,"context_id":"t1"}"#)
        let next = Task { await listen(to: session.speak("Next text now.")) }
        await eventually { double.socket.texts().count == 3 }
        double.releaseChunks()
        let given = CartesiaDouble.sound("Next text now.", octetsPerMillisecond: 8)
        #expect(await next.value.samples == G711(.mu).decode(given[...]))
        #expect(double.socket.violations.isEmpty)
        await session.close()
        await double.socket.stop()
    }

    @Test("A socket that the service closed for idleness is opened again when it is needed, and not before")
    func idle() async throws {
        let (double, _, session) = try await session()
        await double.socket.close(1000, "idle")
        #expect(double.socket.connectionCount == 1)
        #expect(await listen(to: session.speak("Hello.")).samples.count == 6 * 400)
        #expect(double.socket.connectionCount == 2)
        await session.close()
        await double.socket.stop()
    }

    @Test("A socket that cannot be opened again fails the text, and the next text tries anew")
    func gone() async throws {
        let (double, _, session) = try await session()
        await double.socket.close(1000, "idle")
        double.socket.refuse(503, body: "down")
        let error = ProviderError.overloaded("Cartesia refused the connection (503): down")
        #expect(await listen(to: session.speak("Hello.")).error == error)
        double.socket.refuse(nil)
        #expect(await listen(to: session.speak("Hello.")).samples.count == 6 * 400)
        await session.close()
        await double.socket.stop()
    }

    @Test(
        "The service's errors are told by what can be done about them",
        arguments: [
            ("concurrency_limited", ProviderError.overloaded("Cartesia: Error: as the script says (429)")),
            ("", .failed("Cartesia: Error: as the script says (500)")),
        ])
    func errors(_ code: String, _ error: ProviderError) async throws {
        var script = VoiceScript()
        script.error = code
        let (double, _, session) = try await session(script)
        #expect(await listen(to: session.speak("Hello.")).error == error)
        await session.close()
        await double.socket.stop()
    }

    @Test(
        "T-54 a connection that breaks before the first sound is opened once more; after it, the text has failed",
        arguments: [1, 2])
    func broken(_ chunks: Int) async throws {
        var script = VoiceScript()
        script.cutAfterChunks = chunks - 1
        let (double, _, session) = try await session(script)
        let listened = await listen(to: session.speak("Hello there, caller."))
        #expect(listened.samples.count == (chunks - 1) * 8 * 400)
        guard case .failed = listened.error else {
            Issue.record("It has to fail, not \(String(describing: listened.error)).")
            return
        }
        #expect(double.socket.connectionCount == (chunks == 1 ? 2 : 1))
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

    @Test("T-54 a service that stops in the middle of a text fails it in its time")
    func stops() async throws {
        var script = VoiceScript()
        script.holdAfterChunks = 1
        let (double, clock, session) = try await session(script)
        var sounds = session.speak("Hello there, caller.").makeAsyncIterator()
        #expect(try await sounds.next()?.frame.samples.count == 8 * 400)
        clock.advance(by: .seconds(5))
        await #expect(throws: ProviderError.timedOut("The service has stopped in the middle of a text for 5 s.")) {
            try await sounds.next()
        }
        await eventually { double.socket.texts().count == 2 }
        #expect(double.socket.texts().last == #"{"cancel":true,"context_id":"t1"}"#)
        await session.close()
        await double.socket.stop()
    }

    @Test("A wrong key is refused and never shown")
    func refused() async throws {
        let double = try await CartesiaDouble(key: "another")
        let error = await #expect(throws: ProviderError.self) {
            try await CartesiaVoice(configuration(double), clock: HandClock().wire)
                .makeSession(SpeechFormat(sampleRate: 8_000))
        }
        #expect(error?.mayPass == false)
        #expect(error?.description.contains("CARTESIA_API_KEY") == true)
        #expect(error?.description.contains("4711") == false)
        await double.socket.stop()
    }
}
