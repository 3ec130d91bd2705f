import Testing
import TrunklineConfiguration

@Suite("Places that callers may be put through to")
struct TransferSettingsTests {
    private func load(_ text: String) throws(ConfigurationErrors) -> Configuration {
        try Configuration.load(text: text, file: "t.yaml", environment: [:])
    }

    @Test("are an address, or say how callers are put through")
    func read() throws {
        let text = """
            transfers:
              desk: "+15551234567"
              sales:
                to: sip:sales@example.com
                kind: warm
                ring_timeout: 40s
                briefing: "{caller}: {summary}"
                question: "Press 1."
                accept: key
                headers: {X-Queue: "7", User-to-User: abc}
              night: {to: tel:+4930123, kind: attended}
            conversation: {hold_music: ~/music.opus}
            """
        let read = try load(text)
        var sales = Configuration.Transfer(to: "sip:sales@example.com")
        sales.kind = .warm
        sales.ringTimeout = .seconds(40)
        sales.briefing = "{caller}: {summary}"
        sales.question = "Press 1."
        sales.acceptance = .key
        sales.headers = ["X-Queue": "7", "User-to-User": "abc"]
        var night = Configuration.Transfer(to: "tel:+4930123")
        night.kind = .attended
        #expect(read.transfers == ["desk": "+15551234567", "sales": sales, "night": night])
        #expect(read.transfers["desk"]?.kind == .blind && night.ringTimeout == .seconds(25))
        #expect(read.conversation.holdMusic == "~/music.opus")
    }

    @Test(
        "are refused with their line and what to do",
        arguments: [
            ("{kind: warm}", 2, "transfers.a has no to; write where it is, such as to: sip:desk@example.com"),
            ("{to: desk}", 2, "transfers.a.to: \"desk\" can't be called"),
            ("{to: sip:a@b, kind: worm}", 2, "did you mean warm?"),
            ("{to: sip:a@b, knid: warm}", 2, "unknown key \"knid\" in \"transfers.a\"; did you mean \"kind\"?"),
            ("{to: sip:a@b, kind: warm, accept: yes}", 2, "write one of key, answer, key_or_yes"),
            ("{to: sip:a@b, kind: warm, ring_timeout: 1h}", 2, "is longer than a telephone rings"),
            (
                "{to: sip:a@b, kind: attended, briefing: x}", 2,
                "nobody is asked when kind is attended; write kind: warm"
            ),
            ("{to: sip:a@b, accept: key}", 2, "nobody is asked when kind is blind"),
            ("{to: sip:a@b, ring_timeout: 5s}", 2, "the caller's telephone calls there, and not we"),
            ("{to: sip:a@b, headers: {X-A: b}}", 2, "the caller's telephone calls there, and not we"),
            (
                "{to: sip:a@b, kind: warm, headers: {Route: x}}", 2,
                "transfers.a.headers.Route is no header field of your own"
            ),
            ("{to: sip:a@b, kind: warm, headers: {\"X-A\\r\\nB\": x}}", 2, "is no header field of your own"),
            ("{to: sip:a@b, kind: warm, headers: {X-A: \"b\\r\\nRoute: c\"}}", 2, "is no value of a header field"),
            ("[sip:a@b]", 2, "transfers.a is a list; write a single value"),
        ])
    func refused(value: String, line: Int, sentence: String) throws {
        do throws(ConfigurationErrors) {
            _ = try load("transfers:\n  a: \(value)\n")
            Issue.record("it was taken")
        } catch {
            #expect(error.problems.contains { $0.line == line && $0.sentence.contains(sentence) }, "\(error)")
        }
    }

    @Test(
        "T-12: an address with an order in it is refused",
        arguments: [
            "sip:a@b?Route=%3Csip:evil%3E", "sip:a@b?Replaces=x", "<sip:a@b>", "sip:a@b>", "sip:a@b\\r\\nX: y",
            "sip:a b@c", "sip:a\\0@b", "sip:\u{F6}@b", "http://evil.example", "file:///etc/passwd", "",
        ])
    func order(address: String) {
        for text in ["a: \"\(address)\"", "a: {to: \"\(address)\", kind: warm}"] {
            #expect(throws: ConfigurationErrors.self) { try load("transfers:\n  \(text)\n") }
        }
    }
}
