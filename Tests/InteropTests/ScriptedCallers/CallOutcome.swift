import Foundation
import Telephony

/// What came of a conversation: what the server wrote down, what the caller measured, and whether it was as it must be.
struct CallOutcome: Sendable {
    struct Turn: Sendable {
        var isAgent: Bool
        var text: String
        var startMs: Int
        var endMs: Int
        var interrupted: Bool
    }

    struct Answer: Sendable {
        var atMs: Int
        var totalMs: Int
    }

    let call: ScriptedCall
    let measured: CallerScript.Measured
    let greetingDelay: Double?
    let turns: [Turn]
    let keys: String
    let events: [String]
    let notes: [String]
    let answers: [Answer]
    let answeredMs: Int
    /// From the answer to the end, milliseconds.
    let length: Int
    let endCause: String
    let recording: String?

    /// - Parameter stored: the call as `trunkline calls show --json` gives it.
    init(_ call: ScriptedCall, _ measured: CallerScript.Measured, greetingDelay: Double?, stored: [String: Any]) {
        self.call = call
        self.measured = measured
        self.greetingDelay = greetingDelay
        func list(_ key: String) -> [[String: Any]] { stored[key] as? [[String: Any]] ?? [] }
        turns = list("turns").map { turn in
            Turn(
                isAgent: turn["who"] as? String == "agent", text: turn["text"] as? String ?? "",
                startMs: turn["startMs"] as? Int ?? 0, endMs: turn["endMs"] as? Int ?? 0,
                interrupted: turn["interrupted"] as? Bool ?? false)
        }
        keys = list("dtmf").compactMap { $0["direction"] as? String == "received" ? $0["digit"] as? String : nil }
            .joined()
        events = list("events").map { "\($0["kind"] as? String ?? ""): \($0["detail"] as? String ?? "")" }
        notes = list("notes").map { "\($0["key"] as? String ?? ""): \($0["value"] as? String ?? "")" }
        answers = list("answers").map { answer in
            let ledger = answer["ledger"] as? [String: Any] ?? [:]
            let steps = ["endOfSpeechMs", "transcriptMs", "thinkingMs", "voiceMs", "pauseMs", "playoutMs"]
            return Answer(
                atMs: answer["atMs"] as? Int ?? 0, totalMs: steps.reduce(0) { $0 + (ledger[$1] as? Int ?? 0) })
        }
        answeredMs = stored["answeredMs"] as? Int ?? 0
        length = (stored["endedMs"] as? Int ?? 0) - answeredMs
        endCause = stored["endCause"] as? String ?? ""
        recording = stored["recording"] as? String
    }

    var cut: Int { turns.count { $0.isAgent && $0.interrupted } }
    /// Turns that were cut though nobody had meant to.
    var falseStops: Int { max(0, cut - call.expected.cut.upperBound) }
    /// Interruptions over which the agent went on for more than a second.
    var missedStops: Int { measured.stops.count { $0 > 1_000 } }
    /// Words that were to be heard and were not.
    var unheard: [String] { call.expected.heard.filter { !Self.holds(caller, any: $0) } }
    /// Times without a sound from the agent after a question.
    var deadAir: [Int] { measured.answers.filter { $0 > 3_000 } }

    var caller: String { text(ofAgent: false) }
    var agent: String { text(ofAgent: true) }

    private func text(ofAgent isAgent: Bool) -> String {
        turns.filter { $0.isAgent == isAgent }.map(\.text).joined(separator: " ").lowercased()
    }

    private static func holds(_ text: String, any words: String) -> Bool {
        words.split(separator: "|").contains { text.contains($0) }
    }

    /// What is wrong, each in a line; empty when all is as it must be.
    var faults: [String] {
        let expected = call.expected
        var faults = measured.stuck
        faults += unheard.map { "'\($0)' was not heard" }
        faults += expected.said.filter { !Self.holds(agent, any: $0) }.map { "the agent never said '\($0)'" }
        faults += expected.unsaid.filter { Self.holds(agent, any: $0) }.map { "the agent said '\($0)'" }
        if !expected.cut.contains(cut) { faults.append("\(cut) turns of the agent's were cut, not \(expected.cut)") }
        if missedStops > 0 { faults.append("the agent talked on over an interruption: \(measured.stops) ms") }
        if !deadAir.isEmpty { faults.append("dead air: \(deadAir) ms") }
        if keys != expected.keys { faults.append("keys '\(keys)' came, not '\(expected.keys)'") }
        faults += expected.events.filter { kind in !events.contains { $0.hasPrefix(kind) } }.map { "no event '\($0)'" }
        faults += expected.notes.filter { note in !notes.contains { Self.holds($0.lowercased(), any: note) } }
            .map { "'\($0)' was not noted" }
        if let end = expected.end, end.rawValue != endCause { faults.append("it ended by \(endCause)") }
        if let range = expected.turnsHeard, !range.contains(turns.count { !$0.isAgent }) {
            faults.append("\(turns.count { !$0.isAgent }) turns of the caller's, not \(range)")
        }
        return faults
    }

    /// The call in lines, for whoever looks into a fault.
    var story: String {
        var lines = turns.map { turn in
            "  \(turn.startMs)-\(turn.endMs) \(turn.isAgent ? "agent" : "caller"): \(turn.text)"
                + (turn.interrupted ? " -- cut" : "")
        }
        lines += events.filter { !$0.hasPrefix("media") }.map { "  - \($0)" }
        lines.append(
            "  - answered after \(measured.answers) ms (ledger \(answers.map(\.totalMs))), stopped after "
                + "\(measured.stops) ms; ended by \(endCause)")
        return lines.joined(separator: "\n")
    }
}
