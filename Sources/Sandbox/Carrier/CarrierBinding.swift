import TelephonyPrimitives

/// Where a user was registered last: the last one wins (reference A4).
struct CarrierBinding: Sendable {
    /// The Contact's URI as it was registered.
    let contact: String
    /// Where it came from, which is where calls go.
    let wire: SandboxWire
    let until: Instant
}
