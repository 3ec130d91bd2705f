internal import Agent
internal import FoundationEssentials

/// An answer of the API, apart from whatever takes it away.
public struct APIResponse: Sendable {
    public enum Body: Sendable {
        case octets([UInt8])
        /// Comes as it happens.
        case stream(any OctetSource)
    }

    public var status: Int
    public var headers: [(name: String, value: String)]
    public var body: Body

    public init(_ status: Int, headers: [(name: String, value: String)] = [], body: Body = .octets([])) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    static func text(_ text: String, type: String) -> APIResponse {
        APIResponse(200, headers: [("content-type", type)], body: .octets(Array(text.utf8)))
    }

    static func json(_ value: some Encodable, status: Int = 200, type: String = "application/json") -> APIResponse {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let octets = try? encoder.encode(value) else {
            return APIResponse(500, headers: [("content-type", type)], body: .octets(Array("{}".utf8)))
        }
        // What is said on calls is for whoever asked, and for no cache.
        return APIResponse(
            status, headers: [("content-type", type), ("cache-control", "no-store")], body: .octets(Array(octets)))
    }
}

/// Octets that come as things happen.
public protocol OctetSource: Sendable {
    /// Waits for the next of them; `nil` at the end.
    func next() async -> [UInt8]?
    /// Nobody wants any more.
    func close()
}
