internal import TelephonyPrimitives

/// Which leg of which call an event is about.
public struct LegReference: Sendable, Hashable {
    /// What commands for the leg are sent to; some events, like `call.recording.saved`, may lack it.
    public var control: CallControlID?
    /// The leg.
    public var leg: String?
    /// What the legs of one call have in common.
    public var session: String?
    /// The Call Control application.
    public var connection: String?
    /// What was put onto the leg last.
    public var clientState: ClientState?

    init(_ payload: JSONValue) {
        control = payload["call_control_id"]?.filledText.map { CallControlID($0) }
        leg = payload["call_leg_id"]?.filledText
        session = payload["call_session_id"]?.filledText
        connection = payload["connection_id"]?.filledText
        clientState = payload["client_state"]?.filledText.flatMap { ClientState(base64: $0) }
    }
}
