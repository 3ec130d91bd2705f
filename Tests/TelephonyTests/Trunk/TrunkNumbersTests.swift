import SIPCore
import Telephony
import TelephonyPrimitives
import Testing

@Suite("How a trunk writes numbers")
struct TrunkNumbersTests {
    @Test(
        "F-21: a number that came is understood, with + or without, national where the country is known",
        arguments: [
            (nil, "+12025550131", "+12025550131"), (nil, "12025550131", "+12025550131"),
            (nil, "442071838750", "+442071838750"), (nil, "2025550131", "2025550131"),
            (nil, "030123456789", "030123456789"),
            (nil, "100", "100"), (nil, "*97", "*97"), (nil, "1234567890123456", "1234567890123456"),
            ("US", "2025550131", "+12025550131"), ("US", "12025550131", "+12025550131"),
            ("DE", "030123456", "+4930123456"),
        ] as [(String?, String, String)])
    func incoming(country: String?, came: String, meant: String) throws {
        let numbers = TrunkNumbers(plan: country.flatMap { NumberingPlan(country: $0) })
        #expect(numbers.global(try #require(TelephoneNumber(came))).description == meant)
    }

    @Test(
        "F-21: a number goes out as the trunk wants it",
        arguments: [
            (nil, NumberFormat.e164, "", "12025550131", "+12025550131"), (nil, .e164, "", "+4930123456", "+4930123456"),
            (nil, .e164WithoutPlus, "", "+12025550131", "12025550131"),
            (nil, .e164, "1234", "+12025550131", "123412025550131"),
            ("US", .e164, "", "2025550131", "+12025550131"), ("US", .e164, "9999", "(202) 555-0131", "999912025550131"),
            ("US", .national, "", "+12025550131", "2025550131"), ("US", .national, "", "+4930123456", "+4930123456"),
            ("DE", .dialled, "", "+4930123456", "030123456"), ("DE", .dialled, "", "+12025550131", "0012025550131"),
            ("DE", .e164, "", "112", "112"), (nil, .e164, "", "100", "100"),
        ] as [(String?, NumberFormat, String, String, String)])
    func outgoing(country: String?, format: NumberFormat, prefix: String, number: String, written: String) throws {
        let plan = country.flatMap { NumberingPlan(country: $0) }
        let numbers = TrunkNumbers(plan: plan, format: format, prefix: prefix)
        #expect(numbers.dialled(try #require(TelephoneNumber(number))) == written)
    }

    @Test("F-21: a caller is written like a number that is called, without the prefix; an address stays")
    func caller() {
        var trunk = Trunk(name: "t", host: "sip.example.com", port: 5080, transport: .tls)
        trunk.numbers = TrunkNumbers(plan: .northAmerica, prefix: "1234")
        #expect(trunk.address(ofCaller: "(202) 555-0131") == "sip:+12025550131@sip.example.com")
        #expect(trunk.address(ofCaller: "tel:+12025550131") == "sip:+12025550131@sip.example.com")
        #expect(trunk.address(ofCaller: "sip:desk@example.org") == "sip:desk@example.org")
        #expect("\(trunk.uri(of: "a b@c"))" == "sip:a%20b%40c@sip.example.com")
    }
}
