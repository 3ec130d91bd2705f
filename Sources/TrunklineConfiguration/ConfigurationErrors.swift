/// One thing wrong in a configuration file.
public struct ConfigurationProblem: Sendable, Hashable, CustomStringConvertible {
    /// The file as the user named it.
    public var file: String
    /// The line, counted from 1.
    public var line: Int
    /// What is wrong and how to mend it.
    public var sentence: String

    /// Says that something is wrong on a line of a file.
    public init(file: String, line: Int, sentence: String) {
        self.file = file
        self.line = line
        self.sentence = sentence
    }

    /// `trunkline.yaml:12: unknown key "lisen"; did you mean "listen"?`
    public var description: String { "\(file):\(line): \(sentence)" }
}

/// Everything that is wrong in a configuration file, in the order of its lines; never empty.
public struct ConfigurationErrors: Error, Sendable, Equatable, CustomStringConvertible {
    /// At least one.
    public var problems: [ConfigurationProblem]

    /// Gathers what is wrong.
    public init(problems: [ConfigurationProblem]) {
        self.problems = problems
    }

    /// One problem on a line.
    public var description: String {
        problems.map(\.description).joined(separator: "\n")
    }
}
