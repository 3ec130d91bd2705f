import SIPCore
import Testing

@Suite("How numbers are dialled in a country")
struct CountryPlanTests {
    @Test(
        "F-21: a number as it is dialled there is understood, and one with its country is left",
        arguments: [
            ("US", "2025550131", "+12025550131"), ("US", "12025550131", "+12025550131"),
            ("us", "011442071838750", "+442071838750"), ("CA", "6135550131", "+16135550131"),
            ("US", "911", "911"), ("US", "442071838750", "+442071838750"),
            ("DE", "030123456", "+4930123456"), ("DE", "0049301234567", "+49301234567"), ("DE", "112", "112"),
            ("GB", "02071838750", "+442071838750"), ("GB", "0012025550131", "+12025550131"),
            ("FR", "0142685300", "+33142685300"), ("IT", "0669812345", "+390669812345"),
            ("IT", "3331234567", "+393331234567"), ("ES", "912345678", "+34912345678"),
            ("NO", "22345678", "+4722345678"),
            ("AU", "0298765432", "+61298765432"), ("AU", "001112025550131", "+12025550131"),
            ("JP", "0312345678", "+81312345678"), ("JP", "01012025550131", "+12025550131"),
            ("MX", "5512345678", "+525512345678"), ("IN", "09876543210", "+919876543210"),
        ])
    func global(country: String, dialled: String, meant: String) throws {
        let plan = try #require(NumberingPlan(country: country))
        let number = try #require(TelephoneNumber(dialled))
        #expect(plan.global(number).description == meant)
        #expect(plan.global(plan.global(number)).description == meant)
    }

    @Test("F-21: every country writes its own numbers as they are dialled, and reads them again")
    func roundTrip() throws {
        for country in NumberingPlan.countries {
            let plan = try #require(NumberingPlan(country: country))
            let digits = String(repeating: "2", count: plan.nationalDigits.upperBound)
            let number = try #require(TelephoneNumber("+\(plan.countryCode)\(digits)"))
            let dialled = try #require(TelephoneNumber(plan.write(number, as: .dialled)))
            #expect(plan.global(dialled) == number, "\(country)")
        }
    }

    @Test("a country that is not in the list has no plan", arguments: ["", "XX", "USA", "U", "ü"])
    func unknown(country: String) {
        #expect(NumberingPlan(country: country) == nil)
    }
}
