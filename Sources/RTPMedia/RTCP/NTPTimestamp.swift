public import TelephonyPrimitives

/// The 64-bit time of a sender report: seconds and 2⁻³² seconds (RFC 3550 §4).
///
/// A core knows no wall clock; ours counts from the origin of `Instant`, which §6.4.1 allows to a system without
/// one: receivers use differences alone.
public struct NTPTimestamp: Sendable, Hashable {
    /// Seconds in the upper 32 bits, 2⁻³² seconds in the lower.
    public var bits: UInt64

    /// A time as it stands in a packet.
    public init(bits: UInt64) {
        self.bits = bits
    }

    /// An instant, counted from its origin.
    public init(_ instant: Instant) {
        let (seconds, rest) = instant.nanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
        let fraction = (rest << 32) / 1_000_000_000
        bits = UInt64(bitPattern: (seconds << 32) &+ fraction)
    }

    /// The middle 32 bits: seconds and 2⁻¹⁶ seconds, as LSR and DLSR are told.
    public var middle: UInt32 { UInt32(truncatingIfNeeded: bits >> 16) }

    /// The round trip time that a report block tells (RFC 3550 §6.4.1).
    ///
    /// - Parameters:
    ///   - arrival: the middle bits of the time the block came.
    ///   - lastReport: LSR of the block; 0 says that the other side has seen no sender report.
    ///   - delay: DLSR of the block.
    /// - Returns: `nil` when none can be told, or when it would be negative because a clock is wrong.
    public static func roundTrip(arrival: UInt32, lastReport: UInt32, delay: UInt32) -> Duration? {
        guard lastReport != 0 else { return nil }
        let units = Int32(bitPattern: arrival &- lastReport &- delay)
        guard units >= 0 else { return nil }
        return .nanoseconds(Int64(units) * 1_000_000_000 / 65_536)
    }

    /// A duration in 2⁻¹⁶ seconds, as DLSR tells it; saturates.
    public static func shortUnits(_ duration: Duration) -> UInt32 {
        UInt32(clamping: Int64((max(0, duration.inSeconds) * 65_536).rounded()))
    }
}
