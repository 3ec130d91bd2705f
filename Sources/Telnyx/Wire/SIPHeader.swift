internal import TelephonyPrimitives

/// A header field of a SIP message, as Call Control takes and tells it.
public struct SIPHeader: Sendable, Hashable {
    public var name: String
    public var value: String

    public init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }

    /// Those of an array of `{name, value}`; at most 100.
    static func all(_ json: JSONValue?) -> [SIPHeader] {
        (json?.array ?? []).prefix(100).compactMap { entry in
            entry["name"]?.string.map { SIPHeader($0, entry["value"]?.looseText ?? "") }
        }
    }
}
