internal import Agent
internal import ArgumentParser
internal import FoundationEssentials
internal import TrunklineConfiguration

/// `trunkline calls`: what the database has kept.
struct Calls: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "calls", abstract: "Show the calls that were kept.",
        subcommands: [List.self, Show.self, Search.self, Trace.self, Export.self, Erase.self, Summary.self],
        defaultSubcommand: List.self)

    struct Database: ParsableArguments {
        @Option(help: ArgumentHelp("The database. Default: the one of `trunkline serve`.", valueName: "file"))
        var database: String?

        func open(_ settings: Configuration = Configuration()) throws -> SQLiteCallStore {
            let path = HomePath.expand(database ?? settings.calls.database)
            guard FileManager.default.fileExists(atPath: path) else {
                throw ValidationError("There is no \(path): no call was kept there yet. Name another with --database.")
            }
            return try open(path)
        }

        /// The same for what may come before the first call: it is made when there is none.
        func make(_ settings: Configuration) throws -> SQLiteCallStore {
            try open(HomePath.expand(database ?? settings.calls.database))
        }

        private func open(_ path: String) throws -> SQLiteCallStore {
            do {
                return try SQLiteCallStore(path: path, now: WallClock.now)
            } catch {
                throw ValidationError("\(error)")
            }
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "One line per call, the newest first.")

        @OptionGroup var database: Database

        @Option(help: "How many calls to show. Default: 20, or all with --json.")
        var limit: Int?

        @Flag(help: "Print JSON.")
        var json = false

        func validate() throws {
            guard let limit, !(1...100_000).contains(limit) else { return }
            throw ValidationError("--limit \(limit): give a number from 1 to 100000.")
        }

        func run() async throws {
            let calls = try await database.open().calls(limit: limit ?? (json ? 100_000 : 20))
            print(json ? try JSONText.of(calls) : CallReport.list(calls))
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Everything about one call.")

        @Argument(help: "The call's identifier, or how it begins.")
        var id: String

        @OptionGroup var database: Database

        @Flag(help: "Print JSON.")
        var json = false

        func run() async throws {
            let store = try database.open()
            guard let call = try await store.call(id) else { throw Calls.unknown(id) }
            let timeline = CallTimeline(call, messages: try await store.messages(of: call.id))
            print(json ? try JSONText.of(call) : CallReport.show(timeline))
        }
    }
}

enum JSONText {
    static func of(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }

    /// In one line.
    static func line(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }
}
