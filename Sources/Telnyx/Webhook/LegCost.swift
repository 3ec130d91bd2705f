internal import TelephonyPrimitives

/// `call.cost`: what a leg costs. Amounts are decimal texts as Telnyx writes them, so that nothing is rounded.
public struct LegCost: Sendable, Hashable {
    /// What one service of the call costs.
    public struct Part: Sendable, Hashable {
        /// E.g. `sip-trunking`, `call-control`.
        public var name: String
        public var cost: String?
        public var currency: String?
        /// For a minute.
        public var rate: String?
        public var billedSeconds: Int?
    }

    public var total: String?
    public var billedSeconds: Int?
    public var parts: [Part]
    /// Whether Telnyx could work it out.
    public var isKnown: Bool

    init(_ payload: JSONValue) {
        total = payload["total_cost"]?.looseText
        billedSeconds = payload["billed_duration_secs"]?.looseInteger
        isKnown = payload["status"]?.string != "error"
        parts = (payload["cost_parts"]?.array ?? []).prefix(100).map { part in
            Part(
                name: part["call_part"]?.looseText ?? "", cost: part["cost"]?.looseText,
                currency: part["currency"]?.filledText, rate: part["rate"]?.looseText,
                billedSeconds: part["billed_duration_secs"]?.looseInteger)
        }
    }
}
