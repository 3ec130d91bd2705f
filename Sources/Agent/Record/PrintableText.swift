/// Text from outside, made fit for a person's screen.
///
/// Display names, reason phrases and what a caller says come from whoever calls: left as they are, they could move the
/// cursor, recolour the terminal, or begin a line that looks like one of ours.
public enum PrintableText {
    /// `text` on one line: blanks for line ends and tabs, U+FFFD for other control characters and for those that turn
    /// the direction of what follows (Unicode UAX #9 §2).
    public static func of(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: { substitute(for: $0) != nil }) else { return text }
        var result = String.UnicodeScalarView()
        var last: Unicode.Scalar?
        for scalar in text.unicodeScalars {
            // One blank for CR and LF together.
            if scalar != "\n" || last != "\r" { result.append(substitute(for: scalar) ?? scalar) }
            last = scalar
        }
        return String(result)
    }

    private static func substitute(for scalar: Unicode.Scalar) -> Unicode.Scalar? {
        switch scalar.value {
        case 0x09...0x0D, 0x85, 0x2028, 0x2029: " "
        case 0x00...0x1F, 0x7F...0x9F: "\u{FFFD}"
        case 0x061C, 0x200E, 0x200F, 0x202A...0x202E, 0x2066...0x2069: "\u{FFFD}"
        default: nil
        }
    }
}
