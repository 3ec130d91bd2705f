import Agent
import ProviderDoubles
import Providers
import RTPMedia
import Testing

@Suite("Deepgram hearing", .timeLimit(.minutes(1)))
struct DeepgramHearingTests {
    private static let key = "dg-planted-4711"
    private static let call = SpeechFormat(sampleRate: 8_000, companding: .muLaw)

    private func configuration(_ url: String, model: String = "nova-3") -> DeepgramConfiguration {
        var configuration = DeepgramConfiguration(key: Secret(Self.key), model: model, language: "en")
        configuration.url = url
        return configuration
    }

    /// Opens a session with a double in which nothing has happened yet.
    private func nova(_ script: DeepgramListenDouble.Script = .init()) async throws
        -> (DeepgramListenDouble, HandClock, any SpeechToTextSession)
    {
        let double = try await DeepgramListenDouble(key: Self.key, script: script)
        let clock = HandClock()
        let hearing = DeepgramHearing(configuration(double.socket.url), clock: clock.wire)
        let session = try await hearing.makeSession(Self.call)
        await eventually { double.socket.connectionCount == 1 }
        return (double, clock, session)
    }

    private func flux(_ script: DeepgramFluxDouble.Script = .init()) async throws
        -> (DeepgramFluxDouble, HandClock, any SpeechToTextSession)
    {
        let double = try await DeepgramFluxDouble(key: Self.key, script: script)
        let clock = HandClock()
        let hearing = DeepgramHearing(configuration(double.socket.url, model: "flux-general-en"), clock: clock.wire)
        let session = try await hearing.makeSession(Self.call)
        await eventually { double.socket.connectionCount == 1 }
        return (double, clock, session)
    }

    private func tone(_ frames: Int) -> [[Int16]] {
        (0..<frames).map { frame in (0..<160).map { Int16(truncatingIfNeeded: ($0 + frame * 160) * 211) } }
    }

    private func next(_ count: Int, of session: any SpeechToTextSession) async -> [HearingEvent] {
        var events: [HearingEvent] = []
        for await event in session.events {
            events.append(event)
            if events.count == count { break }
        }
        return events
    }

    // MARK: Nova

    @Test("The call's own octets go out, and utterances come back")
    func novaHears() async throws {
        let (double, _, session) = try await nova()
        #expect(session.abilities == HearingAbilities(findsSpeech: false, judgesTurns: false))
        #expect(session.sampleRate == 8_000)
        let octets = (0..<3_200).map { UInt8(truncatingIfNeeded: $0 &* 37) }
        for start in stride(from: 0, to: octets.count, by: 160) {
            await session.hear(G711(.mu).decode(octets[start..<(start + 160)]))
        }
        await eventually { double.socket.octets().count == 3_200 }
        // 0x7F and 0xFF are both silence: the law has two zeros, and the call's sound one.
        #expect(double.socket.octets().map { $0 == 0x7F ? 0xFF : $0 } == octets.map { $0 == 0x7F ? 0xFF : $0 })
        double.socket.send(DeepgramListenDouble.results("Hello", start: 0, duration: 0.2))
        double.socket.send(
            DeepgramListenDouble.results("Hello.", start: 0, duration: 0.4, isFinal: true, speechFinal: true))
        #expect(await next(2, of: session) == [.partial("Hello", start: 0), .final("Hello.", start: 0, end: 3_200)])
        await session.close()
        await eventually { double.socket.openConnections == 0 }
        #expect(double.socket.texts() == [#"{"type":"CloseStream"}"#])
        #expect(double.socket.violations.isEmpty)
        await double.socket.stop()
    }

    @Test("Calls without a law are sent as 16 bits at their own rate")
    func wideband() async throws {
        let double = try await DeepgramListenDouble(key: Self.key)
        let hearing = DeepgramHearing(configuration(double.socket.url), clock: HandClock().wire)
        let session = try await hearing.makeSession(SpeechFormat(sampleRate: 16_000))
        await session.hear([1, -2] + Array(repeating: 0, count: 638))
        await eventually { double.socket.octets().count == 1_280 }
        #expect(double.socket.octets().prefix(4) == [1, 0, 0xFE, 0xFF])
        #expect(double.socket.requests.first?.contains("encoding=linear16&sample_rate=16000") == true)
        await session.close()
        await double.socket.stop()
    }

    @Test("An utterance is flushed when it is wanted, behind all its sound")
    func finalize() async throws {
        var script = DeepgramListenDouble.Script()
        script.onFinalize = [
            DeepgramListenDouble.results("Two", start: 0, duration: 0.06, isFinal: true, fromFinalize: true)
        ]
        let (double, _, session) = try await nova(script)
        for frame in tone(3) { await session.hear(frame) }
        await session.finishUtterance()
        #expect(await next(1, of: session) == [.final("Two", start: 0, end: 480)])
        #expect(double.socket.octets().count == 480)
        #expect(double.socket.texts() == [#"{"type":"Finalize"}"#])
        await session.close()
        await double.socket.stop()
    }

    @Test("T-54 no speech_final ever, nor an answer to Finalize: our own time ends the utterance")
    func neverFinal() async throws {
        let (double, clock, session) = try await nova()
        for frame in tone(50) { await session.hear(frame) }
        double.socket.send(DeepgramListenDouble.results("Yes", start: 0, duration: 0.5))
        #expect(await next(1, of: session) == [.partial("Yes", start: 0)])
        await session.finishUtterance()
        clock.advance(by: .seconds(1))
        #expect(await next(1, of: session) == [.final("Yes", start: 0, end: 4_000)])
        await session.close()
        await double.socket.stop()
    }

    @Test("KeepAlive is sent as text while there is no sound")
    func keepAlive() async throws {
        let (double, clock, session) = try await nova()
        for frame in tone(2) { await session.hear(frame) }
        await eventually { double.socket.octets().count == 320 }
        for count in 1...3 {
            clock.advance(by: .seconds(4))
            await eventually { double.socket.texts().count == count }
        }
        #expect(double.socket.texts() == Array(repeating: #"{"type":"KeepAlive"}"#, count: 3))
        #expect(double.socket.violations.isEmpty)
        await session.close()
        await double.socket.stop()
    }

    @Test("T-54 a connection that breaks in mid-call: what was not final is sent again on the next one")
    func reconnects() async throws {
        let (double, _, session) = try await nova()
        let sound = tone(100)
        for frame in sound[..<50] { await session.hear(frame) }
        await eventually { double.socket.octets().count == 8_000 }
        double.socket.send(DeepgramListenDouble.results("One", start: 0, duration: 0.5, isFinal: true))
        #expect(await next(1, of: session) == [.partial("One", start: 0)])
        await double.socket.cut()
        await eventually { double.socket.connectionCount == 2 }
        for frame in sound[50...] { await session.hear(frame) }
        // From the piece in which the final one ended.
        await eventually { double.socket.octets(1).count == 16_000 - 3_840 }
        #expect(double.socket.octets(1) == G711(.mu).encode(Array(sound.joined().dropFirst(3_840))))
        double.socket.send(
            DeepgramListenDouble.results("two.", start: 0.25, duration: 0.75, isFinal: true, speechFinal: true))
        #expect(await next(1, of: session) == [.final("One two.", start: 0, end: 3_840 + 8_000)])
        #expect(double.socket.violations.isEmpty)
        await session.close()
        await double.socket.stop()
    }

    @Test("T-54 a service that lets nobody in any more is given up after six attempts")
    func givesUp() async throws {
        let (double, clock, session) = try await nova()
        double.socket.refuse(503, headers: [("dg-error", "down")])
        await double.socket.close(1011, "NET-0000: internal")
        let events = Task { await next(1, of: session) }
        await eventually {
            // The waits between attempts; an attempt itself is waited for longer.
            clock.skip(atMost: .seconds(2))
            return double.socket.requests.count == 6
        }
        #expect(await events.value == [.failed(.overloaded("Deepgram refused the connection (503): down"))])
        // The events have ended.
        #expect(await next(1, of: session).isEmpty)
        await double.socket.stop()
    }

    @Test("T-54 undecodable sound is no reason to try again")
    func undecodable() async throws {
        let (double, _, session) = try await nova()
        await double.socket.close(1008, "DATA-0000: bad")
        let events = await next(2, of: session)
        #expect(events == [.failed(.unavailable("Deepgram closed the connection (1008): DATA-0000: bad"))])
        #expect(double.socket.requests.count == 1)
        await double.socket.stop()
    }

    @Test("T-54 malformed JSON and messages of 10 MB cost the connection, not the call", arguments: [false, true])
    func malformed(isHuge: Bool) async throws {
        let (double, _, session) = try await nova()
        double.socket.send(isHuge ? "\"" + String(repeating: "x", count: 10_000_000) + "\"" : #"{"type":"#)
        await eventually { double.socket.connectionCount == 2 }
        for frame in tone(50) { await session.hear(frame) }
        await eventually { double.socket.octets(1).count == 8_000 }
        double.socket.send(
            DeepgramListenDouble.results("Hello.", start: 0, duration: 1, isFinal: true, speechFinal: true))
        #expect(await next(1, of: session) == [.final("Hello.", start: 0, end: 8_000)])
        await session.close()
        await double.socket.stop()
    }

    @Test("T-54 a service that is silent for ever is left, and another one gets the sound")
    func silent() async throws {
        let (double, clock, session) = try await nova()
        await session.hear(tone(2).flatMap { $0 })
        await eventually { double.socket.octets().count == 320 }
        clock.advance(by: .seconds(20))
        await eventually { double.socket.octets(1).count == 320 }
        double.socket.send(
            DeepgramListenDouble.results("Hi.", start: 0, duration: 0.04, isFinal: true, speechFinal: true))
        #expect(await next(1, of: session) == [.final("Hi.", start: 0, end: 320)])
        await session.close()
        await double.socket.stop()
    }

    @Test("T-54 a service that never opens is given up after five seconds")
    func neverOpens() async throws {
        let silent = try await SilentServer()
        let clock = HandClock()
        let hearing = DeepgramHearing(configuration("ws://127.0.0.1:\(silent.port)"), clock: clock.wire)
        let opening = Task { () async -> ProviderError? in
            do throws(ProviderError) {
                _ = try await hearing.makeSession(Self.call)
                return nil
            } catch {
                return error
            }
        }
        await eventually { silent.hasClient }
        clock.advance(by: .seconds(5))
        #expect(await opening.value == .timedOut("Deepgram was not reached in time."))
        await silent.stop()
    }

    struct Refusal: Sendable {
        var status: Int
        var words: String
        var error: ProviderError
    }

    @Test(
        "A refused connection says why, in the service's words",
        arguments: [
            Refusal(
                status: 401, words: "Invalid credentials.",
                error: .unavailable(
                    "Deepgram refused the connection (401): Invalid credentials.. Check DEEPGRAM_API_KEY.")),
            Refusal(
                status: 402, words: "No credit",
                error: .unavailable("Deepgram refused the connection (402): No credit. The account has no credit.")),
            Refusal(
                status: 400, words: "the key dg-planted-4711 is odd",
                error: .unavailable("Deepgram refused the connection (400): the key (secret) is odd")),
            Refusal(
                status: 429, words: "Too many", error: .overloaded("Deepgram refused the connection (429): Too many")),
            Refusal(status: 500, words: "", error: .failed("Deepgram refused the connection (500)")),
        ])
    func refused(_ refusal: Refusal) async throws {
        let double = try await DeepgramListenDouble(key: Self.key)
        double.socket.refuse(refusal.status, headers: refusal.words.isEmpty ? [] : [("dg-error", refusal.words)])
        let hearing = DeepgramHearing(configuration(double.socket.url), clock: HandClock().wire)
        await #expect(throws: refusal.error) { try await hearing.makeSession(Self.call) }
        await double.socket.stop()
    }

    @Test("A wrong key is refused by the double, and never shown")
    func wrongKey() async throws {
        let double = try await DeepgramListenDouble(key: "another")
        let hearing = DeepgramHearing(configuration(double.socket.url), clock: HandClock().wire)
        let error = await #expect(throws: ProviderError.self) { try await hearing.makeSession(Self.call) }
        #expect(error?.description.contains("4711") == false)
        await double.socket.stop()
    }

    // MARK: Flux

    @Test("Flux tells of speech, of turns and of second thoughts")
    func fluxHears() async throws {
        let (double, _, session) = try await flux()
        #expect(session.abilities == HearingAbilities(findsSpeech: true, judgesTurns: true))
        for frame in tone(52) { await session.hear(frame) }
        await eventually { double.socket.octets().count == 8_320 }
        for message in [
            DeepgramFluxDouble.turnInfo("StartOfTurn", "Book", end: 0.5),
            DeepgramFluxDouble.turnInfo("EagerEndOfTurn", "Book it", end: 0.8),
            DeepgramFluxDouble.turnInfo("TurnResumed", "Book it", end: 0.9),
            DeepgramFluxDouble.turnInfo("EndOfTurn", "Book it now.", end: 1),
        ] { double.socket.send(message) }
        #expect(
            await next(9, of: session) == [
                .speechStarted(at: 0), .partial("Book", start: 0), .partial("Book it", start: 0), .turn(.probablyOver),
                .turn(.resumed), .partial("Book it now.", start: 0), .speechEnded(at: 8_000),
                .final("Book it now.", start: 0, end: 8_000), .turn(.over),
            ])
        await session.close()
        await eventually { double.socket.openConnections == 0 }
        #expect(double.socket.violations.isEmpty)
        await double.socket.stop()
    }

    @Test("Flux is sent silence while there is no sound, and positions do not count it")
    func fluxSilence() async throws {
        let (double, clock, session) = try await flux()
        for frame in tone(50) { await session.hear(frame) }
        await session.finishUtterance()
        clock.advance(by: .milliseconds(500))
        await eventually { double.socket.octets().count == 12_000 }
        #expect(double.socket.octets().suffix(4_000).allSatisfy { $0 == 0xFF })
        for frame in tone(52) { await session.hear(frame) }
        await eventually { double.socket.octets().count == 12_000 + 8_320 }
        double.socket.send(DeepgramFluxDouble.turnInfo("StartOfTurn", "Hi", start: 2, end: 2.5))
        #expect(await next(2, of: session) == [.speechStarted(at: 12_000), .partial("Hi", start: 12_000)])
        #expect(double.socket.violations.isEmpty)
        await session.close()
        await double.socket.stop()
    }

    @Test("Expected phrases go to the service, again after a reconnection, and nothing that it does not know")
    func fluxPhrases() async throws {
        let (double, _, session) = try await flux()
        await session.expect(["Harbour Dental"])
        let configure = #"{"keyterms":["Harbour Dental"],"type":"Configure"}"#
        await eventually { double.socket.texts() == [configure] }
        await double.socket.cut()
        await eventually { double.socket.texts(1) == [configure] }
        #expect(double.socket.violations.isEmpty)
        await session.close()
        await double.socket.stop()
    }
}
