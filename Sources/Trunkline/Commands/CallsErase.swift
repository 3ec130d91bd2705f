internal import Agent
internal import ArgumentParser
internal import FoundationEssentials
internal import TrunklineConfiguration

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#elseif canImport(Darwin)
    internal import Darwin
#endif

extension Calls {
    /// `trunkline calls erase`: calls and all that was kept of them are gone, down to the octets.
    struct Erase: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Erase calls with all that was kept of them.",
            discussion: """
                Record, words, keys, SIP messages, recording, and what waits to be told. A call that is not over is left. \
                A number is found however it is written: +49 30 123, 004930123, sip:+4930123@example.com.
                """)

        @Argument(help: "Identifiers of calls, or how they begin.")
        var ids: [String] = []

        @OptionGroup var database: Database

        @Option(help: "Calls from or to this number or SIP address.")
        var number: String?

        @Option(help: ArgumentHelp("Calls that ended longer ago, e.g. 90d.", valueName: "time"))
        var olderThan: String?

        @Flag(help: "Only say which they are.")
        var dryRun = false

        @Flag(help: "Do not ask.")
        var yes = false

        func validate() throws {
            guard [!ids.isEmpty, number != nil, olderThan != nil].filter(\.self).count == 1 else {
                throw ValidationError("Say which calls: identifiers, --number, or --older-than.")
            }
            if let number, PhoneParty(number) == nil {
                throw ValidationError("--number \(number): write a number such as +4930123456, or a SIP address.")
            }
            if let olderThan {
                do throws(InvalidValue) {
                    _ = try KeepingTime(olderThan)
                } catch {
                    throw ValidationError("--older-than \(olderThan) \(error)")
                }
            }
        }

        func run() async throws {
            let store = try database.open()
            let wanted = try await identifiers(in: store)
            if dryRun {
                for id in wanted { print(id) }
                print("\(Self.count(wanted.count)) would be erased.")
                return
            }
            guard wanted.isEmpty || isConfirmed(wanted.count) else { throw ExitCode.failure }
            let erasure = try await store.erase(wanted)
            for path in erasure.recordingsNotFound {
                FileHandleOutput.standardError.write("No recording was found at \(PrintableText.of(path)).\n")
            }
            for kept in erasure.kept {
                FileHandleOutput.standardError.write("\(kept.call) is still there: \(PrintableText.of(kept.reason)).\n")
            }
            if let leftover = erasure.leftover {
                FileHandleOutput.standardError.write(
                    "Octets of erased calls may still be in the files of the database: \(leftover). "
                        + "Do the same again later; it takes as much room as the database for a moment.\n")
            }
            let recordings = erasure.recordings == 1 ? "1 recording" : "\(erasure.recordings) recordings"
            print("\(Self.count(erasure.calls.count)) erased, \(recordings).")
            await store.close()
            if !erasure.kept.isEmpty || erasure.leftover != nil { throw ExitCode.failure }
        }

        private func identifiers(in store: SQLiteCallStore) async throws -> [String] {
            if let party = number.flatMap(PhoneParty.init) { return try await store.calls(with: party) }
            if let olderThan, let time = try? KeepingTime(olderThan) {
                return try await store.calls(endedBefore: RetentionPolicy.time(WallClock.now, before: time.length))
            }
            var found: [String] = []
            for id in ids {
                guard let call = try await store.call(id) else { throw Calls.unknown(id) }
                found.append(call.id)
            }
            return found
        }

        private func isConfirmed(_ number: Int) -> Bool {
            if yes { return true }
            guard isatty(0) == 1 else {
                FileHandleOutput.standardError.write(
                    "\(Self.count(number)) would be erased for good: write --yes when nobody can be asked.\n")
                return false
            }
            FileHandleOutput.standardError.write("Erase \(Self.count(number)) for good? Write yes: ")
            return readLine() == "yes"
        }

        private static func count(_ number: Int) -> String { number == 1 ? "1 call" : "\(number) calls" }
    }
}
