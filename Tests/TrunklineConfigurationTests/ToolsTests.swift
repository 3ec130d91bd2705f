import Testing
import TrunklineConfiguration

@Suite("Tools in the configuration")
struct ToolsTests {
    private static func load(_ text: String) throws -> Configuration {
        try Configuration.load(text: text, file: "t.yaml", environment: ["BOOKING": "x"])
    }

    @Test("have a schema as JSON, and all that they need to be asked")
    func tool() throws {
        let read = try Self.load(
            #"""
            tools:
              free_times:
                description: Tells the free times of a day.
                url: https://booking.example.com/free?room=2
                method: get
                timeout: 3s
                token_env: BOOKING
                secret_file: /etc/booking.secret
                allow_private: true
                parameters:
                  type: object
                  required: [day]
                  properties:
                    day: {type: string, description: "a \"day\"\n", enum: [monday, "3", yes]}
                    people: {type: integer, minimum: 1, maximum: 1.5e2, default: null}
                    code: {const: 007}
                    sure: {type: boolean, default: true}
            """#)
        let tool = try #require(read.tools.first)
        #expect(tool.name == "free_times" && tool.description == "Tells the free times of a day.")
        #expect(tool.url == "https://booking.example.com/free?room=2" && tool.method == .get)
        #expect(tool.timeout == .seconds(3) && tool.tokenVariable == "BOOKING" && tool.allowsPrivateAddresses)
        #expect(tool.secretFile == "/etc/booking.secret")
        #expect(
            tool.parameters
                == #"{"properties":{"code":{"const":"007"},"day":{"description":"a \"day\"\n","enum":["monday","3","yes"],"#
                + #""type":"string"},"people":{"default":null,"maximum":1.5e2,"minimum":1,"type":"integer"},"#
                + #""sure":{"default":true,"type":"boolean"}},"required":["day"],"type":"object"}"#)
    }

    @Test(
        "that can't work are named with the fix",
        arguments: [
            ("a b: {description: x, url: https://x/}", "tools.a b is no name for a tool"),
            ("hang_up: {description: x, url: https://x/}", "the program has a tool of this name itself"),
            ("a: {url: https://x/}", "tools.a needs a description"),
            ("a: {description: x}", "tools.a needs a description, by which the model knows when to use it, and a url"),
            ("a: {description: x, url: ws://x/}", "begin with https:// or http://"),
            ("a: {description: x, url: https://x/, method: put}", "tools.a.method"),
            ("a: {description: x, url: https://x/, token_env: NONE}", "the environment has no variable NONE"),
            (
                "a: {description: x, url: https://x/, secret_env: BOOKING, secret_file: y}",
                "tools.a has secret_env and secret_file; delete one of the two"
            ),
            ("a: {description: x, url: https://x/, paramters: {}}", "did you mean \"parameters\"?"),
            (
                "a: {description: x, url: https://x/, parameters: "
                    + String(repeating: "{a: ", count: 20) + "1" + String(repeating: "}", count: 20) + "}",
                "tools.a.parameters is nested too deep or too long"
            ),
        ])
    func faults(line: String, sentence: String) throws {
        let error = #expect(throws: ConfigurationErrors.self) { try Self.load("tools:\n  \(line)\n") }
        #expect("\(try #require(error))".contains(sentence))
    }
}
