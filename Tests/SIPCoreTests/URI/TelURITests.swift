import SIPCore
import Testing

struct TelURITests {
    struct Row: Sendable, CustomTestStringConvertible {
        var one: String
        var other: String
        var isEqual: Bool

        var testDescription: String { "\(one) and \(other)" }
    }

    static let rows = [
        Row(one: "tel:+1-555-0100", other: "TEL:+1(555)01.00", isEqual: true),
        Row(one: "tel:+15550100;ext=1-2", other: "tel:+15550100;ext=12", isEqual: true),
        Row(one: "tel:+15550100;ext=12", other: "tel:+15550100;EXT=12", isEqual: true),
        Row(one: "tel:+15550100;ext=12", other: "tel:+15550100;ext=13", isEqual: false),
        Row(one: "tel:5550100;phone-context=+1-914", other: "tel:555-0100;phone-context=+1914", isEqual: true),
        Row(one: "tel:5550100;phone-context=+1914", other: "tel:5550100;phone-context=+1915", isEqual: false),
        Row(one: "tel:5550100;phone-context=a.example", other: "tel:5550100;phone-context=A.Example", isEqual: true),
        Row(one: "tel:5550100;phone-context=+1", other: "tel:+5550100", isEqual: false),
        Row(one: "tel:+15550100;isub=1411;ext=2", other: "tel:+15550100;ext=2;isub=1411", isEqual: true),
        Row(one: "tel:+15550100;isub=%31411", other: "tel:+15550100;isub=1411", isEqual: true),
        Row(one: "tel:+15550100;tsp=a.example", other: "tel:+15550100", isEqual: false),
        Row(one: "tel:*A1;phone-context=+1", other: "tel:*a1;phone-context=+1", isEqual: true),
    ]

    @Test("Numbers are equal as RFC 3966 §4 has it", arguments: rows)
    func compare(_ row: Row) throws {
        let one = try URI(parsing: row.one)
        let other = try URI(parsing: row.other)
        #expect(one.matches(other) == row.isEqual)
        #expect(other.matches(one) == row.isEqual)
        #expect(!one.matches(try URI(parsing: "sip:15550100@example.com")))
    }

    @Test("Extension, subaddress, context and what is dialled later are told")
    func parts() throws {
        let tel = try TelURI(parsing: "tel:555-0100;ext=1.2;isub=a%20b;phone-context=+1-914;postd=p-22")
        #expect(tel.extension == "12")
        #expect(tel.subaddress == "a b")
        #expect(tel.context == "+1-914")
        #expect(tel.postDial == "p22")
        #expect(!tel.isGlobal)
        #expect(try TelURI(number: "+15550100", extension: "7").description == "tel:+15550100;ext=7")
        #expect(
            try TelURI(number: "5550100", context: "a.example").description == "tel:5550100;phone-context=a.example")
        #expect(throws: ParseError.self) { try TelURI(number: "alice") }
    }

    @Test(
        "What would break a request line is refused",
        arguments: ["tel:+1555;a=\"b c\"", "tel:+1555 ;a=b", "tel:+1555;a=\"b\nc\"", "tel:+1555;a=<b>", "tel:+1555\t"])
    func illegal(_ text: String) {
        #expect(throws: ParseError.self) { try TelURI(parsing: text) }
    }

    static let names: [(one: String, other: String, isEqual: Bool)] = [
        ("urn:service:sos", "URN:Service:SOS", true), ("urn:service:sos.fire", "urn:service:sos.Fire", true),
        ("urn:service:sos", "urn:service:sos.fire", false), ("urn:example:a%2Cb", "urn:EXAMPLE:a%2cb", true),
        ("urn:example:a", "urn:example:A", false), ("urn:example:a?+r?=q#f", "urn:example:a", true),
        ("urn:example:a,b", "urn:example:a%2Cb", false), ("urn:uuid:1", "urn:example:1", false),
    ]

    @Test("Names are equal as RFC 8141 §3 has it, services as RFC 5031 §3", arguments: names)
    func urns(one: String, other: String, isEqual: Bool) throws {
        #expect(try URI(parsing: one).matches(URI(parsing: other)) == isEqual)
        #expect(try URN(parsing: one).matches(URN(parsing: other)) == isEqual)
    }

    @Test("A call for help is told from other services")
    func emergency() throws {
        #expect(try URN(parsing: "urn:service:sos.animal-control").isEmergency)
        #expect(try URN(parsing: "urn:service:sos.fire").serviceLabels == ["sos", "fire"])
        #expect(try !URN(parsing: "urn:service:sosx").isEmergency)
        #expect(try !URN(parsing: "urn:example:sos").isEmergency)
        #expect(try URI(parsing: "urn:service:sos").urn?.description == "urn:service:sos")
        #expect(try URI(parsing: "sip:sos@example.com").urn == nil)
    }

    @Test(
        "What is no name is refused",
        arguments: [
            "urn:", "urn:a:b", "urn:-ab:c", "urn:ab-:c", "urn:ab:", "urn:ab:/c", "urn:ab:%4", "urn:ab:c|d", "sip:a",
        ])
    func brokenURN(_ text: String) {
        #expect(throws: ParseError.self) { try URN(parsing: text) }
    }
}
