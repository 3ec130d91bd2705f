import Foundation
import ProviderDoubles
import RTPMedia
import Synchronization
import Testing

/// A server that is killed again and again, under load.
@Suite(.serialized)
struct KillTests {
    /// How often it is killed; `make kills` does it 200 times.
    private static let kills = ProcessInfo.processInfo.environment["TRUNKLINE_KILLS"].flatMap { Int($0) } ?? 12
    private static let secret = "0123456789abcdef0123456789abcdef"

    /// Callers who call one after the other, and what they know of their calls.
    private final class Crowd: Sendable {
        private let state = Mutex((over: [(caller: String, at: ContinuousClock.Instant)](), isClosed: false))

        /// Calls that were answered and ended in order.
        func over(before time: ContinuousClock.Instant) -> [String] {
            state.withLock { $0.over.filter { $0.at < time }.map(\.caller) }
        }

        func close() { state.withLock { $0.isClosed = true } }

        func work(
            _ name: String, _ uri: String,
            payloads: [[UInt8]?] = Array(repeating: Array(repeating: 0x55, count: 160), count: 10)
        ) async throws {
            for number in 0..<1_000 where !state.withLock({ $0.isClosed }) {
                let caller = "\(name)n\(number)"
                let status = try await RawCaller(caller).call(uri, payloads: payloads)
                guard status == 200 else { return }
                state.withLock { $0.over.append((caller, .now)) }
            }
        }
    }

    @Test("T-60: killed at random moments under load, it loses no call and no webhook, and is there again in time")
    func killed() async throws {
        let workspace = try Workspace("kills")
        let hooks = try Workspace.freePort()
        let script = Workspace.root.appending(path: "Tests/InteropTests/Support/webhook_receiver.py").path
        let receiver = try Program("/usr/bin/python3", [script, "\(hooks)", Self.secret, "0"])
        _ = try await receiver.line(containing: "ready")
        try workspace.write(Self.secret + "\n", to: "secret")
        let settings = """
            webhooks: {url: "http://127.0.0.1:\(hooks)/calls", secret_file: "\(workspace.path("secret"))"}
            """
        var owed: Set<String> = []
        var slowest = Duration.zero
        for kill in 0..<Self.kills {
            let start = ContinuousClock.now
            // Over TCP callers notice at once that it is gone.
            let server = try await Server(
                in: workspace, agent: "echo", transports: ["tcp"], settings: settings, isTraced: false)
            slowest = max(slowest, start.duration(to: .now))
            let crowd = Crowd()
            let uri = server.uri("tcp")
            async let crowded: Void = withThrowingTaskGroup(of: Void.self) { group in
                for caller in 0..<4 { group.addTask { try? await crowd.work("k\(kill)w\(caller)", uri) } }
                try await group.waitForAll()
            }
            try await Task.sleep(for: .milliseconds(.random(in: 50...1_500)))
            // What the writer gathers is written within a fifth of a second.
            owed.formUnion(crowd.over(before: .now - .milliseconds(400)))
            server.program.signal(SIGKILL)
            try await server.program.end()
            crowd.close()
            try await crowded
        }
        let last = try await Server(in: workspace, agent: "echo", settings: settings, isTraced: false)
        let list = try Program(
            Workspace.product("trunkline"), ["calls", "list", "--json", "--database", workspace.path("calls.db")])
        #expect(try await list.end() == 0)
        let calls = try #require(
            try JSONSerialization.jsonObject(with: Data(list.output.utf8)) as? [[String: Any]], "\(list.output)")
        let states = Dictionary(
            calls.compactMap { call -> (String, String)? in
                guard let remote = call["remote"] as? String, let state = call["state"] as? String else { return nil }
                return (String(remote.dropFirst(4).prefix { $0 != "@" }), state)
            }, uniquingKeysWith: { $1 })
        let lost = owed.filter { states[$0] != "ended" }
        #expect(owed.count > Self.kills / 4, "\(owed.count)")
        #expect(lost.isEmpty, "\(lost.map { "\($0): \(states[$0] ?? "not there")" })")
        #expect(Set(states.values).isSubset(of: ["ended", "interrupted"]), "\(Set(states.values))")
        // Recordings are readable, whole or as far as they went.
        let folder = workspace.path("recordings")
        for name in try FileManager.default.contentsOfDirectory(atPath: folder) {
            #expect(throws: Never.self, "\(name)") {
                _ = try WAVFile(parsing: [UInt8](Data(contentsOf: URL(filePath: "\(folder)/\(name)"))))
            }
        }
        // Each call's end is told, also of those that a kill has ended.
        let identifiers = Set(calls.compactMap { $0["id"] as? String })
        let untold = try await eventually("all ends told") { () -> Set<String>? in
            var told: Set<String> = []
            for line in receiver.output.split(separator: "\n") {
                let words = line.split(separator: " ")
                if words.count > 2, words[1] == "call.ended" { told.insert(String(words[2])) }
            }
            return identifiers.subtracting(told).isEmpty ? [] : nil
        }
        #expect(untold.isEmpty)
        // The time that the issue asks for is judged where it is measured; this one only stops a hang.
        print("Killed \(Self.kills) times: \(calls.count) calls, \(owed.count) of them owed; slowest start \(slowest).")
        #expect(try await last.stop() == 0)
        receiver.signal(SIGTERM)
        workspace.remove()
    }

    /// A turn of a conversation, as the server says it when it is over and as it is stored.
    private struct Turn: Hashable, CustomStringConvertible {
        /// The last letters of the call's identifier.
        let call: Substring
        let who: Substring
        let text: String

        var description: String { "\(call) \(who): \(text)" }

        /// Of a line such as `02:55:22  ulh2  caller: Good morning.`
        init?(line: Substring) {
            guard let match = line.wholeMatch(of: /[0-9:]{8}  (\w{4})  (caller|agent): +(.*?)( -- interrupted)?/) else {
                return nil
            }
            (call, who, text) = (match.1, match.2, String(match.3))
        }

        init?(stored turn: [String: Any], of call: String) {
            guard let who = turn["who"] as? String, let text = turn["text"] as? String else { return nil }
            (self.call, self.who, self.text) = (call.suffix(4), Substring(who), text)
        }
    }

    @Test("T-60: killed in the midst of conversations, it loses no turn that was over")
    func turns() async throws {
        let workspace = try Workspace("kill-turns")
        // A third of the kills: a turn takes as long as people talk.
        let kills = max(3, Self.kills / 3)
        let thinking = try await ChatCompletionsDouble(answers: [ChatCompletionsDouble.saying("From nine to five.")])
        let hearing = try await OpenAISpeechDouble(key: "k", answers: [OpenAISpeechDouble.text("When are you open?")])
        let speaking = try await OpenAISpeechDouble(
            key: "k", answers: [OpenAISpeechDouble.sound(Array(repeating: 900, count: 12_000))])
        let settings = """
            greeting: "Good day."
            model: {provider: compatible, url: "\(thinking.url)", model: thinker}
            speech_to_text: {provider: openai, url: "\(hearing.url)"}
            text_to_speech: {provider: openai, url: "\(speaking.url)"}
            """
        func start() async throws -> Server {
            try await Server(
                in: workspace, agent: "model", transports: ["tcp"], settings: settings, isTraced: false,
                environment: ["OPENAI_API_KEY": "k"])
        }
        let silence = [[UInt8]](repeating: Array(repeating: 0xFF, count: 160), count: 50)
        let question = try silence + RawCaller.speech(["vm-goodbye"], seconds: 1, law: .mu) + silence + silence
        var owed: Set<Turn> = []
        for kill in 0..<kills {
            let server = try await start()
            let crowd = Crowd()
            let uri = server.uri("tcp")
            async let crowded: Void = withThrowingTaskGroup(of: Void.self) { group in
                for caller in 0..<4 {
                    group.addTask { try? await crowd.work("k\(kill)w\(caller)", uri, payloads: question) }
                }
                try await group.waitForAll()
            }
            try await Task.sleep(for: .milliseconds(.random(in: 1_000...5_000)))
            // What the writer gathers is written within a fifth of a second.
            owed.formUnion(server.program.output.split(separator: "\n").compactMap(Turn.init(line:)))
            try await Task.sleep(for: .milliseconds(400))
            server.program.signal(SIGKILL)
            try await server.program.end()
            crowd.close()
            try await crowded
        }
        let last = try await start()
        var stored: Set<Turn> = []
        for call in try await Server.stored(in: workspace) {
            let id = try #require(call["id"] as? String)
            for turn in call["turns"] as? [[String: Any]] ?? [] {
                if let turn = Turn(stored: turn, of: id) { stored.insert(turn) }
            }
        }
        #expect(Set(owed.map(\.who)) == ["caller", "agent"] && owed.count >= kills, "\(owed)")
        #expect(owed.isSubset(of: stored), "\(owed.subtracting(stored))")
        print("Killed \(kills) times in conversations: \(stored.count) turns stored, \(owed.count) of them owed.")
        #expect(try await last.stop() == 0)
        for double in [hearing, speaking] { await double.stop() }
        await thinking.stop()
        workspace.remove()
    }
}
