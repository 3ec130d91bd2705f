import RTPMedia
import SDP
import SIPCore
import TelephonyPrimitives
import TelephonyTesting
import Testing

@Suite("A whole call")
struct BasicCallTests {
    @Test("has sound both ways at the loudness that was sent", arguments: [AudioCodecOffer.pcmu, .pcma])
    func basic(codec: AudioCodecOffer) {
        let scene = Scene(aliceCodecs: [codec], bobCodecs: [.pcma, .pcmu])
        scene.connects()
        scene.at(.seconds(4)) { scene.alice.hangsUp() }
        scene.lives(until: .seconds(5))
        for (phone, tone) in [(scene.alice, Tone.high), (scene.bob, Tone.low)] {
            let frames = phone.call.heard(from: .milliseconds(1500), to: .milliseconds(3900))
            #expect(frames.count == 120)
            #expect((0.95...1.05).contains(frames.level / tone.level), "\(phone.name) hears \(frames.level)")
            #expect(frames.share(of: tone) > 0.98)
            #expect(phone.call.exchange.agreement?.codec == codec)
            scene.expectToneOnTheWire(of: phone)
        }
        #expect(scene.alice.call.story == ["180", "answered", "ended: hungUpLocally"])
        #expect(scene.bob.call.story == ["incoming", "acknowledged", "ended: hungUpByPeer"])
        scene.isOver()
    }

    @Test("without an offer in the INVITE gets it in the 200 and is answered in the ACK")
    func lateOffer() {
        let scene = Scene()
        scene.alice.invites(scene.bob, withOffer: false)
        scene.bob.whenCalled = { _ in scene.bob.answers() }
        scene.at(.seconds(3)) { scene.bob.hangsUp() }
        scene.lives(until: .seconds(4))
        for (phone, tone) in [(scene.alice, Tone.high), (scene.bob, Tone.low)] {
            let frames = phone.call.heard(from: .seconds(1), to: .milliseconds(2900))
            #expect((0.95...1.05).contains(frames.level / tone.level))
            #expect(frames.share(of: tone) > 0.98)
        }
        scene.isOver()
    }
}
