internal import Synchronization

/// Secret digits that a caller has typed on one call. The model knows their names; tools that may have them put them in.
public final class KeptDigits: Sendable, Equatable {
    private static let most = 16
    private let digits = Mutex<[String: String]>([:])

    public init() {}

    public static func == (one: KeptDigits, other: KeptDigits) -> Bool {
        one.digits.withLock { $0 } == other.digits.withLock { $0 }
    }

    package func keep(_ text: String, as name: String) {
        digits.withLock { digits in
            guard digits[name] != nil || digits.count < Self.most else { return }
            digits[name] = text
        }
    }

    /// `json` with digits in the place of each text that is `{name}` and no more.
    package func fill(_ json: JSONValue) -> JSONValue {
        let known = digits.withLock { $0 }
        guard !known.isEmpty else { return json }
        return Self.fill(json, known, depth: 0)
    }

    private static func fill(_ json: JSONValue, _ known: [String: String], depth: Int) -> JSONValue {
        guard depth < 16 else { return json }
        switch json {
        case .string(let text):
            guard text.hasPrefix("{"), text.hasSuffix("}"), let digits = known[String(text.dropFirst().dropLast())]
            else {
                return json
            }
            return .string(digits)
        case .array(let elements): return .array(elements.map { fill($0, known, depth: depth + 1) })
        case .object(let members): return .object(members.mapValues { fill($0, known, depth: depth + 1) })
        default: return json
        }
    }

    /// `text` without digits of ours, should somebody repeat them.
    package func leftOut(of text: String) -> String {
        digits.withLock { $0 }.values.filter { $0.count >= 4 }.reduce(text) { text, digits in
            text.replacing(digits, with: String(repeating: "•", count: digits.count))
        }
    }
}
