internal import Telephony
internal import Telnyx

/// What a call asks of whoever has its leg.
protocol LegControl: Sendable {
    func hangUp(_ call: CallIdentifier, reason: HangUpReason) async
    /// Waits for the outcome.
    func transfer(_ call: CallIdentifier, to target: String, headers: [(name: String, value: String)])
        async
        throws(CallError)
    /// - Parameter keys: `0`–`9`, `*`, `#`, `A`–`D`; `w` is half a second.
    func press(_ keys: String, on call: CallIdentifier) async throws(CallError)
    /// The stream of a call says something; in order.
    func heard(_ news: StreamNews, of call: CallIdentifier)
}

/// What the stream of a call comes to.
enum StreamNews: Sendable {
    /// The WebSocket is open; of a call that had none before it is made with it.
    case opened(StreamCall)
    /// How Telnyx calls the leg, of which that was not known before, and the call.
    case named(CallControlID, session: String?)
    case input(LegInput)
    case note(String)
}
