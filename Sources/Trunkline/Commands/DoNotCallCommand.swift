internal import Agent
internal import ArgumentParser
internal import CallAPI
internal import FoundationEssentials
internal import Telephony
internal import TrunklineConfiguration

/// `trunkline do-not-call`: numbers that are never called, whoever asks for it.
struct DoNotCallCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "do-not-call", abstract: "Numbers that are never called, whoever asks for it.",
        subcommands: [Add.self, Remove.self, List.self, Import.self], defaultSubcommand: List.self)

    /// The list, and how numbers are meant that are put onto it.
    struct Place: ParsableArguments {
        @Option(
            help: ArgumentHelp(
                "The configuration of `trunkline serve`: where the list is, and of which country numbers are that name none.",
                valueName: "file"))
        var config: String?
        @OptionGroup var database: Calls.Database

        func open() throws -> (store: SQLiteCallStore, numbers: Numbers) {
            let settings = try Configuration.read(config)
            return (try database.open(settings), Numbers(trunks: TrunkGroup(settings)))
        }

        /// The same, where the list may be the first thing that is kept.
        func make() throws -> (store: SQLiteCallStore, numbers: Numbers) {
            let settings = try Configuration.read(config)
            return (try database.make(settings), Numbers(trunks: TrunkGroup(settings)))
        }
    }

    /// Reads numbers as calls do.
    struct Numbers {
        let trunks: TrunkGroup?

        func read(_ text: String) throws -> String {
            do {
                let destination = try Destination(parsing: text)
                return (trunks?.canonical(destination) ?? destination).description
            } catch {
                throw ValidationError("\(text) \(error).")
            }
        }
    }

    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Put numbers or SIP addresses on the list.")
        @Argument(help: "Such as +15551234567 or sip:bob@example.com.") var numbers: [String]
        @OptionGroup var place: Place

        func run() async throws {
            let (store, reading) = try place.make()
            let added = try await store.doNotCall(try numbers.map { try reading.read($0) }, at: WallClock.now)
            print("\(added) added.")
        }
    }

    struct Remove: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Take a number off the list.")
        @Argument var number: String
        @OptionGroup var place: Place

        func run() async throws {
            let (store, reading) = try place.open()
            let number = try reading.read(number)
            guard try await store.mayCallAgain(number) else {
                throw ValidationError("\(number) is not on the list.")
            }
            print("\(number) may be called again.")
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "The list, a number on a line.")
        @OptionGroup var place: Place

        func run() async throws {
            for number in try await place.open().store.doNotCallList(limit: 1_000_000) { print(number) }
        }
    }

    struct Import: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Put the numbers of a file on the list: one a line, what follows a comma or # is left out.")
        @Argument var file: String
        @OptionGroup var place: Place

        func run() async throws {
            let (store, reading) = try place.make()
            guard let text = try? String(contentsOfFile: HomePath.expand(file), encoding: .utf8) else {
                throw ValidationError("\(file) can't be read, or is no UTF-8.")
            }
            var numbers: [String] = []
            for (index, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated()
            {
                let entry = line.prefix { $0 != "," && $0 != "#" }.trimmingBlanks
                guard !entry.isEmpty else { continue }
                do {
                    numbers.append(try reading.read(entry))
                } catch {
                    throw ValidationError("\(file), line \(index + 1): \(error)")
                }
            }
            let added = try await store.doNotCall(numbers, at: WallClock.now)
            print("\(added) added, \(numbers.count - added) were on the list.")
        }
    }
}

extension Substring {
    fileprivate var trimmingBlanks: String {
        String(drop { $0.isWhitespace }.reversed().drop { $0.isWhitespace }.reversed())
    }
}
