/// Writes JSON in one line.
struct JSONWriter {
    private var octets: [UInt8] = []

    var text: String { String(decoding: octets, as: UTF8.self) }

    mutating func write(_ value: JSONValue) {
        switch value {
        case .null: octets += "null".utf8
        case .bool(let flag): octets += (flag ? "true" : "false").utf8
        case .number(let number): write(number)
        case .string(let text): write(text)
        case .array(let elements):
            octets.append(0x5B)
            for (place, element) in elements.enumerated() {
                if place > 0 { octets.append(0x2C) }
                write(element)
            }
            octets.append(0x5D)
        case .object(let members):
            octets.append(0x7B)
            let ordered = members.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
            for (place, member) in ordered.enumerated() {
                if place > 0 { octets.append(0x2C) }
                write(member.key)
                octets.append(0x3A)
                write(member.value)
            }
            octets.append(0x7D)
        }
    }

    private mutating func write(_ number: Double) {
        if let whole = Int64(exactly: number) {
            octets += String(whole).utf8
        } else {
            // What is infinite or no number can't be written.
            octets += (number.isFinite ? "\(number)" : "null").utf8
        }
    }

    private mutating func write(_ text: String) {
        let digits = Array("0123456789abcdef".utf8)
        octets.append(0x22)
        for octet in text.utf8 {
            switch octet {
            case 0x22, 0x5C: octets += [0x5C, octet]
            case 0x08: octets += [0x5C, 0x62]
            case 0x09: octets += [0x5C, 0x74]
            case 0x0A: octets += [0x5C, 0x6E]
            case 0x0C: octets += [0x5C, 0x66]
            case 0x0D: octets += [0x5C, 0x72]
            case ..<0x20: octets += Array("\\u00".utf8) + [digits[Int(octet >> 4)], digits[Int(octet & 15)]]
            default: octets.append(octet)
            }
        }
        octets.append(0x22)
    }
}
