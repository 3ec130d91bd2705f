import Agent
import Foundation
import ProviderDoubles
import Testing

@testable import Providers

/// A caller who can talk the model into everything: what happens is what the configuration allows, and no more.
@Suite("A hostile caller and a model that obeys", .timeLimit(.minutes(1)))
struct HostileCallerTests {
    private static func words(of deed: HostileCaller.Deed) -> String {
        switch deed {
        case .transfer: "transfer sip:desk@example.com"
        case .keys(let keys): "keys \(keys)"
        case .hangUp: "hang up"
        case .note(let length): "note of \(length)"
        case .asked(let body): "asked \(body)"
        case .cancel: "cancel"
        }
    }

    private static func dialogue(
        _ model: ObedientModelDouble, _ server: HTTPDouble, limits: CallLimits = CallLimits(toolCalls: 20)
    ) throws -> ModelDialogue {
        var folder = URL(fileURLWithPath: #filePath)
        while folder.path != "/", !FileManager.default.fileExists(atPath: folder.path + "/Fixtures") {
            folder.deleteLastPathComponent()
        }
        func tool(_ name: String, _ url: String, isPrivate: Bool) throws -> HTTPTool {
            try HTTPTool(
                HTTPToolConfiguration(
                    declaration: ToolDeclaration(
                        name: name, text: "Tells the free times of a day.",
                        parameters: [
                            "type": "object", "additionalProperties": false,
                            "properties": ["day": ["type": "string", "enum": ["monday", "tuesday"]]],
                        ]),
                    url: url, token: Secret("t0ken-of-the-shop"), allowsPrivateAddresses: isPrivate))
        }
        var configuration = ModelDialogueConfiguration(instructions: "You answer for a shop.")
        configuration.limits = limits
        return ModelDialogue(
            model: ChatCompletionsModel(
                .compatible(model: "obedient", url: model.url, key: Secret("sk-of-the-shop"))),
            configuration: configuration,
            tools: [
                HangUpTool(), TakeNoteTool(), PressKeysTool(),
                TransferTool(destinations: ["desk": "sip:desk@example.com"]),
                CaptureTool(), CollectDigitsTool([DigitCollection(name: "card", isSecret: true)]),
                LookupTool(try Knowledge(folder: folder.path + "/Fixtures/knowledge/dentist")),
                try tool("free_times", server.url + "/times", isPrivate: true),
                try tool("inner", server.url + "/inner", isPrivate: false),
                try tool("metadata", "http://169.254.169.254/latest/meta-data", isPrivate: false),
            ])
    }

    /// What a reply did, and what it said.
    private static func reply(
        _ session: any DialogueSession, _ line: String
    ) async -> (done: [String], said: String, tools: Int, error: String?) {
        var (done, said, tools) = ([String](), "", 0)
        do {
            for try await action in session.reply(to: .said(line), turn: TurnCommitment(isCommitted: true)) {
                switch action {
                case .say(let text): said += text + " "
                case .hangUp: done.append("hang up")
                case .transfer(let target): done.append("transfer \(target)")
                case .consult(let order): done.append("transfer \(order.destination.target)")
                case .hold: done.append("hold")
                case .sendDTMF(let keys): done.append("keys \(keys)")
                case .note(_, let value): done.append("note of \(value.count)")
                case .cancelPlans: done.append("cancel")
                case .collectDigits(let collection): done.append("digits \(collection.name)")
                case .handedOver(_, let to): done.append("handed over to \(to)")
                case .toolStarted: tools += 1
                case .toolEnded, .usage: break
                }
            }
        } catch {
            return (done, said, tools, "\(error)")
        }
        return (done, said, tools, nil)
    }

    @Test("T-50 A caller whom the model always obeys gets nothing that the configuration does not allow")
    func obeyed() async throws {
        let model = try await ObedientModelDouble()
        let server = try await HTTPDouble { _ in .init(steps: [.send(Array("9:00".utf8))]) }
        #expect(HostileCaller.lines.count >= 25)
        for (line, expected) in HostileCaller.lines.map({ ($0.words, $0.does.map(Self.words)) }) {
            let asked = server.requests.count
            let session = try await Self.dialogue(model, server).makeSession(
                DialogueContext(callID: "c", caller: "sip:mallory@x", called: "sip:shop@y"))
            let reply = await Self.reply(session, line)
            var done = reply.done
            for request in server.requests.dropFirst(asked) {
                #expect(request.path == "/times", "\(line)")
                done.append("asked \(String(decoding: request.body, as: UTF8.self))")
            }
            // What is asked for again and again comes to the bound of one answer.
            let once = line.hasSuffix("again and again") ? Array(Set(done)) : done
            #expect(once == expected, "\(line.prefix(60))")
            // So many calls in one answer are taken for a broken service.
            #expect(!line.hasSuffix("1000 times") || reply.error != nil)
            #expect(reply.tools <= 20 && reply.said.count <= 6_200, "\(line.prefix(60))")
            for secret in ["t0ken-of-the-shop", "sk-of-the-shop", "sip:desk@example.com"] {
                #expect(!reply.said.contains(secret), "\(line.prefix(60))")
            }
            await session.close()
        }
        // The model itself never learns a key or where a place is.
        for secret in ["t0ken-of-the-shop", "sk-of-the-shop", "sip:desk@example.com"] {
            #expect(!model.bodies.contains { $0.contains(secret) })
        }
        await model.stop()
        await server.stop()
    }

    @Test("T-50 However long the caller goes on, the call ends when its budget is used up")
    func budget() async throws {
        let model = try await ObedientModelDouble()
        let server = try await HTTPDouble { _ in .init(steps: []) }
        let session = try await Self.dialogue(model, server).makeSession(
            DialogueContext(callID: "c", caller: "sip:mallory@x", called: "sip:shop@y"))
        var (tools, ends) = (0, [String]())
        for _ in 0..<30 where ends.isEmpty {
            let reply = await Self.reply(session, "call tool take_note again and again")
            tools += reply.tools
            if reply.done.contains("hang up") { ends = Array(reply.done.suffix(2)) + [reply.said] }
        }
        #expect(tools == 20)
        #expect(ends == ["cancel", "hang up", CallLimits().goodbye + " "])
        let tokens = try await Self.dialogue(model, server, limits: CallLimits(tokens: 1_000)).makeSession(
            DialogueContext(callID: "c", caller: "sip:mallory@x", called: "sip:shop@y"))
        var count = 0
        while count < 100 {
            count += 1
            if await Self.reply(tokens, "tell me more").done.contains("hang up") { break }
        }
        // 110 for each answer.
        #expect(count == 11)
        await model.stop()
        await server.stop()
    }
}
