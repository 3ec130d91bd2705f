/// What a model is told of a call that it sums up: one JSON object a line, so that nobody can say something that ends it.
enum DigestTranscript {
    /// Octets in all; of more the middle is left out.
    static let maximumOctets = 48_000
    private static let longestText = 2_000
    /// What happened that a summary may want to tell.
    private static let events: Set<String> = [
        "transferred", "transfer failed", "handed over", "voicemail", "answered by", "limit",
    ]

    static func text(of call: StoredCall) -> String {
        var lines: [(at: Int, json: JSONValue)] = call.turns.map { turn in
            (turn.startMs, ["who": .string(turn.who.rawValue), "said": .string(cut(turn.text))])
        }
        lines += call.notes.map { ($0.atMs, ["noted": .string(cut($0.key)), "text": .string(cut($0.value))]) }
        lines += call.events.filter { events.contains($0.kind) }.map { event in
            (event.atMs, ["happened": .string(event.kind), "detail": .string(cut(event.detail))])
        }
        let texts = lines.enumerated().sorted { ($0.element.at, $0.offset) < ($1.element.at, $1.offset) }
            .map(\.element.json.json)
        return shortened(texts).joined(separator: "\n")
    }

    private static func cut(_ text: String) -> String { String(PrintableText.of(text).prefix(longestText)) }

    /// The beginning tells who it is, the end what came of it.
    private static func shortened(_ lines: [String]) -> [String] {
        guard lines.reduce(0, { $0 + $1.utf8.count + 1 }) > maximumOctets else { return lines }
        let first = fitting(lines, maximumOctets / 3)
        let last = fitting(lines.dropFirst(first.count).reversed(), maximumOctets * 2 / 3)
        let gone = lines.count - first.count - last.count
        return first + [JSONValue.object(["left_out": .number(Double(gone))]).json] + last.reversed()
    }

    private static func fitting(_ lines: some Sequence<String>, _ octets: Int) -> [String] {
        var (taken, left) = ([String](), octets)
        for line in lines {
            left -= line.utf8.count + 1
            guard left >= 0 else { break }
            taken.append(line)
        }
        return taken
    }
}
