/// Makes of what a model writes what a voice can say: no Markdown, no emoji, no marks that are only to be seen.
enum SpeakableText {
    /// - Parameters:
    ///   - text: a part of one line.
    ///   - isLineStart: whether the line begins with it.
    /// - Returns: plain text; empty when there is nothing to say in it.
    static func plain(_ text: String, isLineStart: Bool) -> String {
        var characters = Array(text)[...]
        if isLineStart { characters = withoutLinePrefix(characters) }
        let plain = String(inline(Array(characters)))
        let words = plain.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        return words.contains { $0.isLetter || $0.isNumber } ? words : ""
    }

    /// Without the marks of headings, quotations and lists.
    private static func withoutLinePrefix(_ line: ArraySlice<Character>) -> ArraySlice<Character> {
        var rest = line.drop(while: \.isWhitespace)
        while rest.first == ">" { rest = rest.dropFirst().drop(while: \.isWhitespace) }
        if rest.first == "#" {
            let heading = rest.drop { $0 == "#" }
            if heading.first?.isWhitespace ?? true { rest = heading }
        }
        if let mark = rest.first, "-*+•–".contains(mark), rest.dropFirst().first?.isWhitespace ?? true {
            rest = rest.dropFirst(2)
        }
        let digits = rest.prefix(while: \.isASCIIDigit)
        let after = rest.dropFirst(digits.count)
        if (1...2).contains(digits.count), let mark = after.first, ".)".contains(mark),
            after.dropFirst().first?.isWhitespace ?? false
        {
            // "1. Apples" is read as a number, a pause and the thing.
            rest = digits + [","] + after.dropFirst()
        }
        return rest
    }

    private static func inline(_ characters: [Character]) -> [Character] {
        var result: [Character] = []
        var index = 0
        func neighbour(_ offset: Int) -> Character? {
            let place = index + offset
            return characters.indices.contains(place) ? characters[place] : nil
        }
        func standsAlone() -> Bool {
            let isAfterBlank = neighbour(-1)?.isWhitespace ?? true
            let next = neighbour(1)
            return isAfterBlank && (next.map { $0.isWhitespace || ".,;:?!".contains($0) } ?? true)
        }
        while index < characters.count {
            let character = characters[index]
            switch character {
            case "*": if standsAlone() { result += Array("star") }
            case "#":
                if standsAlone() {
                    result += Array("hash")
                } else if neighbour(1)?.isNumber ?? false {
                    result.append("#")
                }
            case "`", "~": break
            case "_":
                // Emphasis, but not within `anna_b@example.com`.
                let isWithin = [neighbour(-1), neighbour(1)].allSatisfy {
                    $0.map { $0.isLetter || $0.isNumber } ?? false
                }
                if isWithin { result.append("_") }
            case "|": result.append(",")
            case "!" where neighbour(1) == "[": break
            case "[", "<", ">": break
            case "]":
                // The address behind a link's text can't be said.
                if neighbour(1) == "(", let close = characters[index...].firstIndex(of: ")") { index = close }
            default: if !isPictogram(character) { result.append(character) }
            }
            index += 1
        }
        return result
    }

    private static func isPictogram(_ character: Character) -> Bool {
        character.unicodeScalars.contains { scalar in
            scalar.properties.isEmojiPresentation || scalar.value == 0xFE0F || scalar.value == 0x200D
                || (scalar.properties.isEmoji && scalar.value >= 0x2190) || (0x2190...0x21FF).contains(scalar.value)
        }
    }
}
