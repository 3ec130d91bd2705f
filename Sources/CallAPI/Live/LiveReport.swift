/// The calls that ring or are up, for whoever looks on.
public struct LiveReport: Sendable, Equatable, Codable {
    /// Milliseconds since 1970.
    public var now: Int64
    /// In the order in which they began, ``maximum`` at most.
    public var calls: [LiveCall]
    /// How many more there are.
    public var others: Int

    /// Calls that are listed.
    public static let maximum = 200

    public init(now: Int64, calls: [LiveCall], others: Int = 0) {
        self.now = now
        self.calls = calls
        self.others = others
    }
}

/// One of the calls that ring or are up.
public struct LiveCall: Sendable, Equatable, Codable {
    public var id: String
    /// `incoming` or `outgoing`.
    public var direction: String
    /// `ringing` or `up`.
    public var state: String
    public var remote: String
    public var remoteName: String?
    public var local: String
    public var agent: String
    /// Milliseconds since 1970.
    public var startedAt: Int64
    /// Milliseconds since it began.
    public var answeredMs: Int?
    public var isHeld = false
    public var isTransferring = false
    /// What a supervisor who is on the line does: `listen`, `whisper` or `takeover`.
    public var supervision: String?
    /// How loud the caller and we were since this was last asked for, dBov.
    public var heardLevel: Double?
    public var sentLevel: Double?
    /// What each side said last.
    public var callerWords: String?
    public var agentWords: String?
    /// From the caller's last sound to the first of the last answer, milliseconds.
    public var answerMs: Int?
    public var codec: String?
    public var packetsLost: Int?
    public var jitterMilliseconds: Double?
    public var estimatedMOS: Double?

    public init(
        id: String, direction: String, state: String, remote: String, local: String, agent: String, startedAt: Int64
    ) {
        self.id = id
        self.direction = direction
        self.state = state
        self.remote = remote
        self.local = local
        self.agent = agent
        self.startedAt = startedAt
    }
}
