internal import TelephonyPrimitives

/// `call.refer.started`, `.completed` and `.failed`.
public struct LegRefer: Sendable, Hashable {
    public var parties: LegParties
    /// What the other side's NOTIFY says of the new call, e.g. 200.
    public var sipStatus: Int?

    init(_ payload: JSONValue) {
        parties = LegParties(payload)
        sipStatus = payload["sip_notify_response"]?.looseInteger.flatMap { (100...699).contains($0) ? $0 : nil }
    }
}
