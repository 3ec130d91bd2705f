import RTPMedia
import TelephonyPrimitives
import Testing

/// The code of `Sending.md`.
@Suite("The article on sending")
struct SendingArticleTests {
    private static let peer = TransportAddress(ip: .v4(0xC633_6407), port: 4000)

    @Test("Frames and keys go out as packets, and a goodbye ends it")
    func sending() throws {
        var configuration = MediaPair.configuration(remote: Self.peer, ssrc: 1)
        var session = MediaSession(configuration: configuration, random: SeededGenerator(seed: 1))
        let samples = Tone.frame(0).samples
        var now = Instant.zero + .seconds(1)
        var sent: [RTPPacket] = []
        var (reports, isDone) = (0, false)
        func send(_ octets: [UInt8], to address: TransportAddress) {
            if let packet = try? RTPPacket(parsing: octets) { sent.append(packet) }
        }
        func sendControl(_ octets: [UInt8], to address: TransportAddress) {
            if let compound = try? RTCPCompound(parsing: octets) { reports += compound.packets.isEmpty ? 0 : 1 }
        }
        func drain() {
            while let output = session.nextOutput() {
                switch output {
                case .rtp(let octets, let destination):
                    send(octets, to: destination)
                    session.recycle(octets)  // its storage becomes the next packet's
                case .rtcp(let octets, let destination):
                    sendControl(octets, to: destination)
                case .event(.dtmfSent):
                    isDone = true
                case .event:
                    break
                }
            }
        }

        session.push(PCMFrame(samples: samples, sampleRate: session.sampleRate), now: now)
        drain()
        #expect(sent.map(\.payload.count) == [160] && sent[0].marker)

        session.push(nil, now: now)  // 20 ms of silence
        drain()
        #expect(sent.count == 2 && sent[1].payload.allSatisfy { $0 == sent[1].payload.first })

        let queued = session.sendDTMF("12,#")  // the comma is a pause of 500 ms
        #expect(queued == 4)
        for _ in 0..<100 {
            now = now + .milliseconds(20)
            session.push(nil, now: now)
            drain()
        }
        #expect(isDone && sent.contains { $0.payloadType == 101 })

        configuration.headerExtensions.audioLevel = 1  // a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level vad=off
        configuration.extendedReports = ExtendedReportFormats(parsing: "rcvr-rtt=all voip-metrics")
        session.update(configuration)
        session.push(Tone.frame(0), now: now)
        drain()
        #expect(sent.last?.headerExtension != nil)

        session.close(now: now)  // a goodbye by RTCP; nothing is sent or heard from now on
        drain()
        #expect(reports == 1)
    }

    @Test("Opus leaves silence out where the other side would rather have it so")
    func discontinuous() throws {
        let codec = AudioCodecKind(
            name: "opus", clockRate: 48_000, channels: 2, parameters: "useinbandfec=1;usedtx=1")
        let agreed = try #require(codec)
        let configuration = MediaSessionConfiguration(
            codec: agreed, sendPayloadType: 111, receivePayloadTypes: [111: agreed], remote: Self.peer, ssrc: 1,
            cname: "phone@192.0.2.1")
        var session = MediaSession(configuration: configuration, random: SeededGenerator(seed: 1))
        #expect(session.sampleRate == 16_000)
        var packets = 0
        for tick in 0..<100 {
            session.push(nil, now: .zero + .milliseconds(20 * tick))
            while let output = session.nextOutput() { if case .rtp = output { packets += 1 } }
        }
        // Every 400 ms one, after the first few.
        #expect((4...30).contains(packets))
    }
}
