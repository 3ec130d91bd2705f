internal import Agent

/// Reads the events of one streamed chat completion; no socket, no clock.
struct ChatCompletionsStream: ModelStreamReader {
    /// Characters of an answer: an hour of speech.
    private static let maximumText = 64_000
    private static let maximumCalls = 32
    private static let maximumArguments = 1 << 16

    private struct PartialCall {
        var index: Int?
        var id: String
        var name: String
        var arguments: String
    }

    private let service: String
    private let usageName: String
    private let secret: Secret?
    private var thoughts = ThoughtFilter()
    private var textLength = 0
    private var calls: [PartialCall] = []
    private var finish: ModelFinish?
    private var usage: ProviderUsage?
    private(set) var isDone = false
    private(set) var progress = 0

    /// - Parameters:
    ///   - service: who answers, for people.
    ///   - usageName: under what name use is counted.
    ///   - secret: what must not be shown.
    init(service: String, usageName: String, secret: Secret? = nil) {
        self.service = service
        self.usageName = usageName
        self.secret = secret
    }

    mutating func receive(_ event: ServerSentEvent) throws(ProviderError) -> [ModelEvent] {
        guard !isDone, !event.data.allSatisfy({ $0 == 0x20 }) else { return [] }
        if event.data.elementsEqual("[DONE]".utf8) {
            finish = finish ?? .complete
            return try end()
        }
        guard let chunk = try? JSONValue(parsing: event.data), chunk.object != nil else {
            throw .failed("\(service) sent an event that is no JSON object.")
        }
        if let error = chunk["error"], error != .null {
            throw ServiceRefusal(json: chunk).error(of: service, secret: secret)
        }
        takeUsage(chunk)
        guard let choice = chunk["choices"]?.array?.first else { return [] }
        var events: [ModelEvent] = []
        if let delta = choice["delta"] ?? choice["message"] {
            let text = Self.text(delta["content"]) + Self.text(delta["refusal"])
            let heard = thoughts.receive(text)
            if !heard.isEmpty { events.append(.text(heard)) }
            textLength += text.count
            if !text.isEmpty { progress += 1 }
            for fragment in delta["tool_calls"]?.array ?? [] {
                try take(fragment)
                progress += 1
            }
        }
        if let reason = choice["finish_reason"]?.string, !reason.isEmpty {
            finish = Self.finish(reason)
            progress += 1
        }
        if textLength > Self.maximumText {
            finish = .length
            calls = []
            events += try end()
        }
        return events
    }

    mutating func end() throws(ProviderError) -> [ModelEvent] {
        guard !isDone else { return [] }
        guard let finish else { throw .failed("\(service) cut its answer short.") }
        isDone = true
        var events: [ModelEvent] = []
        let rest = thoughts.finish()
        if !rest.isEmpty { events.append(.text(rest)) }
        var whole = calls.filter { !$0.name.isEmpty }
        // What was being written when the tokens ran out is no wish.
        if finish == .length { whole.removeAll { (try? JSONValue(parsing: $0.arguments.utf8)) == nil } }
        var known: Set<String> = []
        for (number, call) in whole.enumerated() {
            let id = call.id.isEmpty || !known.insert(call.id).inserted ? "call_\(number)" : call.id
            events.append(.call(ToolCall(id: id, name: call.name, arguments: call.arguments)))
        }
        if let usage { events.append(.usage(usage)) }
        // Some say `stop` although they ask for tools.
        events.append(.finished(whole.isEmpty ? (finish == .tools ? .complete : finish) : .tools))
        return events
    }

    private mutating func take(_ fragment: JSONValue) throws(ProviderError) {
        let index = fragment["index"]?.integer
        let id = fragment["id"]?.string ?? ""
        let function = fragment["function"]
        let name = function?["name"]?.string ?? ""
        let arguments: String
        switch function?["arguments"] {
        case .string(let text): arguments = text
        case .object(let members): arguments = JSONValue.object(members).json
        default: arguments = ""
        }
        let position: Int?
        if let index {
            position = calls.lastIndex { $0.index == index }
        } else {
            position = name.isEmpty ? calls.indices.last : calls.lastIndex { !id.isEmpty && $0.id == id }
        }
        // Some number every call 0, and tell them apart by their ids only.
        if let position, id.isEmpty || calls[position].id.isEmpty || calls[position].id == id || name.isEmpty {
            if calls[position].id.isEmpty { calls[position].id = id }
            if calls[position].name.isEmpty { calls[position].name = name }
            calls[position].arguments += arguments
        } else {
            calls.append(PartialCall(index: index, id: id, name: name, arguments: arguments))
        }
        guard calls.count <= Self.maximumCalls,
            calls.allSatisfy({ $0.arguments.utf8.count <= Self.maximumArguments })
        else { throw .failed("\(service) asked for more tools than anyone can need.") }
    }

    private mutating func takeUsage(_ chunk: JSONValue) {
        guard let counted = chunk["usage"] ?? chunk["x_groq"]?["usage"], counted.object != nil else { return }
        usage = ProviderUsage(
            provider: usageName, inputTokens: counted["prompt_tokens"]?.integer,
            cachedTokens: counted["prompt_tokens_details"]?["cached_tokens"]?.integer,
            outputTokens: counted["completion_tokens"]?.integer)
    }

    /// A text, or parts of which some are text.
    private static func text(_ content: JSONValue?) -> String {
        switch content {
        case .string(let text): text
        case .array(let parts): parts.compactMap { $0["text"]?.string }.joined()
        default: ""
        }
    }

    private static func finish(_ reason: String) -> ModelFinish {
        switch reason {
        case "length": .length
        case "content_filter": .filtered
        case "tool_calls", "function_call": .tools
        default: .complete
        }
    }
}
