/// How numbers are dialled at one place, so that a number written there is understood, and written again for others.
public struct NumberingPlan: Hashable, Sendable {
    /// The place's country code, e.g. `1` or `49`.
    public var countryCode: String
    /// What stands before a country code when it is dialled, e.g. `00` or `011`.
    public var internationalPrefix: String
    /// What stands before a national number when it is dialled, e.g. `0`; `nil` where there is no such thing.
    public var trunkPrefix: String?
    /// How many digits a national number has, without the trunk prefix.
    public var nationalDigits: ClosedRange<Int>
    /// Whether national numbers are dialled without the trunk prefix too. Only where they can be told from others.
    public var hasBareNationals: Bool
    /// Up to how many digits it is an extension or a short code, which is left as it is.
    public var longestExtension: Int

    public init(
        countryCode: String, internationalPrefix: String = "00", trunkPrefix: String? = "0",
        nationalDigits: ClosedRange<Int> = 6...13, hasBareNationals: Bool = false, longestExtension: Int = 6
    ) {
        self.countryCode = countryCode
        self.internationalPrefix = internationalPrefix
        self.trunkPrefix = trunkPrefix
        self.nationalDigits = nationalDigits
        self.hasBareNationals = hasBareNationals
        self.longestExtension = longestExtension
    }

    /// The United States, Canada and the Caribbean: ten digits.
    public static let northAmerica = NumberingPlan(
        countryCode: "1", internationalPrefix: "011", trunkPrefix: "1", nationalDigits: 10...10, hasBareNationals: true)

    /// The global number that is meant by a number written at this place; what can't be told stays as it is.
    ///
    /// In this order: a global number; `*` and `#` codes and extensions, left alone; one with the international prefix;
    /// one with the trunk prefix; one with the country code and no `+`; a bare national one; and one of at least ten
    /// digits, taken for one of another country without its `+`, as carriers write them.
    public func global(_ number: TelephoneNumber) -> TelephoneNumber {
        let digits = number.digits
        guard !number.isGlobal, digits.utf8.allSatisfy(OctetClass.isDigit), digits.utf8.count > longestExtension else {
            return number
        }
        func made(_ digits: Substring) -> TelephoneNumber {
            TelephoneNumber("+\(digits)", extension: number.extension) ?? number
        }
        if digits.hasPrefix(internationalPrefix) {
            let rest = digits.dropFirst(internationalPrefix.count)
            if rest.count >= 7 { return made(rest) }
        }
        if let trunkPrefix, !trunkPrefix.isEmpty, digits.hasPrefix(trunkPrefix) {
            let rest = digits.dropFirst(trunkPrefix.count)
            if nationalDigits.contains(rest.count) { return made("\(countryCode)\(rest)"[...]) }
        }
        if digits.hasPrefix(countryCode), nationalDigits.contains(digits.count - countryCode.count) {
            return made(digits[...])
        }
        if hasBareNationals, nationalDigits.contains(digits.count) { return made("\(countryCode)\(digits)"[...]) }
        if digits.count >= 10, !digits.hasPrefix("0") { return made(digits[...]) }
        return number
    }

    /// The number as `format` wants it. A number that is not global, also after ``global(_:)``, has only one form.
    public func write(_ number: TelephoneNumber, as format: NumberFormat) -> String {
        let number = global(number)
        guard number.isGlobal else { return number.digits }
        switch format {
        case .e164: return "+\(number.digits)"
        case .e164WithoutPlus: return number.digits
        case .dialled where number.digits.hasPrefix(countryCode):
            return (trunkPrefix ?? "") + number.digits.dropFirst(countryCode.count)
        case .dialled: return internationalPrefix + number.digits
        case .national where number.digits.hasPrefix(countryCode):
            return String(number.digits.dropFirst(countryCode.count))
        case .national: return "+\(number.digits)"
        }
    }

    /// The number as a SIP URI at a trunk.
    ///
    /// - Parameters:
    ///   - number: whom to call, or who calls.
    ///   - host: the trunk's.
    ///   - port: the trunk's, when it is not the usual one.
    ///   - format: how the trunk wants numbers.
    ///   - isMarked: whether `user=phone` says that it is a number (RFC 3261 §19.1.6).
    public func uri(
        _ number: TelephoneNumber, at host: Host, port: UInt16? = nil, as format: NumberFormat = .e164,
        isMarked: Bool = false
    ) -> SIPURI {
        var user = SIPURI.escapingUser(write(number, as: format))
        if let `extension` = number.extension { user += ";ext=\(`extension`)" }
        return SIPURI(
            user: user, host: host, port: port,
            parameters: Parameters(isMarked ? [Parameter(name: "user", value: "phone")] : []))
    }
}

/// How a trunk wants numbers written.
public enum NumberFormat: String, Hashable, Sendable, CaseIterable {
    /// `+15550100199`
    case e164
    /// `15550100199`
    case e164WithoutPlus
    /// Without country code and trunk prefix, numbers of other countries with `+`: `5550100199`.
    case national
    /// As it is dialled at the place, with trunk prefix or international prefix: `15550100199`, `01144...`.
    case dialled
}
