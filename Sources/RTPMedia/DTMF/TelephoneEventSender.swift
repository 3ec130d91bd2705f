/// Plays keys as telephone-events, one packet per 20 ms in place of the audio (RFC 4733 §2.5.1).
///
/// A tone lasts 100 ms, the gap after it 60 ms, in which the end is told three times; a comma is a pause of 500 ms.
public struct TelephoneEventSender: Sendable {
    /// Keys and pauses that may wait; more are not taken.
    public static let capacity = 256
    static let toneTicks = 5
    static let endTicks = 3
    static let pauseTicks = 25

    /// What goes on the wire in this tick.
    public struct Emission: Sendable, Equatable {
        public var event: TelephoneEvent
        /// When the event began: the same for all its packets.
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

    private let unitsPerTick: UInt32
    private var waiting: [Step] = []
    private var phase = Phase.idle

    /// - Parameter clockRate: of the telephone-event payload type, which is that of the audio (RFC 4733 §2.1).
    public init(clockRate: Int = 8000) {
        unitsPerTick = UInt32(clamping: clockRate / 50)
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
            let isEnd = ticks >= Self.toneTicks
            let duration = unitsPerTick * UInt32(min(ticks + 1, Self.toneTicks))
            let isLast = ticks + 1 >= Self.toneTicks + Self.endTicks
            phase = isLast ? .idle : .tone(code: code, start: start, ticks: ticks + 1)
            return Emission(
                event: TelephoneEvent(code: code, isEnd: isEnd, duration: UInt16(clamping: duration)),
                timestamp: start, marker: ticks == 0)
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
