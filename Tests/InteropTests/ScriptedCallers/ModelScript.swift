import Foundation
import ProviderDoubles

/// A language model for the callers: answers by what was said last, and by what its tools told.
enum ModelScript {
    static let greeting = "Good day, this is Harbour Dental. How can I help you?"

    /// - Parameter request: a body of the chat completions interface.
    static func answer(_ request: HTTPDouble.Request) -> HTTPDouble.Answer {
        let body = try? JSONSerialization.jsonObject(with: Data(request.body)) as? [String: Any]
        let messages = body?["messages"] as? [[String: Any]] ?? []
        let said = words(of: messages.last { $0["role"] as? String == "user" })
        if let last = messages.last, last["role"] as? String == "tool" {
            // Whoever waits for a tool's answer is to wait long.
            return late(.seconds(3), "It is all written down for you. Anything else?")
        }
        switch said {
        case _ where said.contains("bye") || said.contains("good-by"):
            return script([.text("Thank you for calling. Goodbye."), .tool("hang_up", "{}")])
        case _ where said.contains("message") || said.contains("note"):
            return script([.tool("take_note", #"{"key":"message","value":"call back"}"#)])
        case _ where said.contains("put me through") || said.contains("somebody"):
            return script([
                .text("One moment, I am going to put you through to the front desk of our practice now."),
                .tool("transfer_call", #"{"destination":"desk"}"#),
            ])
        case _ where said.contains("open") || said.contains("hours"):
            return script([.text("We are open from nine to five, Monday to Friday. "), .text("Is that all?")])
        default: return script([.text("You find us at the old lighthouse, down by the harbour. Is that all?")])
        }
    }

    private enum Part {
        case text(String)
        case tool(String, String)
    }

    private static func script(_ parts: [Part]) -> HTTPDouble.Answer {
        var pieces = [ChatCompletionsDouble.role]
        var hasTool = false
        for part in parts {
            switch part {
            case .text(let text): pieces.append(ChatCompletionsDouble.text(text))
            case .tool(let name, let arguments):
                hasTool = true
                let id = "call_\(UUID().uuidString.prefix(8))"
                pieces.append(ChatCompletionsDouble.call(id: id, name: name, arguments: arguments))
            }
        }
        pieces += [ChatCompletionsDouble.finish(hasTool ? "tool_calls" : "stop"), ChatCompletionsDouble.done]
        return EventScript(pieces).answer
    }

    private static func late(_ delay: Duration, _ text: String) -> HTTPDouble.Answer {
        let gate = HTTPGate()
        Task {
            try? await Task.sleep(for: delay)
            gate.open()
        }
        return EventScript([
            ChatCompletionsDouble.role, .wait(gate), ChatCompletionsDouble.text(text),
            ChatCompletionsDouble.finish("stop"), ChatCompletionsDouble.done,
        ]).answer
    }

    private static func words(of message: [String: Any]?) -> String {
        if let text = message?["content"] as? String { return text.lowercased() }
        let parts = message?["content"] as? [[String: Any]] ?? []
        return parts.compactMap { $0["text"] as? String }.joined(separator: " ").lowercased()
    }
}
