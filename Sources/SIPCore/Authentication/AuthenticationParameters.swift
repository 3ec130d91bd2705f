/// The scheme and the parameters of a challenge or of credentials (RFC 3261 §25.1, `challenge` and `credentials`).
///
/// Reading is lenient: blanks anywhere, values with or without quotes, and what can't be understood up to the next comma
/// is left out. A second challenge in the same field, which SIP does not allow, ends the first.
struct AuthenticationParameters: Sendable {
    /// As written, e.g. `Digest`; empty where none is written.
    let scheme: String
    private var values: [(name: String, value: String)] = []

    /// More than any known scheme has; the rest is not looked at.
    private static let maxCount = 64

    init?(parsing text: String) {
        var rest = Array(text.utf8)[...]
        Self.skipBlanks(&rest)
        let name = Self.takeToken(&rest)
        guard !name.isEmpty, rest.first == 0x20 || rest.first == 0x09 else { return nil }
        scheme = name
        read(rest)
    }

    /// Reads parameters that no scheme stands before: those of Authentication-Info (RFC 7616 §3.5).
    init(withoutScheme text: String) {
        scheme = ""
        read(Array(text.utf8)[...])
    }

    private mutating func read(_ octets: ArraySlice<UInt8>) {
        var rest = octets
        while !rest.isEmpty, values.count < Self.maxCount {
            Self.skipBlanks(&rest)
            let name = Self.takeToken(&rest).lowercased()
            let hadBlank = rest.first == 0x20 || rest.first == 0x09
            Self.skipBlanks(&rest)
            if rest.first == UInt8(ascii: "=") {
                rest.removeFirst()
                Self.skipBlanks(&rest)
                if let value = Self.takeValue(&rest), !name.isEmpty, self[name] == nil {
                    values.append((name, value))
                }
            } else if hadBlank, !name.isEmpty, !values.isEmpty {
                return
            }
            Self.skipToComma(&rest)
        }
    }

    /// The value without quotes and escapes; `name` in lower case.
    subscript(name: String) -> String? {
        values.first { $0.name == name }?.value
    }

    // MARK: Scanning

    private static func skipBlanks(_ rest: inout ArraySlice<UInt8>) {
        rest = rest.drop { $0 == 0x20 || $0 == 0x09 || $0 == 0x0D || $0 == 0x0A }
    }

    private static func takeToken(_ rest: inout ArraySlice<UInt8>) -> String {
        let separators: [UInt8] = [0x20, 0x09, 0x0D, 0x0A, 0x2C, 0x3D, 0x22]
        let token = rest.prefix { !separators.contains($0) }
        rest = rest.dropFirst(token.count)
        return String(decoding: token, as: UTF8.self)
    }

    /// A quoted string or a token; `nil` when the closing quote is missing.
    private static func takeValue(_ rest: inout ArraySlice<UInt8>) -> String? {
        guard rest.first == 0x22 else {
            let token = rest.prefix { $0 != 0x2C && $0 != 0x20 && $0 != 0x09 }
            rest = rest.dropFirst(token.count)
            return String(decoding: token, as: UTF8.self)
        }
        rest.removeFirst()
        var value: [UInt8] = []
        while let octet = rest.popFirst() {
            switch octet {
            case 0x22:
                return String(decoding: value, as: UTF8.self)
            case 0x5C:
                guard let escaped = rest.popFirst() else { return nil }
                value.append(escaped)
            default:
                value.append(octet)
            }
        }
        return nil
    }

    /// Goes behind the next comma that is not in quotes.
    private static func skipToComma(_ rest: inout ArraySlice<UInt8>) {
        var isQuoted = false
        while let octet = rest.popFirst() {
            switch octet {
            case 0x22: isQuoted.toggle()
            case 0x5C where isQuoted: _ = rest.popFirst()
            case 0x2C where !isQuoted: return
            default: break
            }
        }
    }
}
