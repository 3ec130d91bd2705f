public import FoundationEssentials
internal import Telephony

/// A call on one page of a terminal: who said what to whom, in three columns, with one time axis down the side.
///
/// Nothing that came from a network can move the cursor or colour the terminal: see ``PrintableText``.
public struct LadderText {
    private enum Colour: String {
        case dim = "2"
        case bold = "1"
        case red = "31"
        case green = "32"
        case yellow = "33"
        case blue = "34"
        case cyan = "36"
    }

    /// Columns of the time, of what is between the other side and us, and of what is between us and the agent.
    private static let time = 9
    private static let left = 40
    private static let right = 44

    private let timeline: CallTimeline
    private let isColoured: Bool
    private let timeZone: TimeZone
    private var lines: [String] = []

    private init(_ timeline: CallTimeline, isColoured: Bool, timeZone: TimeZone) {
        self.timeline = timeline
        self.isColoured = isColoured
        self.timeZone = timeZone
    }

    /// - Parameters:
    ///   - timeline: the call.
    ///   - isColoured: whether colours of a terminal are put in.
    ///   - timeZone: of the time at which the call began.
    /// - Returns: lines of at most 100 columns.
    public static func of(_ timeline: CallTimeline, isColoured: Bool = false, timeZone: TimeZone = .current) -> String {
        var ladder = LadderText(timeline, isColoured: isColoured, timeZone: timeZone)
        ladder.writeHead()
        ladder.writeRows()
        return ladder.lines.map { line in
            var line = line
            while line.last == " " { line.removeLast() }
            return line
        }.joined(separator: "\n")
    }

    private func paint(_ text: String, _ colour: Colour?) -> String {
        guard isColoured, let colour, !text.isEmpty else { return text }
        return "\u{1B}[\(colour.rawValue)m\(text)\u{1B}[0m"
    }

    // MARK: The head

    private mutating func writeHead() {
        let call = timeline.call
        let diagnosis = CallDiagnosis(timeline)
        let remote = PrintableText.of(PhoneParty.shown(call.remote, name: call.remoteName))
        let local = PrintableText.of(call.local)
        let isIncoming = call.direction == .incoming
        lines.append(
            paint("Call \(PrintableText.of(call.id))", .bold) + "  \(CallReport.time(call.startedAt, timeZone))")
        lines += TextColumns.wrapped(isIncoming ? "from \(remote) to \(local)" : "from \(local) to \(remote)", to: 96)
            .map { "  \($0)" }
        lines += TextColumns.wrapped(diagnosis.summary, to: 96).map { "  \($0)" }
        for finding in diagnosis.findings {
            lines.append("")
            lines += Self.labelled("!", PrintableText.of(finding.sentence)).map { paint($0, .red) }
            lines += Self.labelled("seen", PrintableText.of(finding.evidence))
            lines += Self.labelled("do", PrintableText.of(finding.fix))
        }
        lines.append("")
    }

    private static func labelled(_ label: String, _ text: String) -> [String] {
        TextColumns.wrapped(text, to: 90).enumerated().map { number, line in
            "  " + TextColumns.padded(number == 0 ? label : "", to: 6) + line
        }
    }

    // MARK: The ladder

    private mutating func writeRows() {
        let addresses = timeline.addresses
        let remote = addresses?.remote ?? (timeline.call.direction == .incoming ? "caller" : "called")
        let local = addresses?.local ?? ""
        let head = TextColumns.padded(TextColumns.cut(PrintableText.of(remote), to: Self.left), to: Self.left + 1)
        let ours = TextColumns.padded(
            TextColumns.cut("trunkline \(PrintableText.of(local))", to: Self.right - 6), to: Self.right - 4)
        lines.append(
            paint(String(repeating: " ", count: Self.time - 1) + "s  " + head + ours + "agent", .bold))
        var last: Int?
        for entry in timeline.entries {
            if let last, entry.at - last >= 2_000_000 { pause(entry.at - last) }
            last = max(last ?? entry.end, entry.end)
            write(entry)
        }
        if timeline.messages.isEmpty {
            lines.append("")
            lines.append("  No SIP messages were kept of this call (`calls.messages`).")
        }
    }

    /// One line of the ladder.
    private mutating func row(
        _ at: Int?, left: String = "", right: String = "", _ colour: Colour? = nil, isLifeline: Bool = true
    ) {
        let clock = at.map(Clock.seconds) ?? ""
        let time = String(repeating: " ", count: max(0, Self.time - clock.count)) + clock
        let pole = isLifeline ? "│" : "┊"
        lines.append(
            paint(time, .dim) + "  " + paint(pole, .dim)
                + paint(TextColumns.padded(left, to: Self.left - 1), left.isEmpty ? nil : colour)
                + paint(pole, .dim)
                + paint(TextColumns.padded(right, to: Self.right - 1), right.isEmpty ? nil : colour)
                + paint(pole, .dim))
    }

    private mutating func pause(_ microseconds: Int) {
        row(nil, left: "  \(Clock.length(microseconds / 1_000)) later", .dim, isLifeline: false)
    }

    private mutating func write(_ entry: CallTimeline.Entry) {
        switch entry.what {
        case .message(let message): write(message, at: entry.at)
        case .answered: onTheRight("● answered", at: entry.at, .green)
        case .ended:
            let end = timeline.call.explanation.map { ": \(PrintableText.of($0))" } ?? ""
            onTheRight("■ ended\(end)", at: entry.at, .bold)
        case .turn(let turn):
            let words = turn.text.isEmpty ? "(nothing was understood)" : "“\(PrintableText.of(turn.text))”"
            let text = words + (turn.interrupted ? " — interrupted" : "")
            if turn.who == .caller {
                onTheLeft(text, at: entry.at, .yellow)
            } else {
                onTheRight(text, at: entry.at, .blue, isFromAgent: true)
            }
        case .answer(let ledger): onTheRight(ledger.sentence, at: entry.at, .dim)
        case .key(let key):
            if key.direction == .received {
                onTheLeft("[a key]", at: entry.at, .yellow)
            } else {
                onTheRight("[a key]", at: entry.at, .blue, isFromAgent: true)
            }
        case .event(let kind, let detail):
            let text = PrintableText.of(kind) + (detail.isEmpty ? "" : ": \(PrintableText.of(detail))")
            onTheRight("· \(text)", at: entry.at, kind.hasSuffix("failed") ? .red : nil)
        case .note(let key, let value):
            onTheRight("· noted \(PrintableText.of(key)): \(PrintableText.of(value))", at: entry.at, nil)
        }
    }

    private mutating func onTheLeft(_ text: String, at: Int, _ colour: Colour?) {
        for (number, line) in TextColumns.wrapped(text, to: Self.left - 3, lines: 12).enumerated() {
            row(number == 0 ? at : nil, left: " \(line)", colour)
        }
    }

    /// What the agent says stands at its side.
    private mutating func onTheRight(_ text: String, at: Int, _ colour: Colour?, isFromAgent: Bool = false) {
        for (number, line) in TextColumns.wrapped(text, to: Self.right - 3, lines: 12).enumerated() {
            let blanks = isFromAgent ? max(1, Self.right - 2 - TextColumns.width(of: line)) : 1
            row(number == 0 ? at : nil, right: String(repeating: " ", count: blanks) + line, colour)
        }
    }

    private mutating func write(_ message: CallTimeline.Message, at: Int) {
        // A call that was placed for the caller stands on our other side: what goes out to it goes to the right.
        let isOther = message.isOfOtherCall
        let width = isOther ? Self.right - 1 : Self.left - 1
        let outline = message.outline
        let name = outline.map { $0.status == nil ? $0.method : $0.startLine } ?? "what is no SIP message"
        let again = message.isRepeated ? " (again)" : ""
        let label = TextColumns.cut(PrintableText.of(name), to: width - 8 - again.count) + again
        let line = String(repeating: "─", count: max(2, width - TextColumns.width(of: label) - 4))
        let arrow = message.record.isReceived != isOther ? "─ \(label) \(line)▶" : "◀\(line) \(label) ─"
        let status = outline?.status ?? 0
        let colour: Colour? = message.isRepeated ? .dim : status >= 300 ? .red : status >= 200 ? .green : .cyan
        row(at, left: isOther ? "" : arrow, right: isOther ? arrow : "", colour)
        guard let outline, !message.isRepeated else { return }
        var details = Self.details(of: outline)
        if isOther, outline.method == "INVITE", outline.status == nil {
            details.insert("for the caller, to \(message.record.remote)", at: 0)
        }
        for detail in details {
            for line in TextColumns.wrapped(PrintableText.of(detail), to: width - 4, lines: 3) {
                row(nil, left: isOther ? "" : "   \(line)", right: isOther ? "   \(line)" : "", .dim)
            }
        }
    }

    /// Header fields that say why or where to, and what was offered.
    static func details(of outline: MessageOutline) -> [String] {
        let telling: Set<String> = [
            "Refer-To", "Reason", "Warning", "Retry-After", "Subscription-State", "Unsupported",
        ]
        var details = outline.fields.filter { telling.contains($0.name) }.map { "\($0.name): \($0.value)" }
        if let sound = outline.sound {
            details.append(
                sound.port == 0
                    ? "no sound"
                    : "\(sound.host):\(sound.port) " + sound.codecNames.joined(separator: " ")
                        + (sound.isEncrypted ? " encrypted" : "")
                        + (sound.direction == "sendrecv" ? "" : " \(sound.direction)"))
        }
        return details
    }
}
