internal import TelephonyPrimitives

/// A leg as Telnyx knows it at the moment.
public struct LegStatus: Sendable, Hashable {
    public var control: CallControlID
    public var leg: String?
    public var session: String?
    public var isAlive: Bool
    public var clientState: ClientState?
    /// Microseconds since 1970.
    public var startedAt: Int64?
    public var endedAt: Int64?
    /// Seconds.
    public var duration: Int?

    init?(_ json: JSONValue) {
        guard let control = json["call_control_id"]?.filledText else { return nil }
        self.control = CallControlID(control)
        leg = json["call_leg_id"]?.filledText
        session = json["call_session_id"]?.filledText
        isAlive = json["is_alive"]?.looseBool ?? true
        clientState = json["client_state"]?.filledText.flatMap { ClientState(base64: $0) }
        startedAt = (json["start_time"] ?? json["start_at"])?.string.flatMap(ISOTime.microseconds)
        endedAt = json["end_time"]?.string.flatMap(ISOTime.microseconds)
        duration = json["call_duration"]?.looseInteger
    }
}

extension TelnyxClient {
    /// What Telnyx knows of a leg: for when webhooks may have been missed.
    ///
    /// - Throws: ``TelnyxError``; of status 404 when it knows none.
    public func status(of call: CallControlID) async throws(TelnyxError) -> LegStatus {
        guard !call.rawValue.isEmpty else { throw .invalid("The call_control_id is missing.") }
        let answer = try await send(TelnyxRequest(.get, ["calls", call.rawValue], repeatability: .always))
        guard let status = LegStatus(answer["data"] ?? answer) else {
            throw .unreadable("Telnyx's answer has no call_control_id.")
        }
        return status
    }

    /// The calls of an application that are up, e.g. after a restart.
    ///
    /// - Parameter application: the identifier of the Call Control application.
    public func activeCalls(of application: String) -> PagedList<LegStatus> {
        PagedList(
            client: self,
            request: TelnyxRequest(.get, ["connections", application, "active_calls"], repeatability: .always),
            element: { LegStatus($0) })
    }
}
