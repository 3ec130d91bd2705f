internal import Agent
internal import ArgumentParser

extension Calls {
    /// `trunkline calls search`: where words were said, noted, or are in a name.
    struct Search: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Find words in what was said and noted, and in names and addresses.",
            discussion: """
                All words have to be in one turn, note, name or address, whole, in any order; accents and case don't \
                count. No sign means anything else than itself.
                """)

        @Argument(parsing: .allUnrecognized, help: "The words.")
        var words: [String]

        @OptionGroup var database: Database

        @Option(help: "How many places to show.")
        var limit = 20

        @Flag(help: "Print JSON.")
        var json = false

        func validate() throws {
            guard (1...10_000).contains(limit) else {
                throw ValidationError("--limit \(limit): give a number from 1 to 10000.")
            }
            guard !words.isEmpty else { throw ValidationError("Which words? Write them behind `search`.") }
        }

        func run() async throws {
            let store = try database.open()
            var found: [FoundPassage] = []
            if let words = SearchWords(words.joined(separator: " ")) {
                found = try await store.passages(with: words, limit: limit)
            }
            print(json ? try JSONText.of(found) : CallReport.places(found))
        }
    }
}
