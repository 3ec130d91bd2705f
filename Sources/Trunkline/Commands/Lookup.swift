internal import Agent
internal import ArgumentParser
internal import FoundationEssentials
internal import TrunklineConfiguration

/// `trunkline lookup`: what an agent would find in the documents.
struct Lookup: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lookup", abstract: "Look something up in the documents, as the agent does.",
        discussion: "The documents are those of knowledge: in the configuration, or a folder given with --folder.")

    @Argument(help: "What is wanted, in a caller's words.")
    var question: String

    @Option(help: ArgumentHelp("A configuration file with knowledge: in it.", valueName: "file"))
    var config: String?

    @Option(help: ArgumentHelp("A folder with Markdown and CSV files.", valueName: "folder"))
    var folder: String?

    @Option(help: "How many passages to print. Default: as many as the agent gets.")
    var limit: Int?

    func validate() throws {
        if let limit, !(1...20).contains(limit) {
            throw ValidationError("--limit \(limit): give a number from 1 to 20.")
        }
        guard (config == nil) != (folder == nil) else {
            throw ValidationError("Name the documents with --config FILE or with --folder FOLDER, one of the two.")
        }
    }

    func run() async throws {
        let settings =
            if let folder {
                Configuration.Knowledge(folder: folder)
            } else if let named = try Configuration.read(config).knowledge {
                named
            } else {
                throw ValidationError("The configuration has no documents; write knowledge: FOLDER into it.")
            }
        let passages: [Passage]
        do {
            passages = try await ServiceMaking.knowledge(settings).passages(
                for: question, limit: limit ?? settings.results)
        } catch {
            throw ValidationError("\(error)")
        }
        guard !passages.isEmpty else {
            print("Nothing was found.")
            return
        }
        for (number, passage) in passages.enumerated() {
            let heading = passage.heading.isEmpty ? "" : " > \(PrintableText.of(passage.heading))"
            print("\(number + 1). \(PrintableText.of(passage.file))\(heading)")
            print("   \(PrintableText.of(passage.text))")
        }
    }
}
