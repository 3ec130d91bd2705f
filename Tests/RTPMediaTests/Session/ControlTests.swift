import RTPMedia
import TelephonyPrimitives
import Testing

@Suite("RTCP of a session")
struct ControlTests {
    private func isSenderReport(_ compound: RTCPCompound) -> Bool {
        if case .senderReport = compound.packets.first { true } else { false }
    }

    @Test("Reports tell the round trip, and our loss on the way to the other side")
    func reports() throws {
        var pair = MediaPair(seed: 4)
        pair.delay = .milliseconds(40)
        pair.loss = 5
        pair.run(.seconds(60))
        let statistics = pair.left.session.statistics
        let roundTrip = try #require(statistics.roundTripTime)
        #expect(abs(roundTrip.inSeconds - 0.08) < 0.002)
        #expect(statistics.remotePacketsLost > 50)
        #expect(statistics.remoteLossFraction < 0.2)
        // 60 s at 2.05 to 6.16 s each.
        #expect((10...30).contains(pair.left.controlSent.count))
        #expect(pair.left.controlSent.allSatisfy(isSenderReport))
    }

    @Test("Who doesn't send reports as a receiver")
    func receiverReports() {
        var pair = MediaPair { left, _ in left.direction = .recvonly }
        pair.run(.seconds(20))
        #expect(!pair.left.controlSent.isEmpty)
        for compound in pair.left.controlSent {
            guard case .receiverReport(let ssrc, let blocks) = compound.packets.first else {
                Issue.record("It begins with another packet.")
                continue
            }
            #expect(ssrc == 1)
            #expect(blocks.map(\.ssrc) == [2])
            #expect(compound.packets.contains(.sourceDescription([.init(ssrc: 1, cname: "side-1")])))
        }
    }

    @Test("Goodbye is sent once, and told once")
    func goodbye() {
        var pair = MediaPair()
        pair.run(.seconds(1))
        pair.duplication = 100
        pair.left.session.close(now: pair.now)
        pair.left.session.close(now: pair.now)
        pair.drain()
        #expect(pair.left.controlSent.filter { $0.packets.contains(.goodbye(sources: [1], reason: nil)) }.count == 1)
        pair.run(.seconds(1))
        #expect(pair.right.events.filter { $0 == .goodbye }.count == 1)
    }

    @Test("Who never sent anything says no goodbye")
    func noGoodbye() {
        var pair = MediaPair()
        pair.left.session.close(now: pair.now)
        pair.drain()
        #expect(pair.left.controlSent.isEmpty)
    }

    @Test("Where both share a port, reports leave from that of RTP and are understood there")
    func sharedPort() {
        var pair = MediaPair { left, right in
            left.remoteRTCP = left.remote
            right.remoteRTCP = right.remote
        }
        pair.run(.seconds(20))
        #expect(pair.left.controlSent.count > 2)
        #expect(pair.left.session.statistics.roundTripTime != nil)
        #expect(pair.left.session.statistics.malformed == 0)
    }

    @Test("A goodbye or report from a strange host, or about another stream, has no effect")
    func strangers() {
        var pair = MediaPair()
        pair.run(.seconds(1))
        let report = RTCPPacket.receiverReport(
            ssrc: 2,
            blocks: [
                ReportBlock(
                    ssrc: 1, fractionLost: 255, cumulativeLost: 9, extendedHighest: 0, jitter: .max, lastReport: 0,
                    delaySinceLastReport: 0)
            ])
        let forged = RTCPCompound([report, .goodbye(sources: [2], reason: nil)]).serialized
        let stranger = TransportAddress(ip: .v4(0x0808_0808), port: MediaPair.right.port)
        pair.left.session.receiveControl(packet: forged, from: stranger, now: pair.now)
        pair.left.session.receive(packet: forged, from: stranger, now: pair.now)
        let foreign = ReportBlock(
            ssrc: 78, fractionLost: 255, cumulativeLost: 9, extendedHighest: 0, jitter: 9, lastReport: 0,
            delaySinceLastReport: 0)
        let other = RTCPCompound([.receiverReport(ssrc: 2, blocks: [foreign]), .goodbye(sources: [77], reason: nil)])
        pair.left.session.receiveControl(packet: other.serialized, from: MediaPair.right, now: pair.now)
        pair.drain()
        #expect(!pair.left.events.contains(.goodbye))
        #expect(pair.left.session.statistics.remoteLossFraction == 0)
        #expect(pair.left.session.statistics.discardedFromWrongSource == 2)
        pair.left.session.receiveControl(packet: forged, from: MediaPair.right, now: pair.now)
        pair.drain()
        #expect(pair.left.events.contains(.goodbye))
        #expect(pair.left.session.statistics.remotePacketsLost == 9)
    }

    @Test("Behind a NAT reports go to where those of the call's source come from, and to nobody else")
    func symmetricControl() {
        func destinations(reportsFrom source: TransportAddress, ssrc: UInt32) -> Set<TransportAddress> {
            var listener = Listener { $0.remoteRTCP = TransportAddress(ip: Listener.described.ip, port: 6001) }
            var destinations: [TransportAddress] = []
            for tick in 0..<1000 {
                listener.deliver(Listener.translated)
                if tick % 100 == 50 {
                    let report = RTCPCompound([.receiverReport(ssrc: ssrc, blocks: [])]).serialized
                    listener.session.receiveControl(packet: report, from: source, now: listener.now)
                }
                listener.session.push(nil, now: listener.now)
                listener.session.wake(now: listener.now)
                while let output = listener.session.nextOutput() {
                    if case .rtcp(_, let destination) = output { destinations.append(destination) }
                }
                listener.now = listener.now + .milliseconds(20)
            }
            return Set(destinations)
        }
        let mapped = TransportAddress(ip: Listener.translated.ip, port: 40_777)
        let next = TransportAddress(ip: Listener.translated.ip, port: Listener.translated.port + 1)
        #expect(destinations(reportsFrom: mapped, ssrc: 2) == [mapped])
        #expect(destinations(reportsFrom: mapped, ssrc: 99) == [next])
        #expect(destinations(reportsFrom: TransportAddress(ip: Listener.stranger.ip, port: 40_777), ssrc: 2) == [next])
        #expect(destinations(reportsFrom: Listener.translated, ssrc: 2) == [next])
    }
}
