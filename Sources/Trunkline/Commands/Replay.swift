internal import Agent
internal import ArgumentParser
internal import CallReplay
internal import FoundationEssentials
internal import TelephonyPrimitives
internal import TrunklineConfiguration

/// `trunkline replay`: a call again, from its journal.
struct Replay: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay",
        abstract: "A call again, from its journal: whether the same program would do the same.",
        discussion: """
            Journals are kept where calls.journal says so (docs/replay.md). The end code is 1 when something differs, \
            and the first thing that does is shown.
            """)

    @Argument(help: ArgumentHelp("The call's identifier, how it begins, or a journal's file.", valueName: "id|file"))
    var call: String

    @Option(help: ArgumentHelp("A configuration file; its calls.journal is where to look.", valueName: "file"))
    var config: String?

    @Option(help: ArgumentHelp("Where to look in place of calls.journal.", valueName: "folder"))
    var folder: String?

    @Option(help: ArgumentHelp("Show what this flow would have said on the call.", valueName: "file"))
    var flow: String?

    @Flag(help: "Print JSON.")
    var json = false

    func run() async throws {
        let path = try await journal()
        guard let data = FileManager.default.contents(atPath: path) else {
            throw Self.failure("\(path) can't be read.")
        }
        let replay: CallReplay
        do {
            replay = try CallReplay(Array(data))
        } catch {
            throw Self.failure("\(PrintableText.of(path)): \(error).")
        }
        let changed = try flow.map { try flowReplay($0, of: replay) }
        if json {
            print(try JSONText.line(Summary(replay, changed)))
        } else {
            print(replay.timeline)
            for remark in replay.remarks { print("note: \(PrintableText.of(remark))") }
            print(replay.verdict.split(separator: "\n").map { PrintableText.of(String($0)) }.joined(separator: "\n"))
            if let changed { print("\n" + changed.text()) }
        }
        if !replay.isSame || changed?.differs ?? false { throw ExitCode.failure }
    }

    private func journal() async throws -> String {
        if FileManager.default.fileExists(atPath: call) { return call }
        let settings = try Configuration.read(config)
        let folder = HomePath.expand(self.folder ?? settings.calls.journal ?? Configuration.Calls.defaultJournal)
        let exact = JournalFolder.path(of: call, in: folder)
        if FileManager.default.fileExists(atPath: exact) { return exact }
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        let found = names.filter { $0.hasPrefix(call) && $0.hasSuffix(".journal") }.map { $0.dropLast(8) }
        // Calls that were placed for the caller of another are asked for by their whole name.
        let matching = found.filter { name in !found.contains { name.hasPrefix("\($0)-") } }
        guard let name = matching.first, matching.count == 1, !call.isEmpty else {
            if let reason = await Self.reason(call, HomePath.expand(settings.calls.database)) {
                throw Self.failure(reason)
            }
            throw Self.failure(
                "There is no journal of '\(PrintableText.of(call))' in \(folder), or of more than one call; "
                    + "calls.journal in the configuration has them kept.")
        }
        return "\(folder)/\(name).journal"
    }

    /// Why a call has no journal, where its record tells.
    private static func reason(_ id: String, _ database: String) async -> String? {
        guard !id.isEmpty, FileManager.default.fileExists(atPath: database),
            let store = try? SQLiteCallStore(path: database, now: WallClock.now)
        else { return nil }
        let call = try? await store.call(id)
        await store.close()
        guard let call, let carrier = call.events.first(where: { $0.kind == "carrier" })?.detail else { return nil }
        let sound = call.recording.map { ", \(PrintableText.of($0)) has its sound" } ?? ""
        return
            "The call \(PrintableText.of(call.id)) was by \(PrintableText.of(carrier)), without SIP and RTP: such calls have "
            + "no journal. `trunkline calls trace \(PrintableText.of(call.id))` shows what was said and done, and when\(sound)."
    }

    private func flowReplay(_ path: String, of replay: CallReplay) throws -> FlowReplay {
        guard let context = replay.context else {
            throw Self.failure("The journal has no conversation that a flow could lead.")
        }
        guard let data = FileManager.default.contents(atPath: path) else {
            throw Self.failure("\(path) can't be read.")
        }
        do {
            let flow = try Flow(parsing: String(decoding: data, as: UTF8.self), file: path)
            return FlowReplay(flow, on: replay.exchanges, context: context)
        } catch {
            throw Self.failure("\(error)")
        }
    }

    private static func failure(_ sentence: String) -> any Error {
        FileHandleOutput.standardError.write(sentence + "\n")
        return ExitCode.failure
    }

    /// What `--json` prints.
    private struct Summary: Encodable {
        struct Difference: Encodable {
            var track: String
            var time: Double
            var place: String
            var recorded: String
            var now: String
        }

        struct Row: Encodable {
            var caller: String
            var then: [String]
            var now: [String]
            var isGuess: Bool
        }

        var call: String
        var isSame: Bool
        var messages: Int
        var packets: Int
        var frames: Int
        var decisions: Int
        var remarks: [String]
        var differences: [Difference]
        var flow: [Row]?

        init(_ replay: CallReplay, _ changed: FlowReplay?) {
            call = replay.call
            isSame = replay.isSame
            messages = replay.messages
            packets = replay.packets
            frames = replay.frames
            decisions = replay.decisions
            remarks = replay.remarks
            differences = replay.differences.map {
                Difference(
                    track: $0.track.rawValue, time: Double($0.time.nanoseconds) / 1e9, place: $0.place,
                    recorded: $0.recorded, now: $0.replayed)
            }
            flow = changed?.rows.map { Row(caller: $0.input, then: $0.before, now: $0.after, isGuess: $0.isGuess) }
        }
    }
}
