internal import Agent

/// Why a request was not done, as the caller is told (RFC 9457).
struct Problem: Error, Equatable {
    var status: Int
    /// For programs; never changes.
    var code: String
    /// For people: what was wrong, and what to do.
    var detail: String
    /// When to come again, seconds.
    var retryAfter: Int?
    var headers: [Header] = []

    struct Header: Equatable {
        var name: String
        var value: String
    }

    init(_ status: Int, _ code: String, _ detail: String, retryAfter: Int? = nil) {
        self.status = status
        self.code = code
        self.detail = detail
        self.retryAfter = retryAfter
    }

    static let titles: [Int: String] = [
        400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed",
        408: "Request Timeout", 409: "Conflict", 413: "Content Too Large", 415: "Unsupported Media Type",
        422: "Unprocessable Content", 429: "Too Many Requests", 500: "Internal Server Error",
        503: "Service Unavailable",
    ]

    var response: APIResponse {
        var response = APIResponse.json(
            JSONValue.object([
                "type": "about:blank", "title": .string(Self.titles[status] ?? "Error"),
                "status": .number(Double(status)), "code": .string(code), "detail": .string(PrintableText.of(detail)),
            ]), status: status, type: "application/problem+json")
        if let retryAfter { response.headers.append(("retry-after", String(retryAfter))) }
        response.headers += headers.map { ($0.name, $0.value) }
        return response
    }
}
