import SDP
import SIPCore
import TelephonyPrimitives
import TelephonyTesting
import Testing

/// Many calls, each with its own seed, over lines that are each bad in their own way.
@Suite("Two hundred calls over bad lines")
struct SwarmTests {
    static let callsPerCase = 10

    @Test("each ends once, leaves nothing behind, and breaks no rule", arguments: 0..<20)
    func swarm(part: Int) {
        var answered = 0
        for number in 0..<Self.callsPerCase where play(seed: UInt64(1000 + part * Self.callsPerCase + number)) {
            answered += 1
        }
        #expect(answered >= 3, "hardly a call was answered: the swarm proves little")
    }

    /// Plays one call; says whether it was answered.
    private func play(seed: UInt64) -> Bool {
        var chance = SeededGenerator(seed: seed)
        let scene = Scene(seed: seed, conditions: Self.conditions(&chance))
        let plot = Int.random(in: 0..<10, using: &chance)
        func moment(_ range: ClosedRange<Int>) -> Duration { .milliseconds(Int.random(in: range, using: &chance)) }
        let (first, second) = Bool.random(using: &chance) ? (scene.alice, scene.bob) : (scene.bob, scene.alice)
        let ringing = moment(0...1500)
        scene.bob.whenCalled = { _ in
            if plot == 0 {
                scene.bob.refuses(486)
            } else if plot.isMultiple(of: 2) {
                scene.bob.rings()
            } else {
                scene.bob.ringsWithSound()
            }
            if plot > 1 { scene.network.after(ringing) { scene.bob.answers() } }
        }
        let talk = moment(500...2500)
        let change = moment(0...1000)
        scene.alice.whenAnswered = { _ in
            if plot > 6 {
                scene.network.after(change) {
                    first.changes(to: .sendonly)
                    if plot == 9 { second.changes(to: .sendrecv) }
                }
            }
            scene.network.after(talk) {
                first.hangsUp()
                if plot == 8 { second.hangsUp() }
            }
        }
        scene.alice.invites(scene.bob)
        if plot == 1 { scene.at(moment(50...3000)) { scene.alice.hangsUp() } }
        if plot == 2 { scene.at(ringing + moment(0...100)) { scene.alice.hangsUp() } }
        // What is not over by then is hung up.
        for phone in [scene.alice, scene.bob] {
            scene.at(.seconds(50)) { if phone.hasCall, !phone.call.isOver { phone.hangsUp() } }
        }
        scene.lives(until: .seconds(90))
        scene.isOver()
        if plot > 2, scene.alice.call.answeredAt != nil {
            #expect(scene.alice.call.ends.first?.status ?? 200 < 300, "seed \(seed): \(scene.alice.call.story)")
        }
        return scene.alice.call.answeredAt != nil
    }

    private static func conditions(_ chance: inout SeededGenerator) -> LinkConditions {
        var conditions = LinkConditions()
        conditions.delay = .milliseconds(Int.random(in: 5...150, using: &chance))
        conditions.jitter = .milliseconds(Int.random(in: 0...80, using: &chance))
        conditions.loss = Double.random(in: 0.05...0.15, using: &chance)
        conditions.reorder = Double.random(in: 0...0.05, using: &chance)
        conditions.duplicate = Double.random(in: 0...0.05, using: &chance)
        return conditions
    }
}
