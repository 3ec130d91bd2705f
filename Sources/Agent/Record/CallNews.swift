/// What others are told of a call.
public enum CallNews: String, Sendable, CaseIterable {
    case started = "call.started"
    case answered = "call.answered"
    case transferred = "call.transferred"
    case transferFailed = "call.transfer_failed"
    /// With the whole record.
    case ended = "call.ended"

    /// `nil` for what nobody is told.
    init?(_ entry: CallEntry) {
        switch entry {
        case .began: self = .started
        case .answered: self = .answered
        case .ended: self = .ended
        case .event("transferred", _, _): self = .transferred
        case .event("transfer failed", _, _): self = .transferFailed
        case .event, .turn, .key, .note, .ledger, .quality, .recording, .message: return nil
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
