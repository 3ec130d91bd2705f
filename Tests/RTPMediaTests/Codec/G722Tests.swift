import Foundation
import RTPMedia
import TelephonyPrimitives
import Testing

@Suite("G.722")
struct G722Tests {
    private func samples(_ name: String) throws -> [Int16] {
        let octets = try RTPFixture.file("g722/\(name).s16le")
        return stride(from: 0, to: octets.count - 1, by: 2).map {
            Int16(bitPattern: UInt16(octets[$0]) | UInt16(octets[$0 + 1]) << 8)
        }
    }

    @Test("What two other encoders agree on is what comes out, octet for octet", arguments: ["quiet", "loud"])
    func encoding(name: String) throws {
        var encoder = G722Encoder()
        let payloads = encoder.payloads(of: try samples("\(name)-input"), length: 320)
        #expect(payloads.count == 50 && payloads.allSatisfy { $0.count == 160 })
        #expect(payloads.flatMap { $0 } == (try RTPFixture.file("g722/\(name).g722")))
    }

    @Test("It decodes to the same samples as another decoder does, sample for sample", arguments: ["quiet", "loud"])
    func decoding(name: String) throws {
        var decoder = G722Decoder()
        let octets = try RTPFixture.file("g722/\(name).g722")
        #expect(decoder.count(octets) == octets.count * 2)
        #expect(decoder.sound(of: [octets]) == (try samples("\(name)-decoded")))
    }

    @Test("How the sound is cut into packets makes no difference", arguments: [2, 38, 160, 318, 320, 322, 1600])
    func packets(length: Int) throws {
        let voice = Voice.samples(length * max(4, 3200 / length), sampleRate: 16_000)
        var (whole, cut) = (G722Encoder(), G722Encoder())
        let payloads = cut.payloads(of: voice, length: length)
        #expect(payloads.flatMap { $0 } == whole.payloads(of: voice, length: voice.count)[0])
        var (decoder, cutDecoder) = (G722Decoder(), G722Decoder())
        #expect(cutDecoder.sound(of: payloads) == decoder.sound(of: [payloads.flatMap { $0 }]))
    }

    @Test("Speech comes back as it was, 22 samples later")
    func roundTrip() {
        let voice = Voice.samples(16_000, sampleRate: 16_000)
        var (encoder, decoder) = (G722Encoder(), G722Decoder())
        let heard = decoder.sound(of: encoder.payloads(of: voice, length: 320))
        #expect(heard.count == voice.count)
        #expect(Voice.signalToNoise(voice.dropLast(22)[...], heard.dropFirst(22)) > 20)
    }

    @Test(
        "A decoder that gets fewer bits hears the same with more noise",
        arguments: [(G722Decoder.Mode.kbit56, UInt8(1), 17.0), (.kbit48, 3, 12)])
    func modes(mode: G722Decoder.Mode, taken: UInt8, floor: Double) {
        let voice = Voice.samples(16_000, sampleRate: 16_000)
        var encoder = G722Encoder()
        let payloads = encoder.payloads(of: voice, length: 320)
        var decoder = G722Decoder(mode: mode)
        let heard = decoder.sound(of: payloads)
        #expect(Voice.signalToNoise(voice.dropLast(22)[...], heard.dropFirst(22)) > floor)
        // The bits that are taken away count for nothing.
        var random = SeededGenerator(seed: 5)
        var other = G722Decoder(mode: mode)
        let robbed = payloads.map { $0.map { $0 & ~taken | .random(in: 0...taken, using: &random) } }
        #expect(other.sound(of: robbed) == heard)
    }

    @Test("Whatever octets and samples come, nothing overflows")
    func extremes() {
        var random = SeededGenerator(seed: 7)
        var decoder = G722Decoder()
        let noise = (0..<4000).map { _ in UInt8.random(in: 0...255, using: &random) }
        #expect(decoder.sound(of: [noise, [UInt8](repeating: 0, count: 1000), noise]).count == 18_000)
        var encoder = G722Encoder()
        let square = (0..<4000).map { $0 / 37 % 2 == 0 ? Int16.max : .min }
        let loud = square + (0..<4000).map { _ in Bool.random(using: &random) ? Int16.max : .min }
        let payloads = encoder.payloads(of: loud, length: 320)
        #expect(payloads.count == 25)
        #expect(decoder.sound(of: payloads).count == 8000)
    }

    @Test("A copy goes on by itself, and a reset makes new")
    func values() {
        let voice = Voice.samples(6400, sampleRate: 16_000)
        var encoder = G722Encoder()
        let first = encoder.payloads(of: voice, length: 320)
        var copy = encoder
        let second = encoder.payloads(of: voice, length: 320)
        #expect(copy.payloads(of: voice, length: 320) == second)
        #expect(first != second)
        encoder.reset()
        #expect(encoder.payloads(of: voice, length: 320) == first)
        var decoder = G722Decoder()
        let heard = decoder.sound(of: first)
        #expect(decoder.sound(of: first) != heard)
        decoder.reset()
        #expect(decoder.sound(of: first) == heard)
    }

    @Test("One sample too many is left out, and it has no concealment of its own")
    func odd() {
        var encoder = G722Encoder()
        var other = encoder
        #expect(encoder.payloads(of: [1, 2, 3], length: 3) == other.payloads(of: [1, 2], length: 2))
        var decoder = G722Decoder()
        var samples: [Int16] = [1]
        #expect(!decoder.conceal(320, into: &samples))
        #expect(!decoder.recover(320, from: Span(), into: &samples))
        #expect(samples == [1])
    }
}
