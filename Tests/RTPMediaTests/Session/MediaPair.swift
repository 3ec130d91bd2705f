import RTPMedia
import TelephonyPrimitives

/// Two media sessions in virtual time, with a line between them that loses, delays and swaps what it is told to.
struct MediaPair {
    static let left = TransportAddress(ip: .v4(0xC000_0201), port: 4000)
    static let right = TransportAddress(ip: .v4(0xC633_6401), port: 6000)

    struct Side {
        var session: MediaSession
        var rtp: TransportAddress
        var events: [MediaEvent] = []
        var heard: [PCMFrame] = []
        var sent: [RTPPacket] = []
        var controlSent: [RTCPCompound] = []

        var keys: String {
            String(events.compactMap { if case .dtmf(let digit, _) = $0 { digit } else { nil } })
        }
    }

    private struct Flight {
        var octets: [UInt8]
        var toLeft: Bool
        var isControl: Bool
        var arrival: Instant
    }

    var left: Side
    var right: Side
    var now = Instant.zero + .seconds(1)
    /// Percent of the datagrams that never arrive.
    var loss = 0
    var delay = Duration.milliseconds(30)
    /// The most that a datagram is delayed beyond ``delay``, in milliseconds; enough of it swaps them.
    var jitter: Int64 = 0
    /// Percent of the datagrams that arrive twice.
    var duplication = 0
    private var flights: [Flight] = []
    private var random: SeededGenerator

    init(
        seed: UInt64 = 1, codec: AudioCodecKind = .pcmu,
        change: (inout MediaSessionConfiguration, inout MediaSessionConfiguration) -> Void = { _, _ in }
    ) {
        var first = Self.configuration(remote: Self.right, ssrc: 1, codec: codec)
        var second = Self.configuration(remote: Self.left, ssrc: 2, codec: codec)
        change(&first, &second)
        left = Side(
            session: MediaSession(configuration: first, random: SeededGenerator(seed: seed &* 2)), rtp: Self.left)
        right = Side(
            session: MediaSession(configuration: second, random: SeededGenerator(seed: seed &* 2 &+ 1)), rtp: Self.right
        )
        random = SeededGenerator(seed: seed)
    }

    static func configuration(
        remote: TransportAddress?, ssrc: UInt32, codec: AudioCodecKind = .pcmu
    ) -> MediaSessionConfiguration {
        MediaSessionConfiguration(
            codec: codec, sendPayloadType: codec == .pcmu ? 0 : 8, receivePayloadTypes: [0: .pcmu, 8: .pcma],
            telephoneEventSend: 101, telephoneEventReceive: [101], remote: remote, ssrc: ssrc, cname: "side-\(ssrc)")
    }

    /// Lets time run, in ticks of 20 ms on both sides.
    ///
    /// - Parameter frame: what the left side says in each tick.
    mutating func run(_ duration: Duration, frame: (Int) -> PCMFrame? = { _ in nil }) {
        let ticks = Int(duration.inMilliseconds / 20)
        for tick in 0..<ticks {
            left.session.push(frame(tick), now: now)
            left.session.wake(now: now)
            right.session.push(nil, now: now)
            right.session.wake(now: now)
            drain()
            left.heard.append(left.session.pull(now: now))
            right.heard.append(right.session.pull(now: now))
            for _ in 0..<20 {
                now = now + .milliseconds(1)
                deliver()
            }
        }
    }

    /// Takes what both sides want done.
    mutating func drain() {
        while let output = left.session.nextOutput() { send(output, fromLeft: true) }
        while let output = right.session.nextOutput() { send(output, fromLeft: false) }
    }

    private mutating func send(_ output: MediaOutput, fromLeft: Bool) {
        let octets: [UInt8]
        let isControl: Bool
        switch output {
        case .event(let event):
            if fromLeft { left.events.append(event) } else { right.events.append(event) }
            return
        case .rtp(let packet, let destination):
            (octets, isControl) = (packet, false)
            guard destination == (fromLeft ? right.rtp : left.rtp) else { return }
            if let packet = try? RTPPacket(parsing: octets), DatagramKind(octets) == .rtp {
                if fromLeft { left.sent.append(packet) } else { right.sent.append(packet) }
            }
        case .rtcp(let packet, let destination):
            (octets, isControl) = (packet, true)
            guard destination.port == (fromLeft ? right.rtp.port : left.rtp.port) + 1 else { return }
        }
        if let compound = try? RTCPCompound(parsing: octets) {
            if fromLeft { left.controlSent.append(compound) } else { right.controlSent.append(compound) }
        }
        guard Int.random(in: 0..<100, using: &random) >= loss else { return }
        let copies = Int.random(in: 0..<100, using: &random) < duplication ? 2 : 1
        for _ in 0..<copies {
            let extra = jitter > 0 ? Int64.random(in: 0...jitter, using: &random) : 0
            flights.append(
                Flight(
                    octets: octets, toLeft: !fromLeft, isControl: isControl,
                    arrival: now + delay + .milliseconds(extra)))
        }
    }

    private mutating func deliver() {
        let arrived = flights.filter { $0.arrival <= now }
        guard !arrived.isEmpty else { return }
        flights.removeAll { $0.arrival <= now }
        for flight in arrived {
            let source = flight.toLeft ? right.rtp : left.rtp
            let from = flight.isControl ? TransportAddress(ip: source.ip, port: source.port + 1) : source
            switch (flight.toLeft, flight.isControl) {
            case (true, false): left.session.receive(packet: flight.octets, from: from, now: now)
            case (true, true): left.session.receiveControl(packet: flight.octets, from: from, now: now)
            case (false, false): right.session.receive(packet: flight.octets, from: from, now: now)
            case (false, true): right.session.receiveControl(packet: flight.octets, from: from, now: now)
            }
        }
        drain()
    }
}

/// A tone of 400 Hz, whose period is a whole number of samples.
enum Tone {
    static func frame(_ tick: Int) -> PCMFrame {
        let samples = (0..<160).map { index in
            let phase = Double((tick * 160 + index) % 20) / 20
            // A triangle with the corners cut off: no transcendental functions needed.
            let value = 4 * abs(phase - 0.5) - 1
            return Int16(max(-0.8, min(0.8, value)) * 10_000)
        }
        return PCMFrame(samples: samples, sampleRate: 8000)
    }

    /// The mean of the squares.
    static func power(_ frame: PCMFrame) -> Double {
        frame.samples.reduce(0.0) { $0 + Double($1) * Double($1) } / Double(max(1, frame.samples.count))
    }
}
