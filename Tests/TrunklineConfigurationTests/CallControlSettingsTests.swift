import TelephonyPrimitives
import Testing
import TrunklineConfiguration

@Suite("call_control")
struct CallControlSettingsTests {
    private static let key = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="

    private func load(_ text: String) throws -> Configuration {
        try Configuration.load(text: text, file: "t.yaml", environment: ["TELNYX_API_KEY": "KEY123planted"])
    }

    @Test("What is needed is enough, and the key shows nowhere")
    func least() throws {
        let read = try load(
            """
            call_control:
              public_url: https://agent.example.com/
              public_key: \(Self.key)
              api_key_env: TELNYX_API_KEY
            """)
        let settings = try #require(read.callControl)
        #expect(settings.listen == TransportAddress(ip: .loopbackV4, port: 8_080))
        #expect(settings.publicURL == "https://agent.example.com" && settings.publicKey == Self.key)
        #expect(settings.apiKey == "KEY123planted" && settings.codec == .pcmu)
        #expect(!settings.servesTeXML)
        var dumped = ""
        dump(settings, to: &dumped)
        #expect(!"\(settings) \(dumped)".contains("planted"))
        #expect(try load("agent: echo").callControl == nil)
    }

    @Test("Every key is read")
    func all() throws {
        let read = try load(
            """
            call_control:
              listen: 127.0.0.1:9000
              public_url: http://127.0.0.1:9000
              public_key: \(Self.key)
              api_key_file: key
              api_url: http://127.0.0.1:8090/v2
              codec: G722
              connection_id: "1494404757140276705"
              from: "+12025550133"
              texml: true
            """)
        let settings = try #require(read.callControl)
        #expect(settings.servesTeXML)
        #expect(settings.listen.port == 9_000 && settings.publicURL == "http://127.0.0.1:9000")
        #expect(settings.apiKeyFile == "key" && settings.apiURL == "http://127.0.0.1:8090/v2")
        #expect(settings.codec == .g722 && settings.connectionID == "1494404757140276705")
        #expect(settings.from == "+12025550133")
    }

    @Test(
        "What is wrong is told with its line and what to do",
        arguments: [
            ("listen: nowhere", "2: call_control.listen: \"nowhere\" is no address and port"),
            ("listen: false", "2: call_control.listen: \"false\" is no address and port"),
            ("public_url: agent.example", "2: call_control.public_url: \"agent.example\" is no web address"),
            ("public_url: https://a.example/path", "2: call_control.public_url: \"https://a.example/path\" has a path"),
            ("public_key: KEY0123", "2: call_control.public_key: \"KEY0123\" is an API key"),
            ("public_key: short", "2: call_control.public_key: \"short\" is no public key"),
            ("codec: GSM", "2: call_control.codec: \"GSM\" is not known here"),
            ("codec: pcmu", "did you mean PCMU?"),
            ("from: 12025550133", "2: call_control.from: \"12025550133\" is no number in E.164"),
            ("api_key_env: NOWHERE", "2: call_control.api_key_env: the environment has no variable NOWHERE"),
            ("api_kei_env: X", "did you mean \"api_key_env\"?"),
            ("codec: PCMU", "1: call_control has no public_url"),
            ("codec: PCMU", "1: call_control has no public_key, without which anybody could call"),
            ("codec: PCMU", "1: call_control has no API key to answer calls with"),
        ])
    func wrong(line: String, message: String) {
        do {
            _ = try load("call_control:\n  \(line)\n")
            Issue.record("\(line) was taken")
        } catch {
            #expect("\(error)".contains(message), "\(error)")
        }
    }

    @Test("Calls of ours need to know by which application and as whom")
    func outgoing() throws {
        let settings = "public_url: \"https://a.example\", public_key: \"\(Self.key)\", api_key_file: key"
        for missing in ["", ", connection_id: \"1\"", ", from: \"+12025550133\""] {
            #expect(throws: ConfigurationErrors.self) {
                try load("outbound: {way: call_control}\ncall_control: {\(settings)\(missing)}")
            }
        }
        let read = try load(
            "outbound: {way: call_control}\n"
                + "call_control: {\(settings), connection_id: \"1\", from: \"+12025550133\"}")
        #expect(read.outbound.way == .callControl)
    }

    @Test("One port can't be two")
    func samePort() {
        do {
            _ = try load(
                """
                http: {listen: 127.0.0.1:8080}
                call_control: {public_url: "https://a.example", public_key: "\(Self.key)", api_key_file: key}
                """)
            Issue.record("it was taken")
        } catch {
            #expect("\(error)".contains("call_control.listen and http.listen are both 127.0.0.1:8080"), "\(error)")
        }
    }
}
