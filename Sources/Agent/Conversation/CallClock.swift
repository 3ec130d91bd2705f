package import TelephonyPrimitives

/// The time of one conversation, from its beginning on.
package struct CallClock: Sendable {
    private let start = ContinuousClock.now

    package init() {}

    package var now: Instant {
        let elapsed = start.duration(to: .now).components
        return Instant(nanoseconds: elapsed.seconds * 1_000_000_000 + elapsed.attoseconds / 1_000_000_000)
    }

    package var milliseconds: Int { Int(now.nanoseconds / 1_000_000) }
}
