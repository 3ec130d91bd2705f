public import TelephonyPrimitives

/// Whose keys the other leg does not hear while two are bridged.
public enum MutedKeys: String, Sendable, Hashable, FieldValue {
    case none, both, opposite
    case ours = "self"
}

/// Puts a leg through to somebody else: Telnyx calls there and bridges the two.
public struct TransferCommand: LegCommand, Hashable {
    public static let action = "transfer"

    /// A number in E.164, or a SIP URI.
    public var to: String
    /// The number that is shown there; `nil`: that of the leg.
    public var from: String?
    /// At most 128 characters.
    public var fromName: String?
    /// The leg hears what comes from there before it is answered.
    public var hasEarlyMedia: Bool?
    /// 5 to 600 s.
    public var ringing: Duration?
    /// 60 to 14 400 s.
    public var timeLimit: Duration?
    public var machineDetection: MachineDetection?
    /// Comes back with the webhooks of the new leg.
    public var targetState: ClientState?
    public var mutedKeys: MutedKeys?
    /// The leg stays when the new one leaves.
    public var parksAfterUnbridge = false
    public var recording: RecordingOptions?
    public var sip = SIPOptions()
    public var webhooks = WebhookOverrides()
    /// Keys that are pressed there once it is answered.
    public var digitsOnAnswer: String?
    /// Played to the leg while it rings there.
    public var audioURL: String?

    public init(to: String) {
        self.to = to
    }

    public var fields: CommandFields {
        let own: CommandFields = [
            "to": to, "from": from, "from_display_name": fromName, "early_media": hasEarlyMedia,
            "timeout_secs": ringing?.wholeSeconds, "time_limit_secs": timeLimit?.wholeSeconds,
            "target_leg_client_state": targetState, "mute_dtmf": mutedKeys,
            "park_after_unbridge": parksAfterUnbridge ? "self" : nil, "send_digits_on_answer": digitsOnAnswer,
            "audio_url": audioURL,
        ]
        return own.merging(machineDetection?.fields).merging(recording?.fields).merging(sip.fields)
            .merging(webhooks.fields)
    }

    public func check() throws(TelnyxError) {
        try Bounds.target(to, "to")
        try Bounds.text(fromName, "from_display_name", atMost: 128)
        try Bounds.seconds(ringing, "timeout_secs", in: 5...600)
        try Bounds.seconds(timeLimit, "time_limit_secs", in: 60...14_400)
        try Bounds.keys(digitsOnAnswer, "send_digits_on_answer", pauses: true)
        try recording?.check()
        try sip.check()
        try webhooks.check()
    }
}

/// Has two legs hear one another.
public struct BridgeCommand: LegCommand, Hashable {
    public static let action = "bridge"

    public var other: CallControlID
    public var parksAfterUnbridge = false
    /// The leg hears music when the other leaves.
    public var holdsAfterUnbridge: Bool?
    public var playsRingtone: Bool?
    /// A country, e.g. `us`.
    public var ringtone: String?
    public var mutedKeys: MutedKeys?
    public var preventsDoubleBridge = false
    public var recording: RecordingOptions?

    public init(with other: CallControlID) {
        self.other = other
    }

    public var fields: CommandFields {
        let own: CommandFields = [
            "call_control_id": other.rawValue, "park_after_unbridge": parksAfterUnbridge ? "self" : nil,
            "hold_after_unbridge": holdsAfterUnbridge, "play_ringtone": playsRingtone, "ringtone": ringtone,
            "mute_dtmf": mutedKeys, "prevent_double_bridge": preventsDoubleBridge ? true : nil,
        ]
        return own.merging(recording?.fields)
    }

    public func check() throws(TelnyxError) {
        guard !other.rawValue.isEmpty else { throw .invalid("The call_control_id of the other leg is missing.") }
        try recording?.check()
    }
}

/// Asks the other side's telephone to call somebody else, by SIP REFER.
public struct ReferCommand: LegCommand, Hashable {
    public static let action = "refer"

    /// A SIP URI.
    public var address: String
    public var username: String?
    public var password: Secret?
    public var customHeaders: [SIPHeader] = []
    public var sipHeaders: [SIPHeader] = []

    public init(to address: String) {
        self.address = address
    }

    public var fields: CommandFields {
        [
            "sip_address": address, "sip_auth_username": username, "sip_auth_password": password?.value,
            "custom_headers": customHeaders.isEmpty ? nil : customHeaders,
            "sip_headers": sipHeaders.isEmpty ? nil : sipHeaders,
        ]
    }

    public func check() throws(TelnyxError) {
        guard address.lowercased().hasPrefix("sip:") || address.lowercased().hasPrefix("sips:") else {
            throw .invalid("`sip_address` is no SIP URI; it begins with sip:.")
        }
        try Bounds.target(address, "sip_address")
        try Bounds.headers(customHeaders, "custom_headers")
        try Bounds.headers(sipHeaders, "sip_headers")
    }
}

/// Lets a leg wait in a queue.
public struct EnqueueCommand: LegCommand, Hashable {
    public static let action = "enqueue"

    public var queue: String
    public var maximumWait: Duration?
    public var maximumSize: Int?

    public init(_ queue: String) {
        self.queue = queue
    }

    public var fields: CommandFields {
        ["queue_name": queue, "max_wait_time_secs": maximumWait?.wholeSeconds, "max_size": maximumSize]
    }

    public func check() throws(TelnyxError) { try Bounds.text(queue, "queue_name", atLeast: 1, atMost: 256) }
}

/// Takes a leg out of its queue.
public struct LeaveQueueCommand: LegCommand, Hashable {
    public static let action = "leave_queue"
    public init() {}
    public var fields: CommandFields { [:] }
}

/// Changes what a leg that supervises another hears and says.
public struct SupervisorRoleCommand: LegCommand, Hashable {
    public static let action = "switch_supervisor_role"
    public static let isNumbered = false

    public var role: DialCommand.SupervisorRole

    public init(_ role: DialCommand.SupervisorRole) {
        self.role = role
    }

    public var fields: CommandFields { ["role": role] }
}
