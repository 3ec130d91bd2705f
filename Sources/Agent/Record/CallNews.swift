/// What others are told of a call.
public enum CallNews: String, Sendable, CaseIterable {
    case started = "call.started"
    case answered = "call.answered"
    /// Who it was: a human, a machine, a telephone that screens calls.
    case answeredBy = "call.answered_by"
    case transferred = "call.transferred"
    case transferFailed = "call.transfer_failed"
    /// Somebody left a message: a note `message`, whoever wrote it down.
    case messageLeft = "call.message_left"
    /// The recording is over, and how it came out is in the record.
    case recordingCompleted = "call.recording_completed"
    /// With the whole record.
    case ended = "call.ended"
    /// The call was summed up, or could not be; with the whole record.
    case summarised = "call.summarised"

    /// `nil` for what nobody is told.
    init?(_ entry: CallEntry) {
        switch entry {
        case .began: self = .started
        case .answered: self = .answered
        case .ended: self = .ended
        case .event("answered by", _, _): self = .answeredBy
        case .event("transferred", _, _): self = .transferred
        case .event("transfer failed", _, _): self = .transferFailed
        case .note("message", _, _): self = .messageLeft
        case .recorded: self = .recordingCompleted
        case .event, .turn, .key, .note, .ledger, .quality, .recording, .message, .usage: return nil
        }
    }
}

/// A piece of news that has not been delivered yet.
public struct OutboxLetter: Sendable, Equatable {
    /// Its place in the outbox.
    public var number: Int64
    /// The same however often it is tried.
    public var id: String
    public var body: [UInt8]
    /// When it was written, milliseconds since 1970.
    public var writtenAt: Int64
    /// How often it was tried.
    public var attempts: Int
}
