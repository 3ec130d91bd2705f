/// Cuts text that is still being written into pieces that can be spoken one after the other: the first one short, so
/// that something is heard soon, and none of them within a number, an abbreviation or an address.
struct SpokenClauses: Sendable {
    /// The first piece may end at a comma from here on.
    private static let shortestFirst = 12
    /// A piece may end at a comma from here on when its sentence is longer than `long`.
    private static let shortest = 60
    private static let long = 110
    /// A piece without any mark is cut at a blank.
    private static let longest = 240
    private static let closers: Set<Character> = ["\"", "\u{201D}", "\u{2019}", "'", ")", "]", "*", "_", "`"]
    /// Their full stop ends no sentence.
    private static let abbreviations: Set<String> = [
        "mr", "mrs", "ms", "dr", "prof", "st", "ave", "rd", "apt", "dept", "ext", "approx", "vs", "etc", "jr", "sr",
        "inc", "ltd", "tel", "jan", "feb", "apr", "aug", "sept", "oct", "nov", "dec", "tue", "wed", "thu", "bzw", "nr",
    ]

    private var pending: [Character] = []
    private var isLineStart = true
    private var isInCode = false
    private var hasBegun = false

    init() {}

    /// The pieces that are whole now.
    mutating func add(_ text: String) -> [String] {
        pending += text
        var pieces: [String] = []
        while let cut = nextCut() {
            if let piece = take(cut) { pieces.append(piece) }
        }
        return pieces
    }

    /// What is left when nothing follows.
    mutating func finish() -> [String] {
        var pieces = add("\n")
        if !pending.isEmpty, let piece = take(pending.count) { pieces.append(piece) }
        return pieces
    }

    private mutating func take(_ count: Int) -> String? {
        let raw = String(pending.prefix(count))
        pending.removeFirst(min(count, pending.count))
        let (wasLineStart, endsLine) = (isLineStart, raw.last?.isNewline ?? false)
        isLineStart = endsLine
        if wasLineStart, raw.drop(while: \.isWhitespace).hasPrefix("```") {
            isInCode.toggle()
            return nil
        }
        guard !isInCode else { return nil }
        var text = SpeakableText.plain(raw, isLineStart: wasLineStart)
        guard !text.isEmpty else { return nil }
        if endsLine, let last = text.last, last.isLetter || last.isNumber { text.append(".") }
        hasBegun = true
        return text
    }

    // MARK: Where to cut

    /// How many characters the next piece has; `nil` until that is known.
    private func nextCut() -> Int? {
        var start = 0
        while start < pending.count, pending[start].isWhitespace, !pending[start].isNewline { start += 1 }
        for index in start..<pending.count {
            let character = pending[index]
            if character.isNewline { return index + 1 }
            guard !isInCode, !isFence else { continue }
            switch character {
            case "。", "？", "！": return index + 1
            case ".", "?", "!", "…":
                var next = index + 1
                while next < pending.count, Self.closers.contains(pending[next]) { next += 1 }
                guard next < pending.count else { return nil }
                guard pending[next].isWhitespace else { continue }
                guard character == "." else { return next }
                switch isAbbreviation(before: index, next: next) {
                case .none: return nil
                case .some(true): continue
                case .some(false): return next
                }
            case ",", ";", ":", "–", "—":
                let length = index - start + 1
                let isWanted =
                    hasBegun ? length >= Self.shortest && pending.count > Self.long : length >= Self.shortestFirst
                guard isWanted else { continue }
                guard let next = following(index) else { return nil }
                guard pending[index + 1].isWhitespace else { continue }
                if index > 0, pending[index - 1].isNumber, next.isNumber { continue }
                return index + 1
            default:
                if character.isWhitespace, index - start >= Self.longest {
                    guard let next = following(index) else { return nil }
                    if !(pending[index - 1].isNumber && next.isNumber) { return index + 1 }
                }
            }
        }
        return nil
    }

    /// Whether a fence of code may be beginning: only whole lines tell.
    private var isFence: Bool { isLineStart && pending.drop(while: \.isWhitespace).starts(with: "```") }

    /// The next character that is no blank.
    private func following(_ index: Int) -> Character? {
        pending[(index + 1)...].first { !$0.isWhitespace }
    }

    /// Whether the full stop belongs to its word; `nil` while what follows, from `next` on, is not known.
    private func isAbbreviation(before stop: Int, next: Int) -> Bool? {
        let word = pending[..<stop].suffix { !$0.isWhitespace && $0 != "(" }
        let lower = String(word).lowercased()
        if lower == "no" {
            guard let following = following(next) else { return nil }
            return following.isNumber
        }
        if Self.abbreviations.contains(lower) { return true }
        // "1." begins an entry of a list.
        if isLineStart, word.count <= 2, word.allSatisfy(\.isASCIIDigit),
            pending[..<stop].allSatisfy({ $0.isASCIIDigit || $0.isWhitespace })
        {
            return true
        }
        // "J. Smith", but "so do I."
        if word.count == 1, let letter = word.first, letter.isUppercase, letter != "I" { return true }
        // "a.m.", "e.g.", "U.S."
        let parts = lower.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count > 1 && parts.allSatisfy { $0.count == 1 && $0.first?.isLetter ?? false }
    }
}

extension ArraySlice {
    /// The elements at the end that `belongs` holds for.
    fileprivate func suffix(while belongs: (Element) -> Bool) -> ArraySlice {
        var start = endIndex
        while start > startIndex, belongs(self[start - 1]) { start -= 1 }
        return self[start...]
    }
}
