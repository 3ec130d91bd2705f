internal import SIPCore

/// What a telephone says of itself in its INVITE, or in its answer to ours.
struct PeerAbilities: Sendable, Equatable {
    /// REFER stands in Allow. A telephone that says nothing may not take it.
    var takesRefer = false
    /// `replaces` stands in Supported (RFC 3891).
    var takesReplaces = false

    init() {}

    init(of message: some SIPMessage) {
        takesRefer = message.allow.contains(.refer)
        takesReplaces = message.supported.contains { $0.lowercased() == "replaces" }
    }
}
