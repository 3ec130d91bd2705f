public import TelephonyPrimitives

/// The members of a request's body; those without a value are left out.
public struct CommandFields: Sendable, Hashable, ExpressibleByDictionaryLiteral {
    public private(set) var members: [String: JSONValue] = [:]

    public init(dictionaryLiteral members: (String, (any FieldValue)?)...) {
        for (name, value) in members { self[name] = value }
    }

    public subscript(_ name: String) -> (any FieldValue)? {
        get { members[name] }
        set { members[name] = newValue?.bodyJSON == .null ? nil : newValue?.bodyJSON }
    }

    /// With further members; of a name that is in both, theirs count.
    public func merging(_ others: CommandFields?) -> CommandFields {
        var fields = self
        for (name, value) in others?.members ?? [:] { fields.members[name] = value }
        return fields
    }

    public var bodyJSON: JSONValue { .object(members) }
}

/// What may stand in a body.
public protocol FieldValue: Sendable {
    var bodyJSON: JSONValue { get }
}

extension JSONValue: FieldValue {
    public var bodyJSON: JSONValue { self }
}

extension String: FieldValue {
    public var bodyJSON: JSONValue { .string(self) }
}

extension Int: FieldValue {
    public var bodyJSON: JSONValue { .number(Double(self)) }
}

extension Bool: FieldValue {
    public var bodyJSON: JSONValue { .bool(self) }
}

extension Array: FieldValue where Element: FieldValue {
    public var bodyJSON: JSONValue { .array(map(\.bodyJSON)) }
}

extension CommandFields: FieldValue {}

extension ClientState: FieldValue {
    public var bodyJSON: JSONValue { .string(base64) }
}

extension SIPHeader: FieldValue {
    public var bodyJSON: JSONValue { ["name": .string(name), "value": .string(value)] }
}

extension RawRepresentable where Self: FieldValue, RawValue == String {
    public var bodyJSON: JSONValue { .string(rawValue) }
}

extension RawRepresentable where Self: FieldValue, RawValue == Int {
    public var bodyJSON: JSONValue { .number(Double(rawValue)) }
}

extension Duration {
    /// Whole seconds, up, as Telnyx counts `…_secs`.
    var wholeSeconds: Int {
        let nanoseconds = inNanoseconds
        return Int(nanoseconds / 1_000_000_000) + (nanoseconds % 1_000_000_000 > 0 ? 1 : 0)
    }

    /// Whole milliseconds, as Telnyx counts `…_millis`.
    var wholeMilliseconds: Int { Int(inMilliseconds) }
}
