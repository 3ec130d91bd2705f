/// Reads JSON; its own, since a core has no Foundation, and so that no depth of input is too much for the stack.
struct JSONReader {
    private let octets: [UInt8]
    private var position = 0

    init(_ octets: [UInt8]) {
        self.octets = octets
    }

    mutating func whole() throws(JSONError) -> JSONValue {
        // A byte order mark is no JSON, yet some send it (RFC 8259 §8.1).
        if octets.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
        let value = try value(depth: 0)
        skipBlanks()
        guard next == nil else { throw error("Something follows the JSON") }
        return value
    }

    private var next: UInt8? { position < octets.count ? octets[position] : nil }

    private func error(_ message: String) -> JSONError { JSONError(offset: position, message: message) }

    private mutating func skipBlanks() {
        while let octet = next, octet == 0x20 || octet == 0x0A || octet == 0x0D || octet == 0x09 { position += 1 }
    }

    private mutating func take(_ octet: UInt8) -> Bool {
        skipBlanks()
        guard next == octet else { return false }
        position += 1
        return true
    }

    private mutating func value(depth: Int) throws(JSONError) -> JSONValue {
        guard depth < JSONError.maximumDepth else { throw error("The JSON is too deep") }
        skipBlanks()
        switch next {
        case 0x7B: return try object(depth: depth)
        case 0x5B: return try array(depth: depth)
        case 0x22: return .string(try text())
        case 0x74: return try word("true", .bool(true))
        case 0x66: return try word("false", .bool(false))
        case 0x6E: return try word("null", .null)
        default: return .number(try number())
        }
    }

    private mutating func word(_ word: String, _ value: JSONValue) throws(JSONError) -> JSONValue {
        guard octets[position...].starts(with: word.utf8) else { throw error("The JSON has no such value") }
        position += word.utf8.count
        return value
    }

    private mutating func object(depth: Int) throws(JSONError) -> JSONValue {
        position += 1
        var members: [String: JSONValue] = [:]
        if take(0x7D) { return .object(members) }
        repeat {
            skipBlanks()
            let name = try text()
            guard take(0x3A) else { throw error("A name in the JSON has no value") }
            members[name] = try value(depth: depth + 1)
        } while take(0x2C)
        guard take(0x7D) else { throw error("An object in the JSON lacks its end") }
        return .object(members)
    }

    private mutating func array(depth: Int) throws(JSONError) -> JSONValue {
        position += 1
        var elements: [JSONValue] = []
        if take(0x5D) { return .array(elements) }
        repeat { elements.append(try value(depth: depth + 1)) } while take(0x2C)
        guard take(0x5D) else { throw error("An array in the JSON lacks its end") }
        return .array(elements)
    }

    private mutating func digits() -> Int {
        let start = position
        while let octet = next, (0x30...0x39).contains(octet) { position += 1 }
        return position - start
    }

    private mutating func number() throws(JSONError) -> Double {
        let start = position
        if next == 0x2D { position += 1 }
        let first = next
        let whole = digits()
        guard whole == 1 || whole > 1 && first != 0x30 else { throw error("A value is missing in the JSON") }
        if next == 0x2E {
            position += 1
            guard digits() > 0 else { throw error("A fraction in the JSON has no digits") }
        }
        if next == 0x65 || next == 0x45 {
            position += 1
            if next == 0x2B || next == 0x2D { position += 1 }
            guard digits() > 0 else { throw error("An exponent in the JSON has no digits") }
        }
        guard let number = Double(String(decoding: octets[start..<position], as: UTF8.self)), number.isFinite else {
            throw error("A number in the JSON is too large")
        }
        return number
    }

    private mutating func text() throws(JSONError) -> String {
        guard next == 0x22 else { throw error("A text is missing in the JSON") }
        position += 1
        let start = position
        // Most have no escapes, and are taken in one piece.
        while let octet = next, octet != 0x22, octet != 0x5C, octet >= 0x20 { position += 1 }
        if next == 0x22 {
            position += 1
            return try valid(octets[start..<(position - 1)])
        }
        var text = Array(octets[start..<position])
        while let octet = next {
            position += 1
            switch octet {
            case 0x22: return try valid(text[...])
            case 0x5C: try escape(into: &text)
            case ..<0x20: throw error("A control character stands in the JSON")
            default: text.append(octet)
            }
        }
        throw error("A text in the JSON lacks its end")
    }

    private func valid(_ octets: ArraySlice<UInt8>) throws(JSONError) -> String {
        guard let text = String(validating: octets, as: UTF8.self) else {
            throw error("A text in the JSON is no UTF-8")
        }
        return text
    }

    private mutating func escape(into text: inout [UInt8]) throws(JSONError) {
        guard let octet = next else { throw error("The JSON ends in a backslash") }
        position += 1
        switch octet {
        case 0x22, 0x5C, 0x2F: text.append(octet)
        case 0x62: text.append(0x08)
        case 0x66: text.append(0x0C)
        case 0x6E: text.append(0x0A)
        case 0x72: text.append(0x0D)
        case 0x74: text.append(0x09)
        case 0x75: text += String(Character(try scalar())).utf8
        default: throw error("There is no such escape in JSON")
        }
    }

    /// Behind `\u`: one unit of UTF-16, or two.
    private mutating func scalar() throws(JSONError) -> Unicode.Scalar {
        var value = try unit()
        if value & 0xFC00 == 0xD800 {
            guard octets[position...].starts(with: [0x5C, 0x75]) else {
                throw error("Half of a character stands in the JSON")
            }
            position += 2
            let second = try unit()
            guard second & 0xFC00 == 0xDC00 else { throw error("Half of a character stands in the JSON") }
            value = 0x10000 + ((value & 0x3FF) << 10 | (second & 0x3FF))
        }
        guard let scalar = Unicode.Scalar(value) else { throw error("Half of a character stands in the JSON") }
        return scalar
    }

    private mutating func unit() throws(JSONError) -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<4 {
            guard let octet = next, let digit = Character(Unicode.Scalar(octet)).hexDigitValue, octet < 0x80 else {
                throw error("An escape lacks its digits")
            }
            value = value << 4 | UInt32(digit)
            position += 1
        }
        return value
    }
}
