internal import Agent
public import CallAPI

/// The calls that are up as a terminal shows them.
public struct WatchScreen: Sendable {
    /// Columns and lines of the terminal.
    public var columns: Int
    public var lines: Int
    public var isColoured: Bool

    public init(columns: Int, lines: Int, isColoured: Bool) {
        self.columns = max(40, min(columns, 400))
        self.lines = max(8, lines)
        self.isColoured = isColoured
    }

    /// Columns of a level.
    private static let bar = 12

    /// The screen, line by line, no more than fit.
    ///
    /// - Parameters:
    ///   - report: what the server says.
    ///   - place: where the server is, for the headline.
    public func text(_ report: LiveReport, of place: String) -> [String] {
        let count = report.calls.count + report.others
        var screen = [bold("\(count == 1 ? "1 call" : "\(count) calls") at \(place)"), ""]
        if report.calls.isEmpty { screen.append("Nobody calls.") }
        var left = report.others
        for (number, call) in report.calls.enumerated() {
            let block = block(call, now: report.now)
            // The last line says how many there was no room for.
            guard screen.count + block.count < lines - 1 else {
                left += report.calls.count - number
                break
            }
            screen += block
        }
        if left > 0 { screen.append("… and \(left) more") }
        return screen
    }

    private func block(_ call: LiveCall, now: Int64) -> [String] {
        let arrow = call.direction == "incoming" ? "<-" : "->"
        var name = PrintableText.of(call.remote)
        if let display = PhoneParty.named(call.remote, call.remoteName) {
            name = "\(PrintableText.of(display)) \(name)"
        }
        var head = "\(call.id.suffix(4))  \(Self.time(now - call.startedAt - Int64(call.answeredMs ?? 0)))  "
        head += "\(Self.state(call))  \(arrow) "
        var block = [TextColumns.cut(head + name, to: columns)]
        if call.state == "up" {
            var line = "      hears \(level(call.heardLevel))  says \(level(call.sentLevel))"
            if let answer = call.answerMs { line += "  answered after \(answer) ms" }
            if let codec = call.codec { line += "  \(codec)" }
            if let mos = call.estimatedMOS, mos > 0 { line += "  MOS \(mos)" }
            if let lost = call.packetsLost, lost > 0 { line += "  \(lost) lost" }
            block.append(TextColumns.cut(line, to: columns))
        }
        for (who, words) in [("caller", call.callerWords), ("agent ", call.agentWords)] {
            guard let words, !words.isEmpty else { continue }
            block.append(TextColumns.cut("      \(who)  \(PrintableText.of(words))", to: columns))
        }
        return block + [""]
    }

    private static func state(_ call: LiveCall) -> String {
        if call.isTransferring { return "put through" }
        if let mode = call.supervision { return mode == "takeover" ? "taken over" : "up, a supervisor \(mode)s" }
        if call.isHeld { return "on hold" }
        return call.state == "up" ? "up" : "rings"
    }

    /// From -60 dBov to -10.
    private func level(_ level: Double?) -> String {
        guard let level else { return String(repeating: "·", count: Self.bar) }
        let full = Int(((max(-60, min(-10, level)) + 60) / 50 * Double(Self.bar)).rounded())
        return String(repeating: "█", count: full) + String(repeating: "·", count: Self.bar - full)
    }

    /// `1:02`
    static func time(_ milliseconds: Int64) -> String {
        let seconds = max(0, milliseconds) / 1_000
        return "\(seconds / 60):\(seconds % 60 < 10 ? "0" : "")\(seconds % 60)"
    }

    private func bold(_ text: String) -> String { isColoured ? "\u{1B}[1m\(text)\u{1B}[0m" : text }
}
