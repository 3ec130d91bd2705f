/// How far offer and answer have come before an INVITE has its final response (RFC 3264, RFC 6337 §2.2). What an
/// unreliable provisional response carries does not count.
enum EarlyExchange: Hashable, Sendable {
    /// The INVITE has no offer, and none was made since.
    case noOffer
    /// The peer's offer waits for our answer.
    case offerReceived
    /// Our offer waits for the peer's answer.
    case offerSent
    /// The first offer is answered; UPDATE and PRACK may carry the next.
    case done
}

/// A dialog of the caller before the 2xx: one for each fork that has answered provisionally.
struct EarlyDialog: Sendable {
    var dialog: Dialog
    var exchange: EarlyExchange
    /// The RSeq of the last reliable response that was taken.
    var reliableNumber: UInt32?
}

/// A reliable provisional response of the peer whose PRACK waits for the application.
struct OwedPrack: Sendable {
    let dialog: DialogID
    /// The value of RAck.
    let acknowledges: String
    /// Whether the response has the peer's offer, so that the PRACK must have its answer.
    let hasOffer: Bool
}

/// The application's 2xx while RFC 3262 §3 holds it back.
struct HeldAnswer: Sendable {
    let body: Body?
    let headers: HeaderFields
}
