internal import Synchronization
internal import TelephonyPrimitives

/// Who may ask, and how often.
final class AccessGate: Sendable {
    /// Whoever asks without a token, or with one that is none of ours.
    private static let stranger = -1
    /// Whoever asks what needs no token.
    private static let anybody = -2

    private let tokens: BearerTokens
    private let rate: Mutex<RequestRate>

    init(tokens: BearerTokens, perSecond: Int) {
        self.tokens = tokens
        rate = Mutex(RequestRate(perSecond: perSecond))
    }

    /// Lets a request in.
    ///
    /// - Parameter isOpen: whether it needs no token.
    func admit(_ request: APIRequest, isOpen: Bool, now: Instant) throws(Problem) {
        if tokens.isEmpty { try checkOrigin(request) }
        try count(try asker(of: request, isOpen: isOpen || tokens.isEmpty, now: now), now: now)
    }

    /// A number that stands for a token, or for all who have none.
    private func asker(of request: APIRequest, isOpen: Bool, now: Instant) throws(Problem) -> Int {
        guard !isOpen else { return Self.anybody }
        if let number = number(of: request) { return number }
        // Whoever guesses is slowed down, and slows down nobody else.
        try count(Self.stranger, now: now)
        var problem = Problem(
            401, request.has("authorization") ? "wrong_token" : "no_token",
            "Send one of the tokens of http.tokens_env or http.tokens_file: Authorization: Bearer TOKEN.")
        problem.headers = [Problem.Header(name: "www-authenticate", value: "Bearer")]
        throw problem
    }

    /// Who asks, for the record: a token by its place among the others, so that nothing of it is kept.
    func name(of request: APIRequest) -> String {
        guard let number = number(of: request) else { return "this machine" }
        return "token \(number + 1)"
    }

    private func number(of request: APIRequest) -> Int? {
        let parts = request.header("authorization")?.split(separator: " ", maxSplits: 1) ?? []
        guard parts.count == 2, parts[0].lowercased() == "bearer" else { return nil }
        return tokens.number(of: parts[1])
    }

    private func count(_ asker: Int, now: Instant) throws(Problem) {
        guard let seconds = rate.withLock({ $0.take(by: asker, now: now) }) else { return }
        throw Problem(
            429, "too_many_requests", "Too many requests; http.requests_per_second is the limit.", retryAfter: seconds)
    }

    /// Without tokens whoever is on this machine may ask; a page in a browser on it may not, whatever name it has for this
    /// machine.
    private func checkOrigin(_ request: APIRequest) throws(Problem) {
        let host = request.header("host") ?? ""
        if !Self.isLoopback(host) {
            throw Problem(
                403, "wrong_host",
                "Without tokens only 127.0.0.1, [::1] and localhost are taken for the host; set http.tokens_file.")
        }
        if request.has("origin"), request.header("origin") != "http://\(host)" {
            throw Problem(403, "wrong_origin", "Pages of other places may not ask; set http.tokens_file.")
        }
    }

    private static func isLoopback(_ host: String) -> Bool {
        let name: Substring
        if host.hasPrefix("[") {
            name = host.dropFirst().prefix { $0 != "]" }
        } else {
            name = host.prefix { $0 != ":" }
        }
        if name.lowercased() == "localhost" { return true }
        return IPAddress(String(name))?.isLoopback ?? false
    }
}
