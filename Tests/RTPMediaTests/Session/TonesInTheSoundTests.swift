import RTPMedia
import TelephonyPrimitives
import Testing

/// Keys where no telephone-events were agreed on.
@Suite("Keys as tones in the sound")
struct TonesInTheSoundTests {
    @Test("F-17: keys go as tones and are heard as keys, over a clean and over a lossy line", arguments: [0, 3])
    func keys(loss: Int) {
        var pair = MediaPair(seed: 4) { first, second in
            (first.telephoneEventSend, first.telephoneEventReceive) = (nil, [])
            (second.telephoneEventSend, second.telephoneEventReceive) = (nil, [])
        }
        pair.loss = loss
        pair.run(.milliseconds(400), frame: Tone.frame)
        #expect(pair.left.session.sendDTMF("159,0*#D") == 8)
        #expect(pair.left.session.isSendingDTMF)
        pair.run(.seconds(4), frame: Tone.frame)
        if loss == 0 { #expect(pair.right.keys == "1590*#D") }
        // A lost packet may cut a key in two or shorten it; none turns into another.
        #expect(pair.right.keys.allSatisfy { "159,0*#D".contains($0) })
        #expect(pair.right.keys.count >= 5)
        #expect(pair.left.events.contains(.dtmfSent))
        #expect(!pair.left.session.isSendingDTMF)
        #expect(pair.left.sent.allSatisfy { $0.payloadType == 0 })
    }

    @Test(
        "Where telephone-events were agreed on, tones in the sound are no keys: an agent's own echo must not press any")
    func notBoth() {
        var pair = MediaPair(seed: 4) { first, _ in first.telephoneEventSend = nil }
        pair.run(.milliseconds(400), frame: Tone.frame)
        #expect(pair.left.session.sendDTMF("5") == 1)
        pair.run(.seconds(2), frame: Tone.frame)
        #expect(pair.right.keys.isEmpty)
    }
}
