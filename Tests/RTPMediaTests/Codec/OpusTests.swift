import RTPMedia
import TelephonyPrimitives
import Testing

@Suite("Opus")
struct OpusTests {
    private func settings(_ change: (inout OpusEncoder.Settings) -> Void) -> OpusEncoder.Settings {
        var settings = OpusEncoder.Settings()
        change(&settings)
        return settings
    }

    @Test("Speech comes back at each rate, in packets of 20 ms", arguments: OpusSampleRate.allCases)
    func roundTrip(rate: OpusSampleRate) {
        let length = rate.rawValue / 50
        let voice = Voice.samples(length * 50, sampleRate: rate.rawValue)
        var encoder = OpusEncoder(sampleRate: rate)
        var decoder = OpusDecoder(sampleRate: rate)
        let payloads = encoder.payloads(of: voice, length: length)
        #expect(payloads.allSatisfy { $0.count > 2 && decoder.count($0) == length })
        let octets = payloads.reduce(0) { $0 + $1.count }
        #expect((1000...4000).contains(octets), "24 kbit/s are 3 000 octets in a second")
        let heard = decoder.sound(of: payloads)
        #expect(heard.count == voice.count)
        let best = (0..<length / 2).map { Voice.signalToNoise(voice.dropLast($0)[...], heard.dropFirst($0)) }.max() ?? 0
        #expect(best > 5)
    }

    @Test("Both ends may run at different rates")
    func rates() {
        let voice = Voice.samples(48_000, sampleRate: 48_000)
        var encoder = OpusEncoder(sampleRate: .fullband)
        let payloads = encoder.payloads(of: voice, length: 960)
        for rate in OpusSampleRate.allCases {
            var decoder = OpusDecoder(sampleRate: rate)
            #expect(decoder.sound(of: payloads).count == rate.rawValue)
        }
    }

    @Test("Packets have the length that is asked for, or none is made")
    func lengths() {
        let decoder = OpusDecoder()
        for tenths in [25, 50, 100, 200, 400, 600] {
            var encoder = OpusEncoder()
            let length = 16_000 * tenths / 10_000
            let payload = encoder.payloads(of: Voice.samples(length, sampleRate: 16_000), length: length)[0]
            #expect(decoder.count(payload) == length)
        }
        var encoder = OpusEncoder()
        for length in [1, 159, 240, 321, 16_000] {
            #expect(encoder.payloads(of: [Int16](repeating: 9, count: length), length: length) == [[]])
        }
    }

    @Test("A lost packet is told by the next one when loss was reported, and only then")
    func redundancy() throws {
        let voice = Voice.samples(320 * 100, sampleRate: 16_000)
        var plain = OpusEncoder()
        #expect(!plain.payloads(of: voice, length: 320).contains { OpusPacket.hasRedundancy($0.span) })
        var encoder = OpusEncoder()
        encoder.adapt(lossFraction: 0.1, availableBitRate: nil)
        #expect(encoder.settings.expectedLoss == 1)
        let payloads = encoder.payloads(of: voice, length: 320)
        #expect(payloads.count { OpusPacket.hasRedundancy($0.span) } > 30)

        // Every tenth packet is lost; all that carry redundancy are compared with concealment.
        func heard(_ recovers: Bool) -> [Int16] {
            var decoder = OpusDecoder()
            var samples: [Int16] = []
            for (index, payload) in payloads.enumerated() {
                let next = payloads[min(index + 1, 99)]
                if index % 10 != 9 {
                    decoder.decode(payload.span, into: &samples)
                } else if !recovers || !decoder.recover(320, from: next.span, into: &samples) {
                    #expect(decoder.conceal(320, into: &samples))
                }
            }
            return samples
        }
        var decoder = OpusDecoder()
        let whole = decoder.sound(of: payloads)
        let (with, without) = (heard(true), heard(false))
        #expect(with.count == whole.count && without.count == whole.count)
        let gain = Voice.signalToNoise(whole[...], with[...]) - Voice.signalToNoise(whole[...], without[...])
        #expect(gain > 3, "\(gain) dB")
    }

    @Test("Concealment goes on with the sound, fades, and makes as many samples as asked for")
    func concealment() {
        let voice = Voice.samples(320 * 20, sampleRate: 16_000)
        var encoder = OpusEncoder()
        var decoder = OpusDecoder()
        _ = decoder.sound(of: encoder.payloads(of: voice, length: 320))
        for count in [40, 41, 320, 333, 1920, 5000] {
            var samples: [Int16] = [3]
            var copy = decoder
            #expect(copy.conceal(count, into: &samples))
            #expect(samples.count == 1 + count)
        }
        var none: [Int16] = []
        #expect(!decoder.conceal(0, into: &none))
        #expect(!decoder.conceal(-5, into: &none))
        #expect(!decoder.conceal(16_000 * 60, into: &none))
        #expect(none.isEmpty)
    }

    @Test("Silence is left out when the other side wishes so")
    func discontinuous() {
        var encoder = OpusEncoder(settings: settings { $0.isDiscontinuous = true })
        let silence = [Int16](repeating: 0, count: 320 * 200)
        let payloads = encoder.payloads(of: silence, length: 320)
        #expect((1...40).contains(payloads.count { !$0.isEmpty }))
        #expect(payloads.allSatisfy { $0.isEmpty || $0.count > 2 })
        var always = OpusEncoder()
        #expect(always.payloads(of: silence, length: 320).allSatisfy { !$0.isEmpty })
    }

    @Test("The bit rate is kept to")
    func bitRate() {
        let voice = Voice.samples(320 * 200, sampleRate: 16_000)
        func octets(_ encoder: OpusEncoder) -> Int {
            var encoder = encoder
            return encoder.payloads(of: voice, length: 320).reduce(0) { $0 + $1.count }
        }
        var slow = OpusEncoder()
        slow.adapt(lossFraction: 0, availableBitRate: 8000)
        #expect(octets(slow) < octets(OpusEncoder()) * 2 / 3)
        slow.adapt(lossFraction: 0, availableBitRate: nil)
        #expect(slow.settings.bitRate == 24_000)
        slow.adapt(lossFraction: .nan, availableBitRate: -5)
        #expect(slow.settings.bitRate == 6000 && slow.settings.expectedLoss == 0)
        var constant = OpusEncoder(settings: settings { $0.isConstant = true })
        #expect(Set(constant.payloads(of: voice, length: 320).map(\.count)) == [60])
    }

    @Test("Loss is believed at once and forgotten by and by")
    func loss() {
        var encoder = OpusEncoder()
        let told = [0.005, 0.013, 0, 0.1, 0, 0, 0, 0, 0, 0, 0, 0, 0.9].map { fraction in
            encoder.adapt(lossFraction: fraction, availableBitRate: nil)
            return encoder.settings.expectedLoss
        }
        // 10 % becomes less than 1 % after nine reports.
        #expect(told == [0, 1, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1])
        for _ in 0..<16 { encoder.adapt(lossFraction: 0, availableBitRate: nil) }
        #expect(encoder.settings.expectedLoss == 0)
    }

    @Test(
        "Errors are corrected at the least cost to the sound, at any bit rate that has room for it",
        arguments: [
            (24_000, 5, false, 0.02), (24_000, 5, false, 0.2), (32_000, 5, false, 0.1), (32_000, 0, false, 0.1),
            (22_600, 10, false, 0.1), (26_000, 5, true, 0.1), (20_000, 5, false, 0.1), (23_000, 5, true, 0.05),
        ])
    func corrections(bitRate: Int, complexity: Int, isConstant: Bool, loss: Double) {
        var encoder = OpusEncoder(
            settings: settings {
                $0.bitRate = bitRate
                $0.complexity = complexity
                $0.isConstant = isConstant
            })
        encoder.adapt(lossFraction: loss, availableBitRate: nil)
        let isNarrowed = bitRate < 22_500 || isConstant && bitRate < 25_000
        #expect(encoder.settings.expectedLoss == (isNarrowed ? 6 : 1))
        let payloads = encoder.payloads(of: Voice.samples(320 * 100, sampleRate: 16_000), length: 320)
        #expect(payloads.count { OpusPacket.hasRedundancy($0.span) } > 30)
        // SILK at wide band is configuration 8 to 11 (RFC 6716 §3.1).
        #expect(payloads.allSatisfy { ($0[0] >> 3 >= 8) != isNarrowed })
    }

    @Test("Little loss at a low bit rate does not narrow the sound")
    func narrowing() {
        var encoder = OpusEncoder(settings: settings { $0.bitRate = 20_000 })
        encoder.adapt(lossFraction: 0.03, availableBitRate: nil)
        #expect(encoder.settings.expectedLoss == 0)
    }

    @Test("A copy goes on by itself")
    func values() {
        let voice = Voice.samples(320 * 40, sampleRate: 16_000)
        var encoder = OpusEncoder()
        _ = encoder.payloads(of: voice, length: 320)
        var (copy, other) = (encoder, encoder)
        _ = other.payloads(of: voice.reversed(), length: 320)
        let payloads = encoder.payloads(of: voice, length: 320)
        #expect(copy.payloads(of: voice, length: 320) == payloads)
        #expect(other.payloads(of: voice, length: 320) != payloads)

        var decoder = OpusDecoder()
        _ = decoder.sound(of: payloads)
        var (second, third) = (decoder, decoder)
        _ = third.sound(of: payloads.reversed())
        let sound = decoder.sound(of: payloads)
        #expect(second.sound(of: payloads) == sound)
        #expect(third.sound(of: payloads) != sound)
        decoder.reset()
        var new = OpusDecoder()
        #expect(decoder.sound(of: payloads) == new.sound(of: payloads))
    }
}
