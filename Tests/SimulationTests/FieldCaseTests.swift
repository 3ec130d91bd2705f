import RTPMedia
import SDP
import SIPCore
import TelephonyPrimitives
import TelephonyTesting
import Testing

@Suite("Cases from the field, as whole calls")
struct FieldCaseTests {
    // MARK: Addresses

    @Test("F-01: a phone behind a NAT names its public address, and sound goes both ways")
    func publicAddress() throws {
        let outside = IPAddress.v4(0xCB00_7107)
        let scene = Scene(
            aliceAt: .v4(0x0A00_0002), aliceAdvertises: TransportAddress(ip: outside, port: 20_000))
        // The NAT gives its first mapping, port 20000, to the signalling. That of the sound nobody can foretell.
        scene.network.translate([scene.alice.address], by: NAT(publicAddress: outside))
        scene.connects()
        scene.at(.seconds(4)) { scene.bob.hangsUp() }
        scene.lives(until: .seconds(5))
        let invite = try #require(scene.messages.first { $0.method == "INVITE" })
        #expect(invite.contactURI?.contains("203.0.113.7:20000") == true)
        #expect(invite.sessionDescription?.media.first?.host == "203.0.113.7")
        #expect(!String(decoding: invite.octets, as: UTF8.self).contains("10.0.0.2"))
        let latched = scene.bob.call.mediaEvents.compactMap {
            if case .sourceLatched(let address) = $0 { address } else { nil }
        }
        #expect(latched == [TransportAddress(ip: outside, port: 20_001)])
        scene.expectSoundBothWays(from: .seconds(2), to: .milliseconds(3900))
        #expect(scene.alice.call.ends.map(\.cause) == [.hungUpByPeer])
        scene.isOver()
    }

    @Test("F-01: a phone that does not know of its NAT is heard and hears all the same")
    func unknownNAT() {
        let scene = Scene(aliceAt: .v4(0x0A00_0002))
        scene.network.translate([scene.alice.address], by: NAT(publicAddress: .v4(0xCB00_7107)))
        scene.connects()
        scene.at(.seconds(4)) { scene.alice.hangsUp() }
        scene.lives(until: .seconds(5))
        scene.expectSoundBothWays(from: .seconds(2), to: .milliseconds(3900))
        scene.isOver()
    }

    // MARK: Sound

    @Test("F-02: a caller that sends nothing first hears the callee at once, and is heard when it speaks")
    func silentCaller() {
        let scene = Scene()
        scene.alice.invites(scene.bob).sends = false
        scene.bob.whenCalled = { _ in scene.bob.answers() }
        scene.at(.seconds(5)) { scene.alice.call.sends = true }
        scene.at(.seconds(8)) { scene.alice.hangsUp() }
        scene.lives(until: .seconds(9))
        #expect(scene.alice.call.heard(from: .milliseconds(300), to: .milliseconds(4900)).share(of: .high) > 0.95)
        #expect(scene.bob.call.heard(from: .seconds(1), to: .milliseconds(4900)).level < 50)
        #expect(scene.bob.call.heard(from: .milliseconds(5300), to: .milliseconds(7900)).share(of: .low) > 0.98)
        scene.isOver()
    }

    @Test("F-03: exactly one packet leaves per 20 ms, each 160 samples later, for half a minute")
    func pace() {
        for line in [Line(seed: 1, conditions: .perfect), .jittery] {
            let scene = Scene(seed: line.seed, conditions: line.conditions)
            scene.connects()
            scene.at(.seconds(32)) { scene.alice.hangsUp() }
            scene.lives(until: .seconds(33))
            for phone in [scene.alice, scene.bob] {
                let sent = scene.packets(of: phone)
                #expect((1530...1560).contains(sent.count), "\(sent.count)")
                for (before, after) in zip(sent, sent.dropFirst()) {
                    #expect(after.time - before.time == .milliseconds(20))
                    #expect(after.rtp.timestamp &- before.rtp.timestamp == 160)
                    #expect(after.rtp.sequence &- before.rtp.sequence == 1)
                }
                #expect(sent.map(\.rtp.marker) == [true] + Array(repeating: false, count: sent.count - 1))
                #expect(sent.allSatisfy { $0.rtp.payload.count == 160 })
            }
            for (phone, tone) in [(scene.alice, Tone.high), (scene.bob, Tone.low)] {
                let frames = phone.call.heard(from: .seconds(2), to: .milliseconds(31_800))
                #expect(frames.count == 1490)
                #expect(frames.count { $0.level < 0.5 * tone.level } == 0, "a gap in \(line.testDescription)")
                let invented = frames.count { $0.origin == .concealed }
                #expect(invented <= (line.conditions == .perfect ? 0 : 15), "\(invented)")
                #expect(frames.count { $0.origin == .silence } == 0)
            }
            scene.isOver()
        }
    }

    @Test(
        "F-07: all that was said before hanging up is heard",
        arguments: [Line(seed: 1, conditions: .perfect), .jittery])
    func lastWords(line: Line) {
        let scene = Scene(seed: line.seed, conditions: line.conditions)
        scene.connects()
        scene.lives(until: .seconds(2))
        // bob says 100 frames, and hangs up when the jitter buffer of the other side may hold the last no more.
        let start = scene.bob.call.ticks
        let tone = Tone.high
        scene.bob.call.voice = { tick in (start + 20..<start + 120).contains(tick) ? tone.frame(tick) : nil }
        scene.at(.milliseconds(2000 + 120 * 20 + 240)) { scene.bob.hangsUp() }
        scene.lives(until: .seconds(6))
        let words = scene.alice.call.heard(from: .milliseconds(2300)).count { $0.level > 0.5 * tone.level }
        #expect((97...103).contains(words), "\(words) of 100")
        let bye = scene.network.trace.records.first { $0.title == "BYE" }
        let last = scene.packets(of: scene.bob).last
        #expect(last.map { $0.time <= bye?.time ?? .zero } == true)
        scene.isOver()
    }

    @Test("F-07: what was sent before the BYE arrives before it and counts")
    func lastPackets() {
        let scene = Scene()
        scene.connects()
        scene.at(.seconds(4)) { scene.bob.hangsUp() }
        scene.lives(until: .seconds(5))
        let sent = scene.packets(of: scene.bob).count
        // The first packet leaves with the 200 and comes right after it.
        #expect(scene.alice.call.media?.statistics.packetsReceived == sent)
        scene.isOver()
    }

    @Test("F-08: a phone that has only A-law is understood and understands", arguments: [true, false])
    func aLaw(aLawCalls: Bool) {
        let scene = Scene(
            aliceCodecs: aLawCalls ? [.pcma] : [.pcmu, .pcma], bobCodecs: aLawCalls ? [.pcmu, .pcma] : [.pcma])
        scene.connects()
        scene.at(.seconds(4)) { scene.alice.hangsUp() }
        scene.lives(until: .seconds(5))
        for phone in [scene.alice, scene.bob] {
            #expect(Set(scene.packets(of: phone).map(\.rtp.payloadType)) == [8])
            scene.expectToneOnTheWire(of: phone)
        }
        scene.expectSoundBothWays(from: .milliseconds(1500), to: .milliseconds(3900))
        scene.isOver()
    }

    // MARK: Hold

    @Test(
        "F-04: every kind of hold is answered rightly and taken back, and the call lives",
        arguments: [
            (StreamDirection.sendonly, false, "recvonly"), (.inactive, false, "inactive"),
            (.sendrecv, true, "recvonly"),
            (.sendonly, true, "recvonly"),
        ])
    func hold(direction: StreamDirection, oldStyle: Bool, answer: String) throws {
        let scene = Scene()
        scene.connects()
        scene.at(.seconds(4)) {
            if oldStyle { scene.alice.rewrite = { $0.replacing("c=IN IP4 192.0.2.1", with: "c=IN IP4 0.0.0.0") } }
            scene.alice.changes(to: direction)
        }
        scene.at(.seconds(8)) {
            scene.alice.rewrite = { $0 }
            scene.alice.changes(to: .sendrecv)
        }
        scene.at(.seconds(12)) { scene.bob.hangsUp() }
        scene.lives(until: .seconds(13))
        let answers = scene.messages.filter { $0.status == 200 && $0.sequenceMethod == "INVITE" }
            .compactMap { $0.sessionDescription?.media.first?.direction }
        try #require(answers.count == 3)
        #expect(answers[1] == answer)
        #expect(answers[2] == "sendrecv")
        // bob is silent from the change to the change back.
        let sent = scene.packets(of: scene.bob).filter {
            $0.time > .zero + .milliseconds(4100) && $0.time < .zero + .seconds(8)
        }
        #expect(sent.isEmpty)
        #expect(scene.alice.call.heard(from: .milliseconds(4500), to: .milliseconds(7900)).level < 50)
        if direction != .inactive {
            #expect(scene.bob.call.heard(from: .milliseconds(4500), to: .milliseconds(7900)).share(of: .low) > 0.98)
        }
        scene.expectSoundBothWays(from: .milliseconds(8500), to: .milliseconds(11_900))
        var waivers: [Waiver] = []
        if oldStyle {
            waivers.append(
                Waiver(.sdpAddressUsable, for: "alice", because: "she plays a phone that holds as RFC 2543 had it"))
        }
        if oldStyle, direction == .sendrecv {
            waivers.append(
                Waiver(
                    .originVersion, for: "alice",
                    because: "only the address that the test writes over changes, of which her SDP knows nothing"))
        }
        scene.isOver(waivers: waivers)
    }

    // MARK: Before the answer

    @Test(
        "F-13: with a 183 sound goes both ways before the answer",
        arguments: [Line(seed: 1, conditions: .perfect), .jittery])
    func earlySound(line: Line) {
        let scene = Scene(seed: line.seed, conditions: line.conditions)
        scene.bob.whenCalled = { _ in scene.bob.ringsWithSound() }
        scene.alice.invites(scene.bob)
        scene.at(.seconds(5)) { scene.bob.answers() }
        scene.at(.seconds(8)) { scene.alice.hangsUp() }
        scene.lives(until: .seconds(9))
        #expect(scene.alice.call.story == ["183 with sound", "answered", "ended: hungUpLocally"])
        scene.expectSoundBothWays(from: .seconds(1), to: .milliseconds(4900))
        scene.expectSoundBothWays(from: .seconds(5), to: .milliseconds(7900))
        scene.isOver()
    }

    @Test("F-13: a caller that gives up during early sound is taken at its word")
    func earlySoundCancelled() {
        let scene = Scene()
        scene.bob.whenCalled = { _ in scene.bob.ringsWithSound() }
        scene.alice.invites(scene.bob)
        scene.at(.seconds(3)) { scene.alice.hangsUp() }
        scene.lives(until: .seconds(4))
        #expect(scene.bob.call.ends.map(\.cause) == [.cancelledByPeer])
        scene.isOver()
    }

    @Test("F-14: ringing, sound before the answer and the answer are told apart")
    func toldApart() {
        let scene = Scene()
        scene.bob.whenCalled = { _ in scene.bob.rings() }
        scene.alice.invites(scene.bob)
        scene.at(.seconds(2)) { scene.bob.ringsWithSound() }
        scene.at(.seconds(4)) { scene.bob.answers() }
        scene.lives(until: .seconds(1))
        #expect(scene.alice.call.story == ["180"])
        #expect(scene.alice.call.media == nil)
        scene.lives(until: .seconds(3))
        #expect(scene.alice.call.story == ["180", "183 with sound"])
        #expect(scene.alice.call.answeredAt == nil)
        scene.lives(until: .seconds(6))
        #expect(scene.alice.call.story == ["180", "183 with sound", "answered"])
        #expect(scene.alice.call.answeredAt == .zero + .milliseconds(4010))
        scene.alice.hangsUp()
        scene.isOver()
    }

    @Test("F-14: a refusal is told with its status and never as an answer", arguments: [486, 603, 408])
    func refusal(status: Int) {
        let scene = Scene()
        scene.bob.whenCalled = { _ in scene.bob.rings() }
        scene.alice.invites(scene.bob)
        scene.at(.seconds(3)) { scene.bob.refuses(status) }
        scene.lives(until: .seconds(5))
        #expect(scene.alice.call.story.first == "180")
        #expect(!scene.alice.call.story.contains("answered"))
        #expect(scene.alice.call.ends.map(\.status) == [status])
        scene.isOver()
    }
}
