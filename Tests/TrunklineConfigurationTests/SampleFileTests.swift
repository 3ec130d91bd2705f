import Foundation
import TelephonyPrimitives
import Testing
import TrunklineConfiguration

@Suite("The sample file")
struct SampleFileTests {
    private static let text: String = {
        var folder = URL(fileURLWithPath: #filePath)
        while folder.path != "/", !FileManager.default.fileExists(atPath: folder.path + "/trunkline.yaml") {
            folder.deleteLastPathComponent()
        }
        return (try? String(contentsOf: folder.appendingPathComponent("trunkline.yaml"), encoding: .utf8)) ?? ""
    }()

    @Test("says the defaults")
    func defaults() throws {
        #expect(Self.text.count > 1_000)
        #expect(try Configuration.load(text: Self.text, file: "trunkline.yaml") == Configuration())
    }

    @Test("still loads with every key taken out of its comment")
    func uncommented() throws {
        let lines = Self.text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
            line.drop { $0 == " " }.hasPrefix("#") && !line.contains("# ") && line.contains(":")
                ? String(line).replacing("#", with: "", maxReplacements: 1) : String(line)
        }
        let read = try Configuration.load(
            text: lines.joined(separator: "\n"), file: "trunkline.yaml",
            environment: ["ALICE_PASSWORD": "x", "TELNYX_PASSWORD": "y"])
        #expect(read.advertise?.description == "203.0.113.7")
        #expect(read.tls.trust == "authorities.pem")
        #expect(read.authentication.users == ["alice": "x"])
        #expect(read.accounts.map(\.name) == ["telnyx"])
        #expect(read.accounts.first?.password == "y")
        #expect(read.overload.processor == 90 && read.overload.memory == 2_000_000_000)
        #expect(read.model?.provider == .openai && read.model?.temperature == 60)
        #expect(read.speechToText?.provider == .deepgram && read.realtime?.voice == "marin")
        #expect(read.textToSpeech?.fallback.first?.provider == .local)
        #expect(read.bot?.dialect == .twilio && read.transfers == ["desk": "sip:desk@127.0.0.1:5070"])
        #expect(read.tools.map(\.name) == ["free_times"])
        #expect(read.webhooks.url != nil && read.webhooks.secretFile == "webhook-secret")
        #expect(read.http.tokensFile == "tokens" && read.outbound.account == "telnyx" && read.outbound.from != nil)
        #expect(read.instructions != nil && read.greeting != nil && read.conversation.failureTransfer != nil)
        #expect(read.flow != nil && read.rtp.address != nil && read.tls.key != nil && read.tls.certificate != nil)
    }

    @Test(
        "names every key",
        arguments: [
            "listen", "advertise", "tls", "certificate", "key", "trust", "verify", "rtp", "ports", "address", "agent",
            "flow", "speech", "directory", "threads", "hearing", "echo_cancellation", "noise_suppression", "calls",
            "database", "recordings", "recording_format", "messages",
            "maximum_duration", "maximum",
            "authentication", "realm", "users", "algorithms", "accounts", "registrar", "user", "password", "expires",
            "trusted_peers", "overload", "processor", "memory", "drain", "log", "level", "format", "conversation",
            "silence_prompt",
            "silence_hang_up", "instructions", "greeting", "model", "speech_to_text", "text_to_speech", "realtime",
            "bot", "transfers", "tools", "http", "tokens_file", "tokens_env", "maximum_body", "maximum_connections",
            "requests_per_second", "outbound", "allow", "account", "trunk", "from", "ring_timeout", "per_hour",
            "webhooks",
            "secret_file", "secret_env", "events", "pause", "hello",
            "answer_budget", "fillers", "waiting_sound", "apology", "failure_transfer",
        ])
    func everyKey(key: String) {
        #expect(
            Self.text.split(separator: "\n").contains { line in
                line.drop { $0 == " " || $0 == "#" }.hasPrefix(key + ":")
            })
    }
}
