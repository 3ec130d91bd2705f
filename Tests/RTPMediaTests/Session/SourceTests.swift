import RTPMedia
import TelephonyPrimitives
import Testing

@Suite("The source of a session")
struct SourceTests {
    @Test("The described address is heard from its first packet on")
    func described() {
        var listener = Listener()
        listener.run(50, Listener.described)
        #expect(listener.latched == [Listener.described])
        #expect(listener.session.statistics.packetsReceived == 50)
        #expect(listener.session.statistics.discardedFromWrongSource == 0)
        #expect(Set(listener.destinations) == [Listener.described])
    }

    @Test("Behind a NAT the address that sends is taken after its second packet, and sent to; no packet is lost")
    func translated() {
        var listener = Listener()
        listener.deliver(Listener.translated)
        listener.tick()
        #expect(listener.latched.isEmpty)
        #expect(listener.destinations == [Listener.described])
        listener.run(50, Listener.translated)
        #expect(listener.latched == [Listener.translated])
        #expect(listener.destinations.last == Listener.translated)
        #expect(listener.session.statistics.packetsReceived == 51)
        #expect(listener.session.statistics.discardedFromWrongSource == 0)
    }

    @Test("A flood from another address changes nothing of what is heard and sent")
    func flood() {
        var undisturbed = Listener()
        var flooded = Listener()
        undisturbed.run(200, Listener.described)
        var random = SeededGenerator(seed: 8)
        for tick in 0..<200 {
            flooded.deliver(Listener.described)
            for index in 0..<50 {
                let address = TransportAddress(ip: .v4(.random(in: 1...(.max), using: &random)), port: 9)
                flooded.deliver(index % 2 == 0 ? address : Listener.stranger, ssrc: index % 3 == 0 ? 2 + 1 : 99)
            }
            flooded.tick()
            #expect(flooded.heard[tick] == undisturbed.heard[tick])
        }
        #expect(flooded.events == undisturbed.events)
        #expect(flooded.destinations == undisturbed.destinations)
        // 2,500 packets a second for 4 s: strangers may have 1,000 looked at at once and as many per second.
        let statistics = flooded.session.statistics
        #expect((4_970...5_000).contains(statistics.discardedFromWrongSource))
        #expect(statistics.discardedFromWrongSource + statistics.rateLimited == 200 * 50)
        #expect(flooded.session.statistics.packetsReceived == 200)
    }

    @Test("The described address displaces another port of its host that came first")
    func displaced() {
        let other = TransportAddress(ip: Listener.described.ip, port: 9)
        var listener = Listener()
        listener.run(20, other, ssrc: 99)
        #expect(listener.latched == [other])
        for _ in 0..<20 {
            listener.deliver(other, ssrc: 99)
            listener.deliver(Listener.described)
            listener.tick()
        }
        #expect(listener.latched == [other, Listener.described])
        #expect(listener.destinations.last == Listener.described)
        #expect(listener.session.statistics.discardedFromWrongSource >= 18)
    }

    @Test("A stream that goes on from another address is followed after a tenth of a second, and its numbers count")
    func moved() {
        var listener = Listener()
        listener.run(50, Listener.translated)
        listener.run(4, Listener.stranger)
        #expect(listener.latched == [Listener.translated])
        listener.run(10, Listener.stranger)
        #expect(listener.latched == [Listener.translated, Listener.stranger])
        #expect(listener.session.statistics.packetsReceived >= 58)
    }

    @Test("T-20: after silence another stream of a stranger is not heard, and that of an expected host is")
    func silent() {
        var listener = Listener()
        listener.run(50, Listener.described)
        for _ in 0..<200 { listener.tick() }
        listener.run(50, Listener.stranger, ssrc: 99)
        #expect(listener.latched == [Listener.described])
        #expect(listener.session.statistics.packetsReceived == 50)
        listener.run(10, TransportAddress(ip: Listener.described.ip, port: 40_000), ssrc: 7)
        #expect(listener.latched.count == 2)
    }

    @Test(
        "T-20: an attacker at ten times the rate is not heard and not sent to, before, during and after latching",
        arguments: [false, true], [1, 2, 3] as [UInt64])
    func attack(knowsSSRC: Bool, seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var listener = Listener()
        var undisturbed = Listener()
        for tick in 0..<400 {
            // The caller begins late, pauses, and changes its port in between.
            let isSpeaking = (50..<200).contains(tick) || tick >= 280
            if isSpeaking {
                listener.deliver(Listener.described)
                undisturbed.deliver(Listener.described)
            }
            for _ in 0..<10 {
                let octet = UInt32.random(in: 1...250, using: &random)
                let address = TransportAddress(
                    ip: .v4(0x0808_0800 | octet), port: .random(in: 1_024...(.max), using: &random))
                listener.forge(
                    address, ssrc: knowsSSRC ? 2 : .random(in: 3...(.max), using: &random),
                    sequence: .random(in: 0...(.max), using: &random))
            }
            listener.tick()
            undisturbed.tick()
        }
        #expect(listener.heard == undisturbed.heard)
        #expect(Set(listener.destinations) == [Listener.described])
        #expect(listener.latched == [Listener.described])
        #expect(listener.session.statistics.discardedFromWrongSource >= 3_990)
    }

    @Test("Where the description names a private address, whoever sends is taken, though not before half a second")
    func privateAddress() {
        let inner = TransportAddress(ip: .v4(0xC0A8_0105), port: 6000)
        var listener = Listener(remote: inner, hosts: [])
        listener.run(20, Listener.stranger)
        #expect(listener.latched.isEmpty)
        listener.run(20, Listener.stranger)
        #expect(listener.latched == [Listener.stranger])
        var known = Listener(remote: inner, hosts: [Listener.stranger.ip])
        known.run(3, Listener.stranger)
        #expect(known.latched == [Listener.stranger])
    }

    @Test("A new description opens the way to its address, and stragglers of the old one don't come back")
    func redescribed() {
        let next = TransportAddress(ip: .v4(0xC633_6402), port: 7000)
        var listener = Listener()
        listener.run(50, Listener.described)
        listener.session.update(MediaPair.configuration(remote: next, ssrc: 1))
        listener.run(10, Listener.described)
        #expect(listener.latched == [Listener.described])
        #expect(listener.destinations.last == next)
        #expect(listener.session.statistics.discardedFromWrongSource == 10)
        listener.run(50, next, ssrc: 5)
        #expect(listener.latched == [Listener.described, next])
        #expect(listener.heard.suffix(30).allSatisfy { Tone.power($0) > 1e6 })
    }

    @Test("The same description again keeps the source that was found behind the NAT")
    func sameDescription() {
        var listener = Listener()
        listener.run(10, Listener.translated)
        listener.session.update(MediaPair.configuration(remote: Listener.described, ssrc: 1))
        listener.run(10, Listener.translated)
        #expect(listener.latched == [Listener.translated])
        #expect(listener.destinations.last == Listener.translated)
    }

    @Test("A changed SSRC is taken up with its first packet once the second has come")
    func changedSource() {
        var listener = Listener()
        listener.run(50, Listener.described, ssrc: 2)
        listener.run(50, Listener.described, ssrc: 3)
        let statistics = listener.session.statistics
        #expect(statistics.ssrcChanges == 1)
        #expect(statistics.packetsReceived == 100)
        #expect(statistics.packetsLost == 0)
        #expect(listener.heard.suffix(40).allSatisfy { Tone.power($0) > 1e6 })
    }

    @Test("A second SSRC beside the first is not heard")
    func secondSource() {
        var listener = Listener()
        for _ in 0..<100 {
            listener.deliver(Listener.described, ssrc: 2)
            listener.deliver(Listener.described, ssrc: 3, loud: false)
            listener.tick()
        }
        #expect(listener.session.statistics.ssrcChanges == 0)
        #expect(listener.session.statistics.packetsReceived == 100)
        #expect(listener.session.statistics.discardedFromWrongSource >= 99)
        #expect(listener.heard.suffix(40).allSatisfy { Tone.power($0) > 1e6 })
    }

    @Test("A key whose source changes in mid-press is told with what came of it")
    func keyAtChange() {
        var listener = Listener()
        listener.run(10, Listener.described)
        let event = RTPPacket(
            marker: true, payloadType: 101, sequence: 4, timestamp: 1600, ssrc: 2,
            payload: TelephoneEvent(code: 3, isEnd: false, duration: 480).serialized[...])
        listener.session.receive(packet: event.serialized, from: Listener.described, now: listener.now)
        listener.run(10, Listener.described, ssrc: 3)
        #expect(listener.events.contains(.dtmf(digit: "3", duration: .milliseconds(60))))
    }
}
