extension NumberingPlan {
    /// How numbers are dialled in a country.
    ///
    /// - Parameter country: its two letters (ISO 3166-1), e.g. `US` or `de`; `nil` for one that is not in the list
    ///   (``countries``): make a plan of its own.
    public init?(country: String) {
        guard let plan = Self.plans[country.uppercased()] else { return nil }
        self = plan
    }

    /// The countries that have a plan here, in alphabetical order.
    public static var countries: [String] { plans.keys.sorted() }

    private static let plans: [String: NumberingPlan] = {
        var plans: [String: NumberingPlan] = [:]
        for country in ["US", "CA", "PR"] { plans[country] = northAmerica }
        // With a trunk prefix: a number without it is one of the same town.
        for (country, code, digits) in [
            ("AT", "43", 6...13), ("BE", "32", 8...9), ("CH", "41", 9...9), ("DE", "49", 6...13), ("FI", "358", 6...12),
            ("FR", "33", 9...9), ("GB", "44", 9...10), ("IE", "353", 7...9), ("IL", "972", 8...9),
            ("IN", "91", 10...10),
            ("NL", "31", 9...9), ("NZ", "64", 8...10), ("SE", "46", 7...9), ("ZA", "27", 9...9),
        ] {
            plans[country] = NumberingPlan(countryCode: code, nationalDigits: digits)
        }
        plans["AU"] = NumberingPlan(countryCode: "61", internationalPrefix: "0011", nationalDigits: 9...9)
        plans["JP"] = NumberingPlan(countryCode: "81", internationalPrefix: "010", nationalDigits: 9...10)
        // Without: numbers are dialled as they are.
        for (country, code, digits) in [
            ("CZ", "420", 9...9), ("DK", "45", 8...8), ("ES", "34", 9...9), ("GR", "30", 10...10),
            ("MX", "52", 10...10),
            ("NO", "47", 8...8), ("PL", "48", 9...9), ("PT", "351", 9...9),
        ] {
            plans[country] = NumberingPlan(
                countryCode: code, trunkPrefix: nil, nationalDigits: digits, hasBareNationals: true)
        }
        // The 0 of a town's code is part of the number, also from abroad.
        plans["IT"] = NumberingPlan(countryCode: "39", trunkPrefix: nil, nationalDigits: 8...11, hasBareNationals: true)
        return plans
    }()
}
