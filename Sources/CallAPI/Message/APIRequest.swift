/// A request of the API, apart from whatever brought it.
public struct APIRequest: Sendable {
    public var method: String
    /// Still escaped, without the query.
    public var path: String
    /// Still escaped; `nil` without one.
    public var query: String?
    /// In the order in which they came; names in any case.
    public var headers: [(name: String, value: String)]
    public var body: [UInt8]

    /// - Parameters:
    ///   - method: in capitals, e.g. `GET`.
    ///   - target: path and query as they stand in the request line.
    ///   - headers: in the order in which they came.
    ///   - body: all of it.
    public init(
        _ method: String, _ target: String, headers: [(name: String, value: String)] = [], body: [UInt8] = []
    ) {
        self.method = method
        let parts = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        path = parts.first.map(String.init) ?? ""
        query = parts.dropFirst().first.map(String.init)
        self.headers = headers
        self.body = body
    }

    /// The value of a header field that comes once; `nil` also when it comes more than once, so that nobody can choose
    /// which one counts.
    func header(_ name: String) -> String? {
        let found = headers.filter { $0.name.lowercased() == name }
        return found.count == 1 ? found.first?.value : nil
    }

    func has(_ name: String) -> Bool {
        headers.contains { $0.name.lowercased() == name }
    }
}
