/// A name out of a set that the other side may make larger: what is unknown is kept as it came.
public protocol OpenName: RawRepresentable, Hashable, Sendable, ExpressibleByStringLiteral, CustomStringConvertible
where RawValue == String {
    init(rawValue: String)
}

extension OpenName {
    public init(stringLiteral text: String) { self.init(rawValue: text) }
    public var description: String { rawValue }
}
