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
        #expect(flooded.session.statistics.discardedFromWrongSource == 200 * 50)
        #expect(flooded.session.statistics.packetsReceived == 200)
    }

    @Test("The described address displaces a stranger who came first")
    func displaced() {
        var listener = Listener()
        listener.run(20, Listener.stranger, ssrc: 99)
        #expect(listener.latched == [Listener.stranger])
        for _ in 0..<20 {
            listener.deliver(Listener.stranger, ssrc: 99)
            listener.deliver(Listener.described)
            listener.tick()
        }
        #expect(listener.latched == [Listener.stranger, Listener.described])
        #expect(listener.destinations.last == Listener.described)
        #expect(listener.session.statistics.discardedFromWrongSource >= 18)
    }

    @Test("A source that falls silent for a second may be followed from another address")
    func moved() {
        var listener = Listener()
        listener.run(50, Listener.translated)
        listener.run(45, Listener.stranger)
        #expect(listener.latched == [Listener.translated])
        for _ in 0..<60 { listener.tick() }
        listener.run(10, Listener.stranger)
        #expect(listener.latched == [Listener.translated, Listener.stranger])
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
