internal import Crypto
public import TelephonyPrimitives

/// One webhook: what happened to a call, at Telnyx.
///
/// What is unknown is never an error: an event of an unknown type is ``LegEvent/other``, with all that came in ``payload``.
public struct WebhookEvent: Sendable, Equatable {
    /// The same for every delivery of this event; made of the body when it has none.
    public let id: String
    /// E.g. `call.initiated`.
    public let type: String
    /// Microseconds since 1970; `nil` when it isn't told.
    public let occurredAt: Int64?
    /// Which attempt to deliver it this is, from 1.
    public let attempt: Int
    /// The URL that it was sent to: the failover URL gets the same events.
    public let deliveredTo: String?
    /// The leg of the call.
    public let call: LegReference
    public let details: LegEvent
    /// Everything that is told of it.
    public let payload: JSONValue
    /// The body as it came.
    public let raw: [UInt8]

    /// Reads the body of a POST. Check the signature first.
    ///
    /// - Parameter body: at most ``WebhookVerifier/maximumOctets``.
    /// - Throws: ``WebhookRefusal/unreadableEvent(_:)`` or ``WebhookRefusal/tooLong(_:)``.
    public init(body: [UInt8]) throws(WebhookRefusal) {
        guard body.count <= WebhookVerifier.maximumOctets else { throw .tooLong(body.count) }
        let json: JSONValue
        do throws(JSONError) {
            json = try JSONValue(parsing: body)
        } catch {
            throw .unreadableEvent("\(error)")
        }
        guard json.object != nil else { throw .unreadableEvent("it is no object") }
        // Some documents show the event without its envelope.
        let data = json["data"] ?? json
        guard let type = data["event_type"]?.filledText else { throw .unreadableEvent("it has no event_type") }
        try self.init(type: type, data: data, payload: data["payload"] ?? [:], meta: json["meta"], raw: body)
    }

    /// Reads the query of a GET, which Telnyx sends when `webhook_url_method` says so.
    ///
    /// What is signed of it is not documented: take it only where nothing hangs on who sent it. Names are read as
    /// `event_type`, `payload[event_type]`, `data[payload][event_type]` or with dots; every value is a text.
    ///
    /// - Parameter query: what stands behind the `?`.
    /// - Throws: ``WebhookRefusal/unreadableEvent(_:)`` or ``WebhookRefusal/tooLong(_:)``.
    public init(query: String) throws(WebhookRefusal) {
        guard query.utf8.count <= WebhookVerifier.maximumOctets else { throw .tooLong(query.utf8.count) }
        var members: [String: JSONValue] = [:]
        for (name, value) in URLText.members(of: query, atMost: 500) {
            let parts = name.split(whereSeparator: { $0 == "[" || $0 == "]" || $0 == "." })
            guard let last = parts.last else { continue }
            members[String(last)] = .string(value)
        }
        guard let type = members["event_type"]?.filledText else { throw .unreadableEvent("it has no event_type") }
        try self.init(
            type: type, data: .object(members), payload: .object(members), meta: .object(members),
            raw: Array(query.utf8))
    }

    private init(
        type: String, data: JSONValue, payload: JSONValue, meta: JSONValue?, raw: [UInt8]
    ) throws(WebhookRefusal) {
        guard type.utf8.count <= 256 else { throw .unreadableEvent("its event_type is too long") }
        self.type = type
        self.payload = payload
        self.raw = raw
        id =
            data["id"]?.filledText.flatMap { $0.utf8.count <= 256 ? $0 : nil }
            ?? SHA256.hash(data: raw).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        occurredAt = data["occurred_at"]?.string.flatMap(ISOTime.microseconds)
        attempt = max(1, meta?["attempt"]?.looseInteger ?? 1)
        deliveredTo = meta?["delivered_to"]?.filledText
        call = LegReference(payload)
        details = LegEvent(type: type, payload: payload)
    }
}

extension WebhookEvent: CustomStringConvertible, CustomDebugStringConvertible {
    /// Without numbers, digits and words: fit for a log.
    public var description: String { "\(type) \(id)" }
    public var debugDescription: String { description }
}

extension WebhookVerifier {
    /// Checks the signature of a request, then reads it.
    ///
    /// - Parameters:
    ///   - body: the octets as they came.
    ///   - headers: of the request; names in any case.
    ///   - now: seconds since 1970 by our clock.
    /// - Throws: ``WebhookRefusal``.
    public func event(
        body: [UInt8], headers: some Sequence<(name: String, value: String)>, now: Int64
    ) throws(WebhookRefusal) -> WebhookEvent {
        try verify(body: body, headers: headers, now: now)
        return try WebhookEvent(body: body)
    }
}
