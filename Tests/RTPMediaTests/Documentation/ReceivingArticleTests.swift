import RTPMedia
import TelephonyPrimitives
import Testing

/// The code of `Receiving.md` and of `RTPMedia.md`.
@Suite("The article on receiving")
struct ReceivingArticleTests {
    @Test("Datagrams become sound; events and figures say what happened")
    func receiving() throws {
        let configuration = MediaSessionConfiguration(
            codec: .pcmu, sendPayloadType: 0, receivePayloadTypes: [0: .pcmu, 8: .pcma],
            telephoneEventSend: 101, telephoneEventReceive: [101],
            remote: TransportAddress(host: "198.51.100.7", port: 4000),
            remoteRTCP: TransportAddress(host: "198.51.100.7", port: 4001),
            ssrc: .random(in: 1...UInt32.max), cname: "phone@192.0.2.1")
        var session = MediaSession(configuration: configuration, random: SystemRandomNumberGenerator())

        // The other side: it says a tone and presses a key.
        let peerAddress = try #require(TransportAddress(host: "198.51.100.7", port: 4000))
        let ownAddress = try #require(TransportAddress(host: "192.0.2.1", port: 5004))
        var peer = MediaSession(
            configuration: MediaPair.configuration(remote: ownAddress, ssrc: 7), random: SeededGenerator(seed: 7))
        peer.sendDTMF("5")

        var frame = PCMFrame(samples: [], sampleRate: session.sampleRate)
        var now = Instant.zero + .seconds(1)
        var (power, lines, keys, sent, latched) = (0.0, [] as [String], "", 0, false)
        func play(_ frame: PCMFrame) { power += Tone.power(frame) }
        func send(_ octets: [UInt8], to address: TransportAddress) { sent += address == peerAddress ? 1 : 0 }
        func sendControl(_ octets: [UInt8], to address: TransportAddress) {}
        func print(_ line: String) { lines.append(line) }
        func collect(_ digit: Character) { keys.append(digit) }
        for tick in 0..<150 {
            peer.push(Tone.frame(tick), now: now)
            peer.wake(now: now)
            while let output = peer.nextOutput() {
                let source = peerAddress
                switch output {
                case .rtp(let datagram, _):
                    session.receive(packet: datagram, from: source, now: now)
                case .rtcp(let datagram, _):
                    session.receiveControl(packet: datagram, from: source, now: now)
                case .event: break
                }
            }
            let reply = Tone.frame(tick)
            session.pull(now: now, into: &frame)  // 20 ms of what the other side says
            play(frame)
            session.push(reply, now: now)  // 20 ms of what we say
            session.wake(now: now)  // reports, quality, the notice of silence

            while let output = session.nextOutput() {
                switch output {
                case .rtp(let octets, let destination):
                    send(octets, to: destination)  // from the RTP port
                case .rtcp(let octets, let destination):
                    sendControl(octets, to: destination)  // from the RTCP port
                case .event(.dtmf(let digit, _)):
                    collect(digit)
                case .event(.quality(let report)):
                    if let score = report.heardMOS { print("sounds like \(score)") }
                case .event(.sourceLatched(let address)):
                    print("RTP comes from \(address)")
                case .event(.silent(let duration)):
                    print("nothing has come for \(duration)")
                case .event:
                    break
                }
            }
            latched = latched || lines.contains("RTP comes from 198.51.100.7:4000")
            now = now + .milliseconds(20)
        }

        let figures = session.statistics
        print("\(figures.packetsLost) of \(figures.packetsReceived + figures.packetsLost) packets lost")
        print("jitter \(figures.jitter), in the jitter buffer \(figures.jitterBufferDelay)")
        print("concealed \(figures.concealed), score \(figures.estimatedMOS)")

        #expect(latched && keys == "5" && sent == 150)
        #expect(power / 150 > 1e6)
        #expect(lines.filter { $0.hasPrefix("sounds like") }.count == 2)
        #expect(figures.packetsReceived == 150 && lines.contains("0 of 150 packets lost"))
        #expect(figures.estimatedMOS > 4)
    }

    @Test("A jitter buffer plays packets by itself")
    func jitterBuffer() throws {
        let packets: [RTPPacket] = (0..<10).map { number in
            RTPPacket(
                payloadType: 0, sequence: UInt16(number), timestamp: UInt32(number * 160), ssrc: 1,
                payload: [UInt8](repeating: 0x80, count: 160)[...])
        }
        var heard: [PCMFrame.Origin] = []
        var now = Instant.zero

        var buffer = JitterBuffer(configuration: JitterBufferConfiguration(sampleRate: 8000))
        buffer.setDecoder(AudioCodecKind.pcmu.makeDecoder(), for: 0)
        for packet in packets {
            buffer.insert(
                payload: packet.payload.span, payloadType: packet.payloadType, sequence: packet.sequence,
                timestamp: packet.timestamp, marker: packet.marker, arrival: now)
            var samples: [Int16] = []
            let origin = buffer.pull(now: now, into: &samples)
            heard.append(origin)
            now = now + .milliseconds(20)
        }
        #expect(heard.filter { $0 == .real }.count >= 8)
    }
}
