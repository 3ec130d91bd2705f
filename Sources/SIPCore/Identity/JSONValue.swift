/// JSON (RFC 8259), as far as tokens need it: small, of bounded depth, numbers whole.
///
/// A reader of our own, because the one of Foundation has no place in a core, takes a name twice, and does not write the
/// deterministic form over which RFC 8225 §9 signs.
enum JSONValue: Hashable, Sendable {
    case object([String: JSONValue])
    case array([JSONValue])
    case text(String)
    case number(Int64)
    case bool(Bool)
    case null

    /// Octets of a whole text.
    static let maxOctets = 16_384
    /// How deep objects and arrays may be in one another.
    private static let maxDepth = 8

    /// Reads a text. A name that comes twice in an object is a fault: readers would differ in which one counts.
    init(parsing octets: [UInt8]) throws(ParseError) {
        var reader = Reader(octets: octets)
        guard octets.count <= Self.maxOctets else { throw reader.error("The JSON is too long") }
        self = try reader.value(depth: 0)
        reader.skipBlanks()
        guard reader.next == nil else { throw reader.error("Something follows the JSON") }
    }

    subscript(name: String) -> JSONValue? {
        if case .object(let members) = self { members[name] } else { nil }
    }

    var text: String? {
        if case .text(let text) = self { text } else { nil }
    }

    var number: Int64? {
        if case .number(let number) = self { number } else { nil }
    }

    /// The texts of an array of nothing else.
    var texts: [String]? {
        guard case .array(let items) = self else { return nil }
        let texts = items.compactMap(\.text)
        return texts.count == items.count ? texts : nil
    }

    /// The one form that a signature is over: members in the order of their names' octets, and no blanks
    /// (RFC 8225 §9).
    var deterministic: [UInt8] {
        var octets: [UInt8] = []
        write(to: &octets)
        return octets
    }

    private func write(to octets: inout [UInt8]) {
        switch self {
        case .object(let members):
            octets.append(0x7B)
            let names = members.keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
            for (place, name) in names.enumerated() {
                if place > 0 { octets.append(0x2C) }
                Self.write(name, to: &octets)
                octets.append(0x3A)
                (members[name] ?? .null).write(to: &octets)
            }
            octets.append(0x7D)
        case .array(let items):
            octets.append(0x5B)
            for (place, item) in items.enumerated() {
                if place > 0 { octets.append(0x2C) }
                item.write(to: &octets)
            }
            octets.append(0x5D)
        case .text(let text): Self.write(text, to: &octets)
        case .number(let number): octets += String(number).utf8
        case .bool(let bool): octets += (bool ? "true" : "false").utf8
        case .null: octets += "null".utf8
        }
    }

    private static func write(_ text: String, to octets: inout [UInt8]) {
        let digits = Array("0123456789abcdef".utf8)
        octets.append(0x22)
        for octet in text.utf8 {
            switch octet {
            case 0x22, 0x5C: octets += [0x5C, octet]
            case ..<0x20:
                octets += "\\u00".utf8
                octets += [digits[Int(octet >> 4)], digits[Int(octet & 15)]]
            default: octets.append(octet)
            }
        }
        octets.append(0x22)
    }

    private struct Reader {
        let octets: [UInt8]
        var position = 0

        init(octets: [UInt8]) {
            self.octets = octets
        }

        var next: UInt8? { position < octets.count ? octets[position] : nil }

        func error(_ message: String) -> ParseError {
            ParseError(offset: position, section: "RFC 8259 §2", message: message, suggestedStatus: 438)
        }

        mutating func skipBlanks() {
            while let octet = next, OctetClass.isBlankOrLineEnd(octet) { position += 1 }
        }

        private mutating func take(_ octet: UInt8) -> Bool {
            skipBlanks()
            guard next == octet else { return false }
            position += 1
            return true
        }

        private mutating func word(_ word: String, _ value: JSONValue) throws(ParseError) -> JSONValue {
            guard octets[position...].starts(with: word.utf8) else { throw error("The JSON has no such value") }
            position += word.utf8.count
            return value
        }

        mutating func value(depth: Int) throws(ParseError) -> JSONValue {
            guard depth < JSONValue.maxDepth else { throw error("The JSON is too deep") }
            skipBlanks()
            switch next {
            case 0x7B: return try object(depth: depth)
            case 0x5B: return try array(depth: depth)
            case 0x22: return .text(try text())
            case 0x74: return try word("true", .bool(true))
            case 0x66: return try word("false", .bool(false))
            case 0x6E: return try word("null", .null)
            default: return .number(try number())
            }
        }

        private mutating func object(depth: Int) throws(ParseError) -> JSONValue {
            position += 1
            var members: [String: JSONValue] = [:]
            if take(0x7D) { return .object(members) }
            repeat {
                skipBlanks()
                let name = try text()
                guard take(0x3A) else { throw error("A name in the JSON has no value") }
                guard members.updateValue(try value(depth: depth + 1), forKey: name) == nil else {
                    throw error("A name comes twice in the JSON")
                }
            } while take(0x2C)
            guard take(0x7D) else { throw error("An object in the JSON lacks its end") }
            return .object(members)
        }

        private mutating func array(depth: Int) throws(ParseError) -> JSONValue {
            position += 1
            var items: [JSONValue] = []
            if take(0x5D) { return .array(items) }
            repeat { items.append(try value(depth: depth + 1)) } while take(0x2C)
            guard take(0x5D) else { throw error("An array in the JSON lacks its end") }
            return .array(items)
        }

        private mutating func number() throws(ParseError) -> Int64 {
            let start = position
            if next == 0x2D { position += 1 }
            let first = position
            while let octet = next, OctetClass.isDigit(octet) { position += 1 }
            // A zero in front, a fraction or an exponent would have a second form.
            guard position - first == 1 || (position > first && octets[first] != 0x30),
                next != 0x2E, next != 0x65, next != 0x45,
                let number = Int64(octets[start..<position].asText)
            else { throw error("A number in the JSON is not whole or too large") }
            return number
        }

        private mutating func text() throws(ParseError) -> String {
            guard next == 0x22 else { throw error("A text is missing in the JSON") }
            position += 1
            var text: [UInt8] = []
            while let octet = next {
                position += 1
                switch octet {
                case 0x22:
                    guard let valid = String(validating: text, as: UTF8.self) else {
                        throw error("A text in the JSON is no UTF-8")
                    }
                    return valid
                case 0x5C: try escape(into: &text)
                case ..<0x20: throw error("A control character stands in the JSON")
                default: text.append(octet)
                }
            }
            throw error("A text in the JSON lacks its end")
        }

        private mutating func escape(into text: inout [UInt8]) throws(ParseError) {
            guard let octet = next else { throw error("The JSON ends in a backslash") }
            position += 1
            switch octet {
            case 0x22, 0x5C, 0x2F: text.append(octet)
            case 0x62: text.append(0x08)
            case 0x66: text.append(0x0C)
            case 0x6E: text.append(0x0A)
            case 0x72: text.append(0x0D)
            case 0x74: text.append(0x09)
            case 0x75: text += try codePoint()
            default: throw error("There is no such escape in JSON")
            }
        }

        /// Behind `\u`: one unit of UTF-16, or two.
        private mutating func codePoint() throws(ParseError) -> [UInt8] {
            let first = try unit()
            var value = first
            if first & 0xFC00 == 0xD800 {
                guard next == 0x5C else { throw error("Half of a character stands in the JSON") }
                position += 1
                guard next == 0x75 else { throw error("Half of a character stands in the JSON") }
                position += 1
                let second = try unit()
                guard second & 0xFC00 == 0xDC00 else { throw error("Half of a character stands in the JSON") }
                value = 0x10000 + ((first & 0x3FF) << 10 | (second & 0x3FF))
            }
            guard let scalar = Unicode.Scalar(value) else { throw error("Half of a character stands in the JSON") }
            return Array(String(Character(scalar)).utf8)
        }

        private mutating func unit() throws(ParseError) -> UInt32 {
            var value: UInt32 = 0
            for _ in 0..<4 {
                guard let digit = next.flatMap(OctetClass.hexValue) else { throw error("An escape lacks its digits") }
                value = value << 4 | UInt32(digit)
                position += 1
            }
            return value
        }
    }
}
