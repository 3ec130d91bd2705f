import RTPMedia
import TelephonyPrimitives
import TelephonyTesting
import Testing

@Suite("Keys in a call")
struct KeyTests {
    @Test("come each once and in order though a fifth of all packets is lost", arguments: [UInt64(1), 2, 3, 4])
    func lossy(seed: UInt64) {
        var conditions = LinkConditions()
        conditions.loss = 0.2
        let scene = Scene(seed: seed, conditions: conditions)
        scene.bob.whenCalled = { _ in scene.bob.answers() }
        scene.alice.invites(scene.bob)
        scene.at(.seconds(10)) {
            scene.alice.presses("0123456789*#ABCD")
            scene.bob.presses("1122*##0")
        }
        scene.at(.seconds(18)) { scene.alice.hangsUp() }
        scene.lives(until: .seconds(60))
        #expect(scene.bob.call.keys == "0123456789*#ABCD")
        #expect(scene.alice.call.keys == "1122*##0")
        #expect(scene.alice.call.mediaEvents.contains(.dtmfSent))
        scene.isOver()
    }

    @Test("come each once over a line that swaps and doubles packets")
    func swapped() {
        var conditions = LinkConditions.rough
        conditions.duplicate = 0.2
        conditions.reorder = 0.1
        let scene = Scene(seed: 9, conditions: conditions)
        scene.bob.whenCalled = { _ in scene.bob.answers() }
        scene.alice.invites(scene.bob)
        scene.at(.seconds(6)) { scene.bob.presses("5550199") }
        scene.at(.seconds(12)) { scene.bob.hangsUp() }
        scene.lives(until: .seconds(50))
        #expect(scene.alice.call.keys == "5550199")
        scene.isOver()
    }
}
