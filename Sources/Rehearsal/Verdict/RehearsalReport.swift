internal import Agent
internal import FoundationEssentials
internal import TelephonyPrimitives

/// All calls of all rehearsals, for people and for programs.
package struct RehearsalReport: Sendable {
    package var verdicts: [RehearsalVerdict]

    package init(_ verdicts: [RehearsalVerdict]) {
        self.verdicts = verdicts
    }

    package var hasPassed: Bool { verdicts.allSatisfy(\.hasPassed) }

    /// A table, what is wrong below it, and a line that sums up.
    package var text: String {
        let header = ["rehearsal", "result", "steps", "greeting", "answers", "median", "worst", "stops"]
        let rows = [header] + verdicts.map(Self.row)
        let widths = header.indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        var lines = rows.map { row in
            zip(row, widths).map { cell, width in cell + String(repeating: " ", count: width - cell.count) }
                .joined(separator: "  ").trimmingEnd
        }
        for verdict in verdicts where !verdict.hasPassed {
            lines.append("")
            lines.append("\(verdict.title) failed:")
            lines += verdict.faults.map { "  \(PrintableText.of($0))" }
            if let recording = verdict.recording { lines.append("  recording: \(recording)") }
        }
        let passed = verdicts.count { $0.hasPassed }
        lines.append("")
        var sum = "\(passed) passed, \(verdicts.count - passed) failed"
        if let spread = LatencySpread(verdicts.flatMap(\.outcome.answers)) {
            sum += "; answers: median \(spread.median.forPeople), worst \(spread.worst.forPeople)"
        }
        lines.append(sum)
        return lines.joined(separator: "\n")
    }

    private static func row(_ verdict: RehearsalVerdict) -> [String] {
        let outcome = verdict.outcome
        let spread = LatencySpread(outcome.answers)
        return [
            verdict.title, verdict.hasPassed ? "passed" : "FAILED",
            "\(outcome.steps.count { $0.state == .passed })/\(outcome.steps.count)",
            outcome.greeting?.forPeople ?? "-", "\(outcome.answers.count)", spread?.median.forPeople ?? "-",
            spread?.worst.forPeople ?? "-", LatencySpread(outcome.stops)?.worst.forPeople ?? "-",
        ]
    }

    /// For programs; times are milliseconds. Throws only what an encoder does.
    package func json() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(Form(self)), as: UTF8.self)
    }

    private struct Form: Encodable {
        struct Call: Encodable {
            var rehearsal: String
            var run: Int
            var passed: Bool
            var failure: String?
            var steps: [Step]
            var checks: [Check]
            var greetingMs: Int64?
            var answersMs: [Int64]
            var medianAnswerMs: Int64?
            var worstAnswerMs: Int64?
            var stopsMs: [Int64]
            var lengthMs: Int64?
            var endedBy: String?
            var transfers: [String]
            var call: String?
            var recording: String?
        }

        struct Step: Encodable {
            var line: Int
            var step: String
            var state: String
            var detail: String
            var atMs: Int64
            var answerMs: Int64?
            var stopMs: Int64?
        }

        struct Check: Encodable {
            var name: String
            var passed: Bool
            var failure: String?
        }

        var passed: Bool
        var rehearsals: [Call]

        init(_ report: RehearsalReport) {
            passed = report.hasPassed
            rehearsals = report.verdicts.map { verdict in
                let outcome = verdict.outcome
                let spread = LatencySpread(outcome.answers)
                return Call(
                    rehearsal: verdict.name, run: verdict.run, passed: verdict.hasPassed, failure: outcome.failure,
                    steps: outcome.steps.map {
                        Step(
                            line: $0.step.line, step: $0.step.title, state: $0.state.rawValue, detail: $0.detail,
                            atMs: $0.at.inMilliseconds, answerMs: $0.answer?.inMilliseconds,
                            stopMs: $0.stop?.inMilliseconds)
                    },
                    checks: verdict.checks.map {
                        Check(name: $0.name, passed: $0.failure == nil, failure: $0.failure)
                    }, greetingMs: outcome.greeting?.inMilliseconds, answersMs: outcome.answers.map(\.inMilliseconds),
                    medianAnswerMs: spread?.median.inMilliseconds, worstAnswerMs: spread?.worst.inMilliseconds,
                    stopsMs: outcome.stops.map(\.inMilliseconds), lengthMs: outcome.length?.inMilliseconds,
                    endedBy: outcome.endedBy?.rawValue, transfers: outcome.transfers, call: verdict.call,
                    recording: verdict.recording)
            }
        }
    }
}

extension RehearsalVerdict {
    /// For people.
    package var title: String { run > 1 ? "\(name) (\(run))" : name }
}

extension String {
    fileprivate var trimmingEnd: String {
        var text = self
        while text.last == " " { text.removeLast() }
        return text
    }
}
