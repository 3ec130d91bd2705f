internal import FoundationEssentials

/// JSON as a service reads it.
indirect enum ServiceJSON: Sendable, Equatable, Decodable {
    case null
    case bool(Bool)
    case number(Double)
    case text(String)
    case list([ServiceJSON])
    case members([String: ServiceJSON])

    /// - Returns: `nil` when `text` is no JSON.
    init?(_ text: String) {
        guard let value = try? JSONDecoder().decode(ServiceJSON.self, from: Data(text.utf8)) else { return nil }
        self = value
    }

    init(from decoder: any Decoder) throws {
        let value = try decoder.singleValueContainer()
        if value.decodeNil() {
            self = .null
        } else if let flag = try? value.decode(Bool.self) {
            self = .bool(flag)
        } else if let number = try? value.decode(Double.self) {
            self = .number(number)
        } else if let text = try? value.decode(String.self) {
            self = .text(text)
        } else if let list = try? value.decode([ServiceJSON].self) {
            self = .list(list)
        } else {
            self = .members(try value.decode([String: ServiceJSON].self))
        }
    }

    subscript(_ name: String) -> ServiceJSON? { if case .members(let members) = self { members[name] } else { nil } }
    var names: [String] { if case .members(let members) = self { members.keys.sorted() } else { [] } }
    var text: String? { if case .text(let text) = self { text } else { nil } }
    var number: Double? { if case .number(let number) = self { number } else { nil } }
    var flag: Bool? { if case .bool(let flag) = self { flag } else { nil } }
    var list: [ServiceJSON]? { if case .list(let list) = self { list } else { nil } }

    /// `text` as it stands in JSON, with its quotes.
    static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            case "\u{0}"..."\u{1F}":
                result += "\\u00" + (scalar.value < 16 ? "0" : "") + String(scalar.value, radix: 16)
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }

    static func base64(_ octets: [UInt8]) -> String { Data(octets).base64EncodedString() }
}
