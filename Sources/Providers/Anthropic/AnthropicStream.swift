internal import Agent

/// Reads the events of one streamed message; no socket, no clock.
struct AnthropicStream: ModelStreamReader {
    /// Characters of an answer: an hour of speech.
    private static let maximumText = 64_000
    private static let maximumCalls = 32
    private static let maximumArguments = 1 << 16
    private static let service = "anthropic"

    private let usageName: String
    private let secret: Secret?
    private var textLength = 0
    /// Tools asked for, by the index of their block.
    private var calls: [(index: Int, call: ToolCall)] = []
    private var finish: ModelFinish?
    private var usage: ProviderUsage?
    private(set) var isDone = false
    private(set) var progress = 0

    /// - Parameters:
    ///   - usageName: under what name use is counted.
    ///   - secret: what must not be shown.
    init(usageName: String, secret: Secret? = nil) {
        self.usageName = usageName
        self.secret = secret
    }

    mutating func receive(_ event: ServerSentEvent) throws(ProviderError) -> [ModelEvent] {
        guard !isDone else { return [] }
        guard let json = try? JSONValue(parsing: event.data), json.object != nil else {
            throw .failed("\(Self.service) sent an event that is no JSON object.")
        }
        switch json["type"]?.string ?? event.name ?? "" {
        case "message_start": takeUsage(json["message"]?["usage"])
        case "content_block_start": return try startBlock(json)
        case "content_block_delta": return try takeDelta(json)
        case "message_delta":
            takeUsage(json["usage"])
            if let reason = json["delta"]?["stop_reason"]?.string {
                finish = Self.finish(reason)
                progress += 1
            }
        case "message_stop":
            finish = finish ?? .complete
            return try end()
        case "error": throw ServiceRefusal(json: json).error(of: Self.service, secret: secret)
        default: break
        }
        return []
    }

    mutating func end() throws(ProviderError) -> [ModelEvent] {
        guard !isDone else { return [] }
        guard let finish else { throw .failed("\(Self.service) cut its answer short.") }
        isDone = true
        var whole = calls.map(\.call)
        // What was being written when the tokens ran out is no wish.
        if finish == .length {
            whole.removeAll { !$0.arguments.isEmpty && (try? JSONValue(parsing: $0.arguments.utf8)) == nil }
        }
        var events = whole.map { ModelEvent.call($0) }
        if let usage { events.append(.usage(usage)) }
        events.append(.finished(whole.isEmpty ? (finish == .tools ? .complete : finish) : .tools))
        return events
    }

    private mutating func startBlock(_ json: JSONValue) throws(ProviderError) -> [ModelEvent] {
        guard let block = json["content_block"] else { return [] }
        switch block["type"]?.string {
        case "text": return try say(block["text"]?.string ?? "")
        case "tool_use":
            progress += 1
            // The input comes in pieces; a whole one stands here only when nothing follows.
            let input = block["input"]?.object.flatMap { $0.isEmpty ? nil : JSONValue.object($0).json } ?? ""
            let id = block["id"]?.string ?? ""
            calls.append(
                (
                    json["index"]?.integer ?? calls.count,
                    ToolCall(
                        id: id.isEmpty ? "call_\(calls.count)" : id, name: block["name"]?.string ?? "",
                        arguments: input)
                ))
            try checkCalls()
        default: break
        }
        return []
    }

    private mutating func takeDelta(_ json: JSONValue) throws(ProviderError) -> [ModelEvent] {
        guard let delta = json["delta"] else { return [] }
        switch delta["type"]?.string {
        case "text_delta": return try say(delta["text"]?.string ?? "")
        case "input_json_delta":
            let index = json["index"]?.integer
            guard let place = calls.lastIndex(where: { $0.index == index }) ?? calls.indices.last else { return [] }
            calls[place].call.arguments += delta["partial_json"]?.string ?? ""
            progress += 1
            try checkCalls()
        default: break
        }
        return []
    }

    private mutating func say(_ text: String) throws(ProviderError) -> [ModelEvent] {
        guard !text.isEmpty else { return [] }
        progress += 1
        textLength += text.count
        guard textLength > Self.maximumText else { return [.text(text)] }
        finish = .length
        calls = []
        return [.text(text)] + (try end())
    }

    private func checkCalls() throws(ProviderError) {
        guard calls.count <= Self.maximumCalls,
            calls.allSatisfy({ $0.call.arguments.utf8.count <= Self.maximumArguments })
        else { throw .failed("\(Self.service) asked for more tools than anyone can need.") }
    }

    /// Later counts go on from earlier ones; what they leave out stays.
    private mutating func takeUsage(_ counted: JSONValue?) {
        guard let counted, counted.object != nil else { return }
        var total = usage ?? ProviderUsage(provider: usageName)
        let cached = counted["cache_read_input_tokens"]?.integer
        if let input = counted["input_tokens"]?.integer {
            let parts = [input, cached ?? 0, counted["cache_creation_input_tokens"]?.integer ?? 0]
            total.inputTokens = parts.reduce(0) { $0 &+ $1 }
        }
        total.cachedTokens = cached ?? total.cachedTokens
        total.outputTokens = counted["output_tokens"]?.integer ?? total.outputTokens
        usage = total
    }

    private static func finish(_ reason: String) -> ModelFinish {
        switch reason {
        case "max_tokens", "model_context_window_exceeded": .length
        case "tool_use": .tools
        case "refusal": .filtered
        default: .complete
        }
    }
}
