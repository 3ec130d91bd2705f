import Agent
import ProviderDoubles
import RTPMedia
import TelephonyPrimitives
import Testing

@testable import Providers

@Suite("Deepgram voice", .timeLimit(.minutes(1)))
struct DeepgramVoiceTests {
    private static let key = "dg-planted-4711"

    private func session(
        _ script: VoiceScript = VoiceScript(), _ format: SpeechFormat = .init(sampleRate: 8_000, companding: .muLaw)
    ) async throws -> (AuraDouble, HandClock, any TextToSpeechSession) {
        let double = try await AuraDouble(key: Self.key, script: script)
        let clock = HandClock()
        var configuration = DeepgramVoiceConfiguration(key: Secret(Self.key))
        configuration.url = double.socket.url
        let session = try await DeepgramVoice(configuration, clock: clock.wire).makeSession(format)
        await eventually { double.socket.connectionCount == 1 }
        return (double, clock, session)
    }

    private func samples(_ text: String, _ law: G711 = G711(.mu)) -> [Int16] {
        law.decode(ElevenLabsDouble.sound(text, octetsPerMillisecond: 8)[...])
    }

    @Test("A call with a law hears the service's own octets", arguments: [SpeechFormat.Companding.muLaw, .aLaw])
    func law(_ companding: SpeechFormat.Companding) async throws {
        let (double, _, session) = try await session(
            VoiceScript(), SpeechFormat(sampleRate: 8_000, companding: companding))
        for text in ["Hello there, caller.", "And good bye."] {
            let listened = await listen(to: session.speak(text))
            #expect(listened.samples == samples(text, G711(companding == .muLaw ? .mu : .a)))
            #expect(listened.error == nil)
        }
        #expect(double.socket.violations.isEmpty)
        await session.close()
        await double.socket.stop()
    }

    @Test("A call without a law hears it at its own rate", arguments: [8_000, 16_000, 48_000])
    func linear(_ rate: Int) async throws {
        let (double, _, session) = try await session(VoiceScript(), SpeechFormat(sampleRate: rate))
        let listened = await listen(to: session.speak("Hello there, caller."))
        #expect(listened.rates == [rate])
        #expect(listened.samples.count == rate)
        #expect(double.socket.violations.isEmpty)
        await session.close()
        await double.socket.stop()
    }

    @Test("Sound between Clear and Cleared belongs to nobody, and the next text waits for it")
    func cleared() async throws {
        var script = VoiceScript()
        script.holdsFinals = true
        script.holdAfterChunks = 1
        let (double, _, session) = try await session(script)
        for try await _ in session.speak("A long text that is broken off at once.") { break }
        let clear = #"{"type":"Clear"}"#
        await eventually { double.socket.texts().last == clear }
        let next = session.speak("Next one")
        double.cleared()
        var read: [Int16] = []
        for try await sound in next {
            read += sound.frame.samples
            if read.count >= 8 * 400 { break }
        }
        #expect(read == samples("Next one"))
        #expect(double.socket.violations.isEmpty)
        await session.close()
        await double.socket.stop()
    }

    @Test("The 21st text in a minute goes to another connection")
    func flushLimit() async throws {
        let (double, clock, session) = try await session()
        for _ in 0..<20 { #expect(await listen(to: session.speak("Yes.")).samples == samples("Yes.")) }
        #expect(double.socket.connectionCount == 1)
        #expect(await listen(to: session.speak("Yes.")).samples == samples("Yes."))
        #expect(double.socket.connectionCount == 2)
        clock.advance(by: .seconds(60))
        #expect(double.socket.violations.isEmpty)
        await session.close()
        await double.socket.stop()
    }

    @Test("A long text is cut between words into messages that the service takes")
    func longText() throws {
        var texts = AuraTexts(encoding: .muLaw, sampleRate: 8_000)
        let text = String(repeating: "seven77 ", count: 700)
        let messages = texts.opening("t1", text: text).map { try? JSONValue(parsing: $0.utf8) }
        let parts = messages.dropLast().compactMap { $0?["text"]?.string }
        #expect(parts.count == 3 && parts.joined() == text)
        #expect(parts.allSatisfy { $0.count <= 2_000 && $0.hasSuffix(" ") })
        let block = String(repeating: "x", count: 4_500)
        #expect(texts.opening("t2", text: block).count == 4)
    }

    @Test("A flush that is refused loses the text's connection, not the text")
    func warning() {
        var texts = AuraTexts(encoding: .muLaw, sampleRate: 8_000)
        #expect(texts.receive(["type": "Warning", "code": "X", "description": "slow"]).isEmpty)
        #expect(
            texts.receive(["type": "Warning", "code": "FLUSH_LIMIT", "description": "too many"])
                == [.failed(context: nil, .failed("Deepgram: too many"))])
    }

    @Test("T-54 a service that is silent for ever fails the text in its time")
    func silent() async throws {
        var script = VoiceScript()
        script.isSilent = true
        let (double, clock, session) = try await session(script)
        let listening = Task { await listen(to: session.speak("Hello.")) }
        await eventually { double.socket.texts().count == 2 }
        clock.advance(by: .seconds(5))
        #expect(await listening.value.error == .timedOut("The service has said nothing of a text for 5 s."))
        await session.close()
        await double.socket.stop()
    }
}
