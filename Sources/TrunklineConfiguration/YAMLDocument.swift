internal import Yams

/// A YAML text as nodes, with keys that stand twice found rather than fatal.
struct YAMLDocument {
    /// A key of which a later one in the same mapping has the same name.
    struct Duplicate {
        var name: String
        var line: Int
    }

    /// Marks a key that was renamed; from the private use area, so no key of ours begins with it.
    static let marker: Character = "\u{E000}"
    /// The most octets that are read.
    static let maximumSize = 262_144

    /// `nil` for an empty file.
    private(set) var root: Node?
    private(set) var duplicates: [Duplicate] = []
    /// What makes the text no YAML.
    private(set) var failure: (line: Int, sentence: String)?

    /// Composes the text. Yams gives up at the first key that stands twice; such a key is renamed at its first place
    /// and the text composed again, so that everything else is still checked.
    init(_ text: String) {
        guard text.utf8.count <= Self.maximumSize else {
            failure = (
                1, "the file has over \(Self.maximumSize) octets; that is no configuration, so name another file"
            )
            return
        }
        guard !text.contains(Self.marker) else {
            failure = (1, "the file holds the character U+E000; delete it")
            return
        }
        var source = text
        for round in 0..<100 {
            do {
                root = try Yams.compose(yaml: source)
                return
            } catch let YamlError.duplicatedKeysInMapping(names, context) {
                let mark = context.mark
                guard let name = names.first, let renamed = Self.rename(source, at: mark, round: round) else {
                    failure = (mark.line, "a key stands twice in this mapping; delete one of the two")
                    return
                }
                let plain = name.split(separator: Self.marker).last.map(String.init) ?? name
                duplicates.append(Duplicate(name: plain, line: mark.line))
                source = renamed
            } catch {
                failure = Self.failure(error, in: source)
                return
            }
        }
        failure = (1, "over 100 keys stand twice; name another file")
    }

    private static func rename(_ source: String, at mark: Mark, round: Int) -> String? {
        var lines = source.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false).map {
            String.UnicodeScalarView($0)
        }
        guard lines.indices.contains(mark.line - 1) else { return nil }
        let line = lines[mark.line - 1]
        guard mark.column >= 1,
            let place = line.index(line.startIndex, offsetBy: mark.column - 1, limitedBy: line.endIndex)
        else { return nil }
        lines[mark.line - 1] =
            String.UnicodeScalarView(line[..<place])
            + "\(marker)\(round)\(marker)".unicodeScalars + String.UnicodeScalarView(line[place...])
        return lines.map { String($0) }.joined(separator: "\n")
    }

    private static func failure(_ error: any Error, in source: String) -> (line: Int, sentence: String) {
        let fix = "check indentation (blanks, no tabs), colons and quotes here"
        switch error {
        case YamlError.scanner(_, let problem, let mark, _), YamlError.parser(_, let problem, let mark, _),
            YamlError.composer(_, let problem, let mark, _):
            return (mark.line, "this is no YAML: \(problem); \(fix)")
        case YamlError.reader(let problem, let offset, _, _):
            let before = source.utf8.prefix(offset ?? 0)
            return (before.count { $0 == 0x0A } + 1, "this is no YAML: \(problem); delete the odd character")
        default:
            return (1, "this is no YAML; \(fix)")
        }
    }
}
