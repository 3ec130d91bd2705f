/// How long calls and their recordings are kept, counted from their end. Decides what is due; others erase it.
public struct RetentionPolicy: Sendable, Equatable {
    /// `nil`: for ever.
    public var keep: Duration?
    /// `nil`: as long as the call.
    public var keepRecordings: Duration?
    /// How often there is something to decide.
    public static let interval = Duration.seconds(3_600)
    /// How much further the time of day may have gone than time itself.
    static let leap = Duration.seconds(3_600)

    private var last: (wall: Int64, uptime: Duration)?

    public init(keep: Duration?, keepRecordings: Duration?) {
        self.keep = keep
        self.keepRecordings = keepRecordings
    }

    public static func == (one: RetentionPolicy, other: RetentionPolicy) -> Bool {
        one.keep == other.keep && one.keepRecordings == other.keepRecordings
    }

    public enum Decision: Sendable, Equatable {
        /// Calls that ended before a time go, and recordings of calls that ended before another; milliseconds since 1970.
        case erase(callsBefore: Int64?, recordingsBefore: Int64?)
        /// The time of day has leapt ahead: nothing goes before an hour has shown that it is right.
        case wait(leaptBy: Duration)
    }

    /// What is due now.
    ///
    /// - Parameters:
    ///   - wall: milliseconds since 1970.
    ///   - uptime: on a clock that only goes forward, and at its pace.
    /// - Returns: `nil` when all is kept for ever.
    public mutating func decide(wall: Int64, uptime: Duration) -> Decision? {
        guard keep != nil || keepRecordings != nil else { return nil }
        defer { last = (wall, uptime) }
        if let last {
            let ahead = Duration.milliseconds(wall) - .milliseconds(last.wall) - (uptime - last.uptime)
            if ahead > Self.leap { return .wait(leaptBy: ahead) }
        }
        return .erase(
            callsBefore: keep.map { Self.time(wall, before: $0) },
            recordingsBefore: keepRecordings.map { Self.time(wall, before: $0) })
    }

    /// The last moment that is too long ago at `wall`.
    public static func time(_ wall: Int64, before length: Duration) -> Int64 {
        let (seconds, attoseconds) = length.components
        let milliseconds = seconds.multipliedReportingOverflow(by: 1_000)
        guard !milliseconds.overflow else { return 0 }
        let time = wall.subtractingReportingOverflow(milliseconds.partialValue + attoseconds / 1_000_000_000_000_000)
        return time.overflow ? 0 : time.partialValue
    }
}
