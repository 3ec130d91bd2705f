import SDP
import TelephonyPrimitives
import Testing

@Suite("Mutated session descriptions")
struct FuzzTests {
    @Test("nothing traps, and what is read survives a round trip", arguments: 0..<8 as Range<UInt64>)
    func mutations(seed: UInt64) throws {
        let corpus = try SDPFixtures.rows.map { try SDPFixtures.octets($0.file) }
        #expect(corpus.count > 130)
        let tokens = [
            "\r\n", "\n", " ", ":", "/", "=", "a=rtpmap:", "m=audio ", "c=IN IP4 ", "65536", "-1", "\u{0301}", "0",
        ]
        .map { Array($0.utf8) }
        var generator = SeededGenerator(seed: seed)
        var read = 0
        var answered = 0
        for _ in 0..<400 {
            guard var octets = corpus.randomElement(using: &generator) else { continue }
            for _ in 0..<Int.random(in: 1...6, using: &generator) {
                let place = Int.random(in: 0...octets.count, using: &generator)
                switch Int.random(in: 0..<4, using: &generator) {
                case 0:
                    if place < octets.count { octets[place] = UInt8.random(in: 0...255, using: &generator) }
                case 1:
                    octets.removeSubrange(place..<min(octets.count, place + Int.random(in: 1...20, using: &generator)))
                case 2:
                    octets.insert(contentsOf: tokens.randomElement(using: &generator) ?? [], at: place)
                default:
                    let end = min(octets.count, place + Int.random(in: 1...60, using: &generator))
                    octets.insert(contentsOf: octets[place..<end], at: place)
                }
            }
            guard let description = try? SessionDescription(parsing: octets) else { continue }
            read += 1
            #expect(try SessionDescription(parsing: description.serialized) == description)
            var ours = exchange([.opus, .g722, .pcmu, .pcma])
            if let (answer, _) = try? ours.receiveOffer(description) {
                answered += 1
                #expect(answer.media.count == description.media.count)
                #expect(try SessionDescription(parsing: answer.serialized) == answer)
            }
            _ = ours.makeOffer()
            _ = try? ours.receiveAnswer(description)
        }
        #expect(read > 100)
        #expect(answered > 40)
    }
}
