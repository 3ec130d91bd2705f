/// Leaves out what a model thinks aloud between `<think>` and `</think>`; tags may be split over pieces.
struct ThoughtFilter {
    private static let opening = ["<think>", "<thinking>"]
    private static let closing = ["</think>", "</thinking>"]

    private var isThinking = false
    /// The beginning of what may become a tag.
    private var held = ""

    /// What of the next piece is to be heard.
    mutating func receive(_ piece: String) -> String {
        var heard = ""
        for character in piece {
            held.append(character)
            let tags = isThinking ? Self.closing : Self.opening
            if tags.contains(held) {
                isThinking.toggle()
                held = ""
            } else if !tags.contains(where: { $0.hasPrefix(held) }) {
                if !isThinking { heard += held.dropLast(character == "<" ? 1 : 0) }
                held = character == "<" ? "<" : ""
            }
        }
        return heard
    }

    /// What is left when nothing follows.
    mutating func finish() -> String {
        defer { held = "" }
        return isThinking ? "" : held
    }
}
