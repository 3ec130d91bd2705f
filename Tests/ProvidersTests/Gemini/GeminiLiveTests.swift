import Agent
import ProviderDoubles
import RTPMedia
import Synchronization
import TelephonyPrimitives
import Testing
import WebSockets

@testable import Providers

/// The Gemini Live client against a service as strict as the real one, and its core with time in the test's hand.
@Suite(.timeLimit(.minutes(2))) struct GeminiLiveTests {
    private struct Adder: Tool {
        let declaration = ToolDeclaration(
            name: "add", text: "Adds.",
            parameters: ["type": "object", "properties": ["a": ["type": "integer"]]])
        var result: @Sendable (JSONValue) async throws -> ToolResult

        func run(_ arguments: JSONValue, context: DialogueContext) async throws -> ToolResult {
            try await result(arguments)
        }
    }

    private static let context = DialogueContext(
        callID: "1", caller: "sip:ada@example.com", called: "sip:desk@example.com")
    private static let format = SpeechFormat(sampleRate: 8_000, codec: "PCMU")

    private func with(
        _ double: GeminiLiveDouble, violations: [String] = [], _ change: (inout GeminiConfiguration) -> Void = { _ in },
        _ body: (any SpeechToSpeechSession, SpeechToSpeechLog) async throws -> Void
    ) async throws {
        var configuration = GeminiConfiguration(url: await double.url, key: Secret("test-key"))
        configuration.instructions = "Be brief."
        change(&configuration)
        let session = try await GeminiLive(configuration).makeSession(Self.context, Self.format)
        let log = SpeechToSpeechLog(session)
        try await body(session, log)
        await session.close()
        await log.waitForEnd()
        await double.stop()
        #expect(await double.violations.map(\.description) == violations)
    }

    private func asked(_ double: GeminiLiveDouble) async -> [String] {
        await double.messages.filter { $0.contains("clientContent") }
    }

    @Test(arguments: [true, false])
    func `hears, speaks and writes down both sides, in text frames and in binary ones`(_ isBinary: Bool) async throws {
        let double = try await GeminiLiveDouble.start(isBinary: isBinary)
        try await with(double) { session, log in
            #expect(session.inputSampleRate == 16_000 && session.outputSampleRate == 24_000)
            await session.hear([1, -2])
            await SpeechToSpeechLog.until { await double.heard.count == 4 }
            #expect(await double.heard == [1, 0, 0xFE, 0xFF])
            await session.prompt(.began)
            await SpeechToSpeechLog.until { await asked(double).count == 1 }
            await double.say("Hel", sound: [1, 0, 2], ends: false)
            // The end of the turn is in the same message as the last of it.
            await double.say("lo.", sound: [0, 3, 0])
            await log.wait(for: .replyDone(1, wasCut: false))
            #expect(log.sound(of: 1) == [1, 2, 3])
            #expect(log.contains(.agentText("lo.", reply: 1)))
            let usage = ProviderUsage(provider: "gemini-live gemini-3.8-live", inputTokens: 11, outputTokens: 7)
            #expect(log.contains(.action(.usage(usage))))
            await double.transcribe(" A table,", " please.")
            await double.say("Gladly.", sound: [4, 0])
            await log.wait(for: .replyDone(2, wasCut: false))
            #expect(log.contains(.callerText("A table, please.")))
        }
        #expect(await asked(double).first?.contains("Greet the caller.") == true)
    }

    @Test func `being spoken over drops the reply, and a pause is no end`() async throws {
        let double = try await GeminiLiveDouble.start()
        try await with(double) { session, log in
            await double.say("A long story", sound: [1, 0], ends: false)
            await double.endTurn(isPause: true)
            await double.say(" goes on", sound: [2, 0], ends: false)
            await double.interrupt()
            await log.wait(for: .replyDone(1, wasCut: true))
            #expect(log.sound(of: 1) == [1, 2])
            let started = log.events.firstIndex(of: .callerStarted) ?? .max
            #expect(started < log.events.firstIndex(of: .replyDone(1, wasCut: true)) ?? 0)
            await double.say("Yes?", sound: [3, 0], ends: false)
            await log.wait(for: .replyStarted(2))
            #expect(log.contains(.callerStopped))
            // Our own ears were quicker: what still comes of it is dropped.
            await session.interrupted(reply: 2, heardMs: 0)
            await double.say(" late", sound: [9, 0])
            await log.wait(for: .replyDone(2, wasCut: false))
            #expect(log.sound(of: 2) == [3])
        }
    }

    @Test func `tools are run and answered, and those that the model gives up are stopped`() async throws {
        let double = try await GeminiLiveDouble.start()
        let cancelled = Atomic(false)
        let tool = Adder { arguments in
            if arguments["a"]?.integer == 0 {
                await withTaskCancellationHandler {
                    await SpeechToSpeechLog.until { false }
                } onCancel: {
                    cancelled.store(true, ordering: .relaxed)
                }
            }
            return ToolResult(text: "sum", actions: [.hangUp])
        }
        try await with(
            double, { $0.tools = [tool] },
            { session, log in
                await double.call(("f1", "add", ["a": 1]), ("f2", "nothing", [:]))
                await SpeechToSpeechLog.until {
                    await double.messages.filter { $0.contains("toolResponse") }.count == 2
                }
                #expect(!log.contains(.action(.hangUp)))
                await double.say("Done.", sound: [1, 0])
                await log.wait(for: .action(.hangUp))
                await double.call(("f3", "add", ["a": 0]))
                await log.wait(
                    for: .action(.toolStarted(ToolCall(id: "f3", name: "add", arguments: #"{"a":0}"#))))
                await double.cancelCalls("f3")
                await SpeechToSpeechLog.until { cancelled.load(ordering: .relaxed) }
            })
        let responses = await double.messages.filter { $0.contains("toolResponse") }
        #expect(responses.contains { $0.contains(#""output":"sum""#) })
        #expect(responses.contains { $0.contains(#""error":"There is no tool of this name. There are: add.""#) })
        #expect(await double.messages.first?.contains("functionDeclarations") == true)
    }

    @Test func `a connection that is about to end is followed by another, by the handle`() async throws {
        let double = try await GeminiLiveDouble.start()
        try await with(double) { session, log in
            await double.offer(handle: "h0")
            await double.offer(handle: "h1")
            await double.offer(handle: "not yet", resumable: false)
            await double.say("Hello.", sound: [1, 0], ends: false)
            await double.goAway()
            await SpeechToSpeechLog.until { await !double.handles.isEmpty }
            #expect(await double.handles == ["h1"])
            #expect(await double.connections == 2)
        }
    }

    @Test func `a handle that is not taken any more: the words are told instead, once`() async throws {
        let double = try await GeminiLiveDouble.start()
        try await with(double, violations: ["the handle is not valid"]) { session, log in
            await double.transcribe("Hi.")
            await double.say("Hello.", sound: [1, 0])
            await log.wait(for: .replyDone(1, wasCut: false))
            await double.offer(handle: "stale")
            await double.send(raw: "{}")
            await double.close(code: 1_011, reason: "Deadline expired before operation could complete.")
            await SpeechToSpeechLog.until { await double.connections == 3 }
            await SpeechToSpeechLog.until { await asked(double).count == 1 }
            await session.prompt(.said("x"))
            await SpeechToSpeechLog.until { await asked(double).count == 2 }
        }
        let told = await asked(double).first ?? ""
        #expect(told.contains("Hi.") && told.contains("Hello.") && told.contains(#""turnComplete":false"#))
        #expect(told.contains(#""role":"model""#))
    }

    @Test func `a session that takes over in mid-call is told what was said`() {
        let said = [
            TurnRecord(who: .agent, text: "Good day.", startMs: 0, endMs: 1),
            TurnRecord(who: .caller, text: "Hello.", startMs: 1, endMs: 2),
        ]
        var session = GeminiSession(GeminiConfiguration(key: nil), history: SpokenHistory(said))
        _ = session.start(now: .zero)
        _ = session.receive(.opened(socket: 1), now: .zero)
        let outputs = session.receive(.message(#"{"setupComplete":{}}"#, socket: 1), now: .zero)
        let told = GeminiClientMessage.content([(.agent, "Good day."), (.caller, "Hello.")], asksForReply: false)
        #expect(outputs == [.send(told, socket: 1), .ready])
    }

    @Test func `a wrong key, a wrong model and a refused session are told in words`() async throws {
        for (change, word) in [
            ({ $0.key = Secret("wrong") }, "403"), ({ $0.model = "gemini-0" }, "not found"),
        ] as [((inout GeminiConfiguration) -> Void, String)] {
            let double = try await GeminiLiveDouble.start()
            var configuration = GeminiConfiguration(url: await double.url, key: Secret("test-key"))
            change(&configuration)
            do throws(ProviderError) {
                _ = try await GeminiLive(configuration).makeSession(Self.context, Self.format)
                Issue.record("it was taken")
            } catch {
                #expect(!error.mayPass && "\(error)".contains(word), "\(error)")
            }
            await double.stop()
        }
    }

    @Test func `T-54: what is no message, one of 10 MB, and a context that is used up`() async throws {
        let double = try await GeminiLiveDouble.start()
        try await with(double) { session, log in
            for text in [
                "", "{", "[]", "7", #"{"serverContent":7}"#, #"{"serverContent":{"modelTurn":{"parts":[7,{}]}}}"#,
                #"{"toolCall":{"functionCalls":[{"name":1}]}}"#, String(repeating: "{\"a\":", count: 20_000),
                #"{"serverContent":{"modelTurn":{"parts":[{"inlineData":{"mimeType":"audio/pcm","data":"***"}}]}}}"#,
            ] { await double.send(raw: text) }
            await double.say("Fine.", sound: [1, 0])
            await SpeechToSpeechLog.until { log.contains(.agentText("Fine.", reply: log.lastReply)) }
            // Too much: the connection ends, and another takes its place.
            await double.send(raw: "\"\(String(repeating: "x", count: 10_000_000))\"")
            await SpeechToSpeechLog.until { await double.connections == 2 }
            await SpeechToSpeechLog.until { await asked(double).count == 1 }
            await double.close(code: 1_007, reason: "The context is used up.")
            await log.waitForEnd()
            #expect(log.events.last.map { if case .failed(.unavailable) = $0 { true } else { false } } == true)
        }
    }

    @Test func `T-54: an answer that never ends is cut, and one that never comes is given up`() async throws {
        let double = try await GeminiLiveDouble.start()
        try await with(
            double, { $0.maximumReply = .seconds(1) },
            { session, log in
                for _ in 0..<20 { await double.say("", sound: Array(repeating: 1, count: 4_800), ends: false) }
                await log.wait(for: .replyDone(1, wasCut: false))
                #expect(log.sound(of: 1).count <= 24_000 + 2_400)
            })
        let silent = try await GeminiLiveDouble.start()
        try await with(
            silent, { $0.patience = .milliseconds(10) },
            { session, log in
                await session.prompt(.began)
                await log.waitForEnd()
                #expect(log.events.last.map { if case .failed(.timedOut) = $0 { true } else { false } } == true)
            })
        #expect(await silent.connections == GeminiSession.maximumFailures + 1)
    }

    // MARK: The core

    private struct Talk {
        var session = GeminiSession(GeminiConfiguration())
        var now = Instant.zero
        var outputs: [SpeechToSpeechOutput] = []

        init() {
            outputs = session.start(now: now)
            give(.opened(socket: 1))
            hear(#"{"setupComplete":{}}"#)
            outputs = []
        }

        @discardableResult mutating func give(_ input: SpeechToSpeechInput) -> [SpeechToSpeechOutput] {
            let new = session.receive(input, now: now)
            outputs += new
            return new
        }

        @discardableResult mutating func hear(_ json: String, socket: Int = 1) -> [SpeechToSpeechOutput] {
            give(.message(json, socket: socket))
        }

        mutating func wait(_ duration: Duration) {
            let end = now + duration
            while let due = session.deadline, due <= end {
                now = max(now, due)
                give(.tick)
            }
            now = end
        }

        var sent: [String] {
            outputs.compactMap { if case .send(let text, _) = $0 { text } else { nil } }
        }
    }

    private static let piece =
        #"{"serverContent":{"modelTurn":{"parts":[{"inlineData":{"mimeType":"audio/pcm;rate=24000","data":"AQACAA=="}}]}}}"#

    @Test func `keys in a row are told at once, when the model is done and the caller silent`() {
        var talk = Talk()
        talk.hear(Self.piece)
        for key in "123" { talk.give(.prompt(.pressed(key))) }
        talk.wait(.seconds(2))
        talk.hear(Self.piece)
        #expect(talk.sent.isEmpty)
        talk.hear(#"{"voiceActivity":{"voiceActivityType":"ACTIVITY_START"},"serverContent":{"turnComplete":true}}"#)
        #expect(talk.sent.isEmpty)
        talk.hear(#"{"voiceActivity":{"voiceActivityType":"ACTIVITY_END"}}"#)
        #expect(talk.sent.count == 1 && talk.sent.first?.contains("key 3") == true)
    }

    @Test func `a turn whose end is never told is over when it must have sounded`() {
        var talk = Talk()
        talk.hear(Self.piece)
        talk.hear(#"{"serverContent":{"generationComplete":true}}"#)
        talk.wait(.milliseconds(2_900))
        #expect(!talk.outputs.contains(.emit(.replyDone(1, wasCut: false))))
        talk.wait(.milliseconds(200))
        #expect(talk.outputs.contains(.emit(.replyDone(1, wasCut: false))))
    }

    @Test func `the next connection takes over between turns only`() {
        var talk = Talk()
        talk.hear(Self.piece)
        talk.hear(#"{"sessionResumptionUpdate":{"newHandle":"h","resumable":true},"goAway":{"timeLeft":"9s"}}"#)
        #expect(talk.outputs.contains(.open(socket: 2, after: .zero)))
        talk.give(.opened(socket: 2))
        #expect(talk.sent.last?.contains(#""handle":"h""#) == true)
        talk.hear(#"{"setupComplete":{}}"#, socket: 2)
        #expect(!talk.outputs.contains(.close(socket: 1)))
        talk.hear(#"{"serverContent":{"turnComplete":true}}"#)
        #expect(talk.outputs.contains(.close(socket: 1)))
        talk.give(.hear([1]))
        #expect(talk.outputs.last.map { if case .send(_, 2) = $0 { true } else { false } } == true)
    }

    @Test func `what was asked is asked again of the connection that follows`() {
        var talk = Talk()
        talk.give(.prompt(.said("the number")))
        talk.give(.gone(SocketEnd(code: 1_011), socket: 1))
        talk.give(.opened(socket: 2))
        talk.outputs = []
        talk.hear(#"{"setupComplete":{}}"#, socket: 2)
        #expect(talk.sent.last?.contains("the number") == true)
        #expect(talk.sent.last?.contains(#""turnComplete":true"#) == true)
    }
}
