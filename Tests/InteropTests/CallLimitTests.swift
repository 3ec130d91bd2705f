import Foundation
import ProviderDoubles
import Testing

/// What a real call may use up, and what is written about it afterwards.
struct CallLimitTests {
    private typealias Chat = ChatCompletionsDouble

    /// One answer, and what it has used.
    private static func answer(_ text: String, tokens: Int) -> Chat.Answer {
        .events(
            EventScript([
                Chat.role, Chat.text(text), Chat.finish("stop"), Chat.usage(input: 10, output: tokens), Chat.done,
            ]))
    }

    private static func call(
        _ workspace: Workspace, limits: String, answers: [Chat.Answer]
    ) async throws -> (call: [String: Any], list: String, output: String, model: Chat) {
        let model = try await Chat(answers: answers)
        let voice = try await CartesiaDouble(key: "ca")
        let hearing = try await DeepgramFluxDouble(key: "dg")
        let server = try await Server(
            in: workspace, agent: "model",
            settings: """
                model: {provider: compatible, url: "\(model.url)", model: m}
                speech_to_text: {provider: deepgram, model: flux-general-en, url: "\(hearing.socket.url)"}
                text_to_speech: {provider: cartesia, voice: v, url: "\(voice.socket.url)"}
                limits: \(limits)
                record:
                  summary: true
                  fields: {animal: {type: choice, values: [zebra, yak]}, day: {type: date}}
                prices:
                  currency: EUR
                  services: {compatible: {output_per_million: 1000}, cartesia: {per_million_characters: 1000}}
                """, isTraced: false, environment: ["CARTESIA_API_KEY": "ca", "DEEPGRAM_API_KEY": "dg"])
        let phone = try Program(
            Workspace.product("trunkline"), ["call", server.uri(), "--bind", "127.0.0.1", "--duration", "60"])
        try await phone.end()
        _ = try await eventually("a summary") { () -> Bool? in
            let summary = try await server.calls().first?["summary"] as? [String: Any]
            return summary?["state"] as? String == "owed" || summary == nil ? nil : true
        }
        let call = try #require(try await server.calls().first)
        let list = try Program(
            Workspace.product("trunkline"), ["calls", "list", "--database", workspace.path("calls.db")])
        try await list.end()
        try await server.stop()
        for double in [voice.socket, hearing.socket] { await double.stop() }
        return (call, list.output, server.program.output, model)
    }

    @Test("A call that has passed its money ends with the goodbye, is summed up, and says what all of it cost")
    func cost() async throws {
        let workspace = try Workspace("call-cost")
        let summary = #"{"summary":"A zebra was offered.","fields":{"animal":"zebra","day":"soon"}}"#
        let (call, list, output, model) = try await Self.call(
            workspace, limits: "{cost: 0.9, goodbye: Enough.}",
            answers: [Self.answer("We have all the time in the world.", tokens: 900), Self.answer(summary, tokens: 50)])
        #expect(call["endCause"] as? String == "localHangUp")
        #expect((call["explanation"] as? String)?.hasPrefix("The call had passed limits.cost: EUR 0.9") == true)
        let turns = (call["turns"] as? [[String: Any]])?.compactMap { $0["text"] as? String }
        #expect(turns?.last?.hasSuffix("Enough.") == true)
        let events = (call["events"] as? [[String: Any]])?.compactMap { $0["kind"] as? String }
        #expect(events?.contains("limit") == true)
        let digest = try #require(call["summary"] as? [String: Any])
        #expect(digest["state"] as? String == "made" && digest["text"] as? String == "A zebra was offered.")
        let fields = try #require(digest["fields"] as? [String: Any])
        #expect(fields["animal"] as? String == "zebra" && fields["day"] is NSNull)
        #expect((digest["problems"] as? [String: String])?.keys.sorted() == ["day"])
        let usage = try #require(call["usage"] as? [[String: Any]])
        #expect(Set(usage.compactMap { $0["kind"] as? String }) == ["thinking", "speaking", "hearing", "summary"])
        // 950 tokens, and the characters that were spoken.
        let micros = try #require((call["cost"] as? [String: Any])?["micros"] as? Int)
        #expect(micros > 950_000 && list.contains("  EUR "))
        // The model is not asked again but for the summary, and without tools.
        #expect(model.bodies.count == 2 && !(model.bodies.last ?? "tools").contains("\"tools\""))
        // What it is about is nobody's affair but the record's.
        #expect(!output.contains("zebra"))
        await model.stop()
        workspace.remove()
    }

    @Test("A call ends when its minutes are over, however much the model still has to say")
    func minutes() async throws {
        let workspace = try Workspace("call-minutes")
        let (call, _, _, model) = try await Self.call(
            workspace, limits: "{minutes: 0.1, goodbye: Enough.}",
            answers: [
                Self.answer(String(repeating: "And another thing, and another one besides. ", count: 60), tokens: 900),
                Self.answer(#"{"summary":"Things were listed.","fields":{}}"#, tokens: 1),
            ])
        #expect(call["explanation"] as? String == "The call had reached limits.minutes: 6 s.")
        let turns = (call["turns"] as? [[String: Any]])?.compactMap { $0["text"] as? String }
        #expect(turns?.last == "Enough.")
        #expect(model.bodies.count == 2)
        await model.stop()
        workspace.remove()
    }
}
