import RTPMedia
import TelephonyPrimitives
import Testing

@Suite("Floods and forgeries", .tags(.threat))
struct FloodTests {
    /// Runs a listener that hears a call and another that hears the same call amid something else.
    ///
    /// - Parameter attack: what comes in each tick besides the call's packet, before or after it.
    /// - Returns: the one that was disturbed.
    private static func disturb(
        ticks: Int = 300, seed: UInt64 = 5,
        _ attack: (inout Listener, Int, inout SeededGenerator) -> Void
    ) -> (listener: Listener, isUnchanged: Bool) {
        var random = SeededGenerator(seed: seed)
        var undisturbed = Listener()
        var listener = Listener()
        for tick in 0..<ticks {
            undisturbed.deliver(Listener.described)
            if tick % 2 == 0 { listener.deliver(Listener.described) }
            attack(&listener, tick, &random)
            if tick % 2 == 1 { listener.deliver(Listener.described) }
            undisturbed.tick()
            listener.tick()
        }
        let isUnchanged = listener.heard == undisturbed.heard && listener.destinations == undisturbed.destinations
        return (listener, isUnchanged)
    }

    @Test("T-21 100 SSRCs from everywhere and from the host of the call: the sound is exactly that without them")
    func manySources() {
        let (listener, isUnchanged) = Self.disturb { listener, tick, random in
            for index in 0..<20 {
                let ssrc = UInt32(100 + (tick * 20 + index) % 100)
                let isNear = index % 2 == 0
                // Beside the call's port, and once in a while from its very address.
                let address = TransportAddress(
                    ip: isNear ? Listener.described.ip : .v4(.random(in: 1...(.max), using: &random)),
                    port: isNear && index % 20 != 0 ? 7000 + UInt16(index) : 6000)
                guard index % 20 != 0 || tick > 5 else { continue }
                listener.forge(address, ssrc: ssrc, sequence: .random(in: 0...(.max), using: &random))
            }
        }
        #expect(isUnchanged)
        #expect(listener.session.statistics.ssrcChanges == 0)
        #expect(listener.session.statistics.packetsReceived == 300)
        #expect(listener.latched == [Listener.described])
    }

    @Test(
        "T-21 Datagrams of one octet and of 65,000, and RTCP of all kinds, from strangers and from the call's address")
    func sizes() {
        let (listener, isUnchanged) = Self.disturb { listener, _, random in
            for size in [0, 1, 2, 3, 4, 11, 1500, 1501, 65_000] {
                var octets = [UInt8](repeating: .random(in: 0...255, using: &random), count: size)
                if size > 1 { (octets[0], octets[1]) = (0x80, .random(in: 192...223, using: &random)) }
                for address in [Listener.stranger, Listener.described] {
                    listener.session.receive(packet: octets, from: address, now: listener.now)
                    listener.session.receiveControl(packet: octets, from: address, now: listener.now)
                }
            }
        }
        let statistics = listener.session.statistics
        #expect(isUnchanged)
        #expect(statistics.oversized == 300 * 2 * 2 * 2)
        // Each is counted, as one thing.
        let refused =
            statistics.malformed + statistics.notMedia + statistics.rateLimited + statistics.discardedFromWrongSource
        #expect(refused + statistics.oversized == 300 * 9 * 4)
        #expect(statistics.malformed > 100 && statistics.notMedia > 1000 && statistics.rateLimited > 1000)
    }

    @Test("T-21 More than 1,000 datagrams a second from the call's own address are counted and not looked at")
    func rate() {
        var listener = Listener()
        var sequence: UInt16 = 0
        for _ in 0..<100 {
            for _ in 0..<100 {
                listener.forge(Listener.described, ssrc: 2, sequence: sequence)
                sequence &+= 1
            }
            listener.tick()
        }
        let statistics = listener.session.statistics
        // 10,000 in 2 s: 1,000 at once and 1,000 a second.
        #expect((2_950...3_000).contains(statistics.packetsReceived))
        #expect(statistics.packetsReceived + statistics.rateLimited == 10_000)
        // Then the call goes on as ever.
        listener.now = listener.now + .seconds(2)
        let limited = statistics.rateLimited
        listener.run(500, Listener.described, ssrc: 3)
        #expect(listener.session.statistics.rateLimited == limited)
        #expect(listener.heard.suffix(400).allSatisfy { Tone.power($0) > 1e6 })
    }

    @Test(
        "T-21 Numbers that jump with each packet, timestamps of hours: nothing grows, and the call is heard after them")
    func jumps() {
        var random = SeededGenerator(seed: 12)
        var listener = Listener()
        listener.run(50, Listener.described)
        for round in 0..<3000 {
            let packet = RTPPacket(
                payloadType: 0, sequence: .random(in: 0...(.max), using: &random),
                timestamp: .random(in: 0...(.max), using: &random), ssrc: 2,
                payload: [UInt8](repeating: 0x70, count: 160)[...])
            listener.session.receive(packet: packet.serialized, from: Listener.described, now: listener.now)
            if round % 2 == 0 { listener.tick() }
        }
        let statistics = listener.session.statistics
        #expect((1...4.5).contains(statistics.estimatedMOS))
        #expect(statistics.packetsReceived == 3050)
        #expect(statistics.bursts.burstPackets + statistics.bursts.gapPackets < 3050 * 3000)
        listener.run(200, Listener.described, ssrc: 9)
        #expect(listener.heard.suffix(100).allSatisfy { Tone.power($0) > 1e6 })
    }

    @Test("T-21 A clock that jumps by hours, back and forth, makes no event more than time would, and no trap")
    func clock() {
        var listener = Listener()
        listener.run(50, Listener.described)
        for jump in [3_600, -7_200, 86_400, -86_400, 5_000_000_000, -5_000_000_000] as [Int64] {
            listener.now = listener.now + .seconds(jump)
            listener.run(60, Listener.described)
        }
        let reports = listener.events.filter { if case .quality = $0 { true } else { false } }
        #expect(reports.count <= 20)
        #expect(listener.events.filter { if case .silent = $0 { true } else { false } }.count <= 6)
        let statistics = listener.session.statistics
        #expect((1...4.5).contains(statistics.estimatedMOS) && statistics.packetsReceived == 410)
    }

    @Test("T-23 A goodbye of the call's source is told once and ends nothing")
    func goodbye() {
        let (listener, isUnchanged) = Self.disturb { listener, tick, _ in
            guard tick > 10 else { return }
            for sources in [[2], [2, 3, 4], [1], [77]] as [[UInt32]] {
                let compound = RTCPCompound([
                    .receiverReport(ssrc: 5, blocks: []), .goodbye(sources: sources, reason: "bye"),
                ])
                listener.session.receiveControl(
                    packet: compound.serialized, from: Listener.described, now: listener.now)
            }
        }
        #expect(isUnchanged)
        #expect(listener.events.filter { $0 == .goodbye }.count == 1)
        #expect(listener.session.statistics.packetsSent == 300)
    }

    @Test("T-23 Reports with any values leave the sound and all figures within their bounds")
    func reports() {
        var random = SeededGenerator(seed: 21)
        let (listener, isUnchanged) = Self.disturb { listener, tick, _ in
            let word: () -> UInt32 = {
                [0, 1, .max, 0x8000_0000, .random(in: 0...(.max), using: &random)].randomElement(using: &random) ?? 0
            }
            let block = ReportBlock(
                ssrc: 1, fractionLost: UInt8(truncatingIfNeeded: word()), cumulativeLost: Int32(bitPattern: word()),
                extendedHighest: word(), jitter: word(), lastReport: word(), delaySinceLastReport: word())
            let time = NTPTimestamp(bits: UInt64(word()) << 32 | UInt64(word()))
            let compound = RTCPCompound([
                .senderReport(
                    .init(ssrc: 2, time: time, timestamp: word(), packets: word(), octets: word(), blocks: [block])),
                .extendedReport(
                    ExtendedReport(
                        ssrc: 2,
                        blocks: [
                            .receiverReferenceTime(time),
                            .receiverReportDelays([ReceiverReportDelay(ssrc: 1, lastReport: word(), delay: word())]),
                            .voipMetrics(VoIPMetrics(ssrc: 1)),
                        ])),
            ])
            listener.session.receiveControl(packet: compound.serialized, from: Listener.described, now: listener.now)
            let statistics = listener.session.statistics
            #expect(statistics.roundTripTime == nil || tick > 50)
            #expect((0...1).contains(statistics.remoteLossFraction))
            #expect(statistics.remoteMOS.map { (1...4.5).contains($0) } ?? true)
            #expect(abs(statistics.remotePacketsLost) <= 0x80_0000)
            #expect(statistics.remoteJitter >= .zero)
        }
        #expect(isUnchanged)
        // Nothing of ours was answered, so no clock was skewed.
        #expect(listener.session.statistics.roundTripTime == nil)
    }

    @Test("T-24 20,000 keys at once and an event of minutes: as many as a hand could press, no longer than a minute")
    func keys() {
        var listener = Listener()
        listener.run(10, Listener.described)
        var sequence: UInt16 = 10_000
        var timestamp: UInt32 = 0
        func send(_ event: TelephoneEvent, marker: Bool) {
            let packet = RTPPacket(
                marker: marker, payloadType: 101, sequence: sequence, timestamp: timestamp, ssrc: 2,
                payload: event.serialized[...])
            listener.session.receive(packet: packet.serialized, from: Listener.described, now: listener.now)
            sequence &+= 1
        }
        // 20,000 presses in 4 s.
        for index in 0..<20_000 {
            send(TelephoneEvent(code: UInt8(index % 16), isEnd: true, duration: 400), marker: true)
            timestamp &+= 800
            if index % 100 == 99 { listener.tick() }
        }
        let pressed = listener.events.filter { if case .dtmf = $0 { true } else { false } }.count
        // 100 at once and 20 a second.
        #expect((100...185).contains(pressed))
        // One that lasts ten minutes, as segments that follow each other.
        listener.now = listener.now + .seconds(10)
        listener.events = []
        for index in 0..<6000 {
            send(TelephoneEvent(code: 5, isEnd: false, duration: UInt16(800 * (index % 80 + 1))), marker: index == 0)
            if index % 80 == 79 { timestamp &+= 64_000 }
            listener.now = listener.now + .milliseconds(80)
            listener.tick()
        }
        let long = listener.events.compactMap { if case .dtmf(_, let duration) = $0 { duration } else { nil } }
        #expect(long.count == 1)
        #expect(long.allSatisfy { $0 > .seconds(58) && $0 <= .seconds(62) })
    }

    @Test("T-24 A key that comes three times, late and by another address is one key")
    func repeated() {
        var listener = Listener()
        listener.run(10, Listener.described)
        for (offset, isEnd) in [(0, false), (1, false), (2, true), (2, true), (3, true), (1, false)] {
            let packet = RTPPacket(
                payloadType: 101, sequence: 4 + UInt16(offset), timestamp: 1600, ssrc: 2,
                payload: TelephoneEvent(code: 3, isEnd: isEnd, duration: 800).serialized[...])
            for address in [Listener.described, Listener.stranger] {
                listener.session.receive(packet: packet.serialized, from: address, now: listener.now)
            }
            listener.tick()
        }
        listener.run(60, Listener.described)
        #expect(
            listener.events.filter { if case .dtmf = $0 { true } else { false } } == [
                .dtmf(digit: "3", duration: .milliseconds(100))
            ])
    }

    @Test("T-24 20,000 keys to be sent are cut to what is queued")
    func sendingKeys() {
        var listener = Listener()
        let queued = listener.session.sendDTMF(String(repeating: "1", count: 20_000))
        #expect(queued > 0 && queued <= 1000)
    }
}
