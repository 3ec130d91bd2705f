internal import TelephonyPrimitives

/// `%HH` escapes (RFC 3261 §19.1.2).
enum PercentCoding {
    /// Whether each `%` is followed by two hexadecimal digits.
    static func isWellFormed(_ octets: some Collection<UInt8>) -> Bool {
        var rest = octets[...]
        while let index = rest.firstIndex(of: 0x25) {
            let digits = rest[rest.index(after: index)...].prefix(2)
            guard digits.count == 2, digits.allSatisfy({ OctetClass.hexValue($0) != nil }) else { return false }
            rest = rest[digits.endIndex...]
        }
        return true
    }

    /// The same for a part of octets.
    static func isWellFormed(_ octets: Span<UInt8>, _ place: Range<Int>) -> Bool {
        var next = place.lowerBound
        while let percent = octets.firstPlace(of: 0x25, from: next, to: place.upperBound) {
            next = percent
            // One escape is often followed by another.
            repeat {
                guard next &+ 2 < place.upperBound, OctetClass.isHexadecimal(octets[next &+ 1]),
                    OctetClass.isHexadecimal(octets[next &+ 2])
                else { return false }
                next &+= 3
            } while next < place.upperBound && octets[next] == 0x25
        }
        return true
    }

    static func decode(_ text: some StringProtocol) -> String {
        decodeOctets(text).asText
    }

    static func decodeOctets(_ text: some StringProtocol) -> [UInt8] {
        let octets = Array(text.utf8)
        var result: [UInt8] = []
        var index = 0
        while index < octets.count {
            if octets[index] == 0x25, index + 2 < octets.count, let high = OctetClass.hexValue(octets[index + 1]),
                let low = OctetClass.hexValue(octets[index + 2])
            {
                result.append(high << 4 | low)
                index += 3
            } else {
                result.append(octets[index])
                index += 1
            }
        }
        return result
    }

    /// Escapes what is neither unreserved nor in `allowed`; existing escapes are kept.
    static func encode(_ text: some StringProtocol, allowed: String) -> String {
        var result: [UInt8] = []
        let digits = Array("0123456789ABCDEF".utf8)
        for octet in text.utf8 {
            if OctetClass.isUnreserved(octet) || allowed.utf8.contains(octet) {
                result.append(octet)
            } else {
                result += [0x25, digits[Int(octet >> 4)], digits[Int(octet & 15)]]
            }
        }
        return result.asText
    }

    /// The form in which two texts are compared: unreserved characters plain, others as escapes in upper case, so that
    /// `%41` equals `A` and `%2C` does not equal `,` (RFC 3261 §19.1.4).
    static func comparable(_ text: some StringProtocol) -> String {
        let octets = Array(text.utf8)
        var result: [UInt8] = []
        var index = 0
        while index < octets.count {
            if octets[index] == 0x25, index + 2 < octets.count, let high = OctetClass.hexValue(octets[index + 1]),
                let low = OctetClass.hexValue(octets[index + 2])
            {
                let octet = high << 4 | low
                if OctetClass.isUnreserved(octet) {
                    result.append(octet)
                } else {
                    result += [0x25] + octets[(index + 1)...(index + 2)].map { $0 >= 0x61 ? $0 & 0xDF : $0 }
                }
                index += 3
            } else {
                result.append(octets[index])
                index += 1
            }
        }
        return result.asText
    }
}
