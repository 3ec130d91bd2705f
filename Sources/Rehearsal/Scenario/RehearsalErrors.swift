/// Everything that is wrong with the file of a rehearsal.
package struct RehearsalErrors: Error, Sendable, Equatable, CustomStringConvertible {
    package struct Problem: Sendable, Equatable, CustomStringConvertible {
        package var file: String
        package var line: Int
        /// What is wrong and how to mend it.
        package var sentence: String

        package var description: String { "\(file):\(line): \(sentence)" }
    }

    package var problems: [Problem]

    package var description: String { problems.map(\.description).joined(separator: "\n") }
}
