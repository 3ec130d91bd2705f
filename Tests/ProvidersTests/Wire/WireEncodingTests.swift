import Agent
import RTPMedia
import Testing

@testable import Providers

@Suite("Wire encoding")
struct WireEncodingTests {
    @Test("Linear samples go low octet first, and come back however they are cut", arguments: 1...5)
    func linear(_ length: Int) throws {
        let samples: [Int16] = [0, 1, -1, 256, .max, .min, -12_345]
        let octets = WireEncoding.linear16.octets(samples)
        #expect(octets.prefix(8) == [0, 0, 1, 0, 0xFF, 0xFF, 0, 1])
        let sound = try WireSound(.linear16, from: 16_000, to: 16_000)
        var read: [Int16] = []
        for start in stride(from: 0, to: octets.count, by: length) {
            read += sound.frame(Array(octets[start..<min(start + length, octets.count)])).samples
        }
        #expect(read + sound.rest().samples == samples)
    }

    @Test("Another rate is made the call's", arguments: [(24_000, 8_000), (8_000, 16_000), (24_000, 48_000)])
    func rates(_ from: Int, _ to: Int) throws {
        let sound = try WireSound(.linear16, from: from, to: to)
        let octets = WireEncoding.linear16.silence(from)
        let count = sound.frame(octets).samples.count + sound.rest().samples.count
        #expect(abs(count - to) <= to / 100)
    }

    @Test("A rate that is none is refused, not met in mid-call")
    func noRate() {
        #expect(throws: ProviderError.self) { try WireSound(.linear16, from: 8_000, to: 1) }
    }
}
