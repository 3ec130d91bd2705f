import Agent
import ProviderDoubles
import Testing

@testable import Providers

@Suite("OpenAI transcription", .timeLimit(.minutes(1)))
struct OpenAITranscriptionTests {
    private typealias Double = OpenAISpeechDouble

    private static let second = (0..<16_000).map { Int16(($0 % 40) * 100 - 2_000) }
    private static let silence = [Int16](repeating: 3, count: 16_000)

    private static func session(
        _ double: OpenAISpeechDouble, key: String = "sk-1", language: String? = nil,
        sleep: @escaping @Sendable (Duration) async throws -> Void = frozenTime
    ) async throws -> any SpeechToTextSession {
        try await OpenAITranscription(
            OpenAITranscriptionConfiguration(key: Secret(key), url: double.url, language: language), sleep: sleep
        ).makeSession(SpeechFormat(sampleRate: 8_000))
    }

    private static func next(_ session: any SpeechToTextSession) async -> HearingEvent? {
        for await event in session.events { return event }
        return nil
    }

    @Test("An utterance is sent as it was heard, without the silence before it")
    func utterance() async throws {
        let double = try await Double(key: "sk-1", answers: [Double.text(" Hello  there. ")])
        let session = try await Self.session(double, language: "en")
        #expect(session.abilities == HearingAbilities(findsSpeech: false, judgesTurns: false))
        await session.expect(["yes", "Anna\r\n--x"])
        for _ in 0..<5 { await session.hear(Self.silence) }
        for start in stride(from: 0, to: 16_000, by: 160) {
            await session.hear(Array(Self.second[start..<(start + 160)]))
        }
        await session.finishUtterance()
        guard case .final("Hello there.", let start, let end)? = await Self.next(session) else {
            Issue.record("no text")
            return
        }
        #expect(end == 96_000)
        #expect((74_000...80_000).contains(start))
        let sent = try #require(double.transcriptions.first)
        #expect(sent.sampleRate == 16_000)
        #expect(sent.samples == end - start)
        #expect(
            sent.fields == [
                "model": "gpt-4o-mini-transcribe", "response_format": "json", "language": "en",
                "prompt": "yes, Anna --x",
            ])
        await session.close()
        await double.stop()
    }

    @Test("Silence is not sent: models make words of it")
    func onlySilence() async throws {
        let double = try await Double(key: "sk-1", answers: [Double.text("Thank you for watching.")])
        let session = try await Self.session(double)
        await session.hear(Self.silence)
        await session.finishUtterance()
        #expect(await Self.next(session) == .final("", start: 16_000, end: 16_000))
        #expect(double.requests.isEmpty)
        await session.close()
        await double.stop()
    }

    @Test("At most the last minute is sent")
    func longUtterance() async throws {
        let double = try await Double(key: "sk-1", answers: [Double.text("Long.")])
        let session = try await Self.session(double)
        for _ in 0..<75 { await session.hear(Self.second) }
        await session.finishUtterance()
        #expect(await Self.next(session) == .final("Long.", start: 240_000, end: 1_200_000))
        #expect(double.transcriptions.first?.samples == 960_000)
        await session.close()
        await double.stop()
    }

    @Test("Texts come in the order of what was said, though the first takes longer; more than a few do not wait")
    func order() async throws {
        let gate = HTTPGate()
        let double = try await Double(key: "sk-1", answers: [Double.text("One.", after: gate), Double.text("More.")])
        let session = try await Self.session(double)
        await session.hear(Self.second)
        await session.finishUtterance()
        await eventually { double.transcriptions.count == 1 }
        for _ in 0..<4 {
            await session.hear(Self.second)
            await session.finishUtterance()
        }
        await eventually { double.transcriptions.count == 4 }
        gate.open()
        var texts: [String] = []
        for await event in session.events {
            switch event {
            case .final(let text, _, _): texts.append(text)
            case .failed: texts.append("failed")
            default: break
            }
            if texts.count == 5 { break }
        }
        #expect(texts == ["failed", "One.", "More.", "More.", "More."])
        await session.close()
        await double.stop()
    }

    @Test("A failure is told, and the hearing goes on")
    func failure() async throws {
        let double = try await Double(
            key: "sk-1",
            answers: [ChatCompletionsDouble.refusal(status: 400, message: "odd", code: "x"), Double.text("Better.")])
        let session = try await Self.session(double)
        await session.hear(Self.second)
        await session.finishUtterance()
        guard case .failed? = await Self.next(session) else {
            Issue.record("not told")
            return
        }
        await session.hear(Self.second)
        await session.finishUtterance()
        #expect(await Self.next(session) == .final("Better.", start: 16_000, end: 32_000))
        await session.close()
        await double.stop()
    }

    @Test("Closing ends the events and the request")
    func closing() async throws {
        let double = try await Double(key: "sk-1", answers: [HTTPDouble.Answer(steps: [.hang])])
        let session = try await Self.session(double)
        await session.hear(Self.second)
        await session.finishUtterance()
        await eventually { double.transcriptions.count == 1 }
        await session.close()
        #expect(await Self.next(session) == nil)
        await eventually { double.abandoned == 1 }
        await double.stop()
    }

    @Test(
        "T-54 malformed, endless and silent answers are told as failures",
        arguments: [
            HTTPDouble.Answer(steps: [.send(Array("{\"text\":".utf8))]),
            HTTPDouble.Answer(steps: [.send(Array("[]".utf8))]),
            HTTPDouble.Answer(steps: [.repeatForever([UInt8](repeating: 0x20, count: 1 << 16))]),
            HTTPDouble.Answer(steps: [.hang]),
        ])
    func misbehaving(_ answer: HTTPDouble.Answer) async throws {
        let double = try await Double(key: "sk-1", answers: [answer])
        let isSilent = answer.steps.contains { if case .hang = $0 { true } else { false } }
        let session = try await Self.session(double) { duration in
            guard isSilent else { return try await frozenTime(duration) }
            await eventually { !double.requests.isEmpty }
            for _ in 0..<2_000 { await Task.yield() }
        }
        await session.hear(Self.second)
        await session.finishUtterance()
        guard case .failed(let error)? = await Self.next(session) else {
            Issue.record("not told")
            return
        }
        if case .timedOut = error { #expect(isSilent) } else { #expect(!isSilent) }
        await session.close()
        await double.stop()
    }
}
