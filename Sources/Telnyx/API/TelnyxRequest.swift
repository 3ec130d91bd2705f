public import TelephonyPrimitives

/// A request to Telnyx's API, without the key and the socket.
public struct TelnyxRequest: Sendable, Hashable {
    public enum Method: String, Sendable, Hashable {
        case get = "GET"
        case post = "POST"
        case put = "PUT"
        case patch = "PATCH"
        case delete = "DELETE"
    }

    /// Whether the same may be asked again when nobody knows what became of it.
    public enum Repeatability: Sendable, Hashable {
        /// Twice does no more than once.
        case always
        /// Telnyx leaves the second of two with the same `command_id` alone, for 60 seconds.
        case byCommandID
        /// Twice might act twice: only what was certainly not taken is asked again.
        case never
    }

    public var method: Method
    /// Below `/v2`, its segments percent-encoded, e.g. `/calls/v3%3Aabc/actions/hangup`.
    public var path: String
    public var query: [QueryItem]
    public var body: JSONValue?
    public var repeatability: Repeatability

    /// - Parameters:
    ///   - method: the HTTP method.
    ///   - segments: of the path; they are percent-encoded here.
    ///   - query: behind the `?`.
    ///   - body: an object, sent as JSON.
    ///   - repeatability: whether the same may be asked again.
    public init(
        _ method: Method, _ segments: [String], query: [QueryItem] = [], body: JSONValue? = nil,
        repeatability: Repeatability
    ) {
        self.method = method
        path = segments.map { "/" + URLText.encoded($0) }.joined()
        self.query = query
        self.body = body
        self.repeatability = repeatability
    }

    /// Path and query, as they stand behind `/v2`.
    public var target: String {
        guard !query.isEmpty else { return path }
        return path + "?"
            + query.map { "\(URLText.encoded($0.name))=\(URLText.encoded($0.value))" }.joined(separator: "&")
    }
}

/// A name and a value of a query.
public struct QueryItem: Sendable, Hashable {
    public var name: String
    public var value: String

    public init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }
}
