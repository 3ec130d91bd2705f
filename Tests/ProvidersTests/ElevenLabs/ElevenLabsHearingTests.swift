import Agent
import ProviderDoubles
import Providers
import RTPMedia
import Testing

@Suite("ElevenLabs hearing", .timeLimit(.minutes(1)))
struct ElevenLabsHearingTests {
    private static let key = "el-planted-4711"
    private let second = [Int16](repeating: 0, count: 8_000)

    private func session(
        _ script: ScribeDouble.Script = .init(), _ format: SpeechFormat = .init(sampleRate: 8_000, companding: .muLaw)
    ) async throws -> (ScribeDouble, HandClock, any SpeechToTextSession) {
        let double = try await ScribeDouble(key: Self.key, script: script)
        let clock = HandClock()
        var configuration = ElevenLabsHearingConfiguration(key: Secret(Self.key), language: "en")
        configuration.url = double.socket.url
        configuration.keyterms = ["Harbour Dental", "much too long for a keyterm"]
        let session = try await ElevenLabsHearing(configuration, clock: clock.wire).makeSession(format)
        await eventually { double.socket.connectionCount == 1 }
        return (double, clock, session)
    }

    private func next(_ count: Int, of session: any SpeechToTextSession) async -> [HearingEvent] {
        var events: [HearingEvent] = []
        for await event in session.events {
            events.append(event)
            if events.count == count { break }
        }
        return events
    }

    @Test("Utterances are committed by us, and come back")
    func hears() async throws {
        var script = ScribeDouble.Script()
        script.onCommit = [ScribeDouble.committed("Hello there.")]
        let (double, _, session) = try await session(script)
        #expect(session.abilities == HearingAbilities(findsSpeech: false, judgesTurns: false))
        await session.hear(second)
        await eventually { double.socket.texts().count == 1 }
        double.socket.send(ScribeDouble.partial(""))
        double.socket.send(ScribeDouble.partial("Hello"))
        #expect(await next(1, of: session) == [.partial("Hello", start: 8_000)])
        await session.hear(second)
        await session.finishUtterance()
        #expect(await next(1, of: session) == [.final("Hello there.", start: 8_000, end: 16_000)])
        #expect(double.socket.requests.first?.contains("audio_format=ulaw_8000") == true)
        #expect(double.socket.requests.first?.contains("keyterms=Harbour Dental") == true)
        #expect(double.socket.violations.isEmpty)
        await session.close()
        await double.socket.stop()
    }

    @Test(
        "A-law is not taken, and goes as 16 bits",
        arguments: [
            (SpeechFormat(sampleRate: 8_000, companding: .aLaw), "pcm_8000", 8_000),
            (SpeechFormat(sampleRate: 48_000), "pcm_16000", 16_000),
        ])
    func formats(_ format: SpeechFormat, _ name: String, _ rate: Int) async throws {
        let (double, _, session) = try await session(.init(), format)
        #expect(session.sampleRate == rate)
        #expect(double.socket.requests.first?.contains("audio_format=\(name)&") == true)
        await session.close()
        await double.socket.stop()
    }

    @Test("Too little sound is an empty utterance")
    func throttled() async throws {
        var script = ScribeDouble.Script()
        script.leastCommit = 2_400
        let (double, _, session) = try await session(script)
        await session.hear(Array(second.prefix(160)))
        await session.finishUtterance()
        #expect(await next(1, of: session) == [.final("", start: 0, end: 160)])
        #expect(double.socket.connectionCount == 1)
        await session.close()
        await double.socket.stop()
    }

    @Test("T-54 an utterance of which nothing is said is given out as it is, and what comes late is not the next one")
    func late() async throws {
        let (double, clock, session) = try await session()
        await session.hear(second)
        double.socket.send(ScribeDouble.partial("My number"))
        #expect(await next(1, of: session).count == 1)
        await session.finishUtterance()
        await eventually { double.socket.texts().count == 2 }
        clock.advance(by: .seconds(2))
        #expect(await next(1, of: session) == [.final("My number", start: 8_000, end: 8_000)])
        await eventually { double.socket.connectionCount == 2 }
        await session.hear(second)
        double.socket.send(ScribeDouble.partial("is two"))
        await eventually { double.socket.texts(1).count == 1 }
        let rest = await next(1, of: session)
        guard case .partial("is two", _) = rest.first else {
            Issue.record("It has to hear on, not \(rest).")
            return
        }
        #expect(double.socket.violations.isEmpty)
        await session.close()
        await double.socket.stop()
    }

    @Test("A quiet connection is kept by empty pieces")
    func keepAlive() async throws {
        let (double, clock, session) = try await session()
        for count in 1...2 {
            clock.advance(by: .seconds(10))
            await eventually { double.socket.texts().count == count }
        }
        #expect(double.socket.violations.isEmpty)
        await session.close()
        await double.socket.stop()
    }

    @Test(
        "The service's errors end the hearing, or only the connection",
        arguments: [("quota_exceeded", true), ("transcriber_error", false), ("news_of_tomorrow", false)])
    func errors(_ type: String, _ isFinal: Bool) async throws {
        let (double, _, session) = try await session()
        double.socket.send(#"{"message_type":"\#(type)","error":"as it says"}"#)
        if isFinal {
            #expect(
                await next(2, of: session) == [.failed(.unavailable("ElevenLabs: as it says (\(type))"))])
        } else {
            await eventually { double.socket.connectionCount == 2 }
        }
        await session.close()
        await double.socket.stop()
    }
}
