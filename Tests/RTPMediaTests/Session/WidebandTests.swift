import RTPMedia
import TelephonyPrimitives
import Testing

/// Sessions with codecs of other rates and clocks than G.711.
@Suite("Sessions with wideband codecs")
struct WidebandTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var codec: AudioCodecKind
        var payloadType: UInt8
        /// RTP clock units in 20 ms.
        var step: UInt32
        /// Octets of a payload at most.
        var octets: Int

        var testDescription: String { codec.name }
    }

    static let cases = [
        Case(codec: .g722, payloadType: 9, step: 160, octets: 160),
        Case(codec: .opus(), payloadType: 111, step: 960, octets: 200),
        Case(codec: .l16(sampleRate: 16_000), payloadType: 112, step: 320, octets: 640),
    ]

    /// A pair in which both sides send and take one codec, beside G.711.
    private static func pair(_ item: Case) -> MediaPair {
        MediaPair { first, second in
            for side in [\MediaSessionConfiguration.codec] {
                first[keyPath: side] = item.codec
                second[keyPath: side] = item.codec
            }
            first.sendPayloadType = item.payloadType
            second.sendPayloadType = item.payloadType
            first.receivePayloadTypes[item.payloadType] = item.codec
            second.receivePayloadTypes[item.payloadType] = item.codec
        }
    }

    /// A tone of 500 Hz at 16 kHz.
    private static func tone(_ tick: Int) -> PCMFrame {
        let samples = (0..<320).map { index in
            let phase = Double((tick * 320 + index) % 32) / 32
            return Int16(max(-0.8, min(0.8, 4 * abs(phase - 0.5) - 1)) * 10_000)
        }
        return PCMFrame(samples: samples, sampleRate: 16_000)
    }

    @Test("The sound arrives in frames of 16 kHz, with timestamps of the codec's clock", arguments: cases)
    func flows(_ item: Case) throws {
        var pair = Self.pair(item)
        #expect(pair.left.session.sampleRate == 16_000)
        pair.run(.seconds(4), frame: Self.tone)
        for (early, late) in zip(pair.left.sent, pair.left.sent.dropFirst()) {
            #expect(late.timestamp == early.timestamp &+ item.step)
            #expect(late.payloadType == item.payloadType)
            #expect((1...item.octets).contains(late.payload.count))
        }
        let heard = pair.right.heard.dropFirst(20)
        #expect(heard.allSatisfy { $0.samples.count == 320 && $0.sampleRate == 16_000 && $0.origin == .real })
        // As loud as it was, within 1 dB, and of the same pitch.
        let sent = Tone.power(Self.tone(0))
        for frame in heard {
            #expect((0.8...1.25).contains(Tone.power(frame) / sent))
        }
        let crossings = heard.flatMap(\.samples).reduce(into: (last: Int16(0), count: 0)) { state, sample in
            if (state.last < 0) != (sample < 0) { state.count += 1 }
            state.last = sample
        }
        let seconds = Double(heard.count) / 50
        #expect(abs(Double(crossings.count) / seconds / 2 - 500) < 3)
        let statistics = pair.right.session.statistics
        #expect(statistics.packetsLost == 0 && statistics.concealedFrames == 0)
        #expect(statistics.codec == item.codec.name)
        #expect(statistics.jitter < .milliseconds(2))
    }

    @Test("Keys are timed by the clock of the codec", arguments: cases)
    func keys(_ item: Case) {
        var pair = Self.pair(item)
        pair.run(.milliseconds(200), frame: Self.tone)
        #expect(pair.left.session.sendDTMF("19#") == 3)
        pair.run(.seconds(2), frame: Self.tone)
        #expect(pair.right.keys == "19#")
        let durations: [Duration] = pair.right.events.compactMap {
            if case .dtmf(_, let duration) = $0 { duration } else { nil }
        }
        #expect(durations.allSatisfy { $0 >= .milliseconds(60) && $0 <= .milliseconds(200) }, "\(durations)")
    }

    @Test("A change of codec in mid-call is followed from its first packet on, and the frames say their rate")
    func change() {
        var pair = Self.pair(Self.cases[0])
        pair.run(.seconds(2), frame: Self.tone)
        // The left side sends G.711 from now on; the right one still expects both.
        var narrow = MediaPair.configuration(remote: MediaPair.right, ssrc: 1)
        narrow.receivePayloadTypes[9] = .g722
        pair.left.session.update(narrow)
        #expect(pair.left.session.sampleRate == 8_000)
        let before = pair.right.heard.count
        pair.run(.seconds(2), frame: Tone.frame)
        let heard = pair.right.heard.dropFirst(before + 15)
        #expect(heard.allSatisfy { $0.sampleRate == 8_000 && $0.samples.count == 160 })
        #expect(heard.allSatisfy { Tone.power($0) > 1e6 })
        let statistics = pair.right.session.statistics
        #expect(statistics.packetsLost == 0)
        #expect(statistics.packetsReceived >= 195)
    }

    @Test("Comfort noise is no unknown payload, whether it was agreed on or not")
    func comfortNoise() {
        var listener = Listener()
        listener.run(20, Listener.described)
        let noise = RTPPacket(
            payloadType: 13, sequence: 14, timestamp: 3200, ssrc: 2, payload: [60])
        listener.session.receive(packet: noise.serialized, from: Listener.described, now: listener.now)
        #expect(listener.session.statistics.unknownPayload == 0)
        #expect(listener.session.statistics.packetsReceived == 21)
    }
}
