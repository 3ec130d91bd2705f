/// What a path of the port is for, besides media streams.
struct PortRoute: Sendable {
    /// In capitals.
    var methods: [String]
    /// Whether a request may be read at all now.
    var mayRead: @Sendable () -> Bool = { true }
    /// Looks at a whole request, and answers it once, at once or later, from wherever it is.
    var take: @Sendable (PortRequest, @escaping @Sendable (PortAnswer) -> Void) -> Void

    /// For whoever watches over the port: nothing but that it answers.
    static let health = PortRoute(methods: ["GET", "HEAD"]) { _, answer in
        answer(PortAnswer(200, "text/plain; charset=utf-8", Array("ok\n".utf8)))
    }
}

/// A request that has come whole.
struct PortRequest: Sendable {
    var method: String
    /// Path and query, as they came.
    var target: String
    var headers: [(name: String, value: String)]
    var body: [UInt8]
}

/// What it is answered.
struct PortAnswer: Sendable, Equatable {
    var status: Int
    var contentType: String?
    var body: [UInt8]

    init(_ status: Int, _ contentType: String? = nil, _ body: [UInt8] = []) {
        self.status = status
        self.contentType = contentType
        self.body = body
    }
}
