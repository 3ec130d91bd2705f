/// Keys that a caller pressed: perhaps a card number, so it never shows in a log, a description or a dump.
public struct PressedDigits: Sendable, Hashable, CustomStringConvertible, CustomDebugStringConvertible,
    CustomReflectable
{
    /// The keys: `0`–`9`, `*`, `#`, `A`–`D`.
    public let value: String

    public init(_ value: String) {
        self.value = value
    }

    public var description: String { "(\(value.count) digits)" }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: []) }
}
