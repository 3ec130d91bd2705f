/// Texts of a flow, in which `{name}` stands for a value.
enum FlowText {
    /// Names that always have a value: the flow's own, the caller's, whom the caller asked for, and whether the caller's
    /// number was checked.
    static let builtIn = ["name", "caller", "called", "caller_verified"]

    /// Puts in the values; an unknown name is left out.
    static func fill(_ text: String, with values: [String: String]) -> String {
        pieces(of: text).map { piece in
            switch piece {
            case .plain(let text): text
            case .variable(let name): values[name] ?? ""
            }
        }.joined()
    }

    /// The same, but an unknown name stays as it is.
    static func fill(_ text: String, keepingUnknown values: [String: String]) -> String {
        pieces(of: text).map { piece in
            switch piece {
            case .plain(let text): text
            case .variable(let name): values[name] ?? "{\(name)}"
            }
        }.joined()
    }

    static func variables(in text: String) -> [String] {
        pieces(of: text).compactMap { piece in
            if case .variable(let name) = piece { name } else { nil }
        }
    }

    private enum Piece {
        case plain(String)
        case variable(String)
    }

    private static func pieces(of text: String) -> [Piece] {
        var pieces: [Piece] = []
        var rest = text[...]
        while let open = rest.firstIndex(of: "{"), let close = rest[open...].firstIndex(of: "}") {
            pieces.append(.plain(String(rest[..<open])))
            pieces.append(.variable(String(rest[rest.index(after: open)..<close])))
            rest = rest[rest.index(after: close)...]
        }
        return pieces + [.plain(String(rest))]
    }
}
