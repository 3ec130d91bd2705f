/// Everything that is wrong with a flow file.
public struct FlowErrors: Error, Sendable, Equatable, CustomStringConvertible {
    public struct Problem: Sendable, Equatable, CustomStringConvertible {
        public let file: String
        public let line: Int
        /// What is wrong and how to mend it.
        public let sentence: String

        public var description: String { "\(file):\(line): \(sentence)" }
    }

    public let problems: [Problem]

    public var description: String { problems.map(\.description).joined(separator: "\n") }
}
