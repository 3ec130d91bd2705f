/// Cuts Markdown into passages: one for each heading's own text, several for a long one.
enum MarkdownPassages {
    static func passages(of text: String, file: String) -> [Passage] {
        var passages: [Passage] = []
        var headings: [(level: Int, title: String)] = []
        var lines: [Substring] = []
        var isInCode = false
        func close() {
            let heading = headings.map(\.title).joined(separator: " > ")
            for part in parts(of: lines) { passages.append(Passage(file: file, heading: heading, text: part)) }
            lines = []
        }
        for line in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline) {
            if line.drop(while: \.isWhitespace).hasPrefix("```") { isInCode.toggle() }
            if !isInCode, let (level, title) = heading(line) {
                close()
                while let last = headings.last, last.level >= level { headings.removeLast() }
                headings.append((level, title))
            } else {
                lines.append(line)
            }
        }
        close()
        return passages
    }

    /// `## Title` as 2 and the title.
    private static func heading(_ line: Substring) -> (level: Int, title: String)? {
        let marks = line.prefix { $0 == "#" }.count
        guard (1...6).contains(marks) else { return nil }
        let rest = line.dropFirst(marks)
        guard rest.first?.isWhitespace ?? false else { return nil }
        var title = rest.drop(while: \.isWhitespace)
        while let last = title.last, last == "#" || last.isWhitespace { title.removeLast() }
        return title.isEmpty ? nil : (marks, String(title.prefix(200)))
    }

    /// The text of a section, cut between its paragraphs where it is too long.
    private static func parts(of lines: [Substring]) -> [String] {
        var parts: [String] = []
        var part = ""
        func close() {
            if part.contains(where: { $0.isLetter || $0.isNumber }) { parts.append(part) }
            part = ""
        }
        for paragraph in lines.split(whereSeparator: { $0.allSatisfy(\.isWhitespace) }) {
            let words = paragraph.joined(separator: " ").split(whereSeparator: \.isWhitespace)
            if part.count + words.reduce(0, { $0 + $1.count + 1 }) > Passage.longest { close() }
            for word in words {
                if part.count + word.count + 1 > Passage.longest { close() }
                if !part.isEmpty { part += " " }
                part += word.prefix(Passage.longest)
            }
        }
        close()
        return parts
    }
}
