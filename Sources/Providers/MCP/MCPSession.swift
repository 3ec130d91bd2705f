internal import Agent

/// What a server of the Model Context Protocol says of one of its tools.
struct MCPToolDescription: Sendable, Equatable {
    var name: String
    var text: String
    /// A schema of an object.
    var parameters: JSONValue
}

/// A client's side of the Model Context Protocol (revisions 2024-11-05 to 2025-11-25), as far as tools go: what came in,
/// what to send. No socket, no process, no clock.
struct MCPSession {
    enum Output: Equatable {
        case send(MCPMessage)
        /// The server speaks this revision, and will be spoken to in it.
        case agreed(version: String)
        /// All tools that the server has now.
        case tools([MCPToolDescription])
        case answered(call: Int, MCPAnswer)
        /// Nothing can be done with this server.
        case failed(String)
    }

    private enum Wish {
        case initialize
        case list
        case call(Int)
    }

    /// Those that we can speak, the one that we offer first.
    static let versions = ["2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05"]
    private static let maximumPages = 50
    private static let maximumTools = 256
    private static let maximumName = 128
    private static let maximumDescription = 2_000

    private var wishes: [Int: Wish] = [:]
    private var lastNumber = 0
    private var isReady = false
    private var found: [MCPToolDescription] = []
    private var pages = 0
    private var isListing = false
    private var isListStale = false

    mutating func begin() -> [Output] {
        [
            ask(
                .initialize, "initialize",
                [
                    "protocolVersion": .string(Self.versions[0]), "capabilities": [:],
                    "clientInfo": ["name": "trunkline", "version": "0.1.0"],
                ])
        ]
    }

    // MARK: What we want

    /// - Parameter number: by which the answer is told.
    mutating func call(_ tool: String, _ arguments: JSONValue, number: Int) -> [Output] {
        guard isReady else { return [.answered(call: number, .refused("The service is not there just now."))] }
        return [ask(.call(number), "tools/call", ["name": .string(tool), "arguments": arguments])]
    }

    /// Nobody waits for the answer to a call any more.
    mutating func cancel(_ number: Int, because reason: String) -> [Output] {
        guard let request = request(of: number) else { return [] }
        wishes[request] = nil
        return [
            .send(
                .notification(
                    method: "notifications/cancelled",
                    parameters: ["requestId": .number(Double(request)), "reason": .string(reason)]))
        ]
    }

    /// The number of the request that a call is.
    func request(of call: Int) -> Int? {
        wishes.first { if case .call(call) = $0.value { true } else { false } }?.key
    }

    private mutating func ask(_ wish: Wish, _ method: String, _ parameters: JSONValue) -> Output {
        lastNumber += 1
        wishes[lastNumber] = wish
        return .send(.request(id: .number(Double(lastNumber)), method: method, parameters: parameters))
    }

    // MARK: What comes

    /// A request of ours got no answer and gets none.
    mutating func failed(_ request: Int, _ sentence: String) -> [Output] {
        switch wishes.removeValue(forKey: request) {
        case .initialize?, .list?: [.failed(sentence)]
        case .call(let number)?: [.answered(call: number, .refused(sentence))]
        case nil: []
        }
    }

    mutating func receive(_ message: MCPMessage) -> [Output] {
        switch message {
        case .request(let id, "ping", _): return [.send(.result(id: id, [:]))]
        case .request(let id, _, _):
            // We offer nothing that a server could ask for.
            return [.send(.failure(id: id, code: -32_601, sentence: "Method not found"))]
        case .notification("notifications/tools/list_changed", _):
            guard isReady else { return [] }
            isListStale = isListing
            return isListing ? [] : [list()]
        // Progress and log messages ask for nothing.
        case .notification: return []
        case .result(let id, let result):
            guard let number = id.integer, let wish = wishes.removeValue(forKey: number) else { return [] }
            switch wish {
            case .initialize: return initialized(result)
            case .list: return listed(result)
            case .call(let call): return [.answered(call: call, MCPAnswer(result))]
            }
        case .failure(let id, let code, let sentence):
            guard let number = id.integer else { return [] }
            let told = PrintableText.of(String(sentence.prefix(300)))
            return failed(number, "The service refuses that (\(code)): \(told)")
        }
    }

    private mutating func initialized(_ result: JSONValue) -> [Output] {
        let version = result["protocolVersion"]?.string ?? ""
        guard Self.versions.contains(version) else {
            let told = PrintableText.of(String(version.prefix(40)))
            return [.failed("It speaks the revision \"\(told)\", and we \(Self.versions.joined(separator: ", ")).")]
        }
        guard result["capabilities"]?["tools"]?.object != nil else { return [.failed("It offers no tools.")] }
        isReady = true
        return [
            .agreed(version: version),
            .send(.notification(method: "notifications/initialized", parameters: nil)), list(),
        ]
    }

    /// Asks for the tools from the first page on, or from a later one.
    private mutating func list(from cursor: String? = nil) -> Output {
        if cursor == nil {
            found = []
            pages = 0
            isListStale = false
        }
        isListing = true
        pages += 1
        return ask(.list, "tools/list", cursor.map { ["cursor": .string($0)] } ?? [:])
    }

    private mutating func listed(_ result: JSONValue) -> [Output] {
        for tool in result["tools"]?.array ?? [] {
            guard found.count < Self.maximumTools, let name = tool["name"]?.string,
                (1...Self.maximumName).contains(name.utf8.count)
            else { continue }
            let schema = tool["inputSchema"] ?? [:]
            found.append(
                MCPToolDescription(
                    name: name,
                    text: String(
                        (tool["description"]?.string ?? tool["title"]?.string ?? "").prefix(Self.maximumDescription)),
                    parameters: schema["type"] == "object" ? schema : ["type": "object", "properties": [:]]))
        }
        if let cursor = result["nextCursor"]?.string, pages < Self.maximumPages, found.count < Self.maximumTools {
            return [list(from: cursor)]
        }
        isListing = false
        return [.tools(found)] + (isListStale ? [list()] : [])
    }
}
