/// A point on a monotonic time line, in nanoseconds since an origin that only the rim knows.
///
/// Cores are told the time, they never ask for it: two runs that are given the same instants behave the same.
/// It is never the wall clock.
public struct Instant: InstantProtocol, Hashable, Sendable, Codable {
    /// Nanoseconds since the origin.
    public var nanoseconds: Int64

    /// The origin of the time line.
    public static let zero = Instant(nanoseconds: 0)

    public init(nanoseconds: Int64) {
        self.nanoseconds = nanoseconds
    }

    /// This instant moved by `duration`; saturates instead of overflowing.
    public func advanced(by duration: Duration) -> Instant {
        let (sum, overflow) = nanoseconds.addingReportingOverflow(duration.inNanoseconds)
        if overflow {
            return Instant(nanoseconds: duration < .zero ? .min : .max)
        }
        return Instant(nanoseconds: sum)
    }

    /// How long it is from this instant to `other`; negative when `other` is earlier.
    public func duration(to other: Instant) -> Duration {
        let (difference, overflow) = other.nanoseconds.subtractingReportingOverflow(nanoseconds)
        if overflow {
            return .nanoseconds(other.nanoseconds < nanoseconds ? Int64.min : Int64.max)
        }
        return .nanoseconds(difference)
    }

    public static func < (left: Instant, right: Instant) -> Bool {
        left.nanoseconds < right.nanoseconds
    }

    public static func + (instant: Instant, duration: Duration) -> Instant {
        instant.advanced(by: duration)
    }

    public static func - (instant: Instant, duration: Duration) -> Instant {
        instant.advanced(by: .zero - duration)
    }

    public static func - (later: Instant, earlier: Instant) -> Duration {
        earlier.duration(to: later)
    }
}

extension Instant: CustomStringConvertible {
    /// Seconds with milliseconds, e.g. `12.345s`.
    public var description: String {
        let milliseconds = nanoseconds / 1_000_000
        let (seconds, rest) = milliseconds.quotientAndRemainder(dividingBy: 1000)
        let digits = String(abs(rest))
        return "\(seconds)." + String(repeating: "0", count: 3 - digits.count) + digits + "s"
    }
}

extension Duration {
    /// The whole nanoseconds of this duration, saturated to what an `Int64` holds.
    public var inNanoseconds: Int64 {
        let (seconds, attoseconds) = components
        let (scaled, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        let (sum, overflowAgain) = scaled.addingReportingOverflow(attoseconds / 1_000_000_000)
        if overflow || overflowAgain {
            return seconds < 0 ? .min : .max
        }
        return sum
    }

    /// The whole milliseconds of this duration, rounded toward zero.
    public var inMilliseconds: Int64 {
        inNanoseconds / 1_000_000
    }

    /// This duration in seconds.
    public var inSeconds: Double {
        Double(inNanoseconds) / 1e9
    }
}
