internal import TelephonyPrimitives

/// The values of a trunk.
extension ValueReading {
    /// A word that can stand in logs, routes and metrics.
    static func trunkName(_ text: String) throws(InvalidValue) -> String {
        guard (1...32).contains(text.utf8.count), text.utf8.allSatisfy(isNameOctet) else {
            throw InvalidValue("is no name for a trunk", fix: "write at most 32 letters, digits, - and _")
        }
        return text
    }

    private static func isNameOctet(_ octet: UInt8) -> Bool {
        (0x61...0x7A).contains(octet | 0x20) || (0x30...0x39).contains(octet) || octet == 0x2D || octet == 0x5F
    }

    /// A name of servers, or an IP address.
    static func trunkHost(_ text: String) throws(InvalidValue) -> String? {
        if IPAddress(text) != nil { return text }
        guard (1...253).contains(text.utf8.count),
            text.utf8.allSatisfy({ isNameOctet($0) || $0 == UInt8(ascii: ".") }), text.first != ".", text.first != "-"
        else {
            throw InvalidValue(
                "is no host name", fix: "write the name alone, such as sip.example.com, without sip: or a port")
        }
        return text
    }

    /// `192.0.2.7`, `192.0.2.0/24`
    static func network(_ text: String) throws(InvalidValue) -> IPNetwork {
        guard let network = IPNetwork(text) else {
            throw InvalidValue("is no IP address or block of them", fix: "write 192.0.2.7 or 192.0.2.0/24")
        }
        return network
    }

    /// A block that a carrier may call from: the peers in it are trusted.
    static func smallNetwork(_ text: String) throws(InvalidValue) -> IPNetwork {
        let network = try network(text)
        guard network.addresses != nil else {
            throw InvalidValue(
                "holds more than \(IPNetwork.maximumListed) addresses, which would all be trusted",
                fix: "write the carrier's own, at most a /24 each")
        }
        return network
    }

    /// 12 to 48 letters, digits and `-`.
    static func telnyxToken(_ text: String) throws(InvalidValue) -> String {
        guard (12...48).contains(text.utf8.count), text.utf8.allSatisfy({ isNameOctet($0) && $0 != 0x5F }) else {
            throw InvalidValue("is no token", fix: "it has 12 to 48 letters, digits and -")
        }
        return text
    }

    /// Digits in front of a number.
    static func dialPrefix(_ text: String) throws(InvalidValue) -> String {
        guard (1...8).contains(text.utf8.count), text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
            throw InvalidValue("is no prefix", fix: "write its digits in quotes, such as \"1234\"")
        }
        return text
    }

    /// `+15551234567`
    static func globalNumber(_ text: String) throws(InvalidValue) -> String {
        guard text.hasPrefix("+"), (8...16).contains(text.utf8.count),
            text.dropFirst().utf8.allSatisfy({ (0x30...0x39).contains($0) })
        else {
            throw InvalidValue("is no full number", fix: "write it with + and the country, in quotes: \"+15551234567\"")
        }
        return text
    }

    /// Two letters.
    static func country(_ text: String) throws(InvalidValue) -> String? {
        let code = text.uppercased()
        guard code.utf8.count == 2, countries.contains(code) else {
            throw InvalidValue(
                "is no country that is known here",
                fix:
                    "write one of \(countries.joined(separator: ", ")), or leave it out and write numbers with + and country"
            )
        }
        return code
    }

    /// Those that `NumberingPlan` has; a test holds that.
    static let countries = [
        "AT", "AU", "BE", "CA", "CH", "CZ", "DE", "DK", "ES", "FI", "FR", "GB", "GR", "IE", "IL", "IN", "IT", "JP",
        "MX",
        "NL", "NO", "NZ", "PL", "PR", "PT", "SE", "US", "ZA",
    ]

    /// The beginning of numbers: `+49`, `+`, or `*` for all.
    static func routeBeginning(_ text: String) throws(InvalidValue) -> String {
        if text == "*" { return "" }
        let digits = text.hasPrefix("+") ? text.dropFirst() : text[...]
        guard text.utf8.count <= 16, !text.isEmpty, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
            throw InvalidValue("is no beginning of numbers", fix: "write it like \"+49\", or \"*\" for all others")
        }
        return text
    }
}
