internal import FoundationEssentials

/// JSON as the doubles read and write it, apart from the client's.
enum BodyJSON: Codable, Equatable, Sendable {
    case null
    case flag(Bool)
    case number(Double)
    case text(String)
    case list([BodyJSON])
    case members([String: BodyJSON])

    init?(_ octets: [UInt8]) {
        guard let value = try? JSONDecoder().decode(BodyJSON.self, from: Data(octets)) else { return nil }
        self = value
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let flag = try? container.decode(Bool.self) {
            self = .flag(flag)
        } else if let number = try? container.decode(Double.self) {
            self = .number(number)
        } else if let text = try? container.decode(String.self) {
            self = .text(text)
        } else if let list = try? container.decode([BodyJSON].self) {
            self = .list(list)
        } else {
            self = .members(try container.decode([String: BodyJSON].self))
        }
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .null: try container.encodeNil()
        case .flag(let flag): try container.encode(flag)
        case .number(let number):
            if let whole = Int64(exactly: number) { try container.encode(whole) } else { try container.encode(number) }
        case .text(let text): try container.encode(text)
        case .list(let list): try container.encode(list)
        case .members(let members): try container.encode(members)
        }
    }

    subscript(_ key: String) -> BodyJSON? { members?[key] }
    var members: [String: BodyJSON]? { if case .members(let members) = self { members } else { nil } }
    var list: [BodyJSON]? { if case .list(let list) = self { list } else { nil } }
    var text: String? { if case .text(let text) = self { text } else { nil } }
    var number: Double? { if case .number(let number) = self { number } else { nil } }
    var flag: Bool? { if case .flag(let flag) = self { flag } else { nil } }

    var octets: [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return (try? encoder.encode(self)).map { Array($0) } ?? []
    }
}

extension BodyJSON: ExpressibleByStringLiteral, ExpressibleByBooleanLiteral, ExpressibleByArrayLiteral,
    ExpressibleByDictionaryLiteral, ExpressibleByNilLiteral, ExpressibleByIntegerLiteral
{
    init(stringLiteral text: String) { self = .text(text) }
    init(booleanLiteral flag: Bool) { self = .flag(flag) }
    init(arrayLiteral elements: BodyJSON...) { self = .list(elements) }
    init(dictionaryLiteral members: (String, BodyJSON)...) {
        self = .members(Dictionary(members, uniquingKeysWith: { _, last in last }))
    }
    init(nilLiteral: ()) { self = .null }
    init(integerLiteral number: Int) { self = .number(Double(number)) }
}
