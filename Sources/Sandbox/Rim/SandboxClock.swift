internal import FoundationEssentials
internal import NIOCore

/// The time of day, for the times in webhooks.
enum SandboxClock {
    /// Nanoseconds since 1970 when the clock of the event loops was zero.
    static var epoch: Int64 {
        let now = Int64(Date().timeIntervalSince1970 * 1_000_000)
        return now * 1_000 - Int64(clamping: NIODeadline.now().uptimeNanoseconds)
    }
}
