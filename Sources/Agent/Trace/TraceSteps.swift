internal import Telephony

/// The list of a ``TracePage``: every step of the call, each message with its details on a click.
struct TraceSteps {
    private let page: TracePage

    init(_ page: TracePage) {
        self.page = page
    }

    var list: String {
        let addresses = page.timeline.addresses
        let remote = addresses?.remote ?? (page.timeline.call.direction == .incoming ? "caller" : "called")
        var rows: [String] = []
        var last: Int?
        for (number, entry) in page.timeline.entries.enumerated() {
            if let last, entry.at - last >= 2_000_000 {
                rows.append("<li class=\"gap\">\(Clock.length((entry.at - last) / 1_000)) later</li>")
            }
            last = max(last ?? entry.end, entry.end)
            let (style, body) = content(of: entry)
            rows.append(
                "<li id=\"e\(number)\" class=\"\(style)\"><time>\(Clock.seconds(entry.at))</time><div>\(body)</div></li>"
            )
        }
        let note = page.timeline.messages.isEmpty ? "<p class=\"note\">No SIP messages were kept of this call.</p>" : ""
        return """
            <section class="steps"><div class="poles"><b>\(TracePage.text(remote))</b>\
            <b>trunkline<br><small>\(TracePage.text(addresses?.local ?? ""))</small></b><b>agent</b></div>
            <ol>
            \(rows.joined(separator: "\n"))
            </ol>\(note)</section>
            """
    }

    /// How a message is coloured.
    static func style(of message: CallTimeline.Message) -> String {
        if message.isRepeated { return "again" }
        let status = message.outline?.status ?? 0
        return status >= 300 ? "bad" : status >= 200 ? "ok" : "ask"
    }

    private func content(of entry: CallTimeline.Entry) -> (style: String, body: String) {
        switch entry.what {
        case .message(let message):
            return ("sip \(message.record.isReceived ? "in" : "out") \(Self.style(of: message))", details(of: message))
        case .answered: return ("event ok", "answered")
        case .ended:
            return ("event end", "ended" + (page.timeline.call.explanation.map { ": \(TracePage.text($0))" } ?? ""))
        case .turn(let turn):
            let words = turn.text.isEmpty ? "<em>nothing was understood</em>" : TracePage.text(turn.text)
            let cut = turn.interrupted ? " <em>— interrupted</em>" : ""
            return (turn.who == .caller ? "words caller" : "words agent", "<p>\(words)\(cut)</p>")
        case .answer(let ledger): return ("ledger", bar(of: ledger))
        case .key(let key):
            return (key.direction == .received ? "words caller key" : "words agent key", "<p>a key was pressed</p>")
        case .event(let kind, let detail):
            let rest = detail.isEmpty ? "" : ": \(TracePage.text(detail))"
            return (kind.hasSuffix("failed") ? "event bad" : "event", "\(TracePage.text(kind))\(rest)")
        case .note(let key, let value): return ("event", "noted \(TracePage.text(key)): \(TracePage.text(value))")
        }
    }

    private func details(of message: CallTimeline.Message) -> String {
        let outline = message.outline
        let name = outline.map { $0.status == nil ? $0.method : $0.startLine } ?? "not SIP"
        let facts = (outline.map(LadderText.details) ?? []).map { "<small>\(TracePage.text($0))</small>" }.joined()
        let record = message.record
        let other = message.isOfOtherCall ? " (of the call placed for the caller)" : ""
        let way = record.isReceived ? "\(record.remote) → \(record.local)" : "\(record.local) → \(record.remote)"
        // Line ends are kept; all else that is not to be printed is not.
        let lines = String(decoding: record.octets, as: UTF8.self)
            .split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
            .map { TracePage.text(String($0)) }.joined(separator: "\n")
        return """
            <details><summary><span>\(TracePage.text(name))\(message.isRepeated ? " (again)" : "")\(other)</span></summary>\
            <p>\(TracePage.text(record.transport)) \(TracePage.text(way))</p><pre>\(lines)</pre></details>\(message.isRepeated ? "" : facts)
            """
    }

    private func bar(of ledger: TurnLedger) -> String {
        var position = 0.0
        let total = Double(max(1, ledger.totalMs))
        let parts = TraceScore.parts(of: ledger).map { part in
            let share = Double(part.milliseconds) / total * 300
            defer { position += share }
            return
                "<rect class=\"\(part.style)\" x=\"\(CallReport.decimal(position))\" width=\"\(CallReport.decimal(share))\" "
                + "height=\"8\"><title>\(part.name) \(part.milliseconds) ms</title></rect>"
        }
        return "<svg viewBox=\"0 0 300 8\" preserveAspectRatio=\"none\" aria-hidden=\"true\">\(parts.joined())</svg>"
            + "<small>\(TracePage.text(ledger.sentence))</small>"
    }
}
