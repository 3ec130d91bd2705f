import Foundation
import RTPMedia
import TelephonyPrimitives
import Testing

/// What judges the sound of other programs has to tell good sound from bad.
struct SimilarityTests {
    private static let rate = 16_000

    @Test("The same wave form is found wherever and however loud it is, and also between two samples")
    func same() throws {
        let sound = try Sound.speechAndSweep(sampleRate: Self.rate)
        let softer = Array(repeating: 0, count: 5_003) + sound.map { $0 / 2 } + Array(repeating: 0, count: 400)
        let found = Similarity(of: softer, to: sound, sampleRate: Self.rate)
        #expect(found.coefficient > 0.9999, "\(found)")
        #expect(abs(found.lag - 5_003 / 16) < 0.1, "\(found)")

        // Half a sample later, which is most of a half wave at 7 kHz. The two conversions cost something, too.
        let double = try AudioClip(samples: sound, sampleRate: Self.rate).converted(to: 32_000).samples
        let shifted = stride(from: 1, to: double.count, by: 2).map { double[$0] }
        let between = Similarity(of: shifted, to: sound, sampleRate: Self.rate)
        #expect(between.coefficient > 0.95, "\(between)")
    }

    enum Flaw: CaseIterable {
        case anotherVoice
        case silence
        case noise
        case narrowBand
        case wrongLaw
        case wrongOctetOrder
        case everySecondPacketMissing
        case tooFast
    }

    @Test("Sound that is not what was played, or only in parts, is far below every bound", arguments: Flaw.allCases)
    func different(flaw: Flaw) throws {
        let sound = try Sound.speechAndSweep(sampleRate: Self.rate)
        var random = SeededGenerator(seed: 1)
        let heard: [Int16]
        switch flaw {
        case .anotherVoice:
            let other = try Sound.read(Sound.prompts.appending(path: "transfer.wav").path)
            heard = try AudioClip(samples: other, sampleRate: 8_000).converted(to: Self.rate).samples
        case .silence: heard = Array(repeating: 0, count: sound.count)
        case .noise: heard = sound.map { _ in Int16.random(in: -4_000...4_000, using: &random) }
        case .narrowBand:
            heard = try AudioClip(samples: sound, sampleRate: Self.rate).converted(to: 8_000)
                .converted(to: Self.rate).samples
        case .wrongLaw:
            var (encoder, decoder) = (AudioCodecKind.pcma.makeEncoder(), AudioCodecKind.pcmu.makeDecoder())
            var octets: [UInt8] = []
            encoder.encode(sound.span, into: &octets)
            var decoded: [Int16] = []
            decoder.decode(octets.span, into: &decoded)
            heard = decoded
        case .wrongOctetOrder: heard = sound.map(\.byteSwapped)
        case .everySecondPacketMissing:
            heard = sound.enumerated().map { index, sample in index / 320 % 2 == 0 ? sample : 0 }
        case .tooFast: heard = stride(from: 0, to: sound.count, by: 2).map { sound[$0] }
        }
        let found = Similarity(of: heard, to: sound, sampleRate: Self.rate)
        #expect(found.coefficient < 0.8, "\(found)")
    }
}
