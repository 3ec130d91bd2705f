import Agent
import ProviderDoubles
import RTPMedia
import Synchronization
import Telephony
import Testing
import WebSockets

@testable import Providers

/// OpenAI's Realtime client against a service as strict as the real one.
@Suite(.timeLimit(.minutes(2))) struct OpenAIRealtimeTests {
    private struct Lookup: Tool {
        var declaration = ToolDeclaration(name: "lookup", text: "Looks something up.")
        var result: @Sendable (JSONValue) async throws -> ToolResult

        func run(_ arguments: JSONValue, context: DialogueContext) async throws -> ToolResult {
            try await result(arguments)
        }
    }

    private static let context = DialogueContext(
        callID: "1", caller: "sip:ada@example.com", called: "sip:desk@example.com")

    private func with(
        _ double: RealtimeDouble, format: SpeechFormat = SpeechFormat(sampleRate: 8_000, codec: "PCMU"),
        violations: [String] = [], _ change: (inout RealtimeConfiguration) -> Void = { _ in },
        _ body: (any SpeechToSpeechSession, SpeechToSpeechLog) async throws -> Void
    ) async throws {
        var configuration = RealtimeConfiguration(url: await double.url, key: Secret("test-key"))
        configuration.instructions = "Be brief."
        change(&configuration)
        let session = try await OpenAIRealtime(configuration).makeSession(Self.context, format)
        let log = SpeechToSpeechLog(session)
        try await body(session, log)
        await session.close()
        await log.waitForEnd()
        await double.stop()
        #expect(await double.violations.map { String($0.description.prefix { $0 != ":" }) } == violations)
    }

    private func types(_ double: RealtimeDouble) async -> [String] {
        await double.events.compactMap { try? JSONValue(parsing: $0.utf8)["type"]?.string }
    }

    private func event(_ double: RealtimeDouble, _ type: String) async -> JSONValue? {
        await double.events.compactMap { try? JSONValue(parsing: $0.utf8) }.last { $0["type"]?.string == type }
    }

    // MARK: Sound

    @Test(arguments: ["PCMU", "PCMA"])
    func `G.711 goes to the service and comes back octet for octet`(_ codec: String) async throws {
        let double = try await RealtimeDouble.start()
        let law: G711.Law = codec == "PCMU" ? .mu : .a
        // All octets but the negative zero of µ-law, which is the same sound as the positive one.
        let octets = (0..<4_000).map { UInt8(truncatingIfNeeded: $0 &* 37) }.filter { law == .a || $0 != 0x7F }
        await double.answer(.init("Hello.", sound: [[octets[0]], Array(octets[1..<1_001]), Array(octets[1_001...])]))
        try await with(double, format: SpeechFormat(sampleRate: 8_000, codec: codec)) { session, log in
            #expect(session.inputSampleRate == 8_000 && session.outputSampleRate == 8_000)
            // As a call hears it: decoded from its packets.
            var heard: [Int16] = []
            G711(law).decode(octets.span, into: &heard)
            for start in stride(from: 0, to: heard.count, by: 160) {
                await session.hear(Array(heard[start..<min(start + 160, heard.count)]))
            }
            await SpeechToSpeechLog.until { await double.heard.count == octets.count }
            #expect(await double.heard == octets)
            await session.prompt(.began)
            await log.wait(for: .replyDone(1, wasCut: false))
            // As a call sends it: coded again.
            #expect(G711(law).encode(log.sound(of: 1)) == octets)
        }
        let format = await event(double, "session.update")?["session"]?["audio"]?["input"]?["format"]
        #expect(format == ["type": .string(codec == "PCMU" ? "audio/pcmu" : "audio/pcma")])
    }

    @Test func `other calls are linear at 24 kHz, even when samples are cut in two`() async throws {
        let double = try await RealtimeDouble.start()
        await double.answer(.init("Hi.", sound: [[0x01], [0x02, 0x03], [0x04]]))
        try await with(double, format: SpeechFormat(sampleRate: 16_000, codec: "G722")) { session, log in
            #expect(session.inputSampleRate == 24_000 && session.outputSampleRate == 24_000)
            await session.hear([1, -2])
            await session.prompt(.began)
            await log.wait(for: .replyDone(1, wasCut: false))
            #expect(log.sound(of: 1) == [0x0201, 0x0403])
            #expect(await double.heard == [1, 0, 0xFE, 0xFF])
        }
    }

    // MARK: Turns

    @Test func `a caller's turn: their words, the answer, its words and what it cost`() async throws {
        for isLate in [false, true] {
            let double = try await RealtimeDouble.start()
            await double.answer(.init("Gladly.", sound: [[1, 2], [3]]))
            try await with(double) { _, log in
                await double.callerStarts()
                await double.callerStops("A table, please.", wordsComeLate: isLate)
                await log.wait(for: .replyDone(1, wasCut: false))
                await log.wait(for: .callerText("A table, please."))
                #expect(log.contains(.callerStarted) && log.contains(.callerStopped) && log.contains(.replyStarted(1)))
                #expect(log.contains(.agentText("Gladly.", reply: 1)))
                let usage = ProviderUsage(
                    provider: "openai-realtime gpt-realtime-2.1", inputTokens: 20, cachedTokens: 5, outputTokens: 10)
                #expect(log.contains(.action(.usage(usage))))
            }
            #expect(await types(double) == ["session.update"])
        }
    }

    @Test func `the caller speaks over an answer: it is cut to what was heard, and late sound is dropped`() async throws
    {
        let double = try await RealtimeDouble.start()
        var long = RealtimeDouble.Answer("A long story.", sound: [Array(repeating: 1, count: 16_000)], ending: .held)
        long.lateSound = [[9], [9]]
        await double.answer(long, .init("Yes?", sound: [[2]]))
        try await with(double) { session, log in
            await session.prompt(.began)
            await SpeechToSpeechLog.until { log.sound(of: 1).count == 16_000 }
            await session.interrupted(reply: 1, heardMs: 1_250)
            await log.wait(for: .replyDone(1, wasCut: true))
            await double.callerStarts()
            await double.callerStops("Stop.")
            await log.wait(for: .replyDone(2, wasCut: false))
            #expect(log.sound(of: 1).count == 16_000)
            #expect(log.sound(of: 2).count == 1)
        }
        let types = await types(double)
        #expect(types.suffix(2) == ["response.cancel", "conversation.item.truncate"])
        #expect(await event(double, "conversation.item.truncate")?["audio_end_ms"]?.integer == 1_250)
    }

    @Test func `never more is claimed to have been heard than came, and what was not heard at all is deleted`()
        async throws
    {
        let double = try await RealtimeDouble.start()
        await double.answer(
            .init("One.", sound: [Array(repeating: 1, count: 800)], ending: .held),
            .init("Two.", sound: [Array(repeating: 1, count: 800)]),
            .init("Three.", sound: [Array(repeating: 1, count: 800)]))
        try await with(double) { session, log in
            await session.prompt(.began)
            await SpeechToSpeechLog.until { log.sound(of: 1).count == 800 }
            await session.interrupted(reply: 1, heardMs: 5_000)
            await log.wait(for: .replyDone(1, wasCut: true))
            await session.prompt(.said("Go on."))
            await log.wait(for: .replyDone(2, wasCut: false))
            await session.interrupted(reply: 2, heardMs: 0)
            await session.prompt(.said("Again."))
            await log.wait(for: .replyDone(3, wasCut: false))
            // Heard out: nothing to correct.
            await session.interrupted(reply: 3, heardMs: 100)
        }
        let corrections = await double.events.compactMap { try? JSONValue(parsing: $0.utf8) }
            .filter { ["conversation.item.truncate", "conversation.item.delete"].contains($0["type"]?.string) }
        #expect(corrections.map { $0["type"]?.string } == ["conversation.item.truncate", "conversation.item.delete"])
        #expect(corrections.first?["audio_end_ms"]?.integer == 100)
    }

    @Test func `the service is quicker than we with an answer: ours is asked for when that one is over`() async throws {
        let double = try await RealtimeDouble.start()
        let opened = Mutex<CheckedContinuation<Void, Never>?>(nil)
        await double.answer(
            .init("", calls: [("lookup", "{}")]), .init("Are you there?", sound: [[1]], ending: .held),
            .init("Found.", sound: [[2]]))
        let tool = Lookup { _ in
            await withCheckedContinuation { gate in opened.withLock { $0 = gate } }
            return ToolResult(text: "found")
        }
        try await with(
            double, { $0.tools = [tool] },
            { session, log in
                await session.prompt(.began)
                await SpeechToSpeechLog.until { opened.withLock { $0 != nil } }
                await double.callerStarts()
                await double.callerStops("Hello?")
                await log.wait(for: .replyStarted(2))
                opened.withLock { $0 }?.resume()
                await SpeechToSpeechLog.until {
                    await double.events.contains { $0.contains("function_call_output") }
                }
                await double.finishAnswer()
                await log.wait(for: .replyDone(3, wasCut: false))
            })
        #expect(
            await types(double) == [
                "session.update", "response.create", "conversation.item.create", "response.create",
            ])
    }

    // MARK: Tools

    @Test func `two functions in one response are both answered before the model goes on`() async throws {
        let double = try await RealtimeDouble.start()
        await double.answer(
            .init("Let me see.", sound: [[1]], calls: [("lookup", #"{"q":"a"}"#), ("lookup", #"{"q":"b"}"#)]),
            .init("There.", sound: [[2]]))
        let tool = Lookup { arguments in
            ToolResult(text: "is \(arguments["q"]?.string ?? "?")", actions: [.note(key: "q", value: "1")])
        }
        try await with(
            double, { $0.tools = [tool] },
            { session, log in
                await session.prompt(.began)
                await log.wait(for: .replyDone(2, wasCut: false))
                await SpeechToSpeechLog.until {
                    log.events.filter { $0 == .action(.note(key: "q", value: "1")) }.count == 2
                }
                // What a tool wants done follows the words about it.
                let done = log.events.firstIndex(of: .replyDone(2, wasCut: false))
                let note = log.events.firstIndex(of: .action(.note(key: "q", value: "1")))
                #expect((done ?? .max) < (note ?? 0))
            })
        let outputs = await double.events.compactMap { try? JSONValue(parsing: $0.utf8)["item"]?["output"]?.string }
        #expect(Set(outputs) == ["is a", "is b"])
        #expect(await types(double).filter { $0 == "response.create" }.count == 2)
    }

    @Test func `a tool that fails, that does not exist, or that was called with no JSON is told to the model`()
        async throws
    {
        struct Broken: Error, CustomStringConvertible { let description = "The shop is closed." }
        let double = try await RealtimeDouble.start()
        await double.answer(
            .init("", calls: [("lookup", "{}"), ("nothing", "{}"), ("lookup", "{broken")]),
            .init("Sorry.", sound: [[1]]))
        try await with(
            double, { $0.tools = [Lookup { _ in throw Broken() }] },
            { session, log in
                await session.prompt(.began)
                await log.wait(for: .replyDone(2, wasCut: false))
            })
        let outputs = await double.events.compactMap { try? JSONValue(parsing: $0.utf8)["item"]?["output"]?.string }
        #expect(
            Set(outputs) == [
                "The shop is closed.", "There is no tool of this name. There are: lookup.",
                "The arguments are no JSON object. Call it again with valid JSON.",
            ])
    }

    @Test func `a tool whose actions are all needs no words, and hanging up follows a goodbye`() async throws {
        let double = try await RealtimeDouble.start()
        await double.answer(.init("Good bye.", sound: [[1]], calls: [("lookup", "{}")]))
        let tool = Lookup { _ in ToolResult(text: "ok", actions: [.hangUp], wantsReply: false) }
        try await with(
            double, { $0.tools = [tool] },
            { session, log in
                await session.prompt(.began)
                await log.wait(for: .action(.hangUp))
            })
        #expect(await types(double).filter { $0 == "response.create" }.count == 1)
    }

    @Test(arguments: [true, false])
    func `a call ends while a tool that does not mind being cancelled is at work`(callerLeaves: Bool) async throws {
        let double = try await RealtimeDouble.start()
        await double.answer(.init("Let me see.", sound: [[1]], calls: [("lookup", "{}")]))
        let call = MemoryCall()
        let isAtWork = Atomic(false)
        let isWanted = Atomic(true)
        let stubborn = Lookup { _ in
            isAtWork.store(true, ordering: .relaxed)
            // Not even the end of its task ends it.
            while isWanted.load(ordering: .relaxed) { await Task.yield() }
            return ToolResult(text: "at last")
        }
        var configuration = RealtimeConfiguration(url: await double.url, key: Secret("test-key"))
        configuration.tools = [stubborn]
        configuration.toolPatience = .seconds(3_600)
        let agent = SpeechToSpeechAgent(OpenAIRealtime(configuration))
        let talk = Task { await agent.converse(on: call) { _ in } }
        await SpeechToSpeechLog.until { isAtWork.load(ordering: .relaxed) }
        if callerLeaves { call.remoteHangUp() } else { talk.cancel() }
        let outcome = await talk.value
        #expect(callerLeaves ? outcome.end?.cause == .remoteHangUp : outcome.reason == .shutdown)
        isWanted.store(false, ordering: .relaxed)
        await double.stop()
    }

    @Test func `a session that takes over in mid-call is told what was said, before it is asked`() async throws {
        let double = try await RealtimeDouble.start()
        await double.answer(.init("With pleasure.", sound: [[1]]))
        var context = Self.context
        context.history = [
            TurnRecord(who: .agent, text: "Good day.", startMs: 0, endMs: 1),
            TurnRecord(who: .caller, text: "Hello.", startMs: 1, endMs: 2),
        ]
        let configuration = RealtimeConfiguration(url: await double.url, key: Secret("test-key"))
        let session = try await OpenAIRealtime(configuration)
            .makeSession(context, SpeechFormat(sampleRate: 8_000, codec: "PCMU"))
        let log = SpeechToSpeechLog(session)
        await session.prompt(.said("A table."))
        await log.wait(for: .replyDone(1, wasCut: false))
        await session.close()
        let items = await double.events.compactMap { try? JSONValue(parsing: $0.utf8)["item"] }
        #expect(items.compactMap { $0["role"]?.string } == ["assistant", "user", "user"])
        #expect(
            items.compactMap { $0["content"]?.array?.first?["text"]?.string } == ["Good day.", "Hello.", "A table."])
        #expect(await double.violations.isEmpty)
        await double.stop()
    }

    // MARK: Prompts

    @Test func `keys, silence and what is greeted with come to the model in words`() async throws {
        let double = try await RealtimeDouble.start()
        try await with(
            double, { $0.greeting = "Say hello." },
            { session, log in
                await session.prompt(.began)
                await log.wait(for: .replyDone(1, wasCut: false))
                await session.prompt(.silence(count: 1))
                await log.wait(for: .replyDone(2, wasCut: false))
                await session.prompt(.pressed("4"))
                await log.wait(for: .replyDone(3, wasCut: false))
            })
        let texts = await double.events.compactMap {
            try? JSONValue(parsing: $0.utf8)["item"]?["content"]?.array?.first?["text"]?.string
        }
        #expect(texts.count == 3 && texts[0].contains("Say hello.") && texts[2].contains("key 4"))
    }

    @Test func `names of the interface before it was general are understood`() async throws {
        let double = try await RealtimeDouble.start(speaksBeta: true)
        var answer = RealtimeDouble.Answer("Hello.", sound: [[1, 2], [3]])
        answer.skipsCreated = true
        await double.answer(answer)
        try await with(double) { session, log in
            await session.prompt(.began)
            await log.wait(for: .replyDone(1, wasCut: false))
            #expect(log.sound(of: 1).count == 3)
            #expect(log.contains(.agentText("Hello.", reply: 1)))
        }
    }

    // MARK: Failures

    @Test func `a wrong key, a wrong model and a beta header are refused at once, in words`() async throws {
        let rows: [(String, (inout RealtimeConfiguration) -> Void)] = [
            ("invalid_api_key", { $0.key = Secret("wrong") }), ("invalid_model", { $0.model = "gpt-0" }),
            (
                "beta_api_shape_disabled",
                { $0.headers = [WebSocketHeaderField("OpenAI-Beta", "realtime=v1")] }
            ), ("invalid_value", { $0.voice = "nobody" }),
        ]
        for (code, change) in rows {
            let double = try await RealtimeDouble.start()
            var configuration = RealtimeConfiguration(url: await double.url, key: Secret("test-key"))
            change(&configuration)
            do throws(ProviderError) {
                _ = try await OpenAIRealtime(configuration).makeSession(
                    Self.context, SpeechFormat(sampleRate: 8_000, companding: .muLaw))
                Issue.record("\(code) was taken")
            } catch {
                #expect(error.mayPass == (code == "invalid_value"), "\(error)")
                #expect("\(error)".contains("OpenAI Realtime"))
            }
            await double.stop()
            #expect(await double.violations.first?.description.hasPrefix(code) == true)
        }
    }

    @Test func `after an hour another session goes on with what was said`() async throws {
        let double = try await RealtimeDouble.start()
        await double.answer(
            .init("Hello.", sound: [[1]]), .init("Gladly.", sound: [[2]]), .init("Still here.", sound: [[3]]))
        try await with(double) { session, log in
            await session.prompt(.began)
            await log.wait(for: .replyDone(1, wasCut: false))
            await double.callerStarts()
            await double.callerStops("A table, please.")
            await log.wait(for: .replyDone(2, wasCut: false))
            await log.wait(for: .callerText("A table, please."))
            await double.expire()
            await SpeechToSpeechLog.until {
                await double.events.filter { $0.contains("conversation.item.create") }.count == 3
            }
            await session.prompt(.silence(count: 1))
            await log.wait(for: .replyDone(3, wasCut: false))
        }
        #expect(await double.connections == 2)
        let said = await double.events.compactMap {
            try? JSONValue(parsing: $0.utf8)["item"]?["content"]?.array?.first?["text"]?.string
        }
        #expect(said.prefix(3) == ["Hello.", "A table, please.", "Gladly."])
    }

    @Test func `a connection that breaks in mid-answer is replaced, and the caller gets an answer`() async throws {
        let double = try await RealtimeDouble.start()
        await double.answer(.init("", ending: .silence), .init("Here.", sound: [[7]]))
        try await with(double) { session, log in
            await session.prompt(.began)
            await SpeechToSpeechLog.until { await double.events.count == 2 }
            await double.cut()
            await log.wait(for: .replyDone(1, wasCut: false))
            #expect(log.sound(of: 1).count == 1)
        }
        #expect(await double.connections == 2)
    }

    @Test func `T-54: a response that fails is asked for again, and not for ever`() async throws {
        let double = try await RealtimeDouble.start()
        await double.answer(
            .init("", ending: .failed(code: "inference_rate_limit_exceeded")), .init("Now.", sound: [[1]]))
        try await with(double) { session, log in
            await session.prompt(.began)
            await log.wait(for: .replyDone(2, wasCut: false))
            #expect(log.events.contains { if case .failed(.overloaded) = $0 { true } else { false } })
        }
        let broken = try await RealtimeDouble.start()
        for _ in 0..<10 { await broken.answer(.init("", ending: .failed(code: "insufficient_quota"))) }
        try await with(broken) { session, log in
            await session.prompt(.began)
            await log.waitForEnd()
            #expect(log.events.last.map { if case .failed(.unavailable) = $0 { true } else { false } } == true)
        }
        #expect(await types(broken).filter { $0 == "response.create" }.count == 1)
    }

    @Test func `T-54: what is no event, and events of 10 MB, do no harm`() async throws {
        let double = try await RealtimeDouble.start()
        await double.answer(.init("Fine.", sound: [[1]]), .init("Fine again.", sound: [[1]]))
        try await with(double) { session, log in
            for text in [
                "", "{", "[]", "null", "7", #"{"type":7}"#, #"{"type":"response.done"}"#, #"{"type":"error"}"#,
                #"{"type":"response.output_audio.delta","delta":"***","response_id":"x"}"#,
                #"{"type":"from.the.future","x":[{}]}"#, String(repeating: "[", count: 100_000),
                #"{"type":"response.created","response":{"id":7}}"#,
            ] { await double.send(raw: text) }
            await session.prompt(.began)
            await SpeechToSpeechLog.until { log.contains(.agentText("Fine.", reply: log.lastReply)) }
            // Too much: the connection ends, and another takes its place.
            await double.send(raw: "\"\(String(repeating: "x", count: 10_000_000))\"")
            await SpeechToSpeechLog.until { await double.connections == 2 }
            await session.prompt(.silence(count: 1))
            await SpeechToSpeechLog.until { log.contains(.agentText("Fine again.", reply: log.lastReply)) }
        }
    }

    @Test func `T-54: an answer that never ends is cut`() async throws {
        let double = try await RealtimeDouble.start()
        await double.answer(.init("La la.", sound: [[1]], ending: .held))
        try await with(
            double, { $0.maximumReply = .seconds(1) },
            { session, log in
                await session.prompt(.began)
                await log.wait(for: .replyStarted(1))
                for _ in 0..<20 { await double.sound(Array(repeating: 1, count: 800)) }
                await log.wait(for: .replyDone(1, wasCut: true))
                #expect(log.sound(of: 1).count <= 8_801)
            })
        #expect(await types(double).contains("response.cancel"))
    }

    @Test func `T-54: a service that is silent for ever is given up`() async throws {
        let double = try await RealtimeDouble.start()
        for _ in 0..<10 { await double.answer(.init("", ending: .silence)) }
        try await with(
            double, { $0.patience = .milliseconds(10) },
            { session, log in
                await session.prompt(.began)
                await log.waitForEnd()
                #expect(log.events.last.map { if case .failed(.timedOut) = $0 { true } else { false } } == true)
            })
        #expect(await double.connections == RealtimeSession.maximumFailures + 1)
    }

    @Test func `keys are never shown`() {
        let configuration = RealtimeConfiguration(key: Secret("sk-secret"))
        #expect(!"\(configuration)".contains("sk-secret"))
        var text = ""
        dump(configuration, to: &text)
        #expect(!text.contains("sk-secret"))
    }
}

extension SpeechToSpeechLog {
    /// The number of the reply that began last.
    var lastReply: Int {
        events.compactMap { if case .replyStarted(let number) = $0 { number } else { nil } }.max() ?? 0
    }
}
