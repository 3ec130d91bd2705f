internal import Agent

/// What the call of a tool came to.
enum MCPAnswer: Sendable, Equatable {
    case text(String)
    case refused(String)
    /// The server does not know us any more: nothing was done, and a new session may do it.
    case sessionLost

    /// Octets that are kept.
    private static let maximumText = 8_000

    /// Reads the result of `tools/call`: its texts, one after the other, and words for what is none.
    init(_ result: JSONValue) {
        var parts = (result["content"]?.array ?? []).prefix(100).map(Self.text)
        if parts.isEmpty, let structured = result["structuredContent"], structured.object != nil {
            parts = [structured.json]
        }
        let text = Self.bounded(parts.filter { !$0.isEmpty }.joined(separator: "\n"))
        if result["isError"]?.bool == true {
            self = .refused(text.isEmpty ? "The service failed and does not say why." : text)
        } else {
            self = .text(text.isEmpty ? "Done." : text)
        }
    }

    private static func text(of content: JSONValue) -> String {
        switch content["type"]?.string {
        case "text": content["text"]?.string ?? ""
        case "image": "[image]"
        case "audio": "[audio]"
        case "resource": content["resource"]?["text"]?.string ?? "[file]"
        case "resource_link": "[link to \(content["title"]?.string ?? content["name"]?.string ?? "a file")]"
        default: "[something that is no text]"
        }
    }

    /// Cut to what a model is told, line ends kept, other control characters not.
    private static func bounded(_ text: String) -> String {
        let cut = String(decoding: text.utf8.prefix(maximumText), as: UTF8.self)
        return cut.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).map {
            PrintableText.of(String($0))
        }.joined(separator: "\n") + (text.utf8.count > maximumText ? "…" : "")
    }
}
