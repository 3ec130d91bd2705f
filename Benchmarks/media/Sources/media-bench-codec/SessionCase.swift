import RTPMedia
import TelephonyPrimitives

/// A call's sound in its stride: for each frame a packet comes, 20 ms are pulled, 20 ms are pushed, a packet leaves.
struct SessionCase {
    let folder: String
    let frames: Int

    func run(_ codec: AudioCodecKind, payloadType: UInt8) -> Int {
        let speech = Speech(folder: folder, sampleRate: codec.sampleRate)
        let peer = TransportAddress(ip: .loopbackV4, port: 4000)
        var encoder = codec.makeEncoder()
        var stream = SendStream(ssrc: 9, sequence: 0, timestamp: 0)
        // What comes is prepared for 500 frames, and numbered on when it comes again.
        var packets: [[UInt8]] = []
        var spoken: [PCMFrame] = []
        for frame in 0..<500 {
            let samples = Array(speech.samples[speech.place(frame)])
            var payload: [UInt8] = []
            encoder.encode(samples.span, into: &payload)
            packets.append(stream.packet(payloadType: payloadType, payload: payload, marker: frame == 0))
            spoken.append(PCMFrame(samples: samples, sampleRate: codec.sampleRate))
        }
        var session = MediaSession(
            configuration: MediaSessionConfiguration(
                codec: codec, sendPayloadType: payloadType, receivePayloadTypes: [payloadType: codec],
                telephoneEventSend: 101, telephoneEventReceive: [101], remote: peer,
                remoteRTCP: TransportAddress(ip: .loopbackV4, port: 4001), ssrc: 7, cname: "bench"),
            random: SeededGenerator(seed: 1))
        var heard = PCMFrame(samples: [], sampleRate: codec.sampleRate)
        var now = Instant(nanoseconds: 1_000_000_000)
        var sink = 0
        for frame in 0..<frames {
            let index = frame % packets.count
            Self.number(frame, clock: codec.clockRate / 50, &packets[index])
            let packet = packets[index]
            session.receive(packet: packet.span, from: peer, now: now)
            session.push(spoken[index], now: now)
            session.wake(now: now)
            session.pull(now: now, into: &heard)
            sink &+= heard.samples.count
            while let output = session.nextOutput() {
                switch output {
                case .rtp(let octets, _), .rtcp(let octets, _):
                    sink &+= octets.count
                    session.recycle(octets)
                case .event: break
                }
            }
            now = now + .milliseconds(20)
        }
        return sink
    }

    private static func number(_ frame: Int, clock: Int, _ packet: inout [UInt8]) {
        packet[2] = UInt8(truncatingIfNeeded: frame >> 8)
        packet[3] = UInt8(truncatingIfNeeded: frame)
        let timestamp = UInt32(truncatingIfNeeded: frame * clock)
        for octet in 0..<4 { packet[4 + octet] = UInt8(truncatingIfNeeded: timestamp >> (24 - 8 * UInt32(octet))) }
    }
}
