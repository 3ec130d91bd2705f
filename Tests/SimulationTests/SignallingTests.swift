import SDP
import SIPCore
import TelephonyPrimitives
import TelephonyTesting
import Testing

@Suite("Messages that cross, get lost and come twice")
struct SignallingTests {
    // MARK: Before the answer

    @Test("a caller that gives up while it rings is taken at its word", arguments: Line.all)
    func cancel(line: Line) {
        let scene = Scene(seed: line.seed, conditions: line.conditions)
        scene.bob.whenCalled = { _ in scene.bob.rings() }
        scene.alice.invites(scene.bob)
        scene.at(.seconds(10)) { scene.alice.hangsUp() }
        scene.lives(until: .seconds(60))
        #expect(scene.alice.call.ends.map(\.cause) == [.cancelledLocally])
        #expect(scene.bob.call.ends.map(\.cause) == [.cancelledByPeer])
        #expect(scene.count("CANCEL") >= 1)
        #expect(scene.count("487 INVITE") >= 1)
        #expect(scene.count("BYE") == 0)
        scene.isOver()
    }

    @Test("a CANCEL that crosses the 200 ends the call with BYE", arguments: Line.all)
    func cancelCrossesAnswer(line: Line) {
        let scene = Scene(seed: line.seed, conditions: line.conditions)
        scene.bob.whenCalled = { _ in scene.bob.rings() }
        scene.alice.invites(scene.bob)
        scene.at(.seconds(10)) {
            scene.bob.answers()
            scene.alice.hangsUp()
        }
        scene.lives(until: .seconds(80))
        #expect(scene.count("CANCEL") >= 1)
        #expect(scene.count("200 INVITE") >= 1)
        #expect(scene.count("ACK") >= 1)
        #expect(scene.count("BYE") >= 1)
        #expect(scene.alice.call.answeredAt == nil)
        scene.isOver()
    }

    @Test("a refusal reaches the caller with its status", arguments: [486, 488, 603, 480], Line.all)
    func refusal(status: Int, line: Line) {
        let scene = Scene(seed: line.seed, conditions: line.conditions)
        scene.bob.whenCalled = { _ in scene.bob.refuses(status) }
        scene.alice.invites(scene.bob)
        scene.lives(until: .seconds(40))
        #expect(scene.alice.call.ends.map(\.cause) == [.rejectedByPeer])
        #expect(scene.alice.call.ends.map(\.status) == [status])
        #expect(scene.bob.call.ends.map(\.cause) == [.rejectedLocally])
        #expect(scene.count("ACK") >= 1)
        scene.isOver()
    }

    @Test("an INVITE that comes twice rings once")
    func duplicateInvite() {
        let scene = Scene()
        scene.network.drop("the first answers", times: 3) { $0.title == "100 INVITE" || $0.title == "180 INVITE" }
        scene.connects()
        scene.at(.seconds(3)) { scene.alice.hangsUp() }
        scene.lives(until: .seconds(4))
        #expect(scene.count("INVITE") >= 2)
        #expect(scene.bob.calls.count == 1)
        scene.isOver()

        var doubling = LinkConditions()
        doubling.duplicate = 1
        let twice = Scene(seed: 3, conditions: doubling)
        twice.connects()
        twice.at(.seconds(3)) { twice.bob.hangsUp() }
        twice.lives(until: .seconds(4))
        #expect(twice.bob.calls.count == 1)
        #expect(twice.alice.call.story.filter { $0 == "answered" }.count == 1)
        twice.isOver()
    }

    // MARK: The answer

    @Test("a lost 200 is sent again until the ACK comes, and the caller hears everything from then on")
    func lostAnswer() {
        let scene = Scene()
        scene.network.drop("200", times: 3) { $0.title == "200 INVITE" }
        scene.connects()
        scene.at(.seconds(8)) { scene.alice.hangsUp() }
        scene.lives(until: .seconds(9))
        // 0.5, 1 and 2 s after the first (RFC 3261 §13.3.1.4).
        #expect(scene.alice.call.answeredAt == .zero + .milliseconds(1000 + 3500 + 10))
        #expect(scene.alice.call.heard(from: .seconds(5), to: .milliseconds(7900)).share(of: .high) > 0.98)
        scene.isOver()
    }

    @Test("a lost ACK is sent again for each 200 that comes again, and nobody hangs up")
    func lostACK() {
        let scene = Scene()
        scene.network.drop("ACK", times: 4) { $0.title == "ACK" }
        scene.connects()
        scene.at(.seconds(12)) { scene.bob.hangsUp() }
        scene.lives(until: .seconds(13))
        #expect(scene.count("ACK") == 5)
        #expect(scene.count("200 INVITE") == 5)
        #expect(scene.bob.call.ends.map(\.cause) == [.hungUpLocally])
        scene.isOver()
    }

    @Test("an ACK that never comes ends the call by BYE after 32 s")
    func noACK() {
        let scene = Scene()
        scene.network.drop("every ACK", times: .max) { $0.title == "ACK" }
        scene.connects()
        scene.lives(until: .seconds(40))
        #expect(scene.bob.call.ends.map(\.cause) == [.acknowledgementMissing])
        #expect(scene.alice.call.ends.map(\.cause) == [.hungUpByPeer])
        scene.isOver()
    }

    // MARK: The end

    @Test("F-40: a BYE that crosses a BYE is answered on both sides", arguments: Line.all)
    func byeCrossesBye(line: Line) {
        let scene = Scene(seed: line.seed, conditions: line.conditions)
        scene.connects()
        scene.at(.seconds(10)) {
            scene.alice.hangsUp()
            scene.bob.hangsUp()
        }
        scene.lives(until: .seconds(50))
        #expect(scene.titles.contains("BYE"))
        for call in [scene.alice.call, scene.bob.call] { #expect(call.answeredAt != nil || call.ends.count == 1) }
        scene.isOver()
    }

    @Test("a BYE whose 200 is lost is answered again")
    func lostByeAnswer() {
        let scene = Scene()
        scene.network.drop("200 to BYE", times: 2) { $0.title == "200 BYE" }
        scene.connects()
        scene.at(.seconds(3)) { scene.bob.hangsUp() }
        scene.lives(until: .seconds(10))
        #expect(scene.count("BYE") == 3)
        #expect(scene.count("200 BYE") == 3)
        scene.isOver()
    }

    // MARK: Changes

    @Test("hold stops the sound and resume brings it back", arguments: Line.all)
    func hold(line: Line) {
        let scene = Scene(seed: line.seed, conditions: line.conditions)
        scene.connects()
        scene.at(.seconds(8)) { scene.alice.changes(to: .inactive) }
        scene.at(.seconds(18)) { scene.alice.changes(to: .sendrecv) }
        scene.at(.seconds(28)) { scene.alice.hangsUp() }
        scene.lives(until: .seconds(70))
        for (phone, tone) in [(scene.alice, Tone.high), (scene.bob, Tone.low)] {
            let call = phone.call
            #expect(call.heard(from: .seconds(6), to: .milliseconds(7900)).share(of: tone) > 0.9)
            #expect(call.heard(from: .seconds(16), to: .milliseconds(17900)).level < 50)
            #expect(call.heard(from: .seconds(26), to: .milliseconds(27900)).share(of: tone) > 0.9)
        }
        #expect(
            scene.alice.call.story.filter { $0.hasPrefix("changed") } == ["changed: inactive", "changed: sendrecv"])
        scene.isOver()
    }

    @Test("two changes at once are both made in the end", arguments: Line.all)
    func glare(line: Line) {
        let scene = Scene(seed: line.seed, conditions: line.conditions)
        scene.connects()
        scene.at(.seconds(8)) {
            scene.alice.changes(to: .sendonly)
            scene.bob.changes(to: .sendrecv)
        }
        scene.at(.seconds(50)) { scene.bob.hangsUp() }
        scene.lives(until: .seconds(90))
        #expect(scene.alice.call.story.contains { $0.hasPrefix("changed") }, "\(scene.alice.call.story)")
        #expect(scene.bob.call.story.contains { $0.hasPrefix("changed") }, "\(scene.bob.call.story)")
        #expect(scene.alice.call.exchange.agreement?.direction == .sendonly)
        #expect(scene.bob.call.exchange.agreement?.direction == .recvonly)
        if line.conditions == .perfect { #expect(scene.count("491 INVITE") >= 2) }
        scene.isOver()
    }
}
