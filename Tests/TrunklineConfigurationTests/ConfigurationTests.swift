import TelephonyPrimitives
import Testing
import TrunklineConfiguration

@Suite("Loading a configuration")
struct ConfigurationTests {
    private func load(_ text: String, _ environment: [String: String] = [:]) throws(ConfigurationErrors)
        -> Configuration
    {
        try Configuration.load(text: text, file: "t.yaml", environment: environment)
    }

    @Test("an empty file means the defaults", arguments: ["", "# nothing\n", "---\n", "tls:\nlog:\n", "{}"])
    func empty(text: String) throws {
        #expect(try load(text) == Configuration())
    }

    @Test("every key is read")
    func everyKey() throws {
        let read = try load(
            """
            listen: ["tls:0.0.0.0", 'udp:[2001:db8::1]:5070']
            advertise: 203.0.113.7
            tls: {certificate: c.pem, key: k.pem, trust: t.pem, verify: false}
            rtp:
              ports: 20000-20099
              address: 192.0.2.10
            agent: playback:hello world.wav
            flow: flows/a.yaml
            speech: {directory: /opt/models, threads: 8}
            hearing: {echo_cancellation: false, noise_suppression: 15, level: -26}
            calls:
              database: /var/lib/calls.sqlite
              recordings: kept
              journal: true
              recording_format: opus
              messages: false
              maximum_duration: 2h
              maximum: 5
            authentication:
              realm: "sip.example.com"
              users: {alice: "${A}-$${B}$", 1001: "12345"}
            accounts:
              work: {address: "sip:bob@example.net"}
              home:
                address: sips:alice@example.com
                registrar: sip:sip.example.com;transport=tls
                user: a1
                password: ${A}
                expires: 10m
            dns: [192.0.2.53, "127.0.0.1:5353", "[2001:db8::53]:54"]
            trusted_peers: [192.0.2.77, "2001:db8::77"]
            overload: {processor: 85%, memory: 512MB}
            drain: 0s
            http:
              listen: "[::1]:9000"
              tokens_env: A
              maximum_body: 1MB
              maximum_connections: 7
              requests_per_second: 3
            outbound:
              allow: ["+4930*", "sip:*@example.com"]
              account: home
              from: sip:me@example.com
              ring_timeout: 20s
              maximum: 2
              per_hour: 5
            webhooks: {url: "https://example.com/x?y", secret_env: A, events: [call.ended]}
            log: {level: debug, format: json}
            conversation: {silence_prompt: 500ms, silence_hang_up: 1m}
            """, ["A": "secret"])
        var expected = Configuration()
        expected.listen = [
            ListenSpec(transport: .tls, ip: .anyV4, port: 5061),
            ListenSpec(transport: .udp, ip: .v6(0x2001_0db8_0000_0000, 1), port: 5070),
        ]
        expected.advertise = IPAddress("203.0.113.7")
        expected.tls.certificate = "c.pem"
        expected.tls.key = "k.pem"
        expected.tls.trust = "t.pem"
        expected.tls.verify = false
        expected.rtp.ports = 20_000...20_099
        expected.rtp.address = IPAddress("192.0.2.10")
        expected.agent = .playback(file: "hello world.wav")
        expected.flow = "flows/a.yaml"
        expected.speech.directory = "/opt/models"
        expected.speech.threads = 8
        expected.hearing.echoCancellation = false
        expected.hearing.noiseSuppression = 15
        expected.hearing.level = -26
        expected.calls.database = "/var/lib/calls.sqlite"
        expected.calls.recordings = "kept"
        expected.calls.journal = "~/.local/share/trunkline/journal"
        expected.calls.recordingFormat = .opus
        expected.calls.messages = false
        expected.calls.maximumDuration = .seconds(7_200)
        expected.calls.maximum = 5
        expected.authentication.realm = "sip.example.com"
        expected.authentication.users = ["alice": "secret-${B}$", "1001": "12345"]
        expected.accounts = [
            Configuration.Account(name: "home", address: "sips:alice@example.com"),
            Configuration.Account(name: "work", address: "sip:bob@example.net"),
        ]
        expected.accounts[0].registrar = "sip:sip.example.com;transport=tls"
        expected.accounts[0].user = "a1"
        expected.accounts[0].password = "secret"
        expected.accounts[0].expires = .seconds(600)
        expected.nameServers = [
            TransportAddress(ip: .v4(0xC000_0235), port: 53), TransportAddress(ip: .loopbackV4, port: 5_353),
            TransportAddress(ip: .v6(0x2001_0db8_0000_0000, 0x53), port: 54),
        ]
        expected.trustedPeers = [.v4(0xC000_024D), .v6(0x2001_0db8_0000_0000, 0x77)]
        expected.overload.processor = 85
        expected.overload.memory = 512_000_000
        expected.drain = .zero
        expected.http.listen = TransportAddress(ip: .v6(0, 1), port: 9_000)
        expected.http.tokens = "secret"
        expected.http.maximumBody = 1_000_000
        expected.http.maximumConnections = 7
        expected.http.requestsPerSecond = 3
        expected.outbound.allow = ["+4930*", "sip:*@example.com"]
        expected.outbound.account = "home"
        expected.outbound.from = "sip:me@example.com"
        expected.outbound.ringTimeout = .seconds(20)
        expected.outbound.maximum = 2
        expected.outbound.perHour = 5
        expected.webhooks.url = "https://example.com/x?y"
        expected.webhooks.secret = "secret"
        expected.webhooks.events = [.ended]
        expected.log.level = .debug
        expected.log.format = .json
        expected.conversation.silencePrompt = .milliseconds(500)
        expected.conversation.silenceHangUp = .seconds(60)
        #expect(read == expected)
    }

    @Test(
        "what is heard while a tool works is nothing, typing or a file",
        arguments: [
            ("false", nil), ("typing", .typing), ("~/rain.wav", .file("~/rain.wav")), ("./typing", .file("./typing")),
        ] as [(String, Configuration.WaitingSoundChoice?)])
    func waitingSound(text: String, choice: Configuration.WaitingSoundChoice?) throws {
        #expect(try load("conversation: {waiting_sound: \(text)}").conversation.waitingSound == choice)
    }

    @Test("how much a model thinks is said for it and for its fallback", arguments: ["none", "low", "xhigh"])
    func reasoningEffort(word: String) throws {
        let text = """
            model:
              provider: openai
              reasoning_effort: \(word)
              fallback: {provider: ollama, reasoning_effort: minimal}
            """
        let model = try #require(try load(text).model)
        #expect(model.reasoningEffort?.rawValue == word)
        #expect(model.fallback.first?.reasoningEffort == .minimal)
    }

    /// A file with one mistake: its text, the line of the mistake, and the sentence.
    struct Mistake: Sendable, CustomStringConvertible {
        var text: String
        var line: Int
        var sentence: String
        init(_ text: String, _ line: Int, _ sentence: String) {
            self.text = text
            self.line = line
            self.sentence = sentence
        }
        var description: String { text }
    }

    private static let listenForm =
        "write udp:ADDRESS:PORT, tcp:… or tls:…, such as udp:127.0.0.1:5060 or udp:[::1]:5060"
    private static let durationForm = "write a whole number with a unit such as 500ms, 8s, 30m or 1h"

    private static let mistakes: [Mistake] = [
        // Keys.
        Mistake("drain: 1s\nlisen: []", 2, "unknown key \"lisen\"; did you mean \"listen\"?"),
        Mistake(
            "calls:\n  maximum-duration: 1m", 2,
            "unknown key \"maximum-duration\" in \"calls\"; did you mean \"maximum_duration\"?"),
        Mistake("\nports: 20000-20100", 2, "unknown key \"ports\"; it belongs under \"rtp:\""),
        Mistake("log:\n  drain: 1s", 2, "unknown key \"drain\" in \"log\"; it belongs at the top of the file"),
        Mistake("log:\n  zzz: 1", 2, "unknown key \"zzz\" in \"log\"; the keys here are level, format"),
        Mistake(
            "accounts:\n  a:\n    address: sip:a@b\n    exires: 1h", 4,
            "unknown key \"exires\" in \"accounts.a\"; did you mean \"expires\"?"),
        Mistake("expires: 1h", 1, "unknown key \"expires\"; it belongs under an account of \"accounts:\""),
        Mistake("accounts:\n  a:", 2, "accounts.a has no address; write one such as address: sip:alice@example.com"),
        Mistake(
            "accounts:\n  a: {address: alice}", 2,
            "accounts.a.address: \"alice\" is no SIP URI; write it like sip:alice@example.com, without < >"),
        Mistake(
            "accounts:\n  a: {address: 'sip:example.com'}", 2,
            "accounts.a.address: \"sip:example.com\" has no user and domain; write it like sip:alice@example.com"),
        Mistake(
            "accounts:\n  a:\n    address: sip:a@b\n    registrar: sip:a@b", 4,
            "accounts.a.registrar: \"sip:a@b\" names a user; write the server alone, like sip:sip.example.com;transport=tls"
        ),
        Mistake(
            "accounts:\n  a:\n    address: sip:a@b\n    expires: 5s", 4,
            "accounts.a.expires: \"5s\" is too short; write 60s or more"),
        Mistake(
            "accounts:\n  a:\n    address: sip:a@b\n    password: ''", 4,
            "accounts.a.password: the value is empty; write one, best as ${NAME}"),
        Mistake(
            "overload:\n  processor: 0.9", 2,
            "overload.processor: \"0.9\" is no share; write a whole number from 1% to 100%"),
        Mistake(
            "overload:\n  memory: 2", 2,
            "overload.memory: \"2\" is no amount of memory; write a whole number with MB or GB, such as 2GB"),
        Mistake("[a]: 1", 1, "a key here is a list; write a single word"),
        Mistake(
            "drain: 1s\nflow: a\ndrain: 2s", 1, "the key \"drain\" stands here and again below; delete one of the two"),
        Mistake(
            "log: {format: text,\n  \"level\": info, level: debug}", 2,
            "the key \"level\" stands here and again below; delete one of the two"),
        // Types.
        Mistake("- a\n- b", 1, "the file is a list; write lines of the form \"key: value\""),
        Mistake(
            "drain: 1s\ntls: on", 2,
            "tls is a single value; write its settings below it, each on an indented line \"key: value\""),
        Mistake("listen: udp:127.0.0.1", 1, "listen is a single value; write a list such as [\"udp:127.0.0.1:5060\"]"),
        Mistake("flow:\n  - a", 2, "flow is a list; write a single value"),
        Mistake("drain: {a: b}", 1, "drain is a mapping; write a single value"),
        Mistake("flow: a\ndrain:\nagent: echo", 2, "drain has no value; write one, or delete the line for the default"),
        Mistake(
            "calls:\n  maximum: many", 2,
            "calls.maximum: \"many\" is no whole number from 1 to 100000; write one without quotes or units"),
        Mistake(
            "speech: {threads: 0}", 1,
            "speech.threads: \"0\" is no whole number from 1 to 256; write one without quotes or units"),
        Mistake("tls:\n  verify: yes", 2, "tls.verify: \"yes\" is neither true nor false; write true or false"),
        // Values.
        Mistake(
            "listen:\n  - udp:127.0.0.1\n  - sip:1.2.3.4", 3,
            "listen: \"sip:1.2.3.4\" does not begin with udp:, tcp: or tls:; \(listenForm)"),
        Mistake(
            "listen: [\"udp:localhost\"]", 1,
            "listen: \"udp:localhost\" has no IP address (a host name does not do); \(listenForm)"),
        Mistake(
            "listen: [\"udp:1.2.3.4:x\"]", 1, "listen: \"udp:1.2.3.4:x\" has no port from 0 to 65535; \(listenForm)"),
        Mistake(
            "advertise: trunk.example.com", 1,
            "advertise: \"trunk.example.com\" is no IP address; write one such as 203.0.113.7; a host name does not do"),
        Mistake(
            "advertise: 0.0.0.0", 1,
            "advertise: \"0.0.0.0\" stands for all addresses; write the one that others can reach"),
        Mistake(
            "rtp:\n  address: '*'", 2,
            "rtp.address: \"*\" is no IP address; write one such as 203.0.113.7; a host name does not do"),
        Mistake(
            "rtp:\n  ports: 20000", 2, "rtp.ports: \"20000\" is no range of ports; write FIRST-LAST such as 16384-32767"
        ),
        Mistake(
            "rtp:\n  ports: 20000-70000", 2,
            "rtp.ports: \"20000-70000\" is no range of ports; write FIRST-LAST such as 16384-32767"),
        Mistake("rtp:\n  ports: 20-40", 2, "rtp.ports: \"20-40\" begins below port 1024; begin at 1024 or above"),
        Mistake(
            "rtp:\n  ports: 20001-20002", 2,
            "rtp.ports: \"20001-20002\" holds no pair of ports; let it hold an even port and the odd one above it"),
        Mistake(
            "agent: locall", 1,
            "agent: \"locall\" is no agent; did you mean local? Else write local, model, realtime, bot, echo or "
                + "playback:FILE"),
        Mistake(
            "agent: 'playback:'", 1,
            "agent: \"playback:\" is no agent; write local, model, realtime, bot, echo or playback:FILE"),
        Mistake(
            "http: {listen: '0.0.0.0:8080'}", 1,
            "http.listen: 0.0.0.0:8080 can be reached from other machines, and there is no token; write "
                + "http.tokens_file: FILE with a line from `openssl rand -hex 32`, or listen on 127.0.0.1"),
        Mistake(
            "http: {listen: '8080'}", 1,
            "http.listen: \"8080\" is no address and port; write ADDRESS:PORT such as 127.0.0.1:8080 or [::1]:8080, or "
                + "false for none"),
        Mistake(
            "http: {listen: '127.0.0.1:99999'}", 1,
            "http.listen: \"127.0.0.1:99999\" has no port from 0 to 65535; write ADDRESS:PORT such as 127.0.0.1:8080 or "
                + "[::1]:8080, or false for none"),
        Mistake(
            "http: {tokens_env: NOT_THERE}", 1,
            "http.tokens_env: the environment has no variable NOT_THERE; export it, or use tokens_file"),
        Mistake(
            "http: {maximum_body: 1GB}", 1,
            "http.maximum_body: \"1GB\" is no size from 1kB to 10MB; write a whole number with kB or MB, such as 64kB"),
        Mistake(
            "outbound:\n  allow: ['*']", 2,
            "outbound.allow: \"*\" is no pattern of numbers or addresses; write one such as +4930* or sip:*@example.com"
        ),
        Mistake(
            "outbound: {account: work}", 1, "outbound.account: there is no account \"work\" in accounts; add it there"),
        Mistake(
            "webhooks: {url: 'https://example.com'}", 1,
            "webhooks has no secret to sign with; write webhooks.secret_file: FILE with a line from "
                + "`openssl rand -hex 32`, or secret_env: NAME"),
        Mistake(
            "webhooks: {url: 'ftp://example.com', secret_file: f}", 1,
            "webhooks.url: \"ftp://example.com\" is no web address; write one such as https://example.com/calls"),
        Mistake(
            "webhooks: {events: [call.end]}", 1,
            "webhooks.events: \"call.end\" is not known here; did you mean call.ended? Else write one of call.started, "
                + "call.answered, call.answered_by, call.transferred, call.transfer_failed, call.message_left, "
                + "call.recording_completed, call.ended, call.summarised"),
        Mistake(
            "outbound: {on_machine: leave_message}", 1,
            "outbound.on_machine: leave_message has nothing to leave; write outbound.voicemail: \"TEXT\""),
        Mistake(
            "outbound: {quiet_hours: night}", 1,
            "outbound.quiet_hours: \"night\" is no part of the day; write one such as \"21:00-08:00\", or false for none"
        ),
        Mistake(
            "outbound: {on_machine: sing}", 1,
            "outbound.on_machine: \"sing\" is not known here; write one of hang_up, leave_message, continue"),
        Mistake("flow: ''", 1, "flow: \"\" is empty; name a file or folder, or delete the line"),
        Mistake(
            "hearing: {level: 3}", 1,
            "hearing.level: \"3\" is neither false nor a whole number from -50 to -10; write one of these without quotes or units"
        ),
        Mistake(
            "calls: {recordings: true}", 1,
            "calls.recordings: \"true\" does not say where to; name the folder, or write false for none"
        ),
        Mistake(
            "conversation: {waiting_sound: true}", 1,
            "conversation.waiting_sound: \"true\" does not say which sound; write typing, name a file, or write false"),
        Mistake(
            "conversation: {waiting_sound: ''}", 1,
            "conversation.waiting_sound: \"\" is empty; name a file or folder, or delete the line"),
        Mistake(
            "model:\n  provider: openai\n  reasoning_effort: little", 3,
            "model.reasoning_effort: \"little\" is not known here; write one of none, minimal, low, medium, high, xhigh"
        ),
        Mistake(
            "model:\n  provider: anthropic\n  reasoning_effort: low", 3,
            "model.reasoning_effort is nothing that anthropic knows; delete the line: it is not asked to think"),
        Mistake("drain: 8", 1, "drain: \"8\" has no unit; write 8s for seconds, or use ms, m or h"),
        Mistake("drain: soon", 1, "drain: \"soon\" is no length of time; \(durationForm)"),
        Mistake("drain: 8 s", 1, "drain: \"8 s\" is no length of time; \(durationForm)"),
        Mistake("drain: -8s", 1, "drain: \"-8s\" is no length of time; \(durationForm)"),
        Mistake(
            "drain: 9223372036854775807h", 1,
            "drain: \"9223372036854775807h\" is longer than a week; write at most 168h"),
        Mistake(
            "calls:\n\n  maximum_duration: 0s", 3,
            "calls.maximum_duration: \"0s\" is no time at all; write more than 0s"),
        Mistake(
            "log: {level: wraning}", 1,
            "log.level: \"wraning\" is not known here; did you mean warning? Else write one of trace, debug, info, notice, warning, error, critical"
        ),
        Mistake("log: {format: xml}", 1, "log.format: \"xml\" is not known here; write one of text, json"),
        Mistake(
            "authentication:\n  realm: 'a\"b'", 2,
            "authentication.realm: \"a\"b\" holds a quote, a backslash or a control character; leave it out"),
        Mistake(
            "authentication:\n  users:\n    'a:b': c", 3,
            "authentication.users: a user name holds a colon, which ends a user name in a digest; leave it out"),
        Mistake(
            "authentication:\n  users:\n    anna: ''", 3,
            "authentication.users.anna: the value is empty; write one, best as ${NAME}"),
        // Variables.
        Mistake(
            "flow: ${NONE}", 1,
            "flow: \"${NONE}\" needs the environment variable NONE, which is not set; set NONE before starting, or write the value here"
        ),
        Mistake(
            "flow: ${EMPTY}", 1,
            "flow: \"${EMPTY}\" needs the environment variable EMPTY, which is not set; set EMPTY before starting, or write the value here"
        ),
        Mistake(
            "flow: a${B", 1,
            "flow: \"a${B\" has \"${\" without \"}\"; close it, or write $${ for the characters themselves"),
        Mistake(
            "flow: \"${a b}\"", 1,
            "flow: \"${a b}\" refers to a variable with an impossible name; use letters, digits and underscores as in ${SIP_PASSWORD}"
        ),
        Mistake("drain: ${SET}", 1, "drain: \"${SET}\" is no length of time; \(durationForm)"),
        Mistake(
            "authentication:\n  users:\n    anna: x${NONE}", 3,
            "authentication.users.anna: the value needs the environment variable NONE, which is not set; set NONE before starting, or write the value here"
        ),
        // Settings that don't go together.
        Mistake(
            "drain: 1s\nlisten: [\"udp:1.2.3.4\", \"udp:1.2.3.4:5060\"]", 2,
            "listen names udp:1.2.3.4:5060 twice; delete one of the two"),
        Mistake(
            "drain: 1s\nlisten: []", 2,
            "listen is empty, so nobody can call; name an address such as udp:127.0.0.1:5060"),
        Mistake(
            "drain: 1s\nlisten: [\"tls:1.2.3.4\"]", 2,
            "tls:1.2.3.4:5061 needs a certificate; set tls.certificate and tls.key"),
        Mistake("tls:\n  certificate: a", 2, "tls.certificate needs its private key; set tls.key"),
        Mistake("tls:\n  verify: true\n  key: a", 3, "tls.key needs its certificate; set tls.certificate"),
        Mistake(
            "conversation:\n  silence_prompt: 20s", 1,
            "conversation.silence_hang_up comes no later than conversation.silence_prompt, so nobody would be asked; make it longer"
        ),
    ]

    @Test("a mistake is told with its line and the fix", arguments: mistakes)
    func mistake(_ mistake: Mistake) {
        let expected = ConfigurationErrors(problems: [
            ConfigurationProblem(file: "t.yaml", line: mistake.line, sentence: mistake.sentence)
        ])
        #expect(throws: expected) { try load(mistake.text, ["EMPTY": "", "SET": "hidden"]) }
    }

    @Test(
        "what is no YAML is told with its line",
        arguments: [
            ("drain: 1s\n\tflow: a", 2), ("drain: 1s\nlog: {level: info\nflow: a", 3), ("a: b: c", 1),
            ("flow: \"a\n", 2), ("flow: *none", 1), ("drain: 1s\n---\ndrain: 2s", 2), ("drain: 1s\nflow: a\u{7}b", 2),
        ])
    func noYAML(text: String, line: Int) {
        do {
            _ = try load(text)
            Issue.record("it loaded")
        } catch {
            #expect(error.problems.map(\.line) == [line])
            #expect(error.description.hasPrefix("t.yaml:\(line): this is no YAML: "))
        }
    }

    @Test("everything that is wrong is told at once, in the order of the lines")
    func allAtOnce() {
        let text = """
            lisen: []
            drain: soon
            log:
              level: loud
              level: info
              format: xml
            calls:
              maximum: none
            drain: 5s
            drain: never
            """
        do {
            _ = try load(text)
            Issue.record("it loaded")
        } catch {
            #expect(error.problems.map(\.line) == [1, 2, 4, 6, 8, 9, 10])
            #expect(error.description.split(separator: "\n").count == 7)
            #expect(error.description.hasPrefix("t.yaml:1: unknown key \"lisen\"; did you mean \"listen\"?\n"))
        }
    }

    @Test("a file that is far too large is not read")
    func size() {
        do {
            _ = try load(String(repeating: "# x\n", count: 70_000))
            Issue.record("it loaded")
        } catch {
            #expect(error.problems.map(\.line) == [1])
        }
    }

    @Test("no password comes out in a description or dump")
    func secrets() {
        var configuration = Configuration()
        configuration.authentication.users = ["anna": "sesame"]
        configuration.accounts = [Configuration.Account(name: "a", address: "sip:a@b")]
        configuration.accounts[0].password = "sesame"
        configuration.http.tokens = "sesame"
        configuration.webhooks.secret = "sesame"
        configuration.webhooks.url = "https://sesame@example.com"
        var dumped = ""
        dump(configuration, to: &dumped)
        for text in ["\(configuration)", String(reflecting: configuration), dumped] {
            #expect(text.contains("anna"))
            #expect(!text.contains("sesame"))
        }
    }

    @Test(
        "the HTTP port is off, at its usual place, or where it is said", arguments: ["false", "true", "127.0.0.2:80"])
    func http(listen: String) throws {
        let expected = ["true": "127.0.0.1:8080", "127.0.0.2:80": "127.0.0.2:80"][listen]
        #expect(try load("http: {listen: '\(listen)'}").http.listen?.description == expected)
    }

    @Test("flags laid over a file are checked again")
    func flags() throws {
        var configuration = try load("drain: 1s")
        #expect(configuration.contradictions.isEmpty)
        configuration.listen = [try ListenSpec("tls:127.0.0.1")]
        #expect(configuration.contradictions.map(\.key) == ["listen"])
        configuration.tls.certificate = "c"
        configuration.tls.key = "k"
        #expect(configuration.contradictions.isEmpty)
    }
}
