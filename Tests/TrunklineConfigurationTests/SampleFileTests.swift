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
        #expect(read.bot?.dialect == .twilio && read.transfers["desk"] == "sip:desk@127.0.0.1:5070")
        #expect(read.tracing.url == "http://127.0.0.1:4318" && read.tracing.tokenFile == "tracing-token")
        #expect(read.tools.map(\.name) == ["free_times"] && read.knowledge?.folder == "docs")
        #expect(read.mcp.map(\.name) == ["calendar"] && read.digits.map(\.name) == ["card"])
        #expect(read.record.fields.map(\.name) == ["caller_name", "day", "reason"] && read.record.model != nil)
        #expect(read.record.fields.map(\.kind) == [.text, .date, .choice])
        #expect(read.limits.transfer != nil && read.roles.map(\.name) == ["billing"])
        #expect(read.transfers["sales"]?.kind == .warm && read.conversation.holdMusic == "music.wav")
        #expect(read.webhooks.url != nil && read.webhooks.secretFile == "webhook-secret")
        #expect(read.http.tokensFile == "tokens" && read.outbound.account == "telnyx" && read.outbound.from != nil)
        #expect(
            read.prices.currency == "USD" && read.prices.services["openai gpt-4.1-mini"]?.cachedPerMillion == 100_000)
        #expect(read.prices.services["deepgram"]?.perMinute == 4_300)
        #expect(read.instructions != nil && read.greeting != nil && read.conversation.failureTransfer != nil)
        #expect(read.flow != nil && read.rtp.address != nil && read.tls.key != nil && read.tls.certificate != nil)
    }

    @Test("has a trunk of Telnyx with its defaults")
    func trunk() throws {
        let lines = Self.text.split(separator: "\n", omittingEmptySubsequences: false)
        let first = try #require(lines.firstIndex(of: "# trunk:"))
        let block = lines[first...].prefix { $0.hasPrefix("# ") || $0.hasPrefix("#  ") }.map { $0.dropFirst(2) }
        let environment = ["TELNYX_PASSWORD": "secret123", "TELNYX_TOKEN": "abcdefghijkl"]
        let read = try Configuration.load(
            text: block.joined(separator: "\n"), file: "trunkline.yaml", environment: environment)
        var trunk = Configuration.Trunk(name: "telnyx", provider: .telnyx)
        (trunk.username, trunk.password) = ("USER", "secret123")
        #expect(read.trunks == [trunk])
        // Each of those without a default by itself.
        for line in block where line.hasPrefix("  ## ") {
            let key = line.dropFirst(5)
            let others = ["auth: ip", "host: 192.0.2.1", "sources: []"].filter { other in
                other.prefix { $0 != ":" } != key.prefix { $0 != ":" }
            }
            let text = "trunk: {provider: telnyx, \(others.joined(separator: ", ")), \(key)}"
            #expect(
                try Configuration.load(text: text, file: "t", environment: environment).trunks.count == 1, "\(key)")
        }
    }

    @Test(
        "names every key",
        arguments: [
            "listen", "advertise", "dns", "tls", "certificate", "key", "trust", "verify", "rtp", "ports", "address",
            "agent",
            "flow", "speech", "directory", "threads", "hearing", "echo_cancellation", "noise_suppression", "calls",
            "database", "recordings", "recording_format", "messages", "journal", "keep", "keep_recordings", "keys",
            "prices", "currency", "services",
            "maximum_duration", "maximum",
            "authentication", "realm", "users", "algorithms", "accounts", "registrar", "user", "password", "expires",
            "trusted_peers", "overload", "processor", "memory", "drain", "log", "level", "format", "conversation",
            "silence_prompt",
            "silence_hang_up", "instructions", "greeting", "model", "speech_to_text", "text_to_speech", "realtime",
            "bot", "transfers", "hold_music", "tools", "knowledge", "mcp", "digits", "limits", "agents", "tool_calls",
            "tokens",
            "minutes", "cost", "record", "summary", "fields",
            "goodbye", "transfer", "http", "tokens_file", "tokens_env", "maximum_body",
            "maximum_connections",
            "requests_per_second", "outbound", "allow", "account", "trunk", "from", "ring_timeout", "per_hour",
            "on_machine", "voicemail", "on_screening", "timezone", "quiet_hours", "cost_per_minute",
            "webhooks", "tracing", "service", "token_file", "token_env",
            "secret_file", "secret_env", "events", "pause", "hello",
            "answer_budget", "fillers", "waiting_sound", "apology", "failure_transfer",
            "accept_from", "provider", "region", "auth", "host", "port", "transport", "username", "password_env",
            "name",
            "register", "keep_alive", "prefix", "token", "charge_number", "hide_caller", "country",
            "number_format", "codecs", "srtp", "sources", "calls_per_second", "first_answer", "when_full", "headers",
            "routes", "call_control", "public_url", "public_key", "api_key_env", "api_key_file", "api_url", "codec",
            "connection_id", "way",
        ])
    func everyKey(key: String) {
        #expect(
            Self.text.split(separator: "\n").contains { line in
                line.drop { $0 == " " || $0 == "#" }.hasPrefix(key + ":")
            })
    }
}
