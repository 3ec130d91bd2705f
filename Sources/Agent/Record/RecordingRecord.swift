public import RTPMedia

/// How a recording came out, once it is over.
public struct RecordingRecord: Sendable, Equatable, Codable {
    /// A stretch in which nothing was recorded, in milliseconds since the recording began.
    public struct Pause: Sendable, Equatable, Codable {
        public var startMs: Int
        public var endMs: Int
    }

    public var path: String
    /// Whether the disk took all of it.
    public var isComplete: Bool
    /// Why it is not complete.
    public var reason: String?
    public var durationMs: Int?
    public var octets: Int?
    public var sampleRate: Int?
    /// How much of it is sound of the other side, on the left, and of ours, on the right.
    public var callerMs: Int?
    public var agentMs: Int?
    public var pauses: [Pause] = []

    public init(path: String, _ summary: RecordingSummary) {
        self.path = path
        isComplete = true
        durationMs = Self.milliseconds(summary.duration)
        octets = summary.octets
        sampleRate = summary.sampleRate
        callerMs = Self.milliseconds(summary.caller.recorded)
        agentMs = Self.milliseconds(summary.agent.recorded)
        pauses = summary.pauses.map {
            Pause(startMs: Self.milliseconds($0.start), endMs: Self.milliseconds($0.end))
        }
    }

    /// - Parameters:
    ///   - path: of the file.
    ///   - reason: why it is not complete.
    public init(path: String, failure reason: String) {
        self.path = path
        isComplete = false
        self.reason = reason
    }

    private static func milliseconds(_ duration: Duration) -> Int {
        Int(duration.components.seconds) * 1_000 + Int(duration.components.attoseconds / 1_000_000_000_000_000)
    }
}
