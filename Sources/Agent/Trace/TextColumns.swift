/// Text in columns of a terminal: how wide it is there, and where a line breaks.
package enum TextColumns {
    /// Columns that a terminal takes for `text`.
    package static func width(of text: some StringProtocol) -> Int {
        text.reduce(0) { $0 + width(of: $1) }
    }

    /// What is wide by Unicode's East Asian Width (UAX #11), as far as it is common in speech and names.
    private static func width(of character: Character) -> Int {
        guard let scalar = character.unicodeScalars.first else { return 0 }
        switch scalar.value {
        case 0x0300...0x036F, 0x200B...0x200D, 0xFE00...0xFE0F: return 0
        case 0x1100...0x115F, 0x2E80...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF00...0xFF60,
            0xFFE0...0xFFE6, 0x1F300...0x1FAFF, 0x20000...0x3FFFD:
            return 2
        default: return 1
        }
    }

    /// `text` and blanks up to the width.
    package static func padded(_ text: String, to columns: Int) -> String {
        text + String(repeating: " ", count: max(0, columns - width(of: text)))
    }

    /// As much of `text` as fits, with `…` where something is left out.
    package static func cut(_ text: String, to columns: Int) -> String {
        guard width(of: text) > columns else { return text }
        var (kept, used) = ("", 0)
        for character in text {
            let next = width(of: character)
            if used + next > columns - 1 { break }
            kept.append(character)
            used += next
        }
        return kept + "…"
    }

    /// `text` in lines that fit, broken at blanks where there are any.
    package static func wrapped(_ text: String, to columns: Int, lines most: Int = 40) -> [String] {
        let columns = max(2, columns)
        var (lines, line) = ([String](), "")
        for word in text.split(separator: " ") {
            var word = String(word)
            if !line.isEmpty, width(of: line) + 1 + width(of: word) > columns {
                lines.append(line)
                line = ""
            }
            while width(of: word) > columns {
                var (head, used) = ("", 0)
                while let first = word.first, used + max(1, width(of: first)) <= columns {
                    head.append(word.removeFirst())
                    used += max(1, width(of: first))
                }
                lines.append(head)
            }
            line += line.isEmpty ? word : " " + word
        }
        if !line.isEmpty || lines.isEmpty { lines.append(line) }
        guard lines.count > most else { return lines }
        return lines.prefix(most - 1) + ["…"]
    }
}
