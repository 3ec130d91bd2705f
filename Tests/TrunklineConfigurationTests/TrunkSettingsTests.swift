import SIPCore
import TelephonyPrimitives
import Testing

@testable import TrunklineConfiguration

@Suite("Trunks")
struct TrunkSettingsTests {
    private func load(_ text: String, _ environment: [String: String] = ["P": "secret123", "T": "abcdefghijkl"])
        throws(ConfigurationErrors) -> Configuration
    {
        try Configuration.load(text: text, file: "t.yaml", environment: environment)
    }

    @Test("One line is all that Telnyx needs")
    func telnyx() throws {
        let read = try load("trunk: {provider: telnyx, username: acme1, password_env: P}")
        var trunk = Configuration.Trunk(name: "telnyx", provider: .telnyx)
        trunk.username = "acme1"
        trunk.password = "secret123"
        #expect(read.trunks == [trunk])
        #expect(trunk.transport == .tls && trunk.authentication == .credential && trunk.region == .us)
        #expect(trunk.registers && trunk.callsPerSecond == 20 && trunk.sources == nil && trunk.callsByOurConnection)
        #expect(!"\(read.trunks)".contains("secret123") && !String(reflecting: read).contains("secret123"))
    }

    @Test("Every key is read")
    func all() throws {
        let read = try load(
            """
            accept_from: [10.0.0.0/8, "::1"]
            trunks:
              - {provider: telnyx, name: a, region: eu, auth: ip, token_env: T, transport: tcp}
              - provider: generic
                name: b
                host: pbx.example.com
                port: 5080
                transport: udp
                username: "100"
                password: ${P}
                register: false
                expires: 10m
                keep_alive: 20s
                prefix: "0"
                from: "+4930123456"
                hide_caller: true
                country: de
                number_format: dialled
                codecs: [PCMA, PCMU]
                srtp: required
                sources: [192.0.2.0/24, 198.51.100.7]
                calls_per_second: 5
                first_answer: 2s
                when_full: busy
                headers: {X-Customer: "7"}
            outbound:
              routes: {"+49": [b, a], "*": [a]}
            """)
        #expect(read.trunks.map(\.name) == ["a", "b"] && read.trunks[0].token == "abcdefghijkl")
        #expect(read.trunks[0].region == .eu && read.trunks[0].authentication == .ip)
        var b = Configuration.Trunk(name: "b", provider: .generic)
        (b.host, b.port, b.transport, b.username, b.password) = ("pbx.example.com", 5_080, .udp, "100", "secret123")
        (b.registers, b.expires, b.keepAlive, b.prefix) = (false, .seconds(600), .seconds(20), "0")
        (b.from, b.hidesCaller, b.country, b.numberStyle) = ("+4930123456", true, "DE", .dialled)
        (b.codecs, b.srtp, b.callsPerSecond, b.firstAnswer) = ([.pcma, .pcmu], .required, 5, .seconds(2))
        (b.refusal, b.headers) = (.busy, ["X-Customer": "7"])
        b.sources = [IPNetwork("192.0.2.0/24"), IPNetwork("198.51.100.7")].compactMap(\.self)
        #expect(read.trunks[1] == b)
        #expect(read.outbound.routes == ["+49": ["b", "a"], "": ["a"]])
        #expect(read.acceptedSources.map(\.description) == ["10.0.0.0/8", "::1"])
    }

    @Test(
        "What is wrong is said with what to do",
        arguments: [
            ("trunk: {username: a}", "trunk has no provider; write provider: telnyx, or generic"),
            ("trunk: {provider: telnyxx}", "did you mean telnyx?"),
            ("trunk: {provider: telnyx}", "auth: credential needs username: and password_env:"),
            (
                "trunk: {provider: telnyx, username: acme1, password_env: Q}",
                "the environment has no variable Q; export it"
            ),
            ("trunk: {provider: telnyx, username: a, password: b, password_env: P}", "has password and password_env"),
            ("trunk: {provider: telnyx, auth: ip, username: a}", "with auth: ip no password is used"),
            ("trunk: {provider: telnyx, auth: fqdn, username: a}", "has one of username and password"),
            ("trunk: {provider: telnyx, auth: ip, token: short}", "it has 12 to 48 letters"),
            ("trunk: {provider: telnyx, auth: ip, token_env: T, prefix: \"1234\"}", "one of them is enough"),
            ("trunk: {provider: telnyx, username: a, password_env: P, prefix: \"1234\"}", "it is for auth: ip"),
            ("trunk: {provider: generic, auth: ip, sources: []}", "trunk has no host"),
            ("trunk: {provider: generic, auth: ip, host: \"sip:a.example\"}", "without sip: or a port"),
            ("trunk: {provider: generic, auth: ip, host: a.example}", "does not say from where its calls come"),
            ("trunk: {provider: generic, auth: ip, host: a.example, sources: [0.0.0.0/0]}", "would all be trusted"),
            (
                "trunk: {provider: generic, auth: ip, host: a.example, sources: [b.example]}",
                "is no IP address or block"
            ),
            ("trunk: {provider: generic, auth: ip, host: 192.0.2.1, region: eu}", "only provider: telnyx has it"),
            ("trunk: {provider: generic, auth: ip, host: 192.0.2.1, country: XX}", "is no country that is known here"),
            ("trunk: {provider: generic, auth: ip, host: 192.0.2.1, number_format: national}", "needs to know where"),
            (
                "trunk: {provider: generic, auth: ip, host: 192.0.2.1, headers: {Route: x}}",
                "is no header field of your own"
            ),
            (
                "trunk: {provider: generic, auth: ip, host: 192.0.2.1, headers: {X-A: \"b\\r\\nRoute: c\"}}",
                "is no value of a header"
            ),
            ("trunk: {provider: generic, auth: ip, host: 192.0.2.1, first_answer: 40s}", "longer than SIP waits"),
            ("trunk: {provider: generic, auth: ip, host: 192.0.2.1, regoin: eu}", "did you mean \"region\"?"),
            ("trunks: {provider: telnyx}", "trunks is no list"),
            (
                "trunks: [{provider: generic, auth: ip, host: 192.0.2.1}, {provider: generic, auth: ip, host: 192.0.2.2}]",
                "there are two trunks \"generic\""
            ),
            ("outbound: {routes: {\"+49\": [a]}}", "there is no trunk \"a\"; add it under trunks"),
            ("outbound: {routes: {\"4*\": [a]}}", "is no beginning of numbers"),
            ("outbound: {routes: {\"+49\": a}}", "write a list"),
            (
                "trunk: {provider: generic, auth: ip, host: 192.0.2.1}\noutbound: {trunk: \"sip:a.example\"}",
                "outbound.trunk: numbers are called by the trunks"
            ),
            ("accept_from: [everybody]", "write 192.0.2.7 or 192.0.2.0/24"),
        ])
    func wrong(text: String, sentence: String) {
        do throws(ConfigurationErrors) {
            _ = try load(text)
            Issue.record("it was taken")
        } catch {
            #expect(error.problems.contains { $0.sentence.contains(sentence) }, "\(error)")
            #expect(!"\(error)".contains("secret123"))
        }
    }

    @Test("The countries that the file may name are those that are known")
    func countries() {
        #expect(ValueReading.countries == NumberingPlan.countries)
    }
}
