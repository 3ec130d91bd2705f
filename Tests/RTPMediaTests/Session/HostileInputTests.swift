import RTPMedia
import TelephonyPrimitives
import Testing

@Suite("What a session is not harmed by")
struct HostileInputTests {
    @Test("What is no media of the call is counted by kind, and nothing else happens")
    func kinds() {
        var listener = Listener()
        listener.run(50, Listener.described)
        let before = listener.session.statistics
        let stun: [UInt8] = [0, 1, 0, 0, 0x21, 0x12, 0xA4, 0x42] + [UInt8](repeating: 7, count: 12)
        for octets in [stun, [], [0], [0x0D, 0x0A], [UInt8](repeating: 0, count: 1500)] {
            listener.session.receive(packet: octets, from: Listener.described, now: listener.now)
        }
        var oversized = [UInt8](repeating: 0, count: 1501)
        oversized[0] = 0x80
        listener.session.receive(packet: oversized, from: Listener.described, now: listener.now)
        listener.session.receiveControl(packet: oversized, from: Listener.described, now: listener.now)
        listener.session.receive(packet: [0x80, 0, 0, 0, 0], from: Listener.described, now: listener.now)
        listener.session.receive(packet: [0x80, 200, 0, 9], from: Listener.described, now: listener.now)
        listener.session.receiveControl(packet: [0x80, 200, 0, 9], from: Listener.described, now: listener.now)
        listener.session.receiveControl(packet: stun, from: Listener.described, now: listener.now)
        listener.deliver(Listener.described, payloadType: 18)
        let after = listener.session.statistics
        #expect(after.notMedia == 6)
        #expect(after.oversized == 2)
        #expect(after.malformed == 3)
        #expect(after.unknownPayload == 1)
        #expect(after.packetsReceived == before.packetsReceived)
        #expect(after.packetsLost == 0)
        #expect(listener.session.nextOutput() == nil)
    }

    @Test("Packets of another payload type in between are no loss")
    func otherPayload() {
        var listener = Listener()
        for payloadType in [0, 18, 0, 0, 18] as [UInt8] {
            for _ in 0..<20 {
                listener.deliver(Listener.described, payloadType: payloadType)
                listener.tick()
            }
        }
        listener.run(60, Listener.described)
        let statistics = listener.session.statistics
        #expect(statistics.unknownPayload == 40)
        #expect(statistics.packetsLost == 0)
        #expect(statistics.bursts.bursts == 0 && statistics.bursts.gapDensity == 0)
    }

    @Test("A payload type that was not agreed on never makes a source")
    func unknownPayload() {
        var listener = Listener()
        for _ in 0..<20 {
            listener.deliver(Listener.described, payloadType: 96)
            listener.tick()
        }
        #expect(listener.latched.isEmpty)
        #expect(listener.session.statistics.unknownPayload == 20)
    }

    @Test(
        "Random and changed datagrams do no harm, and the call is heard beside them", arguments: 0..<4 as Range<UInt64>)
    func noise(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var listener = Listener()
        for _ in 0..<300 {
            listener.deliver(Listener.described)
            for _ in 0..<10 {
                var octets = (0..<Int.random(in: 0...200, using: &random)).map { _ in
                    UInt8.random(in: 0...255, using: &random)
                }
                if !octets.isEmpty, Bool.random(using: &random) { octets[0] = 0x80 | octets[0] & 0x3F }
                listener.session.receive(packet: octets, from: Listener.stranger, now: listener.now)
                listener.session.receiveControl(packet: octets, from: Listener.described, now: listener.now)
            }
            listener.tick()
        }
        #expect(listener.session.statistics.packetsReceived == 300)
        #expect(listener.heard.suffix(250).allSatisfy { Tone.power($0) > 1e6 })
    }

    @Test("Any header, timestamp and event from the right source is survived", arguments: 0..<4 as Range<UInt64>)
    func wildSource(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var listener = Listener()
        for _ in 0..<2000 {
            let packet = RTPPacket(
                marker: .random(using: &random), payloadType: [0, 8, 101].randomElement(using: &random) ?? 0,
                sequence: .random(in: 0...(.max), using: &random), timestamp: .random(in: 0...(.max), using: &random),
                ssrc: .random(in: 2...3, using: &random),
                payload: ArraySlice(
                    (0..<Int.random(in: 0...400, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
                ))
            listener.session.receive(packet: packet.serialized, from: Listener.described, now: listener.now)
            listener.tick()
        }
        #expect(listener.heard.allSatisfy { $0.samples.count == 160 })
        #expect(listener.session.statistics.jitter < .seconds(10))
    }
}
