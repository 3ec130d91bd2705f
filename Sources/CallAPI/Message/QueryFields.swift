/// The fields of a request's query, each at most once.
struct QueryFields {
    private var fields: [String: String] = [:]

    /// - Parameter known: the fields that there may be.
    init(_ query: String?, known: [String]) throws(Problem) {
        guard let query, !query.isEmpty else { return }
        guard query.utf8.count <= 2_048 else {
            throw Problem(400, "bad_query", "The query is longer than 2048 octets.")
        }
        for part in query.split(separator: "&") {
            let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = Self.unescaped(pair.first ?? ""), let value = Self.unescaped(pair.dropFirst().first ?? "")
            else { throw Problem(400, "bad_query", "The query has escapes that can't be read.") }
            guard known.contains(name) else {
                throw Problem(
                    400, "unknown_parameter",
                    "There is no parameter \"\(name.prefix(60))\"; there are \(known.joined(separator: ", ")).")
            }
            guard fields[name] == nil else {
                throw Problem(400, "bad_query", "\"\(name)\" stands there twice.")
            }
            fields[name] = value
        }
    }

    subscript(name: String) -> String? { fields[name] }

    /// A whole number.
    func number(_ name: String, in range: ClosedRange<Int64>) throws(Problem) -> Int64? {
        guard let text = fields[name] else { return nil }
        guard text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = Int64(text), range.contains(number)
        else {
            throw Problem(
                400, "bad_parameter",
                "\"\(name)\" is to be a whole number from \(range.lowerBound) to \(range.upperBound).")
        }
        return number
    }

    /// One of some words.
    func choice<Choice: RawRepresentable>(
        _ name: String, _ choices: [Choice]
    ) throws(Problem) -> Choice? where Choice.RawValue == String {
        guard let text = fields[name] else { return nil }
        guard let choice = choices.first(where: { $0.rawValue == text }) else {
            let words = choices.map(\.rawValue).joined(separator: ", ")
            throw Problem(400, "bad_parameter", "\"\(name)\" is to be one of \(words).")
        }
        return choice
    }

    /// `nil` when it is badly escaped or no UTF-8.
    static func unescaped(_ text: Substring) -> String? {
        var octets: [UInt8] = []
        var rest = Substring(text).utf8
        while let octet = rest.popFirst() {
            switch octet {
            case UInt8(ascii: "%"):
                guard let high = rest.popFirst().flatMap(hexValue), let low = rest.popFirst().flatMap(hexValue) else {
                    return nil
                }
                octets.append(high << 4 | low)
            case UInt8(ascii: "+"): octets.append(UInt8(ascii: " "))
            default: octets.append(octet)
            }
        }
        return String(validating: octets, as: UTF8.self)
    }

    private static func hexValue(_ octet: UInt8) -> UInt8? {
        switch octet {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): octet - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): octet - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): octet - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
