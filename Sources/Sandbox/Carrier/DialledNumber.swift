import SIPCore

/// Where a call is to go, read from the user part of a Request-URI (reference A5).
enum DialledNumber: Hashable, Sendable {
    /// E.164 with `+`.
    case number(String)
    /// A SIP user: it begins with no digit.
    case user(String)

    /// - Parameters:
    ///   - user: the user part, unescaped.
    ///   - isLocalised: whether numbers may be national ones of the United States.
    /// - Throws: the carrier's refusal.
    init(_ user: String, isLocalised: Bool) throws(Refusal) {
        guard let first = user.utf8.first else { throw .badRequestURI }
        if first != 0x2B, !(0x30...0x39).contains(first) {
            self = .user(user)
            return
        }
        guard let number = TelephoneNumber(user) else { throw .invalidDestination }
        guard let whole = Self.whole(number, isLocalised: isLocalised) else { throw .invalidDestination }
        self = .number(whole)
    }

    /// A number with `+` and its country; `nil` when it can't be known.
    static func whole(_ number: TelephoneNumber, isLocalised: Bool) -> String? {
        let digits = number.digits
        guard digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }), digits.utf8.first != 0x30 else { return nil }
        if number.isGlobal { return (8...15).contains(digits.utf8.count) ? "+" + digits : nil }
        switch digits.utf8.count {
        case 10: return isLocalised ? "+1" + digits : nil
        case 11...15: return "+" + digits
        default: return nil
        }
    }
}
