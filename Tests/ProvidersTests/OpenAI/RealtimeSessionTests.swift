import Agent
import RTPMedia
import TelephonyPrimitives
import Testing

@testable import Providers

/// The client's core with time in the test's hand.
@Suite struct RealtimeSessionTests {
    private struct Talk {
        var session: RealtimeSession
        var now = Instant.zero
        var outputs: [SpeechToSpeechOutput] = []

        /// - Parameter isReady: whether its first session is there.
        init(isReady: Bool = true) {
            var configuration = RealtimeConfiguration()
            configuration.renewAfter = .seconds(3_000)
            session = RealtimeSession(configuration, coding: .companded(.muLaw))
            outputs = session.start(now: now)
            guard isReady else { return }
            setUp(socket: 1)
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

        mutating func setUp(socket: Int) {
            give(.opened(socket: socket))
            hear(#"{"type":"session.created"}"#, socket: socket)
            hear(#"{"type":"session.updated"}"#, socket: socket)
        }

        mutating func wait(_ duration: Duration) {
            let end = now + duration
            while let due = session.deadline, due <= end {
                now = max(now, due)
                give(.tick)
            }
            now = end
        }

        /// The types of what was sent on a socket, the caller's sound left out.
        func sent(on socket: Int = 1) -> [String] {
            outputs.compactMap { output in
                guard case .send(let text, socket) = output,
                    let type = try? JSONValue(parsing: text.utf8)["type"]?.string
                else { return nil }
                return type == "input_audio_buffer.append" ? nil : type
            }
        }

        func lastEventID() -> String {
            for case .send(let text, _) in outputs.reversed() {
                if let id = try? JSONValue(parsing: text.utf8)["event_id"]?.string { return id }
            }
            return ""
        }

        mutating func respond(_ id: String, status: String = "completed", socket: Int = 1) {
            hear(#"{"type":"response.created","response":{"id":"\#(id)"}}"#, socket: socket)
            hear(
                #"{"type":"response.done","response":{"id":"\#(id)","status":"\#(status)","output":[]}}"#,
                socket: socket)
        }
    }

    @Test func `settings go out only when the service has begun the session, sound only when it has taken them`() {
        var talk = Talk(isReady: false)
        #expect(talk.outputs == [.open(socket: 1, after: .zero)])
        talk.give(.opened(socket: 1))
        talk.give(.hear([1, 2]))
        #expect(talk.sent().isEmpty)
        talk.hear(#"{"type":"session.created"}"#)
        #expect(talk.sent() == ["session.update"])
        #expect(!talk.outputs.contains(.ready))
        let outputs = talk.hear(#"{"type":"session.updated"}"#)
        #expect(outputs.contains(.ready))
        // What the caller said meanwhile is not lost.
        #expect(outputs.contains { if case .send(let text, 1) = $0 { text.contains("append") } else { false } })
    }

    @Test func `a service that never begins the session is given up`() {
        var talk = Talk(isReady: false)
        talk.give(.opened(socket: 1))
        talk.wait(.seconds(8))
        #expect(talk.outputs.contains { if case .lost(.timedOut) = $0 { true } else { false } })
    }

    @Test func `nothing is asked for while the caller speaks, or while the service is about to answer`() {
        var talk = Talk()
        talk.hear(#"{"type":"input_audio_buffer.speech_started","item_id":"i"}"#)
        talk.give(.prompt(.said("x")))
        #expect(talk.sent() == ["conversation.item.create"])
        talk.hear(#"{"type":"input_audio_buffer.speech_stopped","item_id":"i"}"#)
        #expect(talk.sent() == ["conversation.item.create"])
        // It answers by itself, and knows what it was told: nothing is left to ask for.
        talk.respond("r1")
        talk.wait(.seconds(10))
        #expect(talk.sent() == ["conversation.item.create"])
    }

    @Test func `a service that does not answer by itself is asked`() {
        var talk = Talk()
        talk.hear(#"{"type":"input_audio_buffer.speech_started","item_id":"i"}"#)
        talk.hear(#"{"type":"input_audio_buffer.speech_stopped","item_id":"i"}"#)
        talk.wait(.milliseconds(3_900))
        #expect(talk.sent().isEmpty)
        talk.wait(.milliseconds(200))
        #expect(talk.sent() == ["response.create"])
    }

    @Test func `an answer refused because another runs is asked for again when that is over, once`() {
        for isTold in [true, false] {
            var talk = Talk()
            talk.give(.prompt(.began))
            let id = talk.lastEventID()
            // The service began one in the same moment; we hear of it before or after the refusal.
            if isTold { talk.hear(#"{"type":"response.created","response":{"id":"auto"}}"#) }
            talk.hear(
                #"{"type":"error","error":{"code":"conversation_already_has_active_response","event_id":"\#(id)"}}"#)
            if !isTold { talk.hear(#"{"type":"response.created","response":{"id":"auto"}}"#) }
            #expect(talk.sent() == ["response.create"])
            talk.hear(#"{"type":"response.done","response":{"id":"auto","status":"completed"}}"#)
            #expect(talk.sent() == ["response.create", "response.create"])
            talk.respond("ours")
            #expect(talk.sent().count == 2)
        }
    }

    @Test func `a session is renewed between turns, and the old one serves until then`() {
        var talk = Talk()
        talk.give(.prompt(.began))
        talk.hear(#"{"type":"response.created","response":{"id":"r1"}}"#)
        talk.hear(
            #"{"type":"response.output_audio_transcript.delta","response_id":"r1","item_id":"a","delta":"Hello."}"#)
        talk.session.renewAt = talk.now + .seconds(5)
        talk.wait(.seconds(5))
        #expect(talk.outputs.contains(.open(socket: 2, after: .zero)))
        talk.setUp(socket: 2)
        // In mid-answer nothing changes.
        talk.hear(#"{"type":"response.output_audio.delta","response_id":"r1","item_id":"a","delta":"AAAA"}"#)
        #expect(!talk.outputs.contains(.close(socket: 1)))
        talk.outputs = []
        talk.hear(#"{"type":"response.done","response":{"id":"r1","status":"completed"}}"#)
        #expect(talk.outputs.contains(.close(socket: 1)))
        #expect(talk.sent(on: 2) == ["conversation.item.create"])
        talk.give(.hear([1]))
        guard case .send(_, let socket)? = talk.outputs.last else {
            Issue.record("nothing was sent")
            return
        }
        #expect(socket == 2)
        // Items of the old session mean nothing to the new one.
        talk.outputs = []
        talk.give(.interrupted(reply: 1, heardMs: 0))
        #expect(talk.sent(on: 2).isEmpty)
        // And it is renewed in its turn.
        #expect(talk.session.renewAt == talk.now + .seconds(3_000))
    }

    @Test func `what a tool answers after the session was replaced is told in words`() {
        var talk = Talk()
        talk.give(.prompt(.began))
        talk.hear(
            #"{"type":"response.done","response":{"id":"r","status":"completed","output":[{"type":"function_call","call_id":"c","name":"find","arguments":"{}"}]}}"#
        )
        let call = ToolCall(id: "c", name: "find", arguments: "{}")
        #expect(talk.outputs.contains(.runTool(call)))
        talk.give(.gone(SocketEnd(code: 1_006), socket: 1))
        talk.setUp(socket: 2)
        talk.outputs = []
        talk.give(.toolEnded(call, .done(ToolResult(text: "found"))))
        #expect(talk.sent(on: 2) == ["conversation.item.create", "response.create"])
        let text = talk.outputs.compactMap { if case .send(let text, 2) = $0 { text } else { nil } }.first ?? ""
        #expect(text.contains("found") && !text.contains("function_call_output"))
    }

    @Test func `sound and words of a cut reply are dropped from that moment on`() {
        var talk = Talk()
        talk.give(.prompt(.began))
        talk.hear(#"{"type":"response.created","response":{"id":"r"}}"#)
        let delta = #"{"type":"response.output_audio.delta","response_id":"r","item_id":"a","delta":"AAAA"}"#
        #expect(talk.hear(delta).count == 1)
        talk.give(.interrupted(reply: 1, heardMs: 0))
        #expect(talk.hear(delta).isEmpty)
        #expect(
            talk.hear(#"{"type":"response.output_text.delta","response_id":"r","item_id":"a","delta":"x"}"#).isEmpty)
    }

    @Test func `errors that may happen to anybody are not told`() {
        var talk = Talk()
        for code in ["response_cancel_not_active", "input_audio_buffer_commit_empty"] {
            #expect(talk.hear(#"{"type":"error","error":{"code":"\#(code)"}}"#).isEmpty)
        }
    }

    @Test func `hanging up is forgotten when the caller speaks over the goodbye`() {
        for isCut in [true, false] {
            var talk = Talk()
            talk.give(.prompt(.began))
            talk.hear(
                #"{"type":"response.done","response":{"id":"r","status":"completed","output":[{"type":"function_call","call_id":"c","name":"end","arguments":"{}"}]}}"#
            )
            let call = ToolCall(id: "c", name: "end", arguments: "{}")
            talk.give(.toolEnded(call, .done(ToolResult(text: "ok", actions: [.hangUp]))))
            talk.respond("bye", status: isCut ? "cancelled" : "completed")
            talk.respond("next")
            #expect(talk.outputs.contains(.emit(.action(.hangUp))) == !isCut)
        }
    }

    @Test func `corrections are counted over the items of a reply`() {
        var reply = RealtimeReply(number: 1, response: "r", socket: 1)
        let second = String(repeating: "AAAA", count: 2_667)  // 8 001 octets: a second
        for item in ["a", "b", "c"] { _ = reply.take(second, item: item, content: 0, .companded(.muLaw)) }
        reply.isDone = true
        func cut(_ milliseconds: Int) -> [RealtimeReply.Correction] {
            reply.corrections(heardMs: milliseconds, sampleRate: 8_000)
        }
        #expect(
            cut(1_500) == [.truncate(item: "b", content: 0, audioEndMs: 500), .delete(item: "c")])
        #expect(cut(9_000) == [])
        #expect(cut(-1) == [.delete(item: "a"), .delete(item: "b"), .delete(item: "c")])
    }

    @Test func `the history keeps its bounds and its order`() {
        var history = SpokenHistory()
        history.add(.caller, item: "i")
        history.agent("The answer ", reply: 1)
        history.agent("is long.", reply: 1)
        history.caller("The question", item: "i")
        #expect(history.entries.map(\.text) == ["The question", "The answer is long."])
        history.cut(reply: 1, toFraction: 0.5)
        #expect(history.entries.last?.text == "The")
        for number in 0..<1_000 { history.add(.caller, String(repeating: "x", count: 500), item: "\(number)") }
        #expect(history.entries.reduce(0) { $0 + $1.text.count } <= 24_000)
        #expect(history.entries.last?.item == "999")
    }
}
