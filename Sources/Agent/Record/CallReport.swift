public import FoundationEssentials
internal import Telephony

/// A call, or a list of them, as lines for a person.
public enum CallReport {
    /// One line per call, the newest first.
    public static func list(_ calls: [CallSummaryRow], timeZone: TimeZone = .current) -> String {
        guard !calls.isEmpty else { return "No calls yet." }
        // A column of its own where there are prices.
        let hasCost = calls.contains { $0.cost != nil }
        let rows = calls.map { call in
            ([
                call.id, time(call.startedAt, timeZone), call.direction == .incoming ? "from" : "to",
                PhoneParty.shown(call.remote, name: call.remoteName),
                length(of: call.answeredMs, call.endedMs),
                call.state.rawValue, "\(call.turns) turns",
            ] + (hasCost ? [call.cost?.amount ?? "-"] : []) + [call.agent]).map(PrintableText.of)
        }
        return table(rows)
    }

    /// Where words were found, call by call; the words stand in brackets.
    public static func places(_ found: [FoundPassage], timeZone: TimeZone = .current) -> String {
        guard !found.isEmpty else { return "Nothing was found." }
        var lines: [String] = []
        var last: String?
        for passage in found {
            if passage.call != last {
                let other = PhoneParty.shown(passage.remote, name: passage.remoteName)
                lines.append(
                    PrintableText.of(
                        "\(time(passage.startedAt, timeZone))  \(passage.call)  "
                            + "\(passage.direction == .incoming ? "from" : "to") \(other)"))
                last = passage.call
            }
            let text = passage.snippet.map { $0.isHit ? "[\($0.text)]" : $0.text }.joined()
            let head =
                switch passage.kind {
                case .caller, .agent, .note, .summary:
                    "\(seconds(max(0, passage.atMs)).padded(to: 9, leading: true))  \(passage.kind.rawValue.padded(to: 8))"
                case .remote: "other side".padded(to: 19, leading: true)
                case .local: "our side".padded(to: 19, leading: true)
                }
            lines += hanging(head.padded(to: 21), PrintableText.of(text), indent: 2)
        }
        return lines.joined(separator: "\n")
    }

    /// Everything about one call: what went wrong with it, its facts, and then what was said, as in a play.
    public static func show(_ timeline: CallTimeline, timeZone: TimeZone = .current) -> String {
        let call = timeline.call
        let diagnosis = CallDiagnosis(timeline)
        var lines = ["Call \(PrintableText.of(call.id))"]
        for finding in diagnosis.findings {
            lines.append("")
            for (label, text) in [("!", finding.sentence), ("seen", finding.evidence), ("do", finding.fix)] {
                lines += hanging(label.padded(to: 6), PrintableText.of(text), indent: 2)
            }
        }
        if !diagnosis.findings.isEmpty { lines.append("") }
        func fact(_ name: String, _ value: String?) {
            guard let value, !value.isEmpty else { return }
            lines.append("  \(name.padded(to: 11))\(PrintableText.of(value))")
        }
        fact(
            call.direction == .incoming ? "from" : "to", PhoneParty.shown(call.remote, name: call.remoteName)
        )
        fact(call.direction == .incoming ? "to" : "from", call.local)
        fact("began", time(call.startedAt, timeZone))
        let by = call.answeredBy.map { ", by: \($0.rawValue)" } ?? ""
        fact("answered", call.answeredMs.map { "after \(seconds($0))\(by)" })
        fact("lasted", call.answeredMs == nil ? nil : length(of: call.answeredMs, call.endedMs))
        fact("state", call.state.rawValue)
        fact("ended", call.explanation)
        fact("agent", call.agent)
        fact("recording", call.recording)
        fact("sound", call.quality.map(sentence))
        fact("answers", TurnLedger.explanation(of: call.answers.map(\.ledger)))
        for usage in call.usage { fact("used", usage.sentence) }
        fact("cost", call.cost?.sentence)
        lines += Self.lines(of: call.summary)
        if !timeline.messages.isEmpty {
            fact("SIP", "\(timeline.messages.count) messages, shown by `trunkline calls trace \(call.id)`")
        }
        let told = conversation(of: timeline)
        if !told.isEmpty { lines += [""] + told }
        return lines.joined(separator: "\n")
    }

    /// What was written about a call, for a person.
    public static func summary(_ digest: CallDigest?) -> String { lines(of: digest).joined(separator: "\n") }

    /// What was written about the call.
    static func lines(of digest: CallDigest?) -> [String] {
        guard let digest else { return [] }
        let text =
            switch digest.state {
            case .owed: "not written yet"
            case .made: digest.text ?? ""
            case .missing: "missing: \(digest.reason ?? "")"
            }
        var lines = hanging("summary".padded(to: 11), PrintableText.of(text), indent: 2)
        for (name, value) in digest.fields.sorted(by: { $0.key < $1.key }) {
            let problem = digest.problems[name].map { " (\($0))" } ?? ""
            lines += hanging(
                "".padded(to: 11) + "\(name): ", PrintableText.of(CallDigest.words(of: value) + problem), indent: 2)
        }
        return lines
    }

    /// The figures of a call's sound, on a line.
    static func sentence(of quality: CallStatistics) -> String {
        "\(quality.codec), \(quality.packetsReceived) packets in, \(quality.packetsSent) out, "
            + "\(quality.packetsLost) lost, jitter \(decimal(quality.jitterMilliseconds)) ms, "
            + "MOS \(decimal(quality.estimatedMOS)) (estimated)"
    }

    /// What was said and pressed by whom, and between it what happened.
    private static func conversation(of timeline: CallTimeline) -> [String] {
        timeline.entries.flatMap { entry -> [String] in
            let text: (speaker: String, words: String)? =
                switch entry.what {
                case .turn(let turn):
                    (
                        turn.who.rawValue,
                        (turn.text.isEmpty ? "(nothing was understood)" : turn.text)
                            + (turn.interrupted ? " -- interrupted" : "")
                    )
                case .key(let key): (key.direction == .received ? "caller" : "agent", "[key \(key.digit)]")
                case .event(let kind, let detail): ("", "- \(kind)\(detail.isEmpty ? "" : ": \(detail)")")
                case .answer(let ledger): ("", "- \(ledger.sentence)")
                case .note(let key, let value): ("", "- noted \(key): \(value)")
                case .message, .answered, .ended: nil
                }
            guard let text else { return [] }
            let head = "\(seconds(max(0, entry.at / 1_000)).padded(to: 9, leading: true))  "
            return hanging(
                head + (text.speaker.isEmpty ? "" : text.speaker.padded(to: 8)), PrintableText.of(text.words), indent: 2
            )
        }
    }

    /// `text` behind `label`, its further lines below its first.
    private static func hanging(_ label: String, _ text: String, indent: Int) -> [String] {
        let blanks = String(repeating: " ", count: indent)
        return TextColumns.wrapped(text, to: 98 - indent - label.count, lines: 200).enumerated().map { number, line in
            blanks + (number == 0 ? label : "".padded(to: label.count)) + line
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

    static func time(_ milliseconds: Int64, _ timeZone: TimeZone) -> String {
        let date = Date(timeIntervalSince1970: Double(milliseconds) / 1_000)
        var style = Date.ISO8601FormatStyle(dateTimeSeparator: .space, timeZone: timeZone)
        style = style.year().month().day().dateTimeSeparator(.space).time(includingFractionalSeconds: false)
        return style.format(date)
    }

    static func decimal(_ number: Double) -> String {
        guard number.isFinite, abs(number) < 1e12 else { return "-" }
        let tenths = Int((number * 10).rounded())
        return "\(tenths < 0 ? "-" : "")\(abs(tenths) / 10).\(abs(tenths % 10))"
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
