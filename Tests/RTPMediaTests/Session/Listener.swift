import RTPMedia
import TelephonyPrimitives

/// One session that is fed by hand.
struct Listener {
    static let described = TransportAddress(ip: .v4(0xC633_6401), port: 6000)
    static let translated = TransportAddress(ip: .v4(0xCB00_7105), port: 31_000)
    static let stranger = TransportAddress(ip: .v4(0x0808_0808), port: 9)

    var session: MediaSession
    var now = Instant.zero
    var events: [MediaEvent] = []
    var destinations: [TransportAddress] = []
    var heard: [PCMFrame] = []
    private var sequences: [UInt32: UInt16] = [:]

    init(
        remote: TransportAddress = Self.described, hosts: Set<IPAddress> = [Self.translated.ip],
        change: (inout MediaSessionConfiguration) -> Void = { _ in }
    ) {
        var configuration = MediaPair.configuration(remote: remote, ssrc: 1)
        configuration.hosts = hosts
        change(&configuration)
        session = MediaSession(configuration: configuration, random: SeededGenerator(seed: 3))
    }

    /// Delivers a loud packet with numbers that somebody made up.
    mutating func forge(_ address: TransportAddress, ssrc: UInt32, sequence: UInt16) {
        let packet = RTPPacket(
            payloadType: 0, sequence: sequence, timestamp: UInt32(sequence) &* 160, ssrc: ssrc,
            payload: [UInt8](repeating: 0x80, count: 160)[...])
        session.receive(packet: packet.serialized, from: address, now: now)
    }

    /// Delivers the next packet of a stream.
    mutating func deliver(_ address: TransportAddress, ssrc: UInt32 = 2, payloadType: UInt8 = 0, loud: Bool = true) {
        let sequence = sequences[ssrc, default: 65_530]
        sequences[ssrc] = sequence &+ 1
        let packet = RTPPacket(
            payloadType: payloadType, sequence: sequence, timestamp: UInt32(sequence &- 65_530) &* 160, ssrc: ssrc,
            payload: G711(.mu).encode(Tone.frame(0).samples.map { loud ? $0 : $0 / 100 })[...])
        session.receive(packet: packet.serialized, from: address, now: now)
    }

    mutating func tick() {
        session.push(nil, now: now)
        session.wake(now: now)
        heard.append(session.pull(now: now))
        while let output = session.nextOutput() {
            switch output {
            case .event(let event): events.append(event)
            case .rtp(_, let destination): destinations.append(destination)
            case .rtcp: break
            }
        }
        now = now + .milliseconds(20)
    }

    mutating func run(_ ticks: Int, _ address: TransportAddress, ssrc: UInt32 = 2) {
        for _ in 0..<ticks {
            deliver(address, ssrc: ssrc)
            tick()
        }
    }

    var latched: [TransportAddress] {
        events.compactMap { if case .sourceLatched(let address) = $0 { address } else { nil } }
    }
}
