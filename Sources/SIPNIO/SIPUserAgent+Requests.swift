public import SIPCore

extension SIPUserAgent {
    /// Sends a request outside every call, e.g. a MESSAGE (RFC 3428), and waits for its final response. A challenge is
    /// answered with the credentials of `request`.
    ///
    /// - Returns: the response, whatever its status.
    /// - Throws: ``SIPRequestError/unanswered(reason:)`` when none came, or the request could not be sent.
    public func send(_ request: OutgoingRequest) async throws(SIPRequestError) -> Response {
        guard let sessions else { throw .notListening }
        let id = makeRequestID()
        let result = await withCheckedContinuation { continuation in
            sessions.await(id) { continuation.resume(returning: $0) }
            perform(.request(id, request))
        }
        return try result.get()
    }

    /// Asks somebody what they can do (OPTIONS, RFC 3261 §11).
    ///
    /// - Parameters:
    ///   - target: a SIP URI.
    ///   - from: who asks.
    /// - Returns: the response; its Allow, Supported and Accept say what they can do.
    /// - Throws: ``SIPRequestError``.
    public func options(_ target: String, from: String? = nil) async throws(SIPRequestError) -> Response {
        try await send(Self.request(.options, target, from: from))
    }

    /// Sends a short message (MESSAGE, RFC 3428 §4).
    ///
    /// - Parameters:
    ///   - text: what it says.
    ///   - target: a SIP URI.
    ///   - from: who sends it.
    ///   - credentials: what answers a challenge.
    /// - Returns: the response: 200 was delivered, 202 was taken and may be delivered later.
    /// - Throws: ``SIPRequestError``.
    public func message(
        _ text: String, to target: String, from: String? = nil, credentials: Credentials? = nil
    ) async throws(SIPRequestError) -> Response {
        var request = try Self.request(.message, target, from: from)
        request.body = Body(contentType: "text/plain;charset=UTF-8", octets: Array(text.utf8))
        request.credentials = credentials
        return try await send(request)
    }

    /// Subscribes to events (RFC 6665), e.g. to `message-summary`: how many voice messages wait (RFC 3842).
    ///
    /// - Parameter subscription: the resource, the events and for how long; refreshed until it is ended.
    /// - Returns: at once; what comes of it is told by ``SIPSubscription/notifications``.
    public func subscribe(_ subscription: OutgoingSubscription) -> SIPSubscription {
        let made = SIPSubscription(id: makeSubscriptionID(), userAgent: self)
        sessions?.add(made)
        perform(.subscribe(made.id, subscription))
        return made
    }

    private static func request(
        _ method: Method, _ target: String, from: String?
    ) throws(SIPRequestError) -> OutgoingRequest {
        guard let uri = try? SIPURI(parsing: target) else { throw .badAddress(target) }
        let sender = from ?? "<sip:anonymous@anonymous.invalid>"
        guard let address = try? NameAddress(parsing: sender) else { throw .badAddress(sender) }
        return OutgoingRequest(method: method, target: uri, from: address)
    }
}

/// Why a request has no response.
public enum SIPRequestError: Error, Hashable, Sendable, CustomStringConvertible {
    /// None came, or the request could not be sent.
    case unanswered(reason: String)
    /// This is no SIP URI.
    case badAddress(String)
    /// The user agent was not made by ``SIPUserAgent/listen(on:name:group:logger:change:)``: its events, and with them
    /// responses, go to whoever made it.
    case notListening

    public var description: String {
        switch self {
        case .unanswered(let reason): "the request got no answer: \(reason)"
        case .badAddress(let text): "'\(text)' is no SIP URI; one looks like sip:alice@example.com"
        case .notListening: "this user agent hands its events to its maker; make one with SIPUserAgent.listen"
        }
    }
}
