internal import Agent
internal import ArgumentParser
internal import FoundationEssentials

extension Calls {
    /// `trunkline calls export`: calls as files for others.
    struct Export: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Write calls into a folder: JSON, text, recording and SIP messages.",
            discussion: """
                One folder a call, and index.json over all. What is there already is not written over without --force. \
                A time is a day such as 2026-11-30, here, or 2026-11-30T10:00:00Z.
                """)

        @Argument(help: "Identifiers of calls, or how they begin.")
        var ids: [String] = []

        @OptionGroup var database: Database

        @Flag(help: "All calls.")
        var all = false

        @Option(help: ArgumentHelp("Calls that began then or later.", valueName: "time"))
        var from: String?

        @Option(help: ArgumentHelp("Calls that began before then.", valueName: "time"))
        var until: String?

        @Option(name: .customLong("to"), help: ArgumentHelp("Where to.", valueName: "folder"))
        var folder: String

        @Option(help: "Which of json, text, wav (the recording as it is) and pcap, with commas between. Default: all.")
        var format: String?

        @Flag(help: "Replace files that are there already.")
        var force = false

        func validate() throws {
            _ = try formats()
            _ = try (from.map(MomentText.milliseconds), until.map(MomentText.milliseconds))
            let ways = [!ids.isEmpty, all, from != nil || until != nil].filter(\.self).count
            guard ways == 1 else {
                throw ValidationError("Say which calls: identifiers, --all, or --from and --until.")
            }
        }

        private func formats() throws -> Set<CallExport.Format> {
            guard let format else { return Set(CallExport.Format.allCases) }
            return Set(
                try format.split(separator: ",").map { word in
                    guard let known = CallExport.Format(rawValue: String(word)) else {
                        throw ValidationError("--format \(word): it is one of json, text, wav and pcap.")
                    }
                    return known
                })
        }

        func run() async throws {
            let store = try database.open()
            var wanted: [String] = []
            for id in ids {
                guard let call = try await store.call(id) else { throw Calls.unknown(id) }
                wanted.append(call.id)
            }
            if ids.isEmpty { wanted = try await identifiers(in: store) }
            do throws(CallExportError) {
                try await export(wanted, from: store)
            } catch {
                FileHandleOutput.standardError.write("\(error)\n")
                throw ExitCode.failure
            }
        }

        private func identifiers(in store: SQLiteCallStore) async throws -> [String] {
            var query = CallQuery()
            query.limit = 1_000
            query.from = try from.map(MomentText.milliseconds)
            query.until = try until.map(MomentText.milliseconds)
            var found: [String] = []
            while true {
                let page = try await store.calls(query)
                found += page.map(\.id)
                guard page.count == query.limit, let last = page.last else { return found }
                query.after = CallQuery.Place(startedAt: last.startedAt, id: last.id)
            }
        }

        private func export(_ wanted: [String], from store: SQLiteCallStore) async throws(CallExportError) {
            var export = try CallExport(to: folder, formats: (try? formats()) ?? [], replaces: force)
            var leftOut = 0
            for (number, id) in wanted.enumerated() {
                if number > 0, number % 100 == 0 {
                    FileHandleOutput.standardError.write("\(number) of \(wanted.count) calls\n")
                }
                // One that was erased meanwhile is no call any more.
                guard let call = try? await store.call(id), let messages = try? await store.messages(of: id) else {
                    leftOut += 1
                    continue
                }
                do {
                    try export.add(call, messages: messages)
                } catch .noName(let id) {
                    FileHandleOutput.standardError.write("\(CallExportError.noName(id))\n")
                    leftOut += 1
                }
            }
            try export.finish()
            for entry in export.entries {
                for trouble in entry.troubles {
                    FileHandleOutput.standardError.write("\(entry.id): \(PrintableText.of(trouble))\n")
                }
            }
            if leftOut > 0 { FileHandleOutput.standardError.write("\(leftOut) calls were left out.\n") }
            print("\(export.entries.count) \(export.entries.count == 1 ? "call" : "calls") in \(folder)")
        }
    }
}

/// A day or a moment as people write it.
enum MomentText {
    /// Milliseconds since 1970.
    static func milliseconds(_ text: String) throws -> Int64 {
        let date: Date?
        if text.utf8.count == 10 {
            date = try? Date(text, strategy: Date.ISO8601FormatStyle(timeZone: .current).year().month().day())
        } else {
            date = try? Date(text, strategy: .iso8601)
        }
        guard let seconds = date?.timeIntervalSince1970, abs(seconds) < 1e11 else {
            throw ValidationError("\(text) is no time; write a day such as 2026-11-30, or 2026-11-30T10:00:00Z.")
        }
        return Int64(seconds * 1_000)
    }
}
