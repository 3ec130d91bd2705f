import Testing

@testable import CallAPI

/// Whom a request may have called.
struct DestinationTests {
    @Test(
        "A destination has one form, however it is written",
        arguments: [
            ("+49 (30) 123-456", "+4930123456"), ("tel:+49-30-123456", "+4930123456"), ("5550100", "5550100"),
            ("sip:Bob@EXAMPLE.com", "sip:Bob@example.com"), ("SIP:bob@example.com:5070", "sip:bob@example.com:5070"),
            ("sip:%62ob@example.com", "sip:bob@example.com"),
            ("sip:+4930123@example.com;user=phone", "sip:+4930123@example.com"),
            ("sip:bob@example.com;transport=TCP", "sip:bob@example.com;transport=tcp"),
            ("sips:bob@[2001:db8::1]", "sips:bob@[2001:db8::1]"),
        ])
    func form(text: String, form: String) throws {
        #expect(try Destination(parsing: text).description == form)
    }

    @Test(
        "T-12, T-15: what could lead a call elsewhere, or a line into a message, is no destination",
        arguments: [
            "", "+", "12", "+1234567890123456", "*21*+190055", "#31#", "bob", "bob@example.com", "sip:", "sip:@x",
            "sip:example.com", "sip:bob:secret@example.com", "sip:bob@example.com?Route=%3Csip:evil%3E",
            "sip:bob@example.com?Replaces=a", "sip:bob@example.com;maddr=192.0.2.66", "sip:bob@example.com;lr",
            "sip:bob@example.com;method=BYE", "sip:bob@example.com\r\nRoute: <sip:evil>", "sip:bob@exa mple.com",
            "sip:b%0d%0aX:y@example.com", "sip:bob%40evil.com@example.com", "sip:b%00b@example.com",
            "sip:bob@example.com;transport=carrier-pigeon", "http://example.com", "file:///etc/passwd", "tel:911;ext=1",
            "tel:*21", "+49\u{0661}23456", "sip:b\u{F6}b@example.com", "sip:bob@example.com, sip:eve@example.com",
            "<sip:bob@example.com>", String(repeating: "1", count: 300),
            "sip:" + String(repeating: "a", count: 300) + "@x",
            "urn:service:sos",
        ])
    func refused(text: String) {
        #expect(throws: DestinationError.self) { try Destination(parsing: text) }
    }

    @Test(
        "T-17: a pattern allows what it names and nothing beside it",
        arguments: [
            ("+4930*", "+4930123", true), ("+4930*", "+49 30 123", true), ("+4930*", "+4931123", false),
            ("+4930*", "4930123", false), ("+4930*", "004930123", false), ("+4930*", "sip:+4930123@example.com", false),
            ("+4930123", "+4930123", true), ("+4930123", "+49301234", false), ("+*", "+19005550100", true),
            ("sip:*@example.com", "sip:bob@example.com", true), ("sip:*@example.com", "sip:bob@EXAMPLE.com", true),
            ("sip:*@example.com", "sip:bob@example.com:5070", false),
            ("sip:*@example.com", "sips:bob@example.com", false),
            ("sip:*@example.com", "sip:bob@evil.example.com", false),
            ("sip:*@example.com", "sip:bob@example.com.evil.org", false),
            ("sip:*@example.com", "sip:example.com@evil.org", false),
            ("sip:*@example.com:5070", "sip:bob@example.com:5070", true),
            ("sip:*@*.example.com", "sip:bob@a.example.com", true),
            ("sip:*@*.example.com", "sip:bob@a.b.example.com", true),
            ("sip:*@*.example.com", "sip:bob@example.com", false),
            ("sip:*@*.example.com", "sip:bob@evilexample.com", false),
            ("sip:desk@example.com", "sip:desk@example.com", true),
            ("sip:desk@example.com", "sip:%64esk@example.com", true),
            ("sip:desk@example.com", "sip:desk2@example.com", false),
            ("sip:+49*@example.com", "sip:+4930@example.com", true),
            ("sip:+49*@example.com", "sip:+1900@example.com", false),
            ("sip:a*b*c@example.com", "sip:aXXbYYc@example.com", true),
            ("sip:a*b*c@example.com", "sip:aXXbYY@example.com", false),
            ("sip:*@192.0.2.1", "sip:bob@192.0.2.1", true), ("sip:*@192.0.2.1", "sip:bob@192.0.2.10", false),
            ("sip:*@[2001:db8::1]", "sip:bob@[2001:DB8:0::1]", true),
        ])
    func patterns(pattern: String, text: String, isAllowed: Bool) throws {
        // Every pair stands there as a person might have written it; some are no destination at all.
        let destination = try Destination(parsing: text)
        #expect(try DestinationPattern(pattern).matches(destination) == isAllowed)
    }

    @Test(
        "What is no pattern is said when the server starts",
        arguments: [
            "", "*", "+", "4*9", "bob", "sip:example.com", "sip:*@", "sip:*@*", "sip:*@exa*mple.com",
            "sip:*@example.com;maddr=x", "sip:a@b@c", "http://x", "+49 30", "tel:+49",
        ])
    func badPatterns(text: String) {
        #expect(throws: DestinationError.self) { try DestinationPattern(text) }
    }

    @Test("T-42: a pattern full of stars takes no longer than any other")
    func stars() throws {
        let pattern = try DestinationPattern("sip:" + String(repeating: "*a", count: 100) + "@x")
        let text = "sip:" + String(repeating: "a", count: 99) + "b" + String(repeating: "a", count: 99) + "b@x"
        #expect(try !pattern.matches(Destination(parsing: text)))
    }
}
