import RTPMedia
import TelephonyPrimitives
import Testing

@Suite("Collisions and changes of the stream")
struct CollisionTests {
    @Test("When the other side uses our SSRC we say goodbye under it and go on under another")
    func collision() throws {
        var pair = MediaPair { _, right in right.ssrc = 1 }
        pair.run(.seconds(10), frame: Tone.frame)
        for side in [pair.left, pair.right] {
            let sources = side.sent.map(\.ssrc)
            #expect(sources.first == 1)
            #expect(Set(sources).count == 2)
            let change = try #require(sources.firstIndex { $0 != 1 })
            #expect(sources[change...].allSatisfy { $0 != 1 })
            #expect(side.controlSent.contains { $0.packets.contains(.goodbye(sources: [1], reason: nil)) })
            for (early, late) in zip(side.sent, side.sent.dropFirst()) { #expect(late.sequence == early.sequence &+ 1) }
            #expect(side.sent[change].marker)
            #expect(side.session.statistics.ssrcCollisions == 1)
            #expect(side.session.statistics.packetsSent == 500)
            #expect(side.session.statistics.packetsLost == 0)
            #expect(side.session.statistics.roundTripTime != nil)
        }
        #expect(pair.left.sent.last?.ssrc != pair.right.sent.last?.ssrc)
        #expect(pair.right.heard.suffix(100).allSatisfy { Tone.power($0) > 1e6 })
        // What sender reports count began anew.
        let reports = pair.left.controlSent.flatMap(\.packets).compactMap {
            if case .senderReport(let report) = $0, report.ssrc != 1 { report.packets } else { nil }
        }
        #expect(reports.allSatisfy { $0 < 500 })
    }

    @Test("A line that sends back what we send changes the SSRC once, and is heard")
    func loop() {
        var listener = Listener()
        var sent: [[UInt8]] = []
        for tick in 0..<500 {
            for octets in sent { listener.session.receive(packet: octets, from: Listener.described, now: listener.now) }
            sent = []
            listener.session.push(Tone.frame(tick), now: listener.now)
            listener.session.wake(now: listener.now)
            listener.heard.append(listener.session.pull(now: listener.now))
            while let output = listener.session.nextOutput() {
                if case .rtp(let octets, _) = output { sent.append(octets) }
            }
            listener.now = listener.now + .milliseconds(20)
        }
        let statistics = listener.session.statistics
        #expect(statistics.ssrcCollisions == 1)
        #expect(statistics.loops > 450)
        #expect(listener.heard.suffix(400).allSatisfy { Tone.power($0) > 1e6 })
    }

    @Test("T-21 A stranger under our SSRC changes nothing", .tags(.threat))
    func stranger() {
        var listener = Listener()
        listener.run(50, Listener.described)
        for sequence in UInt16(0)..<50 { listener.forge(Listener.stranger, ssrc: 1, sequence: sequence) }
        let forged = RTCPCompound([.receiverReport(ssrc: 1, blocks: [])]).serialized
        listener.session.receiveControl(packet: forged, from: Listener.stranger, now: listener.now)
        listener.run(50, Listener.described)
        #expect(listener.session.statistics.ssrcCollisions == 0)
        #expect(listener.session.statistics.loops == 0)
    }

    @Test("T-23 Reports forged under each SSRC of ours make us change it once a minute at most", .tags(.threat))
    func forged() {
        var listener = Listener { $0.remoteRTCP = TransportAddress(ip: Listener.stranger.ip, port: 6001) }
        var sources: [UInt32] = []
        for tick in 0..<1000 {
            listener.deliver(Listener.described)
            let forged = RTCPCompound([.receiverReport(ssrc: sources.last ?? 1, blocks: [])]).serialized
            let host = tick % 2 == 0 ? Listener.stranger : Listener.described
            listener.session.receiveControl(packet: forged, from: host, now: listener.now)
            listener.session.push(nil, now: listener.now)
            while let output = listener.session.nextOutput() {
                guard case .rtp(let octets, _) = output, let packet = try? RTPPacket(parsing: octets) else { continue }
                sources.append(packet.ssrc)
            }
            listener.now = listener.now + .milliseconds(20)
        }
        #expect(listener.session.statistics.ssrcCollisions == 1)
        #expect(Set(sources).count <= 2)
        #expect(listener.session.statistics.loops > 900)
    }

    @Test("A payload type of another clock in mid-call leaves loss and jitter as they are")
    func clockChange() {
        var listener = Listener { $0.receivePayloadTypes = [0: .pcmu, 96: .l16(sampleRate: 16_000)] }
        var sequence: UInt16 = 100
        var timestamp: UInt32 = 5_000
        for tick in 0..<300 {
            let isWide = (100..<200).contains(tick)
            let packet = RTPPacket(
                payloadType: isWide ? 96 : 0, sequence: sequence, timestamp: timestamp, ssrc: 2,
                payload: [UInt8](repeating: 0x70, count: isWide ? 640 : 160)[...])
            // One packet of the whole call is missing, just before the change.
            if tick != 99 {
                listener.session.receive(packet: packet.serialized, from: Listener.described, now: listener.now)
            }
            sequence &+= 1
            timestamp &+= isWide ? 320 : 160
            listener.tick()
            #expect(listener.session.statistics.jitter < .milliseconds(1))
        }
        let statistics = listener.session.statistics
        #expect(statistics.packetsLost == 1)
        #expect(statistics.packetsReceived == 299)
        #expect(statistics.bursts.bursts == 0)
    }

    @Test("Numbers that begin anew under the same SSRC are taken up at the second packet and counted")
    func restart() {
        var listener = Listener()
        listener.run(100, Listener.described)
        for index in UInt16(0)..<100 {
            let packet = RTPPacket(
                payloadType: 0, sequence: 30_000 + index, timestamp: 0x9000_0000 + UInt32(index) * 160, ssrc: 2,
                payload: G711(.mu).encode(Tone.frame(0).samples)[...])
            listener.session.receive(packet: packet.serialized, from: Listener.described, now: listener.now)
            listener.tick()
        }
        let statistics = listener.session.statistics
        #expect(statistics.streamRestarts == 1)
        #expect(statistics.packetsLost <= 0)
        #expect(statistics.bursts.bursts == 0)
        #expect(listener.heard.suffix(80).allSatisfy { Tone.power($0) > 1e6 })
    }
}
