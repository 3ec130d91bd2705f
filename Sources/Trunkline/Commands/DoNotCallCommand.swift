internal import Agent
internal import ArgumentParser
internal import CallAPI
internal import FoundationEssentials
internal import TrunklineConfiguration

/// `trunkline do-not-call`: numbers that are never called, whoever asks for it.
struct DoNotCallCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "do-not-call", abstract: "Numbers that are never called, whoever asks for it.",
        subcommands: [Add.self, Remove.self, List.self, Import.self], defaultSubcommand: List.self)

    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Put numbers or SIP addresses on the list.")
        @Argument(help: "Such as +15551234567 or sip:bob@example.com.") var numbers: [String]
        @OptionGroup var database: Calls.Database

        func run() async throws {
            let numbers = try numbers.map { try DoNotCallCommand.read($0) }
            let added = try await database.make(Configuration()).doNotCall(numbers, at: WallClock.now)
            print("\(added) added.")
        }
    }

    struct Remove: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Take a number off the list.")
        @Argument var number: String
        @OptionGroup var database: Calls.Database

        func run() async throws {
            let number = try DoNotCallCommand.read(number)
            guard try await database.open().mayCallAgain(number) else {
                throw ValidationError("\(number) is not on the list.")
            }
            print("\(number) may be called again.")
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "The list, a number on a line.")
        @OptionGroup var database: Calls.Database

        func run() async throws {
            for number in try await database.open().doNotCallList(limit: 1_000_000) { print(number) }
        }
    }

    struct Import: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Put the numbers of a file on the list: one a line, what follows a comma or # is left out.")
        @Argument var file: String
        @OptionGroup var database: Calls.Database

        func run() async throws {
            guard let text = try? String(contentsOfFile: HomePath.expand(file), encoding: .utf8) else {
                throw ValidationError("\(file) can't be read, or is no UTF-8.")
            }
            var numbers: [String] = []
            for (index, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated()
            {
                let entry = line.prefix { $0 != "," && $0 != "#" }.trimmingBlanks
                guard !entry.isEmpty else { continue }
                do {
                    numbers.append(try DoNotCallCommand.read(entry))
                } catch {
                    throw ValidationError("\(file), line \(index + 1): \(error)")
                }
            }
            let added = try await database.make(Configuration()).doNotCall(numbers, at: WallClock.now)
            print("\(added) added, \(numbers.count - added) were on the list.")
        }
    }

    private static func read(_ text: String) throws -> String {
        do {
            return try Destination(parsing: text).description
        } catch {
            throw ValidationError("\(text) \(error).")
        }
    }
}

extension Substring {
    fileprivate var trimmingBlanks: String {
        String(drop { $0.isWhitespace }.reversed().drop { $0.isWhitespace }.reversed())
    }
}
