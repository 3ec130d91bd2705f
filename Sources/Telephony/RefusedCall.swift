public import TelephonyPrimitives

/// A call that the endpoint refused by itself, before the application saw it: nothing could be agreed on for its sound.
public struct RefusedCall: Sendable, Equatable {
    public var id: CallIdentifier
    /// Who called.
    public var remote: CallParty
    /// Whom they wanted.
    public var local: CallParty
    /// When its INVITE was taken, on the clock of the loops.
    public var began: Instant
    /// The SIP status that the caller got, e.g. 488.
    public var status: Int
    /// Why, in a sentence for a person.
    public var reason: String

    package init(
        id: CallIdentifier, remote: CallParty, local: CallParty, began: Instant, status: Int, reason: String
    ) {
        self.id = id
        self.remote = remote
        self.local = local
        self.began = began
        self.status = status
        self.reason = reason
    }
}
