import RTPMedia

/// The RTP stream of a number that answers by itself: 20 ms of G.711 each time (RFC 3550 §5.1, RFC 3551).
struct ScriptedSound {
    var sound = ScriptedCallee.Sound.silence
    private let payloadType: UInt8
    private let source: UInt32
    private let law: G711
    private var sequence: UInt16 = 0
    private var timestamp: UInt32 = 0

    private static let samplesPerPacket = 160

    /// - Parameters:
    ///   - payloadType: 0 for PCMU, 8 for PCMA.
    ///   - source: the SSRC.
    init(payloadType: UInt8, source: UInt32) {
        self.payloadType = payloadType
        self.source = source
        law = G711(payloadType == 8 ? .a : .mu)
    }

    /// The packet of the next 20 ms; `nil` while it only returns what it hears.
    mutating func nextPacket() -> [UInt8]? {
        defer {
            timestamp &+= UInt32(Self.samplesPerPacket)
        }
        guard sound != .echo else { return nil }
        var packet: [UInt8] = [0x80, payloadType]
        for shift in [8, 0] { packet.append(UInt8(truncatingIfNeeded: sequence >> shift)) }
        for number in [timestamp, source] {
            for shift in [24, 16, 8, 0] { packet.append(UInt8(truncatingIfNeeded: number >> shift)) }
        }
        sequence &+= 1
        return packet + law.encode(samples())
    }

    private func samples() -> [Int16] {
        let frequency = sound == .tone ? 440.0 : sound == .beep ? 1_000.0 : 0
        guard frequency > 0 else { return [Int16](repeating: 0, count: Self.samplesPerPacket) }
        let first = timestamp % 8_000
        return (0..<Self.samplesPerPacket).map { place in
            let turn = frequency * Double(first + UInt32(place)) / 8_000
            return Int16(8_000 * Self.sine(turn - turn.rounded(.down)))
        }
    }

    /// The sine of a part of a turn, by Bhaskara's approximation: near enough for a tone.
    private static func sine(_ turn: Double) -> Double {
        let half = turn < 0.5 ? turn * 2 : turn * 2 - 1
        let product = half * (1 - half)
        let value = 16 * product / (5 - 4 * product)
        return turn < 0.5 ? value : -value
    }
}
