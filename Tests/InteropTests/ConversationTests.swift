import Foundation
import Testing

/// baresip, a phone that others wrote, talks with the embedded agent: a human voice asks, the answer is understood.
@Suite(.serialized)
struct ConversationTests {
    @Test("A phone asks for the opening hours and is told them", arguments: ["udp", "tcp", "tls"])
    func openingHours(transport: String) async throws {
        let workspace = try Workspace("talk-\(transport)")
        var settings = "flow: \(Workspace.root.appending(path: "flows/receptionist.yaml").path)"
        if transport == "tls" {
            try await Certificates.make(in: workspace)
            settings += """

                tls:
                  certificate: \(workspace.path("server.pem"))
                  key: \(workspace.path("server.key"))
                """
        }
        let server = try await Server(in: workspace, agent: "local", transports: [transport], settings: settings)
        let capture =
            transport == "tls"
            ? nil : try await Capture(in: workspace, filter: "port \(server.ports[transport] ?? 0)")

        // The greeting is heard out, then the caller asks, waits for the answer and says goodbye.
        let question = workspace.path("question.wav")
        try Sound.write(
            [
                .silence(seconds: 7), .prompt("your"), .prompt("hours"), .silence(seconds: 10), .prompt("goodbye"),
                .silence(seconds: 8),
            ], to: question)
        let phone = try Baresip(
            in: workspace, speaking: question, dial: server.uri(transport),
            certificateAuthority: transport == "tls" ? workspace.path("ca.pem") : nil)
        try await phone.callEstablished()
        _ = try await phone.program.line(containing: "terminated (duration")
        try await phone.stop()

        let call = try #require(try await server.calls().first)
        let turns = try #require(call["turns"] as? [[String: Any]])
        func text(_ who: String) -> String {
            turns.filter { $0["who"] as? String == who }.compactMap { $0["text"] as? String }.joined(separator: " ")
                .lowercased()
        }
        #expect(text("caller").contains("hours"), "\(turns)")
        #expect(text("agent").contains("nine"), "\(turns)")
        #expect(text("agent").contains("five"), "\(turns)")
        #expect(call["state"] as? String == "ended")

        // What the phone's loudspeaker gave, understood by the same ears that a caller's words go to.
        let heard = try await Transcriber.transcribe(phone.heard())
        #expect(wordErrorRate(of: heard, said: text("agent")) < 0.3, "\(heard)")

        #expect(try await server.stop() == 0)
        try await capture?.audit()
        try server.audit()
        workspace.remove()
    }

    @Test(
        "Misheard words are counted by what was said",
        arguments: [
            ("We are open from nine to five.", "we are open from nine to five", 0.0),
            ("we are open for mine to five", "We are open from nine to five", 2.0 / 7),
            ("are open from from nine to five", "we are open from nine to five", 2.0 / 7),
            ("", "we are open", 1.0), ("nine", "", 1.0),
        ])
    func errorRate(heard: String, said: String, rate: Double) {
        #expect(wordErrorRate(of: heard, said: said) == rate)
    }

    @Test("Keys of the phone drive the menu of the flow")
    func keys() async throws {
        let workspace = try Workspace("keys")
        let server = try await Server(
            in: workspace, agent: "local",
            settings: "flow: \(Workspace.root.appending(path: "flows/receptionist.yaml").path)")
        let silence = workspace.path("silence.wav")
        try Sound.write([.silence(seconds: 40)], to: silence)
        let phone = try Baresip(in: workspace, speaking: silence, dial: server.uri())
        try await phone.callEstablished()
        _ = try await server.program.line(containing: " agent: ")
        try phone.control("sndcode", "1")
        _ = try await server.program.line(containing: "pressed a key")
        _ = try await server.program.line(number: 2, containing: " agent: ")
        try phone.control("hangup")
        _ = try await server.program.line(containing: "ended")
        try await phone.stop()

        let call = try #require(try await server.calls().first)
        let keys = try #require(call["dtmf"] as? [[String: Any]])
        #expect(keys.compactMap { $0["digit"] as? String } == ["1"])
        let turns = try #require(call["turns"] as? [[String: Any]])
        let answers = turns.filter { $0["who"] as? String == "agent" }.compactMap { $0["text"] as? String }
        #expect(answers.count >= 2)
        #expect(answers.dropFirst().joined(separator: " ").lowercased().contains("nine"), "\(turns)")
        #expect(try await server.stop() == 0)
        workspace.remove()
    }
}
