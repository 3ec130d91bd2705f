/// Why a tool did not do what it was asked for, for the model.
public struct ToolRefusal: Error, Sendable, Equatable, CustomStringConvertible {
    public let description: String

    public init(_ description: String) {
        self.description = description
    }
}
