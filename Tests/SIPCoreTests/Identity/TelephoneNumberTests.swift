import SIPCore
import Testing

/// Numbers as trunks write them, read and written (F-21).
@Suite("Telephone numbers")
struct TelephoneNumberTests {
    static let germany = NumberingPlan(countryCode: "49")

    struct Row: Sendable, CustomTestStringConvertible {
        var uri: String
        var plan = NumberingPlan.northAmerica
        /// The number as it is read, before a plan says what is meant.
        var read: String?
        /// What is meant.
        var meant: String?
        var `extension`: String?

        var testDescription: String { uri }
    }

    static let rows = [
        // The same caller, as Twilio, Telnyx, a PBX and a phone write it.
        Row(uri: "sip:+15555550100@example.com", read: "+15555550100", meant: "+15555550100"),
        Row(uri: "sip:15555550100@sip.telnyx.com", read: "15555550100", meant: "+15555550100"),
        Row(uri: "sip:5555550100@example.com", read: "5555550100", meant: "+15555550100"),
        Row(uri: "sip:01115555550100@example.com", read: "01115555550100", meant: "+15555550100"),
        Row(uri: "tel:+1-555-555-0100", read: "+15555550100", meant: "+15555550100"),
        Row(uri: "tel:555-0100;phone-context=+1555", read: "+15555550100", meant: "+15555550100"),
        Row(uri: "sip:+1-555-555-0100@example.com;user=phone", read: "+15555550100", meant: "+15555550100"),
        Row(
            uri: "sip:+15555550100;ext=12@example.com;user=phone", read: "+15555550100", meant: "+15555550100",
            extension: "12"),
        Row(uri: "tel:+15555550100;ext=1-2", read: "+15555550100", meant: "+15555550100", extension: "12"),
        Row(uri: "sip:%2B15555550100@example.com", read: "+15555550100", meant: "+15555550100"),
        // Other countries, with and without what is dialled in front.
        Row(uri: "sip:447700900123@sip.telnyx.com", read: "447700900123", meant: "+447700900123"),
        Row(uri: "sip:011447700900123@example.com", read: "011447700900123", meant: "+447700900123"),
        Row(uri: "sip:030123456@example.com", plan: germany, read: "030123456", meant: "+4930123456"),
        Row(uri: "sip:004930123456@example.com", plan: germany, read: "004930123456", meant: "+4930123456"),
        Row(uri: "sip:4930123456@example.com", plan: germany, read: "4930123456", meant: "+4930123456"),
        Row(uri: "sip:0015555550100@example.com", plan: germany, read: "0015555550100", meant: "+15555550100"),
        Row(uri: "tel:030-123456;phone-context=example.com", plan: germany, read: "030123456", meant: "+4930123456"),
        // What is no number of the world stays as it is.
        Row(uri: "sip:101@pbx.example.com", read: "101", meant: "101"),
        Row(uri: "sip:*97@example.com", read: "*97", meant: "*97"),
        Row(uri: "sip:%2331%235550100@example.com", read: "#31#5550100", meant: "#31#5550100"),
        Row(uri: "sip:911@example.com", read: "911", meant: "911"),
        Row(uri: "sip:5550100@example.com", read: "5550100", meant: "5550100"),
        // No number at all.
        Row(uri: "sip:alice@example.com"), Row(uri: "sip:example.com"), Row(uri: "urn:service:sos"),
        Row(uri: "sip:anonymous@anonymous.invalid"),
        Row(uri: "sip:1234567890123456789012345678901234567890123@a.example"),
        Row(uri: "sip:+1234567890123456@example.com"),
    ]

    @Test("F-21: a number means the same however the trunk writes it", arguments: rows)
    func read(_ row: Row) throws {
        let number = TelephoneNumber(try URI(parsing: row.uri))
        #expect(number?.description == row.read)
        #expect(number?.extension == row.extension)
        #expect(number.map { row.plan.global($0).description } == row.meant)
    }

    struct Wanted: Sendable {
        var number: String
        var plan = NumberingPlan.northAmerica
        var e164: String
        var withoutPlus: String
        var national: String
        var dialled: String
    }

    static let wanted = [
        Wanted(
            number: "(555) 555-0100", e164: "+15555550100", withoutPlus: "15555550100", national: "5555550100",
            dialled: "15555550100"),
        Wanted(
            number: "+44 7700 900123", e164: "+447700900123", withoutPlus: "447700900123", national: "+447700900123",
            dialled: "011447700900123"),
        Wanted(
            number: "030 123456", plan: germany, e164: "+4930123456", withoutPlus: "4930123456", national: "30123456",
            dialled: "030123456"),
        Wanted(
            number: "+1 555 555 0100", plan: germany, e164: "+15555550100", withoutPlus: "15555550100",
            national: "+15555550100", dialled: "0015555550100"),
        Wanted(number: "101", e164: "101", withoutPlus: "101", national: "101", dialled: "101"),
        Wanted(number: "*97", e164: "*97", withoutPlus: "*97", national: "*97", dialled: "*97"),
    ]

    @Test("F-21: a number goes out as the trunk wants it", arguments: wanted)
    func write(_ row: Wanted) throws {
        let number = try #require(TelephoneNumber(row.number))
        #expect(row.plan.write(number, as: .e164) == row.e164)
        #expect(row.plan.write(number, as: .e164WithoutPlus) == row.withoutPlus)
        #expect(row.plan.write(number, as: .national) == row.national)
        #expect(row.plan.write(number, as: .dialled) == row.dialled)
        // Whatever was written there is understood there.
        for format in NumberFormat.allCases where format != .national || row.plan.hasBareNationals {
            let written = try #require(TelephoneNumber(row.plan.write(number, as: format)))
            #expect(row.plan.global(written) == row.plan.global(number), "\(format)")
        }
    }

    @Test("F-21: as a URI a number is tel, or sip at the trunk, with or without user=phone")
    func uris() throws {
        let number = try #require(TelephoneNumber("+1 555 555 0100", extension: "12"))
        let plan = NumberingPlan.northAmerica
        let host = Host.name("trunk.example")
        #expect(number.tel?.description == "tel:+15555550100;ext=12")
        #expect(
            plan.uri(number, at: host, as: .e164, isMarked: true).description
                == "sip:+15555550100;ext=12@trunk.example;user=phone")
        #expect(plan.uri(number, at: host, as: .e164WithoutPlus).description == "sip:15555550100;ext=12@trunk.example")
        let code = try #require(TelephoneNumber("#31#"))
        let uri = plan.uri(code, at: host)
        #expect(uri.description == "sip:%2331%23@trunk.example")
        #expect(TelephoneNumber(.sip(try SIPURI(parsing: uri.description))) == code)
    }

    @Test(
        "What is no number is refused",
        arguments: ["", "+", "12a34", "++1", "1+1", "abba", "+1*2", "()", "1;2", "+1234567890123456"])
    func noNumber(_ text: String) {
        #expect(TelephoneNumber(text) == nil)
    }
}
