/// An `a=` line: a property (`a=sendrecv`) or a name with a value (`a=ptime:20`), RFC 8866 §5.13.
public struct Attribute: Sendable, Hashable {
    /// What stands before the first colon.
    public var name: String
    /// What stands after it, octet for octet; `nil` for a property.
    public var value: String?

    /// Makes `a=name` or, with a value, `a=name:value`.
    public init(_ name: String, _ value: String? = nil) {
        self.name = name
        self.value = value
    }
}

extension [Attribute] {
    /// The value of the first attribute of that name; `nil` without one, and for a property.
    public func value(_ name: String) -> String? {
        first { $0.name == name }?.value
    }

    /// Whether there is an attribute of that name.
    public func has(_ name: String) -> Bool {
        contains { $0.name == name }
    }
}
