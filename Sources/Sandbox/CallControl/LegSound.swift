import RTPMedia
import TelephonyPrimitives

/// The sound of a leg that Call Control has: RTP in, RTP out, 20 ms each (RFC 3550, RFC 4733).
struct LegSound: Sendable {
    let format: LegSoundFormat
    /// What the application has said, and what waits of it.
    var queue = PlayQueue()
    /// What the carrier itself says: 20 ms pieces that are left of a hum.
    var hum = 0
    var keys: TelephoneEventSender
    /// Whether something is sent when there is nothing to say.
    var sendsSilence = false
    /// When the next 20 ms are due; `nil` while nothing is.
    var nextTick: Instant?
    private var presses = TelephoneEventReceiver()
    private let law: G711
    private let source: UInt32
    private var sequence: UInt16
    private let began: Instant
    private var isPaused = true
    /// Packets in each direction.
    private(set) var heard = 0
    private(set) var said = 0

    static let frame = Duration.milliseconds(20)

    /// - Parameter chance: where source and first number come from.
    init(_ format: LegSoundFormat, chance: UInt64, now: Instant) {
        self.format = format
        law = G711(format.payloadType == 8 ? .a : .mu)
        source = UInt32(truncatingIfNeeded: chance >> 16)
        sequence = UInt16(truncatingIfNeeded: chance)
        began = now
        keys = TelephoneEventSender()
    }

    var encoding: String { format.payloadType == 8 ? "PCMA" : "PCMU" }

    /// What a packet has brought.
    enum Arrival: Sendable {
        case sound([Int16], raw: [UInt8])
        case keys([Character])
        case nothing
    }

    mutating func receive(_ octets: [UInt8], now: Instant) -> Arrival {
        guard let packet = try? RTPPacket(parsing: octets) else { return .nothing }
        switch packet.payloadType {
        case format.payloadType:
            heard += 1
            guard packet.payload.count <= 1_600 else { return .nothing }
            return .sound(law.decode(packet.payload), raw: Array(packet.payload))
        case format.keyType:
            let events = TelephoneEvent.events(in: packet.payload)
            let pressed = presses.receive(events, timestamp: packet.timestamp, marker: packet.marker, now: now)
            return .keys(pressed.map(\.key))
        default: return .nothing
        }
    }

    /// The sound of a packet that goes to the leg from elsewhere; `nil` when it is none.
    func sound(of octets: [UInt8]) -> (samples: [Int16], raw: [UInt8])? {
        guard let packet = try? RTPPacket(parsing: octets), packet.payloadType == format.payloadType,
            packet.payload.count <= 1_600
        else { return nil }
        return (law.decode(packet.payload), Array(packet.payload))
    }

    /// Begins to send, when there is something.
    mutating func awaken(now: Instant) {
        if nextTick == nil, sendsSilence || !queue.isEmpty || hum > 0 || keys.isSending { nextTick = now }
    }

    /// What the 20 ms that are due have in them.
    struct Tick: Sendable {
        var packet: [UInt8]?
        /// What was said, at 8 kHz.
        var samples: [Int16]?
        var marks: [String] = []
        /// The carrier's own hum is over with it.
        var hasHummed = false
    }

    mutating func tick(now: Instant) -> Tick {
        var tick = Tick()
        // A clock that was late does not make up for more than a little.
        nextTick = max((nextTick ?? now) + Self.frame, now - .milliseconds(200))
        let timestamp = UInt32(truncatingIfNeeded: (now - began).inMilliseconds / 20 * 160)
        if let emission = keys.tick(timestamp: timestamp), let type = format.keyType {
            tick.packet = packet(emission.event.serialized, type, emission.timestamp, marker: emission.marker)
            return tick
        }
        if hum > 0 {
            hum -= 1
            tick.hasHummed = hum == 0
            tick.samples = Self.humming(hum)
        } else {
            (tick.samples, tick.marks) = queue.next()
        }
        if tick.samples == nil, sendsSilence { tick.samples = [Int16](repeating: 0, count: 160) }
        guard let samples = tick.samples else {
            isPaused = true
            if !keys.isSending { nextTick = nil }
            return tick
        }
        tick.packet = packet(law.encode(samples), format.payloadType, timestamp, marker: isPaused)
        isPaused = false
        return tick
    }

    private mutating func packet(_ payload: [UInt8], _ type: UInt8, _ timestamp: UInt32, marker: Bool) -> [UInt8] {
        defer { sequence &+= 1 }
        said += 1
        return RTPPacket(
            marker: marker, payloadType: type, sequence: sequence, timestamp: timestamp, ssrc: source,
            payload: payload[...]
        ).serialized
    }

    /// Three and a half periods of a soft sawtooth of 400 Hz, eight of which are 20 ms.
    private static func humming(_ number: Int) -> [Int16] {
        (0..<160).map { Int16(($0 % 20 - 10) * 300) }
    }
}
