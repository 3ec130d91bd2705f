public import FoundationEssentials
internal import Telephony

/// A call, or a list of them, as lines for a person.
public enum CallReport {
    /// One line per call, the newest first.
    public static func list(_ calls: [CallSummaryRow], timeZone: TimeZone = .current) -> String {
        guard !calls.isEmpty else { return "No calls yet." }
        let rows = calls.map { call in
            [
                call.id, time(call.startedAt, timeZone), call.direction == .incoming ? "from" : "to",
                call.remoteName.map { "\($0) <\(call.remote)>" } ?? call.remote,
                length(of: call.answeredMs, call.endedMs),
                call.state.rawValue, "\(call.turns) turns", call.agent,
            ].map(PrintableText.of)
        }
        return table(rows)
    }

    /// Everything about one call.
    public static func show(_ call: StoredCall, timeZone: TimeZone = .current) -> String {
        var lines = ["Call \(PrintableText.of(call.id))"]
        func fact(_ name: String, _ value: String?) {
            guard let value, !value.isEmpty else { return }
            lines.append("  \(name.padded(to: 11))\(PrintableText.of(value))")
        }
        fact(
            call.direction == .incoming ? "from" : "to", call.remoteName.map { "\($0) <\(call.remote)>" } ?? call.remote
        )
        fact(call.direction == .incoming ? "to" : "from", call.local)
        fact("began", time(call.startedAt, timeZone))
        fact("answered", call.answeredMs.map { "after \(seconds($0))" })
        fact("lasted", call.answeredMs == nil ? nil : length(of: call.answeredMs, call.endedMs))
        fact("state", call.state.rawValue)
        fact("ended", call.explanation)
        fact("agent", call.agent)
        fact("recording", call.recording)
        if let quality = call.quality {
            fact(
                "sound",
                "\(quality.codec), \(quality.packetsReceived) packets in, \(quality.packetsSent) out, "
                    + "\(quality.packetsLost) lost, jitter \(decimal(quality.jitterMilliseconds)) ms, "
                    + "MOS \(decimal(quality.estimatedMOS)) (estimated)")
        }
        fact("answers", TurnLedger.explanation(of: call.answers.map(\.ledger)))
        let told = ladder(of: call)
        if !told.isEmpty { lines += [""] + told }
        return lines.joined(separator: "\n")
    }

    /// Turns, keys, events and notes by their time.
    private static func ladder(of call: StoredCall) -> [String] {
        var steps: [(at: Int, text: String)] = []
        for turn in call.turns {
            let text = turn.text.isEmpty ? "(nothing was understood)" : turn.text
            steps.append(
                (turn.startMs, "\(turn.who.rawValue.padded(to: 8))\(text)\(turn.interrupted ? " -- interrupted" : "")"))
        }
        for key in call.dtmf {
            steps.append(
                (key.atMs, "\(key.direction == .received ? "caller" : "agent")".padded(to: 8) + "[key \(key.digit)]"))
        }
        for event in call.events {
            steps.append((event.atMs, "- \(event.kind)\(event.detail.isEmpty ? "" : ": \(event.detail)")"))
        }
        for answer in call.answers { steps.append((answer.atMs, "- \(answer.ledger.sentence)")) }
        for note in call.notes { steps.append((note.atMs, "- noted \(note.key): \(note.value)")) }
        return steps.enumerated().sorted { ($0.element.at, $0.offset) < ($1.element.at, $1.offset) }.map { step in
            "  \(seconds(step.element.at).padded(to: 9, leading: true))  \(PrintableText.of(step.element.text))"
        }
    }

    private static func length(of answered: Int?, _ ended: Int?) -> String {
        guard let answered else { return "not answered" }
        guard let ended else { return "up" }
        return seconds(max(0, ended - answered))
    }

    private static func seconds(_ milliseconds: Int) -> String {
        let (minutes, rest) = (milliseconds / 60_000, milliseconds % 60_000)
        let tail = "\(rest / 1_000).\(rest % 1_000 / 100)"
        return minutes > 0 ? "\(minutes):\(rest < 10_000 ? "0" : "")\(tail)" : "\(tail) s"
    }

    private static func time(_ milliseconds: Int64, _ timeZone: TimeZone) -> String {
        let date = Date(timeIntervalSince1970: Double(milliseconds) / 1_000)
        var style = Date.ISO8601FormatStyle(dateTimeSeparator: .space, timeZone: timeZone)
        style = style.year().month().day().dateTimeSeparator(.space).time(includingFractionalSeconds: false)
        return style.format(date)
    }

    private static func decimal(_ number: Double) -> String {
        guard number.isFinite, abs(number) < 1e12 else { return "-" }
        let tenths = Int((number * 10).rounded())
        return "\(tenths / 10).\(abs(tenths % 10))"
    }

    private static func table(_ rows: [[String]]) -> String {
        let columns = rows.map(\.count).max() ?? 0
        let widths = (0..<columns).map { column in rows.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0 }
        return rows.map { row in
            zip(row, widths).map { $0.padded(to: $1) }.joined(separator: "  ").trimmingEnd
        }.joined(separator: "\n")
    }
}

extension String {
    fileprivate func padded(to width: Int, leading: Bool = false) -> String {
        let blanks = String(repeating: " ", count: max(0, width - count))
        return leading ? blanks + self : self + blanks
    }

    fileprivate var trimmingEnd: String {
        var text = self
        while text.last == " " { text.removeLast() }
        return text
    }
}
