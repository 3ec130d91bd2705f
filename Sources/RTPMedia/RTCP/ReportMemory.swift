/// The times of the last reports that were sent, so that an answer to none of them is not believed: a forged LSR would
/// make any round trip.
struct ReportMemory: Sendable {
    /// At 5 s each more than half a minute of answers on their way.
    static let capacity = 8

    private var times = [UInt32](repeating: 0, count: capacity)
    private var next = 0

    /// - Parameter time: the middle bits of the report's time.
    mutating func note(_ time: UInt32) {
        times[next] = time
        next = (next + 1) % Self.capacity
    }

    func contains(_ time: UInt32) -> Bool { time != 0 && times.contains(time) }
}
