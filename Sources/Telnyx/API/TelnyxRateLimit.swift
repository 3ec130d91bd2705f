/// How much more Telnyx takes, as its last answer said.
public struct TelnyxRateLimit: Sendable, Hashable {
    /// Requests of one span.
    public var limit: Int?
    /// What is left of them.
    public var remaining: Int?
    /// Until the next span begins.
    public var reset: Duration?

    /// - Parameter headers: by name in small letters.
    /// - Returns: `nil` when nothing is said.
    init?(_ headers: [String: String]) {
        limit = Self.number(headers["x-ratelimit-limit"])
        remaining = Self.number(headers["x-ratelimit-remaining"])
        reset = Self.number(headers["x-ratelimit-reset"]).map { .seconds($0) }
        if limit == nil && remaining == nil && reset == nil { return nil }
    }

    /// Some gateways write `100, 100;w=1`: the first counts.
    private static func number(_ text: String?) -> Int? {
        guard let first = text?.split(whereSeparator: { $0 == "," || $0 == ";" }).first,
            let number = Int(first.filter { !$0.isWhitespace }), (0...86_400_000).contains(number)
        else { return nil }
        return number
    }
}
