/// Cuts a table (CSV, RFC 4180, parted by commas or semicolons) into passages: one for each row, each field with the
/// name of its column.
enum TablePassages {
    private static let maximumColumns = 100

    static func passages(of text: String, file: String) -> [Passage] {
        var rows = rows(of: text)
        guard !rows.isEmpty else { return [] }
        let names = rows.removeFirst().map(trimmed)
        return rows.compactMap { row in
            let fields = row.prefix(maximumColumns).map(trimmed)
            guard let heading = fields.first(where: { !$0.isEmpty }) else { return nil }
            let text = fields.enumerated().filter { !$1.isEmpty }.map { index, field in
                let name = names.indices.contains(index) ? names[index] : ""
                return name.isEmpty ? field : "\(name): \(field)"
            }.joined(separator: "; ")
            return Passage(
                file: file, heading: String(heading.prefix(200)), text: String(text.prefix(Passage.longest)))
        }
    }

    private static func trimmed(_ field: String) -> String {
        field.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }

    /// The fields of each row; a quote that is never closed reaches to the end.
    static func rows(of text: String) -> [[String]] {
        var rows: [[String]] = []
        var row: [String] = []
        var field = ""
        var isQuoted = false
        let characters = Array(text)
        let firstLine = characters.prefix { !$0.isNewline }
        let separator: Character =
            firstLine.filter({ $0 == ";" }).count > firstLine.filter({ $0 == "," }).count ? ";" : ","
        func closeRow() {
            row.append(field)
            field = ""
            if row.contains(where: { !$0.isEmpty }) { rows.append(row) }
            row = []
        }
        var index = 0
        while index < characters.count {
            let character = characters[index]
            index += 1
            if isQuoted {
                if character != "\"" {
                    field.append(character)
                } else if index < characters.count, characters[index] == "\"" {
                    field.append("\"")
                    index += 1
                } else {
                    isQuoted = false
                }
            } else if character == "\"", field.allSatisfy(\.isWhitespace) {
                field = ""
                isQuoted = true
            } else if character == separator {
                row.append(field)
                field = ""
            } else if character.isNewline {
                closeRow()
            } else {
                field.append(character)
            }
        }
        closeRow()
        return rows
    }
}
