/// Why a text is no JSON.
public struct JSONError: Error, Hashable, CustomStringConvertible {
    /// How deep objects and arrays may be in one another.
    public static let maximumDepth = 128

    /// Octets before the fault.
    public let offset: Int
    /// A sentence without what was read: that may be secret.
    public let message: String

    public var description: String { "\(message) (octet \(offset))" }
}
