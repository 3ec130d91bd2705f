import Foundation
import TelephonyPrimitives
import Testing

@testable import RTPMedia

/// Whether G.711 sound is of the law that was agreed on.
@Suite("The law of G.711 sound")
struct LawCheckTests {
    private static let laws: [(said: G711.Law, meant: G711.Law)] = [(.mu, .mu), (.a, .a), (.mu, .a), (.a, .mu)]

    private func mismatch(_ samples: [Int16], said: G711.Law, meant: G711.Law) -> Double? {
        var check = LawCheck()
        let octets = G711(meant).encode(samples)
        for start in stride(from: 0, to: octets.count - 159, by: 160) {
            check.look(at: octets[start..<start + 160].span, law: said)
        }
        return check.mismatch
    }

    @Test(
        "F-08: sound of the other law is found, and sound of the right one is not, loud or soft, with silence and in noise",
        arguments: [1.0, 0.1, 0.02], [0.0, 10, 100])
    func voice(gain: Double, noise: Double) throws {
        var random = SystemRandomNumberGenerator()
        let voice = Signal.voice(count: 8_000 * 20).enumerated().map { index, sample -> Int16 in
            // Every third second is digital silence, which is another constant by each law.
            if index / 8_000 % 3 == 2 { return 0 }
            let hiss = noise > 0 ? Double.random(in: -noise...noise, using: &random) : 0
            return Int16(max(-32_768, min(32_767, Double(sample) * gain + hiss)))
        }
        for (said, meant) in Self.laws {
            let found = try #require(mismatch(voice, said: said, meant: meant))
            if said == meant {
                #expect(found < 1.2, "\(said) \(found)")
            } else if noise < 0.3 * 3_000 * gain {
                #expect(found > 1.5, "\(said) \(found)")
            }
        }
    }

    @Test("F-08: the same with read speech, prompt by prompt", .enabled(if: Speech.isThere))
    func speech() throws {
        var judged = 0
        for prompt in try Speech.prompts(atMost: 1_000) where prompt.count >= 8_000 * 8 {
            for (said, meant) in Self.laws {
                guard let found = mismatch(prompt, said: said, meant: meant) else { continue }
                judged += 1
                #expect(said == meant ? found < 1 : found > 1.5, "\(said) \(meant) \(found) \(prompt.count)")
            }
        }
        #expect(judged > 20)
    }

    @Test("Of silence, of white noise, and of less than some seconds nothing is claimed")
    func nothing() {
        #expect(mismatch([Int16](repeating: 0, count: 80_000), said: .mu, meant: .a) == nil)
        #expect(mismatch(Signal.voice(count: 8_000), said: .mu, meant: .a) == nil)
        var random = SeededGenerator(seed: 3)
        let noise = (0..<80_000).map { _ in Int16.random(in: -8_000...8_000, using: &random) }
        for (said, meant) in Self.laws {
            if let found = mismatch(noise, said: said, meant: meant) { #expect(found < 1.5, "\(found)") }
        }
    }

    @Test("Another codec begins anew, and odd payloads do no harm")
    func odd() {
        var check = LawCheck()
        for _ in 0..<400 { check.look(at: [UInt8]().span, law: .mu) }
        for _ in 0..<400 { check.look(at: [0x2A].span, law: .mu) }
        #expect(check.mismatch == nil)
        let octets = G711(.a).encode(Signal.voice(count: 160))
        for _ in 0..<400 { check.look(at: octets.span, law: .mu) }
        #expect(check.mismatch != nil)
        check.look(at: octets.span, law: .a)
        #expect(check.mismatch == nil)
    }
}
