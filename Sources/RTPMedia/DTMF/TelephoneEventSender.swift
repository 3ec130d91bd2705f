/// Plays keys as telephone-events, one packet per 20 ms in place of the audio (RFC 4733 §2.5.1).
///
/// In the gap after a tone the end is told three times; a comma is a pause of 500 ms. A tone that is too long for the 16
/// bits of its duration, beyond 1.3 s at a clock of 48 kHz, goes on in further segments (§2.5.1.3).
public struct TelephoneEventSender: Sendable {
    /// Keys and pauses that may wait; more are not taken.
    public static let capacity = 256
    static let endTicks = 3
    static let pauseTicks = 25

    /// What goes on the wire in this tick.
    public struct Emission: Sendable, Equatable {
        /// The payload.
        public var event: TelephoneEvent
        /// When the event, or its present segment, began: the same for all packets of it.
        public var timestamp: UInt32
        /// On the first packet of an event.
        public var marker: Bool
    }

    private enum Step {
        case key(UInt8)
        case pause
    }

    private enum Phase {
        case idle
        case tone(code: UInt8, start: UInt32, ticks: Int)
        case pause(ticks: Int)
    }

    private var unitsPerTick: UInt32
    private let toneTicks: Int
    private let gapTicks: Int
    private var waiting: [Step] = []
    private var phase = Phase.idle

    /// - Parameters:
    ///   - clockRate: of the telephone-event payload type, which is that of the audio (RFC 4733 §2.1): 8 000 to 48 000.
    ///   - tone: how long each key is held, in steps of 20 ms from 40 ms to a minute.
    ///   - gap: what is left free behind it, in steps of 20 ms from 60 ms to a minute.
    public init(
        clockRate: Int = 8000, tone: Duration = .milliseconds(100), gap: Duration = .milliseconds(60)
    ) {
        unitsPerTick = Self.unitsPerTick(clockRate)
        toneTicks = Self.ticks(tone, atLeast: 2)
        gapTicks = Self.ticks(gap, atLeast: Self.endTicks)
    }

    /// The stream goes on with another clock: so do the keys that are being sent and those that wait.
    public mutating func changeClock(to clockRate: Int) {
        unitsPerTick = Self.unitsPerTick(clockRate)
    }

    private static func unitsPerTick(_ clockRate: Int) -> UInt32 {
        UInt32(clamping: min(max(clockRate, 8000), 192_000) / 50)
    }

    private static func ticks(_ duration: Duration, atLeast least: Int) -> Int {
        let (seconds, attoseconds) = min(max(duration, .zero), .seconds(60)).components
        return max(Int(seconds) * 50 + Int(attoseconds / 20_000_000_000_000_000), least)
    }

    /// Whether keys or pauses are being played or wait.
    public var isSending: Bool {
        if case .idle = phase { !waiting.isEmpty } else { true }
    }

    /// Queues the keys 0 to 9, `*`, `#`, A to D and the pause `,`; other characters are passed over.
    ///
    /// - Returns: how many were queued.
    @discardableResult public mutating func enqueue(_ digits: String) -> Int {
        let before = waiting.count
        for character in digits where waiting.count < Self.capacity {
            if character == "," {
                waiting.append(.pause)
            } else if let code = TelephoneEvent.code(ofKey: character) {
                waiting.append(.key(code))
            }
        }
        return waiting.count - before
    }

    /// What to send in the 20 ms that begin at `timestamp`; `nil` when it is audio's turn.
    public mutating func tick(timestamp: UInt32) -> Emission? {
        if case .idle = phase { begin(timestamp: timestamp) }
        switch phase {
        case .idle:
            return nil
        case .pause(let ticks):
            phase = ticks > 1 ? .pause(ticks: ticks - 1) : .idle
            return nil
        case .tone(let code, let start, let ticks):
            phase = ticks + 1 < toneTicks + gapTicks ? .tone(code: code, start: start, ticks: ticks + 1) : .idle
            guard ticks < toneTicks + Self.endTicks else { return nil }
            let units = unitsPerTick &* UInt32(clamping: min(ticks + 1, toneTicks))
            // Whole segments that are over; the last is never empty.
            let before = (units &- 1) / 0xFFFF &* 0xFFFF
            let event = TelephoneEvent(
                code: code, isEnd: ticks >= toneTicks, duration: UInt16(clamping: units &- before))
            return Emission(event: event, timestamp: start &+ before, marker: ticks == 0)
        }
    }

    private mutating func begin(timestamp: UInt32) {
        guard !waiting.isEmpty else { return }
        switch waiting.removeFirst() {
        case .key(let code): phase = .tone(code: code, start: timestamp, ticks: 0)
        case .pause: phase = .pause(ticks: Self.pauseTicks)
        }
    }
}
