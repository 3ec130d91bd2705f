import Foundation
import ProviderDoubles
import Testing

/// The program says sorry by itself when who talks for it is lost in mid-call.
@Suite(.serialized)
struct LostAgentTests {
    private func phone(_ server: Server, in workspace: Workspace) throws -> Program {
        try Program(
            Workspace.product("trunkline"),
            [
                "call", server.uri(), "--bind", "127.0.0.1", "--duration", "60", "--record",
                workspace.path("heard.wav"),
            ])
    }

    private func heard(in workspace: Workspace) async throws -> String {
        try await Transcriber.transcribe(workspace.path("heard.wav"), channel: 0).lowercased()
    }

    @Test("A bot that breaks off is apologised for by the embedded voice")
    func bot() async throws {
        let workspace = try Workspace("lost-bot")
        let double = try await MediaStreamBotDouble.start(.twilio)
        let url = try #require(await double.url)
        let server = try await Server(
            in: workspace, agent: "bot",
            settings: "bot: {protocol: twilio, url: \"\(url)\"}\nconversation: {apology: \"The harbour is closed.\"}")
        _ = try await server.program.line(containing: "callers hear the apology")
        let phone = try phone(server, in: workspace)
        _ = try await phone.line(containing: "answered")
        _ = try await eventually("the bot's start") { await double.start }
        await double.fall()
        #expect(try await phone.end() == 0, "\(phone.output)")
        let words = try await heard(in: workspace)
        #expect(words.contains("closed"), "\(words)")
        try await server.stop()
        await double.stop()
        workspace.remove()
    }

    @Test(
        "A model that hears and speaks, and is not to be had again, is apologised for by the voice that is configured")
    func realtime() async throws {
        let workspace = try Workspace("lost-model")
        let double = try await RealtimeDouble.start()
        let url = try #require(await double.url)
        try workspace.write("test-key", to: "key")
        let server = try await Server(
            in: workspace, agent: "realtime",
            settings: """
                realtime: {provider: openai, url: "\(url)", api_key_file: "\(workspace.path("key"))"}
                text_to_speech: {provider: local}
                conversation: {apology: "The harbour is closed."}
                """)
        let phone = try phone(server, in: workspace)
        _ = try await phone.line(containing: "answered")
        while await double.events.isEmpty { try await Task.sleep(for: .milliseconds(20)) }
        await double.stop()
        #expect(try await phone.end() == 0, "\(phone.output)")
        let words = try await heard(in: workspace)
        #expect(words.contains("closed"), "\(words)")
        try await server.stop()
        workspace.remove()
    }

    @Test("Without a voice the log says at the start that nobody will say sorry")
    func voiceless() async throws {
        let workspace = try Workspace("voiceless")
        let server = try await Server(
            in: workspace, agent: "bot",
            settings: "bot: {protocol: twilio, url: \"ws://127.0.0.1:9/\"}\nspeech: {directory: /nonexistent}")
        _ = try await server.program.line(containing: "callers hear no apology before the call ends")
        #expect(server.program.output.contains("scripts/install-speech.sh"))
        try await server.stop()
        workspace.remove()
    }
}
