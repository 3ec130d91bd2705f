import RTPMedia
import Testing

private struct G711Vectors: Decodable {
    struct Law: Decodable {
        var decodeTableS16: [Int16]
        var encodeSha256: String
        var idempotentCodesExcept: [UInt8]
    }
    struct Silence: Decodable {
        var ulaw: UInt8
        var alaw: UInt8
    }
    var ulaw: Law
    var alaw: Law
    var silence: Silence

    static func load() throws -> [(codec: G711, vectors: Law, silence: UInt8)] {
        let all = try RTPFixture.load("vectors/g711.json", as: G711Vectors.self)
        return [(G711(.mu), all.ulaw, all.silence.ulaw), (G711(.a), all.alaw, all.silence.alaw)]
    }
}

@Suite("G.711")
struct G711Tests {
    @Test("Each of the 256 octets decodes as the table says")
    func decoding() throws {
        for (codec, vectors, _) in try G711Vectors.load() {
            #expect(codec.decode(Array(0...UInt8.max)[...]) == vectors.decodeTableS16)
        }
    }

    @Test("All 65 536 samples encode as the reference formula of ITU-T G.191 does")
    func encoding() throws {
        #expect(SHA256.hex(Array("abc".utf8)) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        for (codec, vectors, _) in try G711Vectors.load() {
            #expect(SHA256.hex(codec.encode(Array(Int16.min...Int16.max))) == vectors.encodeSha256, "\(codec.law)")
        }
    }

    @Test("A decoded octet encodes to itself, but for the negative zero of the µ-law")
    func idempotence() throws {
        for (codec, vectors, _) in try G711Vectors.load() {
            for octet in 0...UInt8.max where !vectors.idempotentCodesExcept.contains(octet) {
                #expect(codec.encode(codec.decode([octet])) == [octet])
            }
        }
    }

    @Test("Any number of samples at any place, and appended to what is there")
    func lengths() {
        for law in G711.Law.allCases {
            let codec = G711(law)
            let samples = (0..<67).map { Int16($0 * 450 - 15_000) }
            for count in 0...67 {
                let alone = samples.prefix(count).map { codec.encode([$0])[0] }
                var payload: [UInt8] = [1, 2]
                codec.encode(samples.span.extracting(first: count), into: &payload)
                #expect(payload == [1, 2] + alone)
                var sound: [Int16] = [-5]
                codec.decode(alone.span, into: &sound)
                #expect(sound == [-5] + alone.flatMap { codec.decode([$0]) })
                #expect(codec.sampleCount(of: alone.span) == count)
            }
        }
    }

    @Test("Silence is the octet that carriers expect")
    func silence() throws {
        for (codec, _, silence) in try G711Vectors.load() { #expect(codec.encode([0]) == [silence]) }
    }
}
