/// How Call Control names a leg of a call: opaque, e.g. `v3:…`.
public struct CallControlID: RawRepresentable, Sendable, Hashable, ExpressibleByStringLiteral, CustomStringConvertible {
    public let rawValue: String

    public init(rawValue: String) {
        self.rawValue = rawValue
    }

    public init(_ text: String) {
        rawValue = text
    }

    public init(stringLiteral text: String) {
        rawValue = text
    }

    public var description: String { rawValue }
}
