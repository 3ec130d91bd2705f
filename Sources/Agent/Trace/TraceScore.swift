internal import Telephony

/// The picture at the head of a ``TracePage``: three lanes and the waveform under them, time to the right.
struct TraceScore {
    private let page: TracePage
    private let start: Int
    private let end: Int
    private let scale: Double
    private let width: Double
    /// Where the arrow of each message is drawn, by the number of its entry: those close together stand side by side.
    private let arrows: [Int: Double]

    private static let margin = 16.0
    /// For the names of the lanes.
    private static let gutter = 72.0
    private static let remote = 52.0
    private static let trunkline = 140.0
    private static let agent = 214.0
    private static let firstWave = 268.0
    private static let secondWave = 334.0
    private static let amplitude = 28.0

    init(_ page: TracePage) {
        self.page = page
        start = page.timeline.start
        // The recording begins with the answer.
        let sound = page.waveform.map {
            (page.timeline.call.answeredMs ?? 0).inMicroseconds + $0.columns.count * $0.step
        }
        end = max(page.timeline.end, sound ?? 0, start + 1_000_000)
        let seconds = Double(end - start) / 1_000_000
        // A minute fits the page, with the names of the lanes; longer calls are scrolled, up to where browsers give up.
        scale = min(max(950 / seconds, 18), 24_000 / seconds)
        var arrows: [Int: Double] = [:]
        var last = -100.0
        for (number, entry) in page.timeline.entries.enumerated() {
            guard case .message = entry.what else { continue }
            last = max(Self.margin + Double(entry.at - start) / 1_000_000 * scale, last + 12)
            arrows[number] = last
        }
        self.arrows = arrows
        width = max(seconds * scale + Self.margin, last) + Self.gutter
    }

    private func x(_ microseconds: Int) -> Double {
        Self.margin + Double(microseconds - start) / 1_000_000 * scale
    }

    /// A number with one decimal, for an attribute.
    private static func number(_ value: Double) -> String { CallReport.decimal(value) }

    var svg: String {
        let height = page.waveform == nil ? Self.agent + 34 : Self.secondWave + Self.amplitude + 12
        let size =
            "\(Self.number(width))\" height=\"\(Self.number(height))\" viewBox=\"0 0 \(Self.number(width)) \(Self.number(height))"
        return """
            <figure class="score" tabindex="0" aria-label="The call over time">
            <svg width="\(size)" role="img">
            <title>The call over time</title>
            \(axis(height))
            \(lanes)
            \(steps)
            \(waves)
            </svg></figure>
            <p class="legend"><span><i class="caller"></i>the other side</span> <span><i class="agent"></i>the agent</span> \(Self.legend)</p>
            """
    }

    /// The steps of a ledger with the classes that colour them.
    static func parts(of ledger: TurnLedger) -> [(name: String, style: String, milliseconds: Int)] {
        ledger.steps.map { ($0.name, "l-" + $0.name.filter { $0 != " " }, $0.milliseconds) }
    }

    private static let legend = ["end of speech", "transcript", "thinking", "voice", "pause", "playout"]
        .map { "<span><i class=\"l-\($0.filter { $0 != " " })\"></i>\($0)</span>" }.joined(separator: " ")

    // MARK: Axis and lanes

    private func axis(_ height: Double) -> String {
        let steps = [1, 2, 5, 10, 30, 60, 120, 300, 600, 1_800]
        let step = steps.first { Double($0) * scale >= 64 } ?? 3_600
        return stride(from: 0, through: max(0, end / 1_000_000), by: step).map { second in
            let place = Self.number(x(second * 1_000_000))
            let label = second >= 60 ? "\(second / 60):\(second % 60 < 10 ? "0" : "")\(second % 60)" : "\(second) s"
            return
                "<path class=\"tick\" d=\"M\(place) 20V\(Self.number(height - 6))\"/><text class=\"time\" x=\"\(place)\" y=\"14\">\(label)</text>"
        }.joined(separator: "\n")
    }

    private var lanes: String {
        let isIncoming = page.timeline.call.direction == .incoming
        let names = [
            (isIncoming ? "caller" : "called", Self.remote), ("trunkline", Self.trunkline), ("agent", Self.agent),
        ]
        return names.map { name, y in
            "<path class=\"lane\" d=\"M\(Self.number(Self.margin)) \(Self.number(y))H\(Self.number(width - Self.gutter))\"/>"
                + "<text class=\"name\" x=\"\(Self.number(width - Self.gutter + 8))\" y=\"\(Self.number(y + 4))\">\(name)</text>"
        }.joined(separator: "\n")
    }

    // MARK: What happened

    private var steps: String {
        page.timeline.entries.enumerated().compactMap { number, entry in
            switch entry.what {
            case .message(let message): return arrow(message, at: arrows[number] ?? x(entry.at), number, entry.at)
            case .turn(let turn): return bar(turn, number)
            case .answer(let ledger): return ledgerBar(ledger, at: entry.at, number)
            case .answered: return dot(entry.at, "ok", "answered", number)
            case .ended: return dot(entry.at, "end", page.timeline.call.explanation ?? "ended", number)
            case .key: return dot(entry.at, "caller", "a key", number)
            case .event(let kind, let detail):
                return dot(entry.at, kind.hasSuffix("failed") ? "bad" : "plain", "\(kind) \(detail)", number)
            case .note(let key, _): return dot(entry.at, "plain", "noted \(key)", number)
            }
        }.joined(separator: "\n")
    }

    private func link(_ number: Int, _ title: String, _ body: String) -> String {
        "<a href=\"#e\(number)\"><title>\(TracePage.text(title))</title>\(body)</a>"
    }

    private func arrow(_ message: CallTimeline.Message, at x: Double, _ number: Int, _ time: Int) -> String {
        let name = message.outline.map { $0.status == nil ? $0.method : $0.startLine } ?? "?"
        let (from, to) = message.record.isReceived ? (Self.remote, Self.trunkline) : (Self.trunkline, Self.remote)
        let tip = from < to ? -6.0 : 6.0
        let place = Self.number(x)
        let shape =
            "<path d=\"M\(place) \(Self.number(from))V\(Self.number(to))"
            + "M\(Self.number(x - 3)) \(Self.number(to + tip))L\(place) \(Self.number(to))L\(Self.number(x + 3)) \(Self.number(to + tip))\"/>"
        let middle = Self.number((Self.remote + Self.trunkline) / 2)
        let label = TracePage.text(TextColumns.cut(name, to: 13))
        return link(
            number, "\(Clock.seconds(time)) s \(name)",
            "<g class=\"sip \(TraceSteps.style(of: message))\">\(shape)"
                + "<text transform=\"translate(\(Self.number(x - 2.5)) \(middle)) rotate(-90)\">\(label)</text></g>")
    }

    private func bar(_ turn: TurnRecord, _ number: Int) -> String {
        let isCaller = turn.who == .caller
        let begin = x(turn.startMs.inMicroseconds)
        let length = max(4, x(turn.endMs.inMicroseconds) - begin)
        let y = (isCaller ? Self.remote : Self.agent) - 7
        return link(
            number, turn.text,
            "<rect class=\"\(isCaller ? "caller" : "agent")\(turn.interrupted ? " cut" : "")\" x=\"\(Self.number(begin))\" "
                + "y=\"\(Self.number(y))\" width=\"\(Self.number(length))\" height=\"14\" rx=\"5\"/>")
    }

    private func ledgerBar(_ ledger: TurnLedger, at: Int, _ number: Int) -> String {
        var position = at - ledger.totalMs.inMicroseconds
        let parts = Self.parts(of: ledger).map { part in
            let begin = x(position)
            position += part.milliseconds.inMicroseconds
            let length = max(0.5, x(position) - begin)
            return
                "<rect class=\"\(part.style)\" x=\"\(Self.number(begin))\" y=\"\(Self.number(Self.trunkline + 30))\" "
                + "width=\"\(Self.number(length))\" height=\"12\"/>"
        }
        return link(number, ledger.sentence, parts.joined())
    }

    private func dot(_ at: Int, _ style: String, _ title: String, _ number: Int) -> String {
        link(
            number, title,
            "<circle class=\"\(style)\" cx=\"\(Self.number(x(at)))\" cy=\"\(Self.number(Self.trunkline))\" r=\"4.5\"/>")
    }

    // MARK: Waveform

    private var waves: String {
        guard let waveform = page.waveform else { return "" }
        let origin = (page.timeline.call.answeredMs ?? 0).inMicroseconds
        func wave(_ middle: Double, _ style: String, _ peak: (Waveform.Column) -> Double) -> String {
            var path = ""
            // Two columns of a pixel are drawn as one, by the louder.
            var (last, loudest) = (-1.0, 0.0)
            for (index, column) in waveform.columns.enumerated() {
                loudest = max(loudest, peak(column))
                let place = (x(origin + index * waveform.step) * 2).rounded() / 2
                guard place - last >= 1 else { continue }
                // The square root makes speech visible beside what is loud.
                let half = max(0.5, loudest.squareRoot() * Self.amplitude)
                path += "M\(Self.number(place)) \(Self.number(middle - half))v\(Self.number(2 * half))"
                (last, loudest) = (place, 0)
            }
            return "<path class=\"wave \(style)\" d=\"\(path)\"/>"
        }
        return wave(Self.firstWave, "caller", \.caller) + "\n" + wave(Self.secondWave, "agent", \.agent)
    }
}
