internal import TelephonyPrimitives

/// Telnyx writes most numbers as texts, and not everywhere the same: both are read.
extension JSONValue {
    /// A text, or a whole number as one.
    var looseText: String? { string ?? integer.map(String.init) }

    /// A whole number, or a text of one.
    var looseInteger: Int? { integer ?? string.flatMap { Int($0) } }

    /// A number, or a text of one; finite.
    var looseNumber: Double? {
        guard let number = number ?? string.flatMap({ Double($0) }), number.isFinite else { return nil }
        return number
    }

    /// A flag, or a text of one.
    var looseBool: Bool? {
        if let bool { return bool }
        return switch string {
        case "true": true
        case "false": false
        default: nil
        }
    }

    /// A text that says something.
    var filledText: String? { looseText.flatMap { $0.isEmpty ? nil : $0 } }

    /// The texts of an array.
    var texts: [String] { array?.compactMap(\.string) ?? [] }
}
