public import Agent

/// Whom a campaign calls, as a table: CSV (RFC 4180) with a line of names above it. `to` has to be there; `timezone` and
/// `priority` are known; every other column is a variable of the call.
public enum TargetTable {
    /// What is wrong, with its line.
    public struct Failure: Error, Sendable, Equatable, CustomStringConvertible {
        public let description: String
    }

    private static let maximumColumns = 50

    public static func parse(_ text: String, zones: ZoneSource) throws(Failure) -> [CampaignTarget] {
        var rows = try rows(text)
        guard !rows.isEmpty else { throw Failure(description: "The table is empty; its first line names the columns.") }
        let names = rows.removeFirst().fields.map { $0.filter { !$0.isWhitespace && $0 != "\u{FEFF}" } }
        guard names.contains("to") else {
            throw Failure(description: "line 1: there is no column \"to\"; the first line names the columns.")
        }
        guard names.count <= maximumColumns, Set(names).count == names.count else {
            throw Failure(description: "line 1: a column is there twice, or there are more than \(maximumColumns).")
        }
        guard rows.count <= SQLiteCallStore.maximumTargets else {
            throw Failure(
                description: "There are more than \(SQLiteCallStore.maximumTargets) numbers; split the table.")
        }
        var targets: [CampaignTarget] = []
        for (line, fields) in rows {
            guard fields.count == names.count else {
                throw Failure(
                    description: "line \(line): \(fields.count) fields, where \(names.count) columns are named.")
            }
            var target = CampaignTarget(to: "")
            for (name, value) in zip(names, fields) where !value.isEmpty {
                switch name {
                case "to":
                    do throws(DestinationError) {
                        target.to = try Destination(parsing: value).description
                    } catch {
                        throw Failure(description: "line \(line): \(value) \(error).")
                    }
                case "timezone":
                    guard zones.has(value) else {
                        throw Failure(description: "line \(line): there is no time zone \(value).")
                    }
                    target.timezone = value
                case "priority":
                    guard let number = Int(value), (-1_000...1_000).contains(number) else {
                        throw Failure(description: "line \(line): priority is no whole number from -1000 to 1000.")
                    }
                    target.priority = number
                default: target.variables[name] = String(value.prefix(2_000))
                }
            }
            guard !target.to.isEmpty else { throw Failure(description: "line \(line): nobody to call.") }
            targets.append(target)
        }
        return targets
    }

    /// The fields of each line that is not empty.
    private static func rows(_ text: String) throws(Failure) -> [(line: Int, fields: [String])] {
        var rows: [(Int, [String])] = []
        var (fields, field) = ([String](), "")
        var (line, begun, isQuoted, wasQuoted) = (1, 1, false, false)
        func close() {
            if !fields.isEmpty || !field.isEmpty || wasQuoted { rows.append((begun, fields + [field])) }
            (fields, field, wasQuoted) = ([], "", false)
        }
        var rest = text[...]
        while let character = rest.popFirst() {
            if isQuoted {
                if character == "\"" {
                    if rest.first == "\"" { field.append(rest.removeFirst()) } else { isQuoted = false }
                } else {
                    if character.isNewline { line += 1 }
                    field.append(character)
                }
                continue
            }
            switch character {
            case "\"" where field.isEmpty && !wasQuoted: (isQuoted, wasQuoted) = (true, true)
            case ",":
                fields.append(field)
                (field, wasQuoted) = ("", false)
                guard fields.count <= maximumColumns else {
                    throw Failure(description: "line \(line): more than \(maximumColumns) fields.")
                }
            case _ where character.isNewline:
                close()
                line += 1
                begun = line
            default: field.append(character)
            }
        }
        guard !isQuoted else { throw Failure(description: "line \(begun): a quote is not closed.") }
        close()
        return rows
    }
}
