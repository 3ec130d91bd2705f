internal import TelephonyPrimitives

/// Which calls may be placed, and how many: it holds whatever a model, a caller or a request says.
public struct OutgoingPolicy: Sendable {
    /// Who may be called. Nobody by default.
    public var allowed: [DestinationPattern] = []
    /// Calls of ours at once.
    public var maximumCalls = 10
    /// Calls of ours within any hour.
    public var maximumPerHour = 100

    public init() {}

    /// Whether the list names the destination.
    public func allows(_ destination: Destination) -> Bool {
        allowed.contains { $0.matches(destination) }
    }
}

/// Counts the calls that were placed, against the policy.
struct OutgoingCount: Sendable {
    private var placed: [Instant] = []
    /// Whether the limit of the hour has been told of since it was reached.
    private(set) var wasTold = false

    /// Notes one more call.
    ///
    /// - Returns: `nil` when there may be one, else after how many seconds.
    mutating func take(atMost limit: Int, now: Instant) -> Int? {
        placed.removeAll { now - $0 >= .seconds(3_600) }
        guard placed.count < limit else {
            guard let first = placed.first else { return 3_600 }
            return max(1, Int((.seconds(3_600) - (now - first)).inSeconds.rounded(.up)))
        }
        placed.append(now)
        wasTold = false
        return nil
    }

    /// - Returns: whether it is the first time since the limit was reached.
    mutating func tell() -> Bool {
        defer { wasTold = true }
        return !wasTold
    }
}
