import RTPMedia
import TelephonyPrimitives
import Testing

private struct OpusVectors: Decodable {
    struct Contents: Decodable {
        var toc: String
        var mode: String
        var samples: Int
    }
    struct Packet: Decodable {
        var name: String
        var hex: String
        var valid: Bool
        var frames: [Int]
        var stereo: Bool
    }
    var toc: [Contents]
    var packets: [Packet]
}

@Suite("Opus packets")
struct OpusPacketTests {
    @Test("Each of the 32 configurations has its coder and its length")
    func contents() throws {
        let all = try RTPFixture.load("vectors/opus.json", as: OpusVectors.self).toc
        #expect(all.count == 32)
        for item in all {
            let octets = RTPFixture.octets(item.toc) + [1, 2]
            let parsed = OpusPacket(parsing: octets.span)
            let packet = try #require(parsed)
            #expect("\(packet.mode)".uppercased() == item.mode.uppercased(), "\(item.toc)")
            #expect(packet.sampleCount == item.samples, "\(item.toc)")
        }
    }

    @Test("Well-formed packets have their frames; others are told to be none")
    func packets() throws {
        let all = try RTPFixture.load("vectors/opus.json", as: OpusVectors.self).packets
        #expect(all.count == 35)
        let decoder = OpusDecoder(sampleRate: .fullband)
        for item in all {
            let octets = RTPFixture.octets(item.hex)
            let packet = OpusPacket(parsing: octets.span)
            #expect((packet != nil) == item.valid, "\(item.name)")
            #expect(OpusPacket.frames(in: octets.span).map(\.count) == item.frames, "\(item.name)")
            #expect(packet.map(\.frameCount) ?? 0 == item.frames.count, "\(item.name)")
            #expect(packet.map(\.isStereo) ?? item.stereo == item.stereo, "\(item.name)")
            #expect(decoder.count(octets) == packet?.sampleCount ?? 0, "\(item.name)")
        }
    }

    @Test("T-02 Of any octets a packet is told in bounds, and as many samples made as it says", .tags(.threat))
    func anything() {
        var random = SeededGenerator(seed: 3)
        var decoder = OpusDecoder()
        for _ in 0..<4000 {
            let octets = (0..<Int.random(in: 0...90, using: &random)).map { _ in
                UInt8.random(in: 0...255, using: &random)
            }
            for frame in OpusPacket.frames(in: octets.span) {
                #expect(frame.lowerBound >= 1 && frame.upperBound <= octets.count)
            }
            _ = OpusPacket.hasRedundancy(octets.span)
            var samples: [Int16] = [7]
            decoder.decode(octets.span, into: &samples)
            #expect(samples.count == 1 + decoder.count(octets))
            #expect(samples[0] == 7 && samples.count <= 1 + 1920)
            _ = decoder.recover(320, from: octets.span, into: &samples)
        }
    }
}
