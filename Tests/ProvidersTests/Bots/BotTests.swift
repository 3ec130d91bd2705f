import ProviderDoubles
import RTPMedia
import Synchronization
import Telephony
import Testing
import WebSockets

@testable import Agent
@testable import Providers

/// Bots of one's own: we play the carrier, or Asterisk.
@Suite(.timeLimit(.minutes(2))) struct BotTests {
    private static let octets = (0..<4_000).map { UInt8(truncatingIfNeeded: $0 &* 37) }.filter { $0 != 0x7F }

    private func samples(_ octets: [UInt8], _ law: G711.Law = .mu) -> [Int16] {
        var samples: [Int16] = []
        G711(law).decode(octets.span, into: &samples)
        return samples
    }

    private func with(
        _ dialect: MediaStreamDialect, call: MemoryCall = MemoryCall(), ends: Bool = true,
        _ body: (MediaStreamBotDouble, MemoryCall) async throws -> Void
    ) async throws -> ConversationOutcome {
        let double = try await MediaStreamBotDouble.start(dialect == .twilio ? .twilio : .telnyx)
        var bot = MediaStreamBot(dialect, url: try #require(await double.url))
        bot.parameters = ["tenant": "harbour"]
        let agent = bot
        async let outcome = agent.converse(on: call) { _ in }
        await SpeechToSpeechLog.until { await double.start != nil }
        try await body(double, call)
        if ends { call.remoteHangUp() }
        let result = await outcome
        if ends { await SpeechToSpeechLog.until { await double.hasStopped } }
        await double.stop()
        #expect(await double.violations == [])
        return result
    }

    @Test(arguments: MediaStreamDialect.allCases)
    func `sound goes both ways octet for octet, in pieces of any length`(_ dialect: MediaStreamDialect) async throws {
        let outcome = try await with(dialect) { double, call in
            let octets = Self.octets
            for start in stride(from: 0, to: octets.count, by: 160) {
                call.say(samples(Array(octets[start..<min(start + 160, octets.count)])))
            }
            await SpeechToSpeechLog.until { await double.heard.count == octets.count }
            #expect(await double.heard == octets)
            for length in [1, 159, 161, 1_000, 2_400] { await double.say(Array(octets.prefix(length))) }
            await SpeechToSpeechLog.until { call.played.count == 3_721 }
            #expect(G711(.mu).encode(call.played) == [1, 159, 161, 1_000, 2_400].flatMap { octets.prefix($0) })
            call.press("5")
            await SpeechToSpeechLog.until { await double.digits == "5" }
            let start = try JSONValue(parsing: try #require(await double.start).utf8)["start"]
            let parameters = start?[dialect == .twilio ? "customParameters" : "custom_parameters"]
            #expect(parameters?["tenant"]?.string == "harbour")
            #expect(parameters?["from"]?.string == "sip:ada@example.com")
        }
        #expect(outcome.end?.cause == .remoteHangUp)
    }

    @Test func `a call in A-law goes to Telnyx bots as PCMA, and to Twilio bots as µ-law`() async throws {
        for dialect in MediaStreamDialect.allCases {
            _ = try await with(dialect, call: MemoryCall(codec: "PCMA")) { double, call in
                call.say(samples([0x55, 0x2A, 0x91], .a))
                await SpeechToSpeechLog.until { await double.heard.count == 3 }
                let law: G711.Law = dialect == .telnyx ? .a : .mu
                #expect(await double.heard == G711(law).encode(samples([0x55, 0x2A, 0x91], .a)))
            }
        }
    }

    @Test func `a mark comes back when all before it has sounded, at once when nothing has to`() async throws {
        let call = MemoryCall()
        _ = try await with(.twilio, call: call) { double, call in
            await double.mark("empty")
            await SpeechToSpeechLog.until { await double.marks == ["empty"] }
            call.stopClock()
            await double.say(Array(Self.octets.prefix(3_200)))
            await double.mark("first")
            await double.say(Array(Self.octets.prefix(800)))
            await double.mark("second")
            for _ in 0..<19 {
                await SpeechToSpeechLog.until { call.queued.count >= 160 }
                call.sound(samples: 160)
                call.say([1])
            }
            let heard = await double.heard.count
            call.say([1])
            await SpeechToSpeechLog.until { await double.heard.count > heard }
            #expect(await double.marks == ["empty"])
            await SpeechToSpeechLog.until { call.queued.count >= 160 }
            call.sound(samples: 160)
            call.say([1])
            await SpeechToSpeechLog.until { await double.marks == ["empty", "first"] }
            for _ in 0..<5 {
                await SpeechToSpeechLog.until { call.queued.count >= 160 }
                call.sound(samples: 160)
            }
            await SpeechToSpeechLog.until { await double.marks == ["empty", "first", "second"] }
        }
    }

    @Test func `clear is silence at once: what is queued is dropped, and all its marks come back`() async throws {
        let call = MemoryCall()
        _ = try await with(.telnyx, call: call) { double, call in
            call.stopClock()
            await double.say(Array(repeating: 0xFF, count: 80_000))
            await double.mark("a")
            await double.mark("b")
            await SpeechToSpeechLog.until { call.queued.count >= 1_600 }
            call.sound(samples: 160)
            await double.clear()
            await SpeechToSpeechLog.until { await double.marks == ["a", "b"] }
            #expect(call.queued.isEmpty && call.played.count == 160)
            // What comes afterwards is played, and counted from there.
            await double.say(Array(repeating: 0x00, count: 160))
            await double.mark("c")
            await SpeechToSpeechLog.until { call.queued.count == 160 }
            call.sound(samples: 160)
            await SpeechToSpeechLog.until { await double.marks == ["a", "b", "c"] }
            #expect(call.played.suffix(160) == samples(Array(repeating: 0x00, count: 160))[...])
        }
    }

    @Test func `a bot that leaves is heard out, and the call ends`() async throws {
        let call = MemoryCall()
        let outcome = try await with(.twilio, call: call, ends: false) { double, call in
            call.stopClock()
            await double.say(Array(Self.octets.prefix(1_600)))
            await double.leave()
            for _ in 0..<10 {
                await SpeechToSpeechLog.until { call.queued.count >= 160 }
                call.sound(samples: 160)
            }
        }
        #expect(outcome == ConversationOutcome(reason: .normal))
        #expect(call.played.count == 1_600)
    }

    @Test func `a farewell drops what the bot says, plays the goodbye, and ends the call whatever the bot does`()
        async throws
    {
        let double = try await MediaStreamBotDouble.start(.twilio)
        var bot = MediaStreamBot(.twilio, url: try #require(await double.url))
        bot.goodbye = AudioClip(samples: Array(repeating: 7, count: 320), sampleRate: 8_000)
        let (agent, call, brief) = (bot, MemoryCall(), CallBrief())
        call.stopClock()
        async let outcome = agent.converse(on: call, brief: brief) { _ in }
        await SpeechToSpeechLog.until { await double.start != nil }
        await double.say(Array(repeating: 0x10, count: 80_000))
        await SpeechToSpeechLog.until { call.queued.count >= 1_600 }
        await brief.farewells.order(Farewell(text: "Bye.", reason: .maximumDuration))
        await double.say(Array(repeating: 0x10, count: 8_000))
        await SpeechToSpeechLog.until { call.queued.contains(7) }
        for _ in 0..<2 {
            await SpeechToSpeechLog.until { call.queued.count >= 160 }
            call.sound(samples: 160)
        }
        #expect(await outcome == ConversationOutcome(reason: .maximumDuration))
        #expect(call.played == Array(repeating: 7, count: 320))
        await double.stop()
    }

    @Test func `T-54: a bot that breaks off, or sends rubbish, or without end`() async throws {
        let broken = try await with(.twilio, ends: false) { double, _ in await double.fall() }
        #expect(broken == ConversationOutcome(reason: .failure))
        _ = try await with(.twilio) { double, call in
            for text in [
                "", "{", "7", "[]", "{}", #"{"event":"media"}"#, #"{"event":"media","media":{"payload":"***"}}"#,
                #"{"event":"mark"}"#, #"{"event":"future"}"#, String(repeating: "[", count: 50_000),
            ] { await double.send(raw: text) }
            await double.say([1, 2, 3])
            await SpeechToSpeechLog.until { call.played.count == 3 }
        }
        let call = MemoryCall()
        let log = Mutex([CallEntry]())
        let double = try await MediaStreamBotDouble.start(.twilio)
        let bot = MediaStreamBot(.twilio, url: try #require(await double.url))
        call.stopClock()
        async let outcome = bot.converse(on: call) { entry in log.withLock { $0.append(entry) } }
        await SpeechToSpeechLog.until { await double.start != nil }
        for _ in 0..<30 { await double.say(Array(repeating: 1, count: 100_000)) }
        await SpeechToSpeechLog.until {
            log.withLock {
                $0.contains { if case .event("bot", let text, _) = $0 { text.contains("ahead") } else { false } }
            }
        }
        call.remoteHangUp()
        _ = await outcome
        await double.stop()
    }

    @Test func `a bot that can't be reached leaves the call to another agent, or ends it`() async throws {
        var bot = MediaStreamBot(.twilio, url: try #require(WebSocketURL("ws://127.0.0.1:1/")))
        let call = MemoryCall()
        #expect(await bot.converse(on: call) { _ in } == ConversationOutcome(reason: .failure))
        bot.fallback = EchoAgent()
        let agent = bot
        async let outcome = agent.converse(on: call) { _ in }
        call.say([1, 2, 3])
        await SpeechToSpeechLog.until { call.played == [1, 2, 3] }
        call.remoteHangUp()
        #expect(await outcome.end?.cause == .remoteHangUp)
        #expect(await AudioSocketBot(host: "127.0.0.1", port: 1).converse(on: MemoryCall()) { _ in }.reason == .failure)
    }

    @Test(arguments: [true, false])
    func `a bot that is lost, or was never there, is apologised for, and the caller put through`(
        isThere: Bool
    ) async throws {
        let double = try await MediaStreamBotDouble.start(.twilio)
        let nobody = try #require(WebSocketURL("ws://127.0.0.1:1/"))
        var bot = MediaStreamBot(.twilio, url: isThere ? try #require(await double.url) : nobody)
        bot.apology = AudioClip(samples: [7, 7], sampleRate: 8_000)
        bot.failureTransfer = "sip:desk@example.com"
        let (agent, call) = (bot, MemoryCall())
        let log = Mutex([CallEntry]())
        async let outcome = agent.converse(on: call) { entry in log.withLock { $0.append(entry) } }
        if isThere {
            await SpeechToSpeechLog.until { await double.start != nil }
            await double.fall()
        }
        #expect(
            await outcome
                == ConversationOutcome(
                    reason: .normal, end: CallEnd(cause: .transferred, explanation: "The caller was put through.")))
        #expect(call.played == [7, 7])
        let kinds = log.withLock { $0.compactMap { if case .event(let kind, _, _) = $0 { kind } else { nil } } }
        #expect(kinds.suffix(2) == ["agent failed", "transferred"])
        await double.stop()
    }

    // MARK: AudioSocket

    @Test(arguments: [8_000, 16_000])
    func `AudioSocket: a UUID, sound both ways, keys, and the end`(_ rate: Int) async throws {
        let double = try await AudioSocketBotDouble.start()
        let call = MemoryCall(codec: rate == 8_000 ? "PCMU" : "G722", sampleRate: rate)
        var bot = AudioSocketBot(host: "127.0.0.1", port: await double.port)
        bot.sampleRate = rate
        let agent = bot
        async let outcome = agent.converse(on: call) { _ in }
        await SpeechToSpeechLog.until { await double.identifier != nil }
        call.say([1, -2, 300])
        await SpeechToSpeechLog.until { await double.heard.count == 6 }
        #expect(await double.heard == [1, 0, 0xFE, 0xFF, 0x2C, 1])
        #expect(await double.types == [rate == 8_000 ? 0x10 : 0x12])
        let type: UInt8 = rate == 8_000 ? 0x10 : 0x12
        // One octet at a time, with frames that say nothing between.
        let frames =
            AudioSocketBotDouble.frame(type, [5, 0, 6, 0]) + AudioSocketBotDouble.frame(type, [])
            + AudioSocketBotDouble.frame(0x77, [1]) + AudioSocketBotDouble.frame(type, [7, 0])
        await double.send(frames, inPiecesOf: 1)
        await SpeechToSpeechLog.until { call.played == [5, 6, 7] }
        call.press("#")
        await SpeechToSpeechLog.until { await double.digits == "#" }
        await double.send(AudioSocketBotDouble.frame(0x00, []))
        #expect(await outcome == ConversationOutcome(reason: .normal))
        await SpeechToSpeechLog.until { await double.isGone }
        #expect(await double.violations == [])
        await double.stop()
    }

    @Test func `AudioSocket: sound at another rate is converted`() async throws {
        let double = try await AudioSocketBotDouble.start()
        let call = MemoryCall()
        let agent = AudioSocketBot(host: "127.0.0.1", port: await double.port)
        async let outcome = agent.converse(on: call) { _ in }
        await SpeechToSpeechLog.until { await double.identifier != nil }
        for _ in 0..<50 { await double.send(AudioSocketBotDouble.frame(0x13, Array(repeating: 0, count: 960))) }
        await double.leave()
        #expect(await outcome == ConversationOutcome(reason: .normal))
        #expect((7_800...8_000).contains(call.played.count))
        await double.stop()
    }

    // MARK: Cores

    @Test func `marks are reached in the order of the sound, and bounded`() {
        var marks = BotMarks()
        #expect(marks.add("a", at: 400) == true)
        #expect(marks.add("b", at: 700) == true)
        #expect(marks.sounded(399) == [])
        #expect(marks.sounded(400) == ["a"])
        #expect(marks.sounded(400) == [])
        #expect(marks.clear() == ["b"])
        #expect(marks.add("c", at: 451) == true)
        #expect(marks.sounded(450) == [])
        #expect(marks.sounded(451) == ["c"])
        var count = 0
        while marks.add("x", at: 1), count < 10_000 { count += 1 }
        #expect(count == 1_000)
    }
}
