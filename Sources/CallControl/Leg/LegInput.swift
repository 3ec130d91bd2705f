internal import Telephony
internal import Telnyx

/// What a leg is told.
enum LegInput: Sendable {
    /// Which leg a webhook is about.
    enum Part: Sendable, Hashable {
        /// That of the call.
        case own
        /// The one that a transfer of ours has Telnyx call.
        case target
    }

    /// A webhook.
    case webhook(LegEvent, of: Part)
    /// What came of a command; `nil`: it was taken.
    case outcome(LegOrder, TelnyxError?)
    /// Our call has been placed.
    case placed(CallControlID)
    /// The stream is there, and is this call's.
    case streamBegan
    /// The WebSocket of the stream is gone, or the stream is over.
    case streamEnded(MediaStreamSession.End)
    /// A key was pressed, says the stream.
    case pressed(PressedDigits)

    // What the application wants.
    case answer
    case reject(RejectCommand.Cause)
    case hangUp(HangUpReason)
    case transfer
}

/// A command that the leg wants to be sent.
enum LegOrder: Sendable, Hashable {
    /// Answer, with the stream when it can be asked for at once.
    case answer(withStream: Bool)
    case startStream
    case stopStream
    case dial
    case reject(RejectCommand.Cause)
    case hangUp
    case transfer
}

/// What is to be done.
enum LegAction: Sendable, Equatable {
    case order(LegOrder)
    /// The call is up: it can be talked on.
    case up
    /// Happens on the call.
    case tell(CallEvent)
    /// A call of ours has come so far, before its answer: a SIP status.
    case progress(status: Int, reason: String)
    /// What came of the transfer that was wanted.
    case transferred(CallError?)
    /// For the call's record.
    case note(kind: String, detail: String)
    case ended(CallEnd)
}
