internal import Agent
internal import AsyncHTTPClient

/// Why a request got no answer that can be used, and whether to ask once more.
struct HTTPFailure: Error, Equatable {
    var error: ProviderError
    /// How long to wait before the same is asked again; `nil` when that is of no use.
    var retryAfter: Duration?

    /// The longest wait that a caller is not sent away for.
    private static let longestWait = Duration.seconds(2)
    private static let usualWait = Duration.milliseconds(250)

    init(_ error: ProviderError, retryAfter: Duration? = nil) {
        self.error = error
        self.retryAfter = retryAfter
    }

    /// A connection that could not be made or broke.
    static func connection(_ error: any Error, to service: String, secret: Secret?) -> HTTPFailure {
        // Those that carry a value are told by their short description only.
        switch (error as? HTTPClientError)?.shortDescription {
        case "Invalid URL", "Empty host", "Empty scheme", "Unsupported scheme":
            return HTTPFailure(.unavailable("The address of \(service) is no http or https URL; check `url`."))
        case "Invalid header field values", "Invalid header field names":
            return HTTPFailure(
                .unavailable("The key or a header of \(service) can't be sent; check for line ends in it."))
        case "Connect timeout", "TLS handshake timeout":
            return HTTPFailure(.timedOut("\(service) did not take the connection in its time."))
        default:
            let reason = ServiceRefusal(json: .string("\(error)")).sentence(without: secret)
            return HTTPFailure(.failed("\(service) can't be reached: \(reason)"), retryAfter: usualWait)
        }
    }

    /// An answer that refuses.
    ///
    /// - Parameters:
    ///   - status: the HTTP status, not 2xx.
    ///   - headers: by name in small letters.
    ///   - body: what came with it, as far as it was read.
    ///   - service: the service's name for people.
    ///   - secret: what must not be shown.
    init(status: Int, headers: [String: String], body: [UInt8], service: String, secret: Secret?) {
        let refusal = ServiceRefusal(body: body)
        let said = refusal.sentence(without: secret)
        let detail = said.isEmpty ? "" : " It says: \(said)"
        var mayRetry = false
        switch status {
        case 401:
            let place = secret?.place.map { "in \($0)" } ?? "of this provider"
            error = .unavailable("\(service) does not accept the key; check the key \(place).\(detail)")
        case 402:
            error = .unavailable("\(service) wants payment; check the account's billing.\(detail)")
        case 403:
            error = .unavailable("\(service) does not allow this key to do that; check its permissions.\(detail)")
        case 404:
            error = .unavailable("\(service) does not know the model or the address; check both.\(detail)")
        case 429 where refusal.isOutOfQuota:
            error = .unavailable("The quota of this key at \(service) is used up; check the account's plan.\(detail)")
        case 429, 503, 529:
            error = .overloaded("\(service) takes no more requests at the moment (\(status)).\(detail)")
            mayRetry = true
        case 408, 504:
            error = .timedOut("\(service) did not answer in its time (\(status)).\(detail)")
            mayRetry = true
        default:
            error = .failed("\(service) refused the request (\(status)).\(detail)")
            mayRetry = status == 409 || status >= 500
        }
        switch headers["x-should-retry"] {
        case "true": if error.mayPass { mayRetry = true }
        case "false": mayRetry = false
        default: break
        }
        let wait = Self.wait(headers) ?? Self.usualWait
        retryAfter = mayRetry && wait <= Self.longestWait ? wait : nil
    }

    private static func wait(_ headers: [String: String]) -> Duration? {
        if let milliseconds = headers["retry-after-ms"].flatMap(Double.init), (0...3_600_000).contains(milliseconds) {
            return .microseconds(Int64(milliseconds * 1_000))
        }
        // A date is later than anyone on the telephone waits.
        guard let text = headers["retry-after"] else { return nil }
        guard let seconds = Double(text), (0...3_600).contains(seconds) else { return .seconds(3_600) }
        return .milliseconds(Int64(seconds * 1_000))
    }
}
