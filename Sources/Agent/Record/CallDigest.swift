/// A call in a few sentences, and what was looked for in it: written by a model once the call is over.
public struct CallDigest: Sendable, Equatable, Codable {
    public enum State: String, Sendable, Codable {
        /// It is going to be written.
        case owed
        case made
        /// It could not be written.
        case missing
    }

    public var state: State
    /// What the call was about, and what came of it.
    public var text: String?
    /// What was looked for, by name; null where the call does not tell it.
    public var fields: [String: JSONValue] = [:]
    /// Of the fields that are null though the model wrote something: why.
    public var problems: [String: String] = [:]
    /// Why it is missing.
    public var reason: String?
    /// Who wrote it.
    public var model: String?
    /// Milliseconds since 1970.
    public var madeAt: Int64?

    init(_ state: State) {
        self.state = state
    }

    /// What can be searched, a line each.
    var passages: [String] {
        [text].compactMap { $0 }
            + fields.sorted { $0.key < $1.key }.compactMap { name, value in
                value == .null ? nil : "\(name): \(Self.words(of: value))"
            }
    }

    /// A field's value for people.
    static func words(of value: JSONValue) -> String {
        switch value {
        case .null: "-"
        case .bool(let flag): flag ? "yes" : "no"
        case .string(let text): text
        default: value.json
        }
    }
}
