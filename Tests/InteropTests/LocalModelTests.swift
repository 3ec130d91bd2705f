import Agent
import Foundation
import Providers
import Synchronization
import Testing

/// A language model behind a server that others wrote: llama.cpp's, which speaks the chat completions interface.
///
/// The model is too small to be clever. What is asserted is what must hold whatever it writes; where words matter, a
/// grammar of the server's makes it write them.
@Suite(
    .serialized, .timeLimit(.minutes(3)),
    .enabled(if: LlamaServer.isInstalled, "llama.cpp is not installed: scripts/install-llama.sh"))
struct LocalModelTests {
    /// What came of one request.
    private struct Answer {
        var pieces: [String] = []
        var calls: [ToolCall] = []
        var usage: ProviderUsage?
        var finish: ModelFinish?
        var error: ProviderError?

        var text: String { pieces.joined() }
    }

    private static func answer(
        of model: any LanguageModel, to text: String, limit: Int? = 100
    ) async -> Answer {
        var answer = Answer()
        let request = ModelRequest(
            instructions: "You are a helpful assistant.", messages: [.user(text)], maximumTokens: limit)
        do {
            for try await event in model.respond(to: request) {
                switch event {
                case .text(let piece): answer.pieces.append(piece)
                case .call(let call): answer.calls.append(call)
                case .usage(let usage): answer.usage = usage
                case .finished(let finish): answer.finish = finish
                }
            }
        } catch {
            answer.error = error as? ProviderError ?? .failed("\(error)")
        }
        return answer
    }

    private static let context = DialogueContext(
        callID: "call", caller: "sip:caller@127.0.0.1", called: "sip:desk@127.0.0.1")

    // MARK: Answers

    @Test("llama.cpp streams an answer in pieces, ends it, and tells how many tokens it took")
    func streams() async throws {
        let server = try await LlamaServer()
        let free = await Self.answer(of: server.model(), to: "What is the capital of France?")
        print("SmolLM2 on the capital of France: \(free.text)")
        #expect(free.error == nil)
        #expect(free.pieces.count > 1)
        #expect(free.finish == .complete || free.finish == .length)
        let usage = try #require(free.usage)
        #expect(usage.provider == "compatible smollm2")
        #expect(try #require(usage.inputTokens) > 10)
        #expect(try #require(usage.outputTokens) >= free.pieces.count)

        // An answer that the limit cuts.
        let cut = await Self.answer(of: server.model(fields: ["ignore_eos": true]), to: "Tell me a story.", limit: 12)
        #expect(cut.finish == .length)
        #expect(cut.usage?.outputTokens == 12)

        // Characters of several octets, which are several tokens.
        let said = "Grüß Gott, 東京 👋🏽 – okay."
        let whole = await Self.answer(
            of: server.model(fields: ["grammar": .string("root ::= \"\(said)\"")]), to: "Hello")
        #expect(whole.text == said)
        #expect(whole.pieces.count > 1)
        #expect(whole.finish == .complete)
    }

    @Test("llama.cpp stops an answer that the caller interrupts, and answers the next turn")
    func cancelled() async throws {
        let server = try await LlamaServer()
        // One request at a time, and none ever comes to its end by itself.
        let dialogue = ModelDialogue(
            model: server.model(fields: ["ignore_eos": true]),
            configuration: ModelDialogueConfiguration(instructions: "You tell stories.", maximumTokens: 3_000))
        let session = try await dialogue.makeSession(Self.context)
        for turn in 1...3 {
            var heard = ""
            let reply = session.reply(
                to: .said("Tell me story number \(turn)."), turn: TurnCommitment(isCommitted: true))
            for try await action in reply {
                guard case .say(let clause) = action else { continue }
                heard = clause
                break
            }
            #expect(!heard.isEmpty)
            await session.interrupted(heard: heard)
            _ = try await server.program.line(number: turn, containing: "cancel task")
        }
        await session.close()
        let next = await Self.answer(of: server.model(), to: "Hello", limit: 5)
        #expect(next.finish != nil)
    }

    // MARK: Tools

    /// Tells when one can come, and remembers what it was asked.
    private final class OpeningHours: Tool {
        let asked = Mutex([JSONValue]())

        let declaration = ToolDeclaration(
            name: "opening_hours", text: "Tells the opening hours of a day.",
            parameters: [
                "type": "object",
                "properties": ["day": ["type": "string", "enum": ["monday", "tuesday"]]], "required": ["day"],
            ])

        func run(_ arguments: JSONValue, context: DialogueContext) async throws -> ToolResult {
            asked.withLock { $0.append(arguments) }
            return ToolResult(text: "From nine to five.")
        }
    }

    @Test("llama.cpp calls a tool in pieces, and goes on with what it came to")
    func tools() async throws {
        let server = try await LlamaServer(hasTools: true)
        let hours = OpeningHours()
        let dialogue = ModelDialogue(
            model: server.model(),
            configuration: ModelDialogueConfiguration(instructions: "", maximumTokens: 60, maximumToolRounds: 2),
            tools: [hours])
        let session = try await dialogue.makeSession(Self.context)
        // So small a model calls nothing of its own will, but it repeats; from the first mark on the server parses.
        let wish = "<tool_call>\n{\"name\": \"opening_hours\", \"arguments\": {\"day\": \"tuesday\"}}\n</tool_call>"
        var started: [ToolCall] = []
        var ended: [ToolOutcome] = []
        var used: [ProviderUsage] = []
        let reply = session.reply(
            to: .said("Repeat after me exactly: \(wish)"), turn: TurnCommitment(isCommitted: true))
        for try await action in reply {
            switch action {
            case .toolStarted(let call): started.append(call)
            case .toolEnded(let outcome): ended.append(outcome)
            case .usage(let usage): used.append(usage)
            default: break
            }
        }
        await session.close()
        let first = try #require(started.first)
        #expect(first.name == "opening_hours")
        #expect(!first.id.isEmpty)
        #expect(hours.asked.withLock { $0.first } == ["day": "tuesday"])
        #expect(ended.allSatisfy { !$0.failed && $0.text == "From nine to five." })
        // The next request had the call and its result in it, and was answered as well.
        try #require(used.count >= 2)
        let (before, after) = (try #require(used[0].inputTokens), try #require(used[1].inputTokens))
        #expect(after > before + 30)
    }

    // MARK: Failures

    @Test("llama.cpp refuses a wrong key and none, and what is said of it shows where the key is and not the key")
    func refused() async throws {
        let server = try await LlamaServer()
        let cases: [(Secret?, String)] = [
            (Secret("planted-0815", from: "the variable MODEL_KEY"), "check the key in the variable MODEL_KEY"),
            (nil, "check the key of this provider"),
        ]
        for (key, sentence) in cases {
            let answer = await Self.answer(of: server.model(key: key), to: "Hello")
            guard case .unavailable(let text)? = answer.error else {
                Issue.record("\(answer)")
                continue
            }
            #expect(text.contains(sentence))
            #expect(!text.contains("0815"))
        }
        // More than the model can hold.
        let long = await Self.answer(
            of: server.model(), to: String(repeating: "All work and no play. ", count: 1_000))
        #expect(try #require(long.error).description.contains("(400)"))
    }

    @Test("llama.cpp goes away in the midst of an answer: that one fails, and the next comes from the fallback")
    func gone() async throws {
        let (first, second) = (try await LlamaServer(), try await LlamaServer())
        let model = HedgedModel(
            first.model(fields: ["ignore_eos": true]),
            second.model(fields: ["grammar": "root ::= \"The second speaks.\""]), after: .seconds(30))
        let request = ModelRequest(
            instructions: "You tell stories.", messages: [.user("Tell me a story.")], maximumTokens: 3_000)
        var pieces = 0
        do {
            for try await event in model.respond(to: request) {
                guard case .text = event else { continue }
                pieces += 1
                if pieces == 5 { try await first.kill() }
            }
            Issue.record("the answer came to an end")
        } catch let error as ProviderError {
            #expect(error.mayPass)
            #expect(!error.description.contains(LlamaServer.key))
        }
        #expect(pieces >= 5)
        #expect(await Self.answer(of: model, to: "Hello").text == "The second speaks.")
    }

    // MARK: A call

    @Test("A phone talks with a model behind llama.cpp, and hears the apology when that has gone")
    func call() async throws {
        let workspace = try Workspace("local-model")
        let llama = try await LlamaServer()
        let apology = "I am sorry, something is broken here. Please call again tomorrow."
        let server = try await Server(
            in: workspace, agent: "model",
            settings: """
                model: {provider: compatible, url: "\(llama.url)", model: smollm2, api_key_env: LOCAL_KEY, temperature: 0, max_tokens: 40}
                instructions: You answer the phone of a dentist.
                greeting: "Harbour Dental, good day. How can I help you?"
                conversation:
                  apology: "\(apology)"
                """, environment: ["LOCAL_KEY": LlamaServer.key])
        let capture = try await Capture(in: workspace, filter: "port \(server.ports["udp"] ?? 0)")
        let question = workspace.path("question.wav")
        try Sound.write(
            [
                .silence(seconds: 6), .prompt("your"), .prompt("hours"), .silence(seconds: 14), .prompt("your"),
                .prompt("hours"), .silence(seconds: 30),
            ], to: question)
        let phone = try Baresip(in: workspace, speaking: question, dial: server.uri())
        try await phone.callEstablished()
        // The greeting, and what the model said.
        _ = try await server.program.line(number: 2, containing: " agent: ")
        try await llama.kill()
        _ = try await phone.program.line(containing: "terminated (duration")
        try await phone.stop()

        let call = try #require(try await server.calls().first)
        let turns = try #require(call["turns"] as? [[String: Any]])
        let said = turns.filter { $0["who"] as? String == "agent" }.compactMap { $0["text"] as? String }
        #expect(said.first?.hasPrefix("Harbour Dental") == true)
        #expect(said.count >= 3, "\(turns)")
        #expect(said.last == apology, "\(turns)")
        #expect(said.dropFirst().first != apology)
        let heard = try await Transcriber.transcribe(phone.heard())
        #expect(wordErrorRate(of: heard, said: said.joined(separator: " ").lowercased()) < 0.5, "\(heard)\n\(said)")
        #expect(call["state"] as? String == "ended")
        #expect(!server.program.output.contains(LlamaServer.key))
        #expect(try await server.stop() == 0)
        try await capture.audit()
        try server.audit()
        workspace.remove()
    }
}
