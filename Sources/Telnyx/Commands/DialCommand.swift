internal import TelephonyPrimitives

/// Places a call: `POST /calls`.
public struct DialCommand: Sendable, Hashable {
    /// What somebody who supervises a call hears and says.
    public enum SupervisorRole: String, Sendable, Hashable, FieldValue { case barge, whisper, monitor }

    /// A number in E.164, a SIP URI; several ring at once, and whoever answers first has the call.
    public var to: [String]
    /// A number of the account, or one that it has verified.
    public var from: String
    /// The Call Control application: with a SIP connection no webhooks would come.
    public var application: String
    /// At most 128 characters.
    public var fromName: String?
    /// How long it rings: 5 to 600 s.
    public var ringing: Duration?
    /// How long the call may last: 60 to 14 400 s.
    public var timeLimit: Duration?
    public var machineDetection: MachineDetection?
    public var stream: StreamOptions?
    /// Telnyx opens the WebSocket before it calls.
    public var streamsBeforeRinging = false
    public var recording: RecordingOptions?
    public var sip = SIPOptions()
    public var webhooks = WebhookOverrides()
    /// Keeps the sound going while we are quiet.
    public var sendsSilence = true
    /// Another leg: they count as one call.
    public var linkedTo: CallControlID?
    /// The leg is going to be bridged to ``linkedTo``.
    public var isForBridge = false
    public var bridgesOnAnswer = false
    /// The leg is kept when that which it is bridged to leaves.
    public var parksAfterUnbridge = false
    public var preventsDoubleBridge = false
    /// Keys that are pressed once it is answered; `w` is half a second, `W` a second.
    public var digitsOnAnswer: String?
    public var supervised: CallControlID?
    public var supervisorRole: SupervisorRole?

    public init(to: String, from: String, application: String) {
        self.init(to: [to], from: from, application: application)
    }

    /// - Parameters:
    ///   - to: who is called; several ring at once.
    ///   - from: the number that they see.
    ///   - application: the identifier of the Call Control application.
    public init(to: [String], from: String, application: String) {
        self.to = to
        self.from = from
        self.application = application
    }

    var fields: CommandFields {
        let own: CommandFields = [
            "to": to.count == 1 ? to.first : nil, "from": from, "connection_id": application,
            "from_display_name": fromName, "timeout_secs": ringing?.wholeSeconds,
            "time_limit_secs": timeLimit?.wholeSeconds,
            "stream_establish_before_call_originate": streamsBeforeRinging ? true : nil,
            "send_silence_when_idle": sendsSilence, "link_to": linkedTo?.rawValue,
            "bridge_intent": isForBridge ? true : nil, "bridge_on_answer": bridgesOnAnswer ? true : nil,
            "park_after_unbridge": parksAfterUnbridge ? "self" : nil,
            "prevent_double_bridge": preventsDoubleBridge ? true : nil, "send_digits_on_answer": digitsOnAnswer,
            "supervise_call_control_id": supervised?.rawValue, "supervisor_role": supervisorRole,
        ]
        var fields = own.merging(machineDetection?.fields).merging(stream?.fields()).merging(recording?.fields)
            .merging(sip.fields).merging(webhooks.fields)
        if to.count > 1 { fields["to"] = to }
        return fields
    }

    /// The request.
    ///
    /// `command_id` is documented for a leg that exists. A dial is not asked again when nobody knows whether it was taken:
    /// two telephones might ring.
    ///
    /// - Throws: ``TelnyxError/invalid(_:)``.
    public func request(clientState: ClientState? = nil, commandID: CommandID) throws(TelnyxError) -> TelnyxRequest {
        guard !to.isEmpty else { throw .invalid("`to` is missing; give whom to call.") }
        for target in to { try Bounds.target(target, "to") }
        guard !application.isEmpty else {
            throw .invalid("`connection_id` is missing; give the identifier of a Call Control application.")
        }
        try Bounds.text(fromName, "from_display_name", atMost: 128)
        try Bounds.seconds(ringing, "timeout_secs", in: 5...600)
        try Bounds.seconds(timeLimit, "time_limit_secs", in: 60...14_400)
        try Bounds.keys(digitsOnAnswer, "send_digits_on_answer", pauses: true)
        try stream?.check()
        try recording?.check()
        try sip.check()
        try webhooks.check()
        var fields = fields
        fields["client_state"] = clientState
        fields["command_id"] = commandID.rawValue
        return TelnyxRequest(.post, ["calls"], body: fields.bodyJSON, repeatability: .never)
    }
}

/// A call that was placed.
public struct PlacedCall: Sendable, Hashable {
    public var control: CallControlID
    public var leg: String
    public var session: String

    init?(_ json: JSONValue) {
        guard let control = json["call_control_id"]?.filledText else { return nil }
        self.control = CallControlID(control)
        leg = json["call_leg_id"]?.looseText ?? ""
        session = json["call_session_id"]?.looseText ?? ""
    }
}

extension TelnyxClient {
    /// Places a call. What becomes of it is told by webhooks.
    ///
    /// - Parameters:
    ///   - command: whom to call, and how.
    ///   - clientState: what comes back with the webhooks.
    ///   - commandID: tells this call from others.
    /// - Throws: ``TelnyxError``; after ``TelnyxError/unanswered(_:)`` the call may have been placed: its webhooks tell, by
    ///   `clientState`.
    public func dial(
        _ command: DialCommand, clientState: ClientState? = nil, commandID: CommandID = .random()
    ) async throws(TelnyxError) -> PlacedCall {
        let answer = try await send(try command.request(clientState: clientState, commandID: commandID))
        guard let call = PlacedCall(answer["data"] ?? answer) else {
            throw .unreadable("Telnyx's answer to a dial has no call_control_id.")
        }
        return call
    }
}
