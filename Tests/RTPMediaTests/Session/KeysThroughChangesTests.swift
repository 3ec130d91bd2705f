import RTPMedia
import TelephonyPrimitives
import Testing

/// Keys that are pressed while something else changes.
@Suite struct KeysThroughChangesTests {
    /// Runs until a key is under way, makes the change, and runs on.
    private func keys(
        takesEvents: Bool = true, _ digits: String = "57", change: (inout MediaPair) -> Void
    ) -> (heard: String, isTold: Bool) {
        var pair = MediaPair { left, right in
            for index in 0..<2 {
                var side = index == 0 ? left : right
                side.receivePayloadTypes = [0: .pcmu, 8: .pcma, 118: .l16(sampleRate: 16_000)]
                side.telephoneEventSend = takesEvents ? 101 : nil
                side.telephoneEventReceive = takesEvents ? [101] : []
                if index == 0 { left = side } else { right = side }
            }
        }
        pair.run(.milliseconds(400))
        pair.left.session.sendDTMF(digits)
        pair.run(.milliseconds(80))
        change(&pair)
        pair.run(.seconds(2))
        return (pair.right.keys, pair.left.events.contains(.dtmfSent) && !pair.left.session.isSendingDTMF)
    }

    private enum Side { case left, right }

    private func configuration(of side: Side, codec: AudioCodecKind, takesEvents: Bool) -> MediaSessionConfiguration {
        var result = MediaPair.configuration(
            remote: side == .left ? MediaPair.right : MediaPair.left, ssrc: side == .left ? 1 : 2)
        result.receivePayloadTypes = [0: .pcmu, 8: .pcma, 118: .l16(sampleRate: 16_000)]
        result.codec = codec
        result.sendPayloadType = 118
        result.telephoneEventSend = takesEvents ? 101 : nil
        result.telephoneEventReceive = takesEvents ? [101] : []
        return result
    }

    @Test("a change of the clock tells a key once and loses none", arguments: [true, false])
    func clock(isReceiverFirst: Bool) {
        let outcome = keys { pair in
            let left = configuration(of: .left, codec: .l16(sampleRate: 16_000), takesEvents: true)
            let right = configuration(of: .right, codec: .l16(sampleRate: 16_000), takesEvents: true)
            if isReceiverFirst { pair.right.session.update(right) } else { pair.left.session.update(left) }
            pair.run(.milliseconds(60))
            pair.left.session.update(left)
            pair.right.session.update(right)
        }
        #expect(outcome.heard == "57" && outcome.isTold, "\(outcome)")
    }

    @Test("tones go on at another sample rate, and it is told when all are out")
    func tones() {
        let outcome = keys(takesEvents: false, "573") { pair in
            pair.left.session.update(configuration(of: .left, codec: .l16(sampleRate: 16_000), takesEvents: false))
        }
        // The one that was under way is cut by the change.
        #expect(outcome.heard.hasSuffix("73") && outcome.isTold, "\(outcome)")
    }

    @Test("keys that the other side takes no longer are given up, and that is told")
    func givenUp() {
        let outcome = keys { pair in
            var left = MediaPair.configuration(remote: MediaPair.right, ssrc: 1)
            left.telephoneEventSend = nil
            pair.left.session.update(left)
        }
        #expect(outcome.isTold)
    }

    @Test("the other side gets another address in the middle of a key, which is told once")
    func address() {
        let outcome = keys("5") { pair in
            pair.left.rtp.port += 2
            var right = MediaPair.configuration(remote: pair.left.rtp, ssrc: 2)
            right.receivePayloadTypes = [0: .pcmu, 8: .pcma, 118: .l16(sampleRate: 16_000)]
            pair.right.session.update(right)
        }
        #expect(outcome.heard == "5")
    }

    @Test("a key that goes on under another SSRC is told once, and the next press of it as well")
    func source() {
        var receiver = TelephoneEventReceiver()
        func packet(_ timestamp: UInt32, _ duration: UInt16, isEnd: Bool = false, marker: Bool = false, at: Int) -> Int
        {
            receiver.receive(
                [TelephoneEvent(code: 5, isEnd: isEnd, duration: duration)], timestamp: timestamp, marker: marker,
                now: .zero + .milliseconds(at)
            ).count
        }
        #expect(packet(1000, 160, marker: true, at: 0) == 0)
        #expect(receiver.reset()?.key == "5")
        #expect(
            packet(9000, 320, at: 20) + packet(9000, 480, isEnd: true, at: 40) + packet(9000, 480, isEnd: true, at: 60)
                == 0)
        // The next one, the marker of which is lost or not.
        #expect(packet(9800, 160, at: 120) + packet(9800, 320, isEnd: true, at: 140) == 1)
        _ = receiver.reset()
        #expect(packet(500, 160, isEnd: true, marker: true, at: 200) == 1)
        // Long after the change it is another press, though its first packet is lost.
        _ = receiver.reset()
        #expect(packet(90, 160, isEnd: true, at: 900) == 1)
    }

    @Test("a packet on probation is counted when an update drops it")
    func held() {
        var pair = MediaPair()
        pair.run(.milliseconds(200))
        let stray = RTPPacket(payloadType: 0, sequence: 9, timestamp: 0, ssrc: 77, payload: [1, 2, 3])
        let before = pair.left.session.statistics.discardedFromWrongSource
        pair.left.session.receive(packet: stray.serialized, from: MediaPair.right, now: pair.now)
        pair.left.session.update(MediaPair.configuration(remote: MediaPair.right, ssrc: 1))
        #expect(pair.left.session.statistics.discardedFromWrongSource == before + 1)
    }
}
