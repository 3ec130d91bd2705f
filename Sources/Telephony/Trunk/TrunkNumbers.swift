public import SIPCore

/// How a trunk writes telephone numbers, and how we write them to it.
public struct TrunkNumbers: Hashable, Sendable {
    /// How numbers are dialled where the trunk is; `nil`: it is not known, and only what has a country code is understood.
    public var plan: NumberingPlan?
    /// How it wants the numbers that are called. `national` and `dialled` need a ``plan``.
    public var format = NumberFormat.e164
    /// Digits that go in front of each number that is called, with its `+` left out: they say whose call it is where several
    /// customers call from one address.
    public var prefix = ""

    public init(plan: NumberingPlan? = nil, format: NumberFormat = .e164, prefix: String = "") {
        self.plan = plan
        self.format = format
        self.prefix = prefix
    }

    /// What is meant by a number that came from the trunk, or that a person wrote: with a country code where that can be
    /// told.
    ///
    /// Without a plan a number of eleven digits or more that does not begin with 0 has its country code: trunks leave out
    /// the `+`.
    public func global(_ number: TelephoneNumber) -> TelephoneNumber {
        if let plan { return plan.global(number) }
        guard !number.isGlobal, (11...15).contains(number.digits.utf8.count), !number.digits.hasPrefix("0"),
            number.digits.utf8.allSatisfy({ (0x30...0x39).contains($0) })
        else { return number }
        return TelephoneNumber("+\(number.digits)", extension: number.extension) ?? number
    }

    /// A number that is called, or that calls, as the trunk wants it, without ``prefix``.
    public func written(_ number: TelephoneNumber) -> String {
        if let plan { return plan.write(number, as: format) }
        let number = global(number)
        return number.isGlobal && format != .e164WithoutPlus ? "+\(number.digits)" : number.digits
    }

    /// A number that is called, as it stands in the Request-URI.
    public func dialled(_ number: TelephoneNumber) -> String {
        let written = written(number)
        guard !prefix.isEmpty else { return written }
        return prefix + (written.hasPrefix("+") ? String(written.dropFirst()) : written)
    }
}
