public import TelephonyPrimitives

/// Tells presses of keys from telephone-event packets, each once, whichever of its packets are lost, repeated or late
/// (RFC 4733 §2.5.2).
///
/// A press is known by its timestamp. It is told when its end comes, when the next one begins, or when nothing more was
/// heard of it for half a second, or after a minute: what goes on after that is passed over.
///
/// Nobody presses keys for long as fast as packets can be made: of presses that come faster than ``maximumRate`` the ones
/// beyond a burst are dropped.
public struct TelephoneEventReceiver: Sendable {
    /// A key that was pressed, and for how long.
    public struct Press: Sendable, Equatable {
        /// `0` to `9`, `*`, `#`, `A` to `D`.
        public var key: Character
        /// How long it was held, as far as is known.
        public var duration: Duration

        /// A press of a key.
        public init(key: Character, duration: Duration) {
            self.key = key
            self.duration = duration
        }
    }

    /// Without an update for this long a press is over; long enough for a line that stalls while a key is held.
    public static let timeout = Duration.milliseconds(500)

    /// A press is over when it has lasted this long, whatever else comes of it.
    public static let longest = Duration.seconds(60)
    /// Presses per second that are told in the long run; tones of 40 ms with gaps of 40 ms make no more than 12.5.
    public static let maximumRate = 20
    /// Presses that are told at any rate, after a time without any.
    public static let burst = 100

    /// Presses that came too fast, and were not told.
    public private(set) var dropped = 0

    /// A press of which packets come.
    private struct Current {
        var code: UInt8
        /// When the press began.
        var start: UInt32
        /// When its present segment began (RFC 4733 §2.5.1.3).
        var segment: UInt32
        /// The longest duration that the segment told.
        var duration: UInt32
        var heard: Instant
        /// When its first packet came.
        var began: Instant
        /// What its duration counts by.
        var clockRate: Int

        var units: UInt32 { (segment &- start) &+ duration }
    }

    /// A press that was told.
    private struct Told {
        var code: UInt8
        var segment: UInt32
        var duration: UInt32
        /// When it was heard last.
        var heard: Instant
    }

    private var clockRate: Int
    private var current: Current?
    private var told: Told?
    /// The press that was told last, or was under way, when another stream began.
    private var interrupted: (code: UInt8, heard: Instant)?
    /// What may be told at once, as time: each press costs a part of a second.
    private var credit = Self.fullCredit
    private var credited: Instant?

    private static let fullCredit = Duration.nanoseconds(1_000_000_000 / Int64(maximumRate)) * burst
    private static let cost = Duration.nanoseconds(1_000_000_000 / Int64(maximumRate))

    /// - Parameter clockRate: timestamp units per second.
    public init(clockRate: Int = 8000) {
        self.clockRate = max(1, clockRate)
    }

    /// Takes the events of one packet.
    ///
    /// - Returns: the presses that are thereby over, oldest first.
    public mutating func receive(
        _ events: [TelephoneEvent], timestamp: UInt32, marker: Bool, now: Instant
    ) -> [Press] {
        earn(now)
        var presses: [Press] = []
        var start = timestamp
        for (index, event) in events.enumerated() {
            var event = event
            // Those before the last of a payload are over (RFC 4733 §2.5.1.5).
            event.isEnd = event.isEnd || index + 1 < events.count
            if event.key != nil {
                receive(event, timestamp: start, marker: marker && index == 0, now: now, &presses)
            }
            start &+= UInt32(event.duration)
        }
        return presses
    }

    /// Tells a press of which nothing more has come; to be called every now and then.
    public mutating func expire(now: Instant) -> Press? {
        earn(now)
        guard let current, current.heard + Self.timeout <= now || isTooLong(current, now) else { return nil }
        return tell(current)
    }

    /// The stream goes on with another clock. A press that is under way goes on as well, and what was told is not told
    /// again: the other side may change its clock a little later.
    public mutating func changeClock(to clockRate: Int) {
        self.clockRate = max(1, clockRate)
    }

    /// The stream has ended or another begins: tells a press that is under way, and forgets all timestamps. If the other
    /// side has only changed its SSRC, the press goes on in the new stream, and is not told again.
    public mutating func reset() -> Press? {
        interrupted = current.map { ($0.code, $0.heard) } ?? told.map { ($0.code, $0.heard) }
        defer { told = nil }
        return current.flatMap { tell($0) }
    }

    private mutating func receive(
        _ event: TelephoneEvent, timestamp: UInt32, marker: Bool, now: Instant, _ presses: inout [Press]
    ) {
        if let before = interrupted {
            interrupted = nil
            if event.code == before.code, !marker, now - before.heard < Self.timeout {
                told = Told(code: event.code, segment: timestamp, duration: UInt32(event.duration), heard: now)
                return
            }
        }
        guard !isToldAlready(event, timestamp, marker) else { return }
        if var press = current {
            let distance = Int64(Int32(bitPattern: timestamp &- press.segment))
            if distance == 0 || distance < 0 && distance > -memory {
                // Something older can only be a straggler of a press that is over, or of this one.
                guard distance == 0, event.code == press.code else { return }
                press.duration = max(press.duration, UInt32(event.duration))
            } else if event.code == press.code, !marker, isSameSegment(event, distance, press) {
                press.start &+= UInt32(truncatingIfNeeded: distance)
                press.segment = timestamp
                press.duration = max(press.duration, UInt32(event.duration))
            } else if event.code == press.code, !marker, isNextSegment(distance, after: press.duration) {
                press.segment = timestamp
                press.duration = UInt32(event.duration)
            } else {
                tell(press).map { presses.append($0) }
                press = begin(event, timestamp, now)
            }
            press.heard = now
            current = press
        } else {
            current = begin(event, timestamp, now)
        }
        if let press = current, event.isEnd || isTooLong(press, now) { tell(press).map { presses.append($0) } }
    }

    private func begin(_ event: TelephoneEvent, _ timestamp: UInt32, _ now: Instant) -> Current {
        Current(
            code: event.code, start: timestamp, segment: timestamp, duration: UInt32(event.duration), heard: now,
            began: now, clockRate: clockRate)
    }

    private mutating func tell(_ press: Current) -> Press? {
        current = nil
        told = Told(code: press.code, segment: press.segment, duration: press.duration, heard: press.heard)
        guard credit >= Self.cost else {
            dropped += 1
            return nil
        }
        credit -= Self.cost
        return TelephoneEvent(code: press.code, isEnd: true, duration: 0).key.map {
            let nanoseconds = Int64(press.units) * 1_000_000_000 / Int64(press.clockRate)
            return Press(key: $0, duration: .nanoseconds(nanoseconds))
        }
    }

    private mutating func earn(_ now: Instant) {
        if let credited, credited < now { credit = min(Self.fullCredit, credit + (now - credited)) }
        credited = max(credited ?? now, now)
    }

    private func isTooLong(_ press: Current, _ now: Instant) -> Bool { press.began + Self.longest <= now }

    /// Timestamps older than this are not old packets but a sender that began anew. It is more than a segment.
    private var memory: Int64 { Int64(clockRate) * 20 }

    /// Whether a packet is of the press told last, or older.
    private mutating func isToldAlready(_ event: TelephoneEvent, _ timestamp: UInt32, _ marker: Bool) -> Bool {
        guard let last = told else { return false }
        let distance = Int64(Int32(bitPattern: timestamp &- last.segment))
        if distance == 0, event.code == last.code {
            // It goes on after its minute: its next segment begins where this one ends.
            told?.duration = max(last.duration, UInt32(event.duration))
        }
        if distance <= 0 { return distance > -memory }
        // Within the press told, or its next segment: no other press of this key could begin there.
        guard current == nil, event.code == last.code, !marker,
            distance < Int64(last.duration) && UInt32(event.duration) >= last.duration
                || isNextSegment(distance, after: last.duration)
        else { return false }
        told?.segment = timestamp
        told?.duration = max(last.duration, UInt32(event.duration))
        return true
    }

    /// Some senders let the timestamp of one press rise with each packet: the new one lies within the press, or the
    /// duration has grown by as much.
    private func isSameSegment(_ event: TelephoneEvent, _ distance: Int64, _ press: Current) -> Bool {
        let duration = Int64(event.duration)
        return duration == Int64(press.duration) + distance
            || distance < Int64(press.duration) && duration >= Int64(press.duration)
    }

    /// A press too long for 16 bits goes on in a new segment (RFC 4733 §2.5.1.3).
    private func isNextSegment(_ distance: Int64, after duration: UInt32) -> Bool {
        distance == 0xFFFF || distance == Int64(duration) && duration >= 0x8000
    }
}
