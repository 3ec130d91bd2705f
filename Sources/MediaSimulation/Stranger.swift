internal import RTPMedia
internal import TelephonyPrimitives
internal import TelephonyTesting

/// Somebody who sees nothing of the call and sends to both of its sides: sound and reports with any SSRC or the right one,
/// goodbyes, and what is neither.
final class Stranger: Node {
    let name = "stranger"
    let address = TransportAddress(ip: .v4(0xCB00_7109), port: 7000)
    private let sides: [MediaParty]
    private var random: SeededGenerator
    private(set) var deadline: Instant?
    private var outbox: [Datagram] = []

    init(sides: [MediaParty], seed: UInt64) {
        self.sides = sides
        random = SeededGenerator(seed: seed)
        deadline = .zero + .milliseconds(200)
    }

    func receive(_ datagram: Datagram, now: Instant) {}

    func nextDatagram(now: Instant) -> Datagram? { outbox.isEmpty ? nil : outbox.removeFirst() }

    func wake(now: Instant) {
        deadline = now + .milliseconds(Int.random(in: 2...40, using: &random))
        for side in sides {
            guard let peer = side.peer else { continue }
            let isRight = Bool.random(using: &random)
            let source = isRight ? peer.configuration.ssrc : UInt32(truncatingIfNeeded: random.next())
            let makesControl = Int.random(in: 0..<3, using: &random) == 0
            let octets =
                makesControl
                ? HostileOctets.control(source: source, &random)
                : HostileOctets.media(source: source, &random)
            let target = makesControl && !call(side).sharesPort ? side.address.control : side.address
            outbox.append(Datagram(octets, from: address, to: target))
        }
    }

    private func call(_ side: MediaParty) -> MediaScenario { side.call.scenario }
}

/// What nobody should send.
enum HostileOctets {
    static func media(source: UInt32, _ random: inout SeededGenerator) -> [UInt8] {
        if Int.random(in: 0..<8, using: &random) == 0 { return noise(&random) }
        let types = MediaScenario.payloadTypes + [13, 101, 102, 103, UInt8.random(in: 0...127, using: &random)]
        let isEvent = Int.random(in: 0..<4, using: &random) == 0
        let type = isEvent ? UInt8.random(in: 101...103, using: &random) : types.randomElement(using: &random) ?? 0
        let length = isEvent ? 4 : [0, 1, 20, 80, 160, 320, 640, 1400].randomElement(using: &random) ?? 160
        var payload = (0..<length).map { _ in UInt8(truncatingIfNeeded: random.next()) }
        if isEvent { payload[0] &= 15 }
        return RTPPacket(
            marker: Bool.random(using: &random), payloadType: type,
            sequence: UInt16(truncatingIfNeeded: random.next()), timestamp: UInt32(truncatingIfNeeded: random.next()),
            ssrc: source, payload: payload[...]
        ).serialized
    }

    static func control(source: UInt32, _ random: inout SeededGenerator) -> [UInt8] {
        let number = UInt32(truncatingIfNeeded: random.next())
        let block = ReportBlock(
            ssrc: number, fractionLost: UInt8(truncatingIfNeeded: random.next()), cumulativeLost: -5,
            extendedHighest: number, jitter: .max, lastReport: number, delaySinceLastReport: number)
        var packets: [RTCPPacket] = [.receiverReport(ssrc: source, blocks: [block])]
        if Bool.random(using: &random) { packets.append(.goodbye(sources: [source], reason: "go")) }
        var octets = RTCPCompound(packets).serialized
        if Int.random(in: 0..<4, using: &random) == 0 {
            octets[Int.random(in: 0..<octets.count, using: &random)] = UInt8(truncatingIfNeeded: random.next())
        }
        return octets
    }

    private static func noise(_ random: inout SeededGenerator) -> [UInt8] {
        (0..<Int.random(in: 0...1700, using: &random)).map { _ in UInt8(truncatingIfNeeded: random.next()) }
    }
}

extension MediaParty {
    /// What a hostile side sends besides its sound, from its own address: up to six packets every 20 ms, and now and
    /// then a flood.
    func attack(_ now: Instant) {
        guard let peer else { return }
        let isFlood = Int.random(in: 0..<100, using: &random) == 0
        if isFlood, Bool.random(using: &random) { sendGrains(to: peer) }
        for _ in 0..<Int.random(in: 0...(isFlood ? 300 : 6), using: &random) {
            let sources = [configuration.ssrc, peer.configuration.ssrc, 7, UInt32(truncatingIfNeeded: random.next())]
            let source = sources.randomElement(using: &random) ?? 7
            let isControl = Int.random(in: 0..<4, using: &random) == 0
            let octets =
                isControl
                ? HostileOctets.control(source: source, &random) : HostileOctets.media(source: source, &random)
            let usesControlPort = isControl && !call.scenario.sharesPort
            outbox.append(
                Datagram(
                    protected(octets, isControl: isControl), from: usesControlPort ? address.control : address,
                    to: usesControlPort ? peer.address.control : peer.address))
        }
    }

    /// A stream of 700 packets with a sample or two in each, all at once.
    private func sendGrains(to peer: MediaParty) {
        let start = random.next()
        let isLong = Bool.random(using: &random)
        for number in 0..<700 {
            let packet = RTPPacket(
                payloadType: configuration.sendPayloadType,
                sequence: UInt16(truncatingIfNeeded: start &+ UInt64(number)),
                timestamp: UInt32(truncatingIfNeeded: (start >> 16) &+ UInt64(number * 2)), ssrc: configuration.ssrc,
                payload: [UInt8](repeating: 0x11, count: isLong ? 4 : 2)[...])
            outbox.append(
                Datagram(protected(packet.serialized, isControl: false), from: address, to: peer.address))
        }
    }

    /// Who has the keys can send rubbish that is authentic.
    private func protected(_ octets: [UInt8], isControl: Bool) -> [UInt8] {
        guard let keying = configuration.keying, Int.random(in: 0..<3, using: &random) > 0 else { return octets }
        if rubbishProtection?.sending != keying.sending {
            rubbishProtection = try? SRTPSession(sending: keying.sending, receiving: keying.receiving)
        }
        var result = octets
        if isControl {
            try? rubbishProtection?.protectControl(&result)
        } else {
            try? rubbishProtection?.protect(&result)
        }
        return result.isEmpty ? octets : result
    }
}
