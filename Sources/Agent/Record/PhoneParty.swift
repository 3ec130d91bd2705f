/// Who was called or called us, so that the spellings of one number are the same: `+49 30 1234567`, `004930…`, `4930…`,
/// `sip:+4930…@carrier.example;user=phone` and `tel:+49-30-…`.
///
/// Whether `030…` is the same number only those know who know the country: it is another one here.
public struct PhoneParty: Sendable, Equatable {
    /// A number with fewer digits means something at one host alone.
    private static let leastDigits = 7

    /// Digits of a number, or a user's name.
    private let user: String
    private let isNumber: Bool
    /// In lower case, without a port; `nil` when none is named.
    private let host: String?

    /// - Returns: `nil` when there is neither a number nor a name in `text`.
    public init?(_ text: String) {
        var rest = text[...]
        // `"Ada" <sip:ada@example.com>`
        if let open = rest.lastIndex(of: "<") {
            rest = rest[rest.index(after: open)...].prefix { $0 != ">" }
        }
        while let first = rest.first, first.isWhitespace { rest.removeFirst() }
        while let last = rest.last, last.isWhitespace { rest.removeLast() }
        var isAddress = false
        for scheme in ["sips:", "sip:", "tel:"] where rest.lowercased().hasPrefix(scheme) {
            rest = rest.dropFirst(scheme.count)
            isAddress = true
            break
        }
        let at = rest.lastIndex(of: "@")
        host = at.map { Self.host(rest[rest.index(after: $0)...]) }
        // Neither parameters nor a password are part of the name.
        let name = Self.unescaped((at.map { rest[..<$0] } ?? rest).prefix { $0 != ";" })
        if let digits = Self.digits(of: name) {
            user = digits
            isNumber = true
        } else {
            let name = name.prefix { $0 != ":" }
            guard !name.isEmpty, at != nil || isAddress else { return nil }
            user = String(name)
            isNumber = false
        }
    }

    /// Whether this is who `other` names; `other` may leave out the host of a number.
    public func isMeant(by other: PhoneParty) -> Bool {
        guard isNumber == other.isNumber, user == other.user else { return false }
        if isNumber, other.host == nil || user.utf8.count >= Self.leastDigits { return true }
        return host == other.host
    }

    /// `nil` when it is no number; two digits at least.
    private static func digits(of name: String) -> String? {
        var digits = ""
        var isInternational = false
        for (place, character) in name.enumerated() {
            switch character {
            case "0"..."9" where character.isASCII: digits.append(character)
            case "+" where place == 0: isInternational = true
            case " ", "-", ".", "(", ")", "/", "\u{A0}": break
            default: return nil
            }
        }
        guard digits.utf8.count >= 2 else { return nil }
        if !isInternational, digits.hasPrefix("00"), digits.utf8.count > Self.leastDigits + 2 {
            digits.removeFirst(2)
        }
        return digits
    }

    private static func host(_ text: Substring) -> String {
        let place = text.prefix { $0 != ";" && $0 != "?" }
        // The port behind the name, or behind the bracket of an IPv6 address.
        let bracket = place.lastIndex(of: "]") ?? place.startIndex
        return place[..<(place[bracket...].firstIndex(of: ":") ?? place.endIndex)].lowercased()
    }

    /// With `%2B` for `+` read; what can't be read stays as it is.
    private static func unescaped(_ text: Substring) -> String {
        var octets: [UInt8] = []
        var rest = text.utf8[...]
        while let octet = rest.popFirst() {
            if octet == UInt8(ascii: "%"), let value = UInt8(String(rest.prefix(2)) ?? "", radix: 16),
                rest.count >= 2
            {
                octets.append(value)
                rest = rest.dropFirst(2)
            } else {
                octets.append(octet)
            }
        }
        return String(decoding: octets, as: UTF8.self)
    }
}

extension PhoneParty {
    /// Somebody for people: `Ada <sip:ada@example.com>`. A number that is its own name stands there once.
    static func shown(_ address: String, name: String?) -> String {
        guard let name = named(address, name) else { return address }
        return "\(name) <\(address)>"
    }

    /// The name that tells more than the address; `nil` when there is none.
    package static func named(_ address: String, _ name: String?) -> String? {
        guard let name, !name.isEmpty else { return nil }
        if let party = PhoneParty(address), let same = PhoneParty(name), party.isMeant(by: same) { return nil }
        return name
    }
}
