/// Why text is no value of its kind.
public struct InvalidValue: Error, Sendable, Equatable, CustomStringConvertible {
    /// What is wrong, to follow the value: `has no port from 0 to 65535`.
    public var problem: String
    /// What to do: `write udp:ADDRESS:PORT`.
    public var fix: String

    /// Says what is wrong and what to do.
    public init(_ problem: String, fix: String) {
        self.problem = problem
        self.fix = fix
    }

    /// Both, to follow the value.
    public var description: String { "\(problem); \(fix)" }
}
