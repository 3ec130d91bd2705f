import Foundation

/// The figures of all conversations, for people.
struct ScriptedReport {
    let outcomes: [CallOutcome]
    /// What the ledger says an answer took, and what the recording does, milliseconds.
    let comparisons: [Comparison]

    init(_ outcomes: [CallOutcome]) {
        self.outcomes = outcomes
        comparisons = outcomes.filter { $0.call.isClear }.flatMap(Self.compare)
    }

    struct Comparison: Sendable {
        var name: String
        var ledger: Int
        var recorded: RecordedGaps.Gap
        /// From the ledger's beginning of the answer to its first loud sample.
        var onset: Int
        /// How far the ledger is off what can be told from the recording.
        var difference: Int {
            ledger - min(max(ledger, recorded.range.lowerBound), recorded.range.upperBound)
        }
    }

    private static func compare(_ outcome: CallOutcome) -> [Comparison] {
        guard let path = outcome.recording, let recorded = try? RecordedGaps(path) else { return [] }
        return outcome.answers.compactMap { answer in
            let began = answer.atMs - outcome.answeredMs
            return recorded.gap(endingAt: began).map {
                Comparison(
                    name: outcome.call.name, ledger: answer.totalMs, recorded: $0, onset: $0.at - began)
            }
        }
    }

    /// How far the ledger may be off what was recorded, milliseconds.
    private static let tolerance = 20

    var ledgerFaults: [String] {
        comparisons.filter { abs($0.difference) > Self.tolerance }.map {
            "\($0.name): answered after \($0.ledger) ms by the ledger, \($0.recorded.milliseconds) "
                + "(\($0.recorded.range)) ms in the recording; its first loud sample is \($0.onset) ms after the ledger's"
        }
    }

    /// The middle of how far the ledger is off, milliseconds.
    var usualLedgerError: Int? {
        let errors = comparisons.map { abs($0.difference) }.sorted()
        return errors.isEmpty ? nil : errors[errors.count / 2]
    }

    /// From the caller's ACK to the first packet with sound in it, milliseconds.
    private var greetings: [Int] { outcomes.compactMap(\.greetingDelay).map { Int($0.rounded()) }.sorted() }
    var usualGreeting: Int? { greetings.isEmpty ? nil : greetings[greetings.count / 2] }

    var isClean: Bool { outcomes.allSatisfy(\.faults.isEmpty) && ledgerFaults.isEmpty }

    var text: String {
        var lines = [
            "| scenario group | conversations | passed | false stops | missed stops | unheard short answers "
                + "| median answer (ledger, ms) |", "|---|---|---|---|---|---|---|",
        ]
        for group in ScriptedCall.Group.allCases {
            let those = outcomes.filter { $0.call.group == group }
            if !those.isEmpty { lines.append(Self.row(group.rawValue, those)) }
        }
        lines.append(Self.row("all", outcomes))
        lines.append("")
        lines.append("ACK to first sound, ms: \(Self.spread(greetings)) of \(greetings.count)")
        let stops = outcomes.flatMap(\.measured.stops).sorted()
        lines.append("First sound of an interruption to the agent's last, ms: \(Self.spread(stops)) of \(stops.count)")
        let answers = outcomes.flatMap(\.measured.answers).sorted()
        lines.append("Answer at the caller's ear, ms: \(Self.spread(answers)) of \(answers.count)")
        let differences = comparisons.map { $0.ledger - $0.recorded.milliseconds }.sorted()
        lines.append("Ledger less recording, ms: \(Self.spread(differences)) of \(differences.count): \(differences)")
        let off = comparisons.map { abs($0.difference) }.sorted()
        lines.append("The same, where a word that dies away may end at -45 to -55 dBFS, ms: \(Self.spread(off))")
        let onsets = comparisons.map(\.onset).sorted()
        lines.append("Ledger's beginning of an answer to its first loud sample, ms: \(Self.spread(onsets))")
        let ends = comparisons.map { $0.recorded.milliseconds - $0.ledger - $0.onset }.sorted()
        lines.append("Caller's last loud sample to the ledger's, ms: \(Self.spread(ends))")
        return lines.joined(separator: "\n")
    }

    func write() throws {
        let folder = Workspace.root.appending(path: ".build-artifacts")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try (text + "\n").write(to: folder.appending(path: "scripted-callers.md"), atomically: true, encoding: .utf8)
    }

    private static func row(_ name: String, _ outcomes: [CallOutcome]) -> String {
        let ledgers = outcomes.flatMap(\.answers).map(\.totalMs).sorted()
        let unheard = outcomes.filter { $0.call.group == .short }.reduce(0) { $0 + $1.unheard.count }
        let cells: [String] = [
            name, "\(outcomes.count)", "\(outcomes.count { $0.faults.isEmpty })",
            "\(outcomes.reduce(0) { $0 + $1.falseStops })", "\(outcomes.reduce(0) { $0 + $1.missedStops })",
            "\(unheard)", ledgers.isEmpty ? "" : "\(ledgers[ledgers.count / 2])",
        ]
        return "| " + cells.joined(separator: " | ") + " |"
    }

    private static func spread(_ sorted: [Int]) -> String {
        guard let least = sorted.first, let most = sorted.last else { return "none" }
        return "\(least) to \(most), median \(sorted[sorted.count / 2]), p90 \(sorted[sorted.count * 9 / 10])"
    }
}

extension ScriptedCall {
    /// Whether the line adds nothing that a recording's loudness would take for a voice.
    var isClear: Bool { line.signalToNoise == nil && line.echo == nil && line.loss == 0 && !isShouted }

    /// What clips is as loud when it dies away as others are when they speak.
    private var isShouted: Bool {
        steps.contains { if case .shouted = $0.sound { true } else { false } }
    }
}
