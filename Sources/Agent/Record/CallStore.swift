public import Telephony

/// Keeps what happens on calls, as it happens.
public protocol CallStore: Sendable {
    /// Notes `entry`; returns at once, never fails, never blocks.
    func write(_ entry: CallEntry, of call: CallIdentifier)
    /// Waits until everything noted so far is safe.
    func flush() async
}

/// One fact about a call. Times are milliseconds since the call began, unless they say otherwise.
public enum CallEntry: Sendable, Equatable {
    case began(CallBeginning)
    case answered(at: Int)
    /// Something that happened, e.g. `held`, and what there is to say about it.
    case event(kind: String, detail: String, at: Int)
    case turn(TurnRecord)
    case key(KeyRecord)
    /// A fact that the conversation brought, e.g. a message that was left.
    case note(key: String, value: String, at: Int)
    /// Where the time went before an answer that began then.
    case ledger(TurnLedger, at: Int)
    case quality(CallStatistics)
    /// A message of the signalling.
    case message(MessageRecord)
    /// Where the recording is.
    case recording(path: String)
    /// The recording is over.
    case recorded(RecordingRecord, at: Int)
    /// What a service did for the call.
    case usage(UsageRecord, at: Int)
    case ended(CallEnd, at: Int)

    /// Whether the call's row is wrong without it.
    var isEssential: Bool {
        switch self {
        case .began, .ended, .answered: true
        default: false
        }
    }
}

/// What is known when a call begins.
public struct CallBeginning: Sendable, Equatable {
    public var direction: CallDirection
    public var remote: CallParty
    public var local: CallParty
    /// What talks on our side, e.g. `echo`.
    public var agent: String
    /// Milliseconds since 1970.
    public var startedAt: Int64

    public init(direction: CallDirection, remote: CallParty, local: CallParty, agent: String, startedAt: Int64) {
        self.direction = direction
        self.remote = remote
        self.local = local
        self.agent = agent
        self.startedAt = startedAt
    }
}

/// What one side said without the other taking over.
public struct TurnRecord: Sendable, Equatable, Codable {
    public enum Speaker: String, Sendable, Codable {
        case caller, agent
    }

    public var who: Speaker
    /// Of the agent: only what was really played.
    public var text: String
    /// Milliseconds since the call began.
    public var startMs: Int
    public var endMs: Int
    /// Whether the other side cut in.
    public var interrupted: Bool

    public init(who: Speaker, text: String, startMs: Int, endMs: Int, interrupted: Bool = false) {
        self.who = who
        self.text = text
        self.startMs = startMs
        self.endMs = endMs
        self.interrupted = interrupted
    }
}

/// One key of the telephone.
public struct KeyRecord: Sendable, Equatable, Codable {
    public enum Direction: String, Sendable, Codable {
        /// The caller pressed it.
        case received
        /// We sent it.
        case sent
    }

    public var digit: String
    public var direction: Direction
    /// Milliseconds since the call began.
    public var atMs: Int
    /// Milliseconds that it was held, as far as known.
    public var durationMs: Int

    public init(digit: String, direction: Direction, atMs: Int, durationMs: Int) {
        self.digit = digit
        self.direction = direction
        self.atMs = atMs
        self.durationMs = durationMs
    }
}

extension CallEntry {
    /// When it happened, for the kinds of which others are told.
    var atMs: Int {
        switch self {
        case .answered(let at), .event(_, _, let at), .ended(_, let at), .recorded(_, let at), .usage(_, let at): at
        case .began, .turn, .key, .note, .ledger, .quality, .recording, .message: 0
        }
    }

    /// The same, with every time `milliseconds` later.
    public func moved(by milliseconds: Int) -> CallEntry {
        switch self {
        case .answered(let at): return .answered(at: at + milliseconds)
        case .event(let kind, let detail, let at): return .event(kind: kind, detail: detail, at: at + milliseconds)
        case .turn(var turn):
            turn.startMs += milliseconds
            turn.endMs += milliseconds
            return .turn(turn)
        case .key(var key):
            key.atMs += milliseconds
            return .key(key)
        case .note(let key, let value, let at): return .note(key: key, value: value, at: at + milliseconds)
        case .ledger(let ledger, let at): return .ledger(ledger, at: at + milliseconds)
        case .message(var message):
            message.atMicroseconds += milliseconds * 1_000
            return .message(message)
        case .ended(let end, let at): return .ended(end, at: at + milliseconds)
        case .recorded(let recording, let at): return .recorded(recording, at: at + milliseconds)
        case .usage(let usage, let at): return .usage(usage, at: at + milliseconds)
        case .began, .quality, .recording: return self
        }
    }
}
