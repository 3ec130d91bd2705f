/// Whether JSON fits a schema: the part of JSON Schema (2020-12) that tools use.
///
/// Known are `type` (one or several), `enum`, `const`, `properties`, `required`, `additionalProperties` (true or false),
/// `items`, `minItems`, `maxItems`, `minLength`, `maxLength`, `minimum` and `maximum`. Other keywords, such as
/// `description`, say nothing about what fits.
public struct JSONSchema: Sendable, Hashable {
    /// How deep schema and value may be nested.
    static let maximumDepth = 16

    /// The schema as it is told to a model.
    public let json: JSONValue

    /// - Throws: ``ToolRefusal`` with what is wrong, and where.
    public init(_ json: JSONValue) throws(ToolRefusal) {
        try Self.check(json, at: "the schema", depth: 0)
        self.json = json
    }

    private static let types: Set<String> = ["object", "array", "string", "number", "integer", "boolean", "null"]
    private static let counts = ["minItems", "maxItems", "minLength", "maxLength"]

    private static func check(_ schema: JSONValue, at place: String, depth: Int) throws(ToolRefusal) {
        guard depth < maximumDepth else { throw ToolRefusal("\(place) is nested more than \(maximumDepth) deep.") }
        guard let members = schema.object else { throw ToolRefusal("\(place) is no object.") }
        if let type = members["type"] {
            let names = type.array?.map(\.string) ?? [type.string]
            guard !names.isEmpty, names.allSatisfy({ $0.map(types.contains) ?? false }) else {
                throw ToolRefusal("\(place) has a type that is none of \(types.sorted().joined(separator: ", ")).")
            }
        }
        if let values = members["enum"], values.array?.isEmpty ?? true {
            throw ToolRefusal("enum of \(place) is no list of values.")
        }
        for key in counts {
            if let count = members[key], (count.integer ?? -1) < 0 {
                throw ToolRefusal("\(key) of \(place) is no whole number from 0 on.")
            }
        }
        for key in ["minimum", "maximum"] where members[key] != nil && members[key]?.number == nil {
            throw ToolRefusal("\(key) of \(place) is no number.")
        }
        if let required = members["required"] {
            guard let names = required.array, names.allSatisfy({ $0.string != nil }) else {
                throw ToolRefusal("required of \(place) is no list of names.")
            }
        }
        if let more = members["additionalProperties"], more.bool == nil {
            throw ToolRefusal("additionalProperties of \(place) is neither true nor false.")
        }
        if let properties = members["properties"] {
            guard let properties = properties.object else {
                throw ToolRefusal("properties of \(place) is no object.")
            }
            for (name, schema) in properties.sorted(by: { $0.key < $1.key }) {
                try check(schema, at: "\"\(name)\" of \(place)", depth: depth + 1)
            }
        }
        if let items = members["items"] { try check(items, at: "items of \(place)", depth: depth + 1) }
    }

    /// What about `value` does not fit, in a sentence for the model that wrote it; `nil` when all does.
    public func fault(of value: JSONValue) -> String? {
        Self.fault(of: value, schema: json, at: "the arguments", depth: 0)
    }

    private static func fault(of value: JSONValue, schema: JSONValue, at place: String, depth: Int) -> String? {
        guard depth < maximumDepth else { return "\(place) is nested more than \(maximumDepth) deep." }
        guard let members = schema.object else { return nil }
        if let type = members["type"] {
            let names = type.array?.compactMap(\.string) ?? [type.string].compactMap { $0 }
            guard names.contains(where: { isOf($0, value) }) else {
                return "\(place) must be of type \(names.joined(separator: " or "))."
            }
        }
        if let values = members["enum"]?.array, !values.contains(value) {
            return "\(place) must be one of \(values.map(\.json).joined(separator: ", "))."
        }
        if let only = members["const"], only != value { return "\(place) must be \(only.json)." }
        switch value {
        case .string(let text): return fault(ofText: text, members, at: place)
        case .number(let number):
            if let least = members["minimum"]?.number, number < least {
                return "\(place) must be at least \(JSONValue.number(least).json)."
            }
            if let most = members["maximum"]?.number, number > most {
                return "\(place) must be at most \(JSONValue.number(most).json)."
            }
            return nil
        case .array(let elements):
            if let least = members["minItems"]?.integer, elements.count < least {
                return "\(place) must have at least \(least) elements."
            }
            if let most = members["maxItems"]?.integer, elements.count > most {
                return "\(place) must have at most \(most) elements."
            }
            guard let items = members["items"] else { return nil }
            for (index, element) in elements.enumerated() {
                let fault = fault(of: element, schema: items, at: "element \(index + 1) of \(place)", depth: depth + 1)
                if let fault { return fault }
            }
            return nil
        case .object(let object): return fault(ofObject: object, members, at: place, depth: depth)
        case .null, .bool: return nil
        }
    }

    private static func fault(ofText text: String, _ schema: [String: JSONValue], at place: String) -> String? {
        let length = text.unicodeScalars.count
        if let least = schema["minLength"]?.integer, length < least {
            return "\(place) must have at least \(least) characters."
        }
        if let most = schema["maxLength"]?.integer, length > most {
            return "\(place) must have at most \(most) characters."
        }
        return nil
    }

    private static func fault(
        ofObject object: [String: JSONValue], _ schema: [String: JSONValue], at place: String, depth: Int
    ) -> String? {
        for name in schema["required"]?.array?.compactMap(\.string) ?? [] where object[name] == nil {
            return "\"\(name)\" is missing in \(place)."
        }
        let properties = schema["properties"]?.object ?? [:]
        for (name, value) in object.sorted(by: { $0.key < $1.key }) {
            guard let schema = properties[name] else { continue }
            if let fault = fault(of: value, schema: schema, at: "\"\(name)\" of \(place)", depth: depth + 1) {
                return fault
            }
        }
        if schema["additionalProperties"]?.bool == false,
            let unknown = object.keys.sorted().first(where: { properties[$0] == nil })
        {
            return "\(place) must not have \"\(unknown.prefix(64))\"."
        }
        return nil
    }

    private static func isOf(_ type: String, _ value: JSONValue) -> Bool {
        switch (type, value) {
        case ("object", .object), ("array", .array), ("string", .string), ("number", .number), ("boolean", .bool),
            ("null", .null):
            true
        case ("integer", .number(let number)): number == number.rounded() && number.isFinite
        default: false
        }
    }
}
