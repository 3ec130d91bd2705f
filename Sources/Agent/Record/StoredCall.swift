public import Telephony

/// A call as the database has it. Its JSON form is kept stable for those who read it by program.
public struct StoredCall: Sendable, Equatable, Codable {
    public enum State: String, Sendable, Codable {
        case ringing, up, ended
        /// The process stopped in mid-call.
        case interrupted
    }

    public struct Event: Sendable, Equatable, Codable {
        public var kind: String
        public var detail: String
        public var atMs: Int
    }

    public struct Note: Sendable, Equatable, Codable {
        public var key: String
        public var value: String
        public var atMs: Int
    }

    /// An answer of the agent's, and where the time before it went.
    public struct Answer: Sendable, Equatable, Codable {
        /// When its first sound was sent, milliseconds after the start.
        public var atMs: Int
        public var ledger: TurnLedger
    }

    public var id: String
    public var direction: CallDirection
    public var remote: String
    public var remoteName: String?
    public var local: String
    public var agent: String
    public var state: State
    /// Milliseconds since 1970.
    public var startedAt: Int64
    /// Milliseconds after the start.
    public var answeredMs: Int?
    /// Who answered a call of ours; `nil` for other calls, and while it is not known.
    public var answeredBy: AnsweredBy?
    /// Milliseconds after the start.
    public var endedMs: Int?
    public var endCause: String?
    public var endStatus: Int?
    public var explanation: String?
    public var recording: String?
    /// How the recording came out; `nil` as long as it goes on.
    public var recorded: RecordingRecord?
    public var quality: CallStatistics?
    public var turns: [TurnRecord] = []
    public var dtmf: [KeyRecord] = []
    public var events: [Event] = []
    public var notes: [Note] = []
    public var answers: [Answer] = []
    /// What services did for the call, each in all for each kind of work.
    public var usage: [UsageRecord] = []
    /// What that cost; `nil` when no price is known.
    public var cost: CallCost?
    /// What it was about; `nil` when nobody has asked for that.
    public var summary: CallDigest?
}

/// A call in a list.
public struct CallSummaryRow: Sendable, Equatable, Codable {
    public var id: String
    public var direction: CallDirection
    public var remote: String
    public var remoteName: String?
    public var local: String
    public var agent: String
    public var state: StoredCall.State
    /// Milliseconds since 1970.
    public var startedAt: Int64
    /// Milliseconds after the start.
    public var answeredMs: Int?
    /// Who answered a call of ours; `nil` for other calls, and while it is not known.
    public var answeredBy: AnsweredBy?
    /// Milliseconds after the start.
    public var endedMs: Int?
    public var endCause: String?
    public var turns: Int
    /// What it cost; `nil` when no price is known.
    public var cost: CallCost?
}
