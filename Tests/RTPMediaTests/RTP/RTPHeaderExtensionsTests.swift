import RTPMedia
import TelephonyPrimitives
import Testing

private struct ExtensionCases: Decodable {
    struct Packet: Decodable {
        struct Element: Decodable {
            struct Level: Decodable {
                var voice: Bool
                var levelDbov: Int
            }
            var id: UInt8
            var hex: String
            var audioLevel: Level?
        }
        struct Fields: Decodable {
            var elements: [Element]?
        }
        var name: String
        var hex: String
        var fields: Fields?
    }
    var packets: [Packet]
}

@Suite("RTP header extensions")
struct RTPHeaderExtensionsTests {
    private typealias Element = RTPHeaderExtensions.Element

    @Test("The elements of every packet of the collection are found, and what breaks the format ends them")
    func collection() throws {
        let cases = try RTPFixture.load("rtp/headers.json", as: ExtensionCases.self).packets
        let withElements = cases.filter { $0.fields?.elements != nil }
        #expect(withElements.count == 12)
        for item in withElements {
            let packet = try RTPPacket(parsing: RTPFixture.octets(item.hex))
            let extensions = try #require(packet.headerExtension.flatMap { RTPHeaderExtensions($0) }, "\(item.name)")
            let expected = item.fields?.elements ?? []
            #expect(extensions.map(\.id) == expected.map(\.id), "\(item.name)")
            #expect(
                extensions.map { Array($0.octets) } == expected.map { RTPFixture.octets($0.hex) }, "\(item.name)")
            for element in expected {
                #expect(extensions[element.id].map { Array($0) } == RTPFixture.octets(element.hex), "\(item.name)")
                guard let level = element.audioLevel else { continue }
                let read = AudioLevel(try #require(extensions[element.id]))
                #expect(read == AudioLevel(isVoice: level.voice, decibels: level.levelDbov), "\(item.name)")
                #expect(read.map { [$0.octet] } == RTPFixture.octets(element.hex), "\(item.name)")
            }
            #expect(extensions[14] == nil, "\(item.name)")
        }
    }

    @Test("Another profile has no elements that we know")
    func otherProfile() {
        #expect(RTPHeaderExtensions(RTPHeaderExtension(profile: 0x1234, octets: [0x10, 1, 0, 0])) == nil)
        #expect(RTPHeaderExtensions(RTPHeaderExtension(profile: 0x2000, octets: [0x10, 1, 0, 0])) == nil)
    }

    @Test("Elements are written in the shorter form that holds them, and read back through a packet")
    func writing() throws {
        let cases: [(elements: [(UInt8, Int)], profile: UInt16?)] = [
            ([(1, 1)], 0xBEDE), ([(14, 16), (1, 1), (2, 3)], 0xBEDE), ([(15, 1)], 0x1000), ([(1, 17)], 0x1000),
            ([(1, 0), (2, 1)], 0x1000), ([(255, 255), (1, 1)], 0x1000), ([(0, 4)], nil), ([], nil),
        ]
        for (elements, profile) in cases {
            let elements = elements.map { Element(id: $0, octets: [UInt8](repeating: 0xA5, count: $1)[...]) }
            let written = RTPHeaderExtension(elements: elements)
            #expect(written?.profile == profile)
            guard let written else { continue }
            let packet = RTPPacket(
                payloadType: 0, sequence: 1, timestamp: 2, ssrc: 3, headerExtension: written, payload: [9])
            let read = try RTPPacket(parsing: packet.serialized)
            #expect(read.payload == [9])
            let extensions = try #require(read.headerExtension.flatMap { RTPHeaderExtensions($0) })
            #expect(Array(extensions) == elements)
        }
    }

    @Test("Levels beyond what can be said are those nearest to it")
    func levels() {
        #expect(AudioLevel(decibels: 5).octet == 0)
        #expect(AudioLevel(isVoice: true, decibels: -300).octet == 0xFF)
        #expect(AudioLevel([]) == nil)
        #expect(AudioLevel([0x80 | 30, 99]) == AudioLevel(isVoice: true, decibels: -30))
    }

    @Test("T-02 Random extensions, padding and contributors are read within the packet, or refused", .tags(.threat))
    func random() throws {
        var random = SeededGenerator(seed: 4)
        var read = 0
        for _ in 0..<5000 {
            var octets = (0..<Int.random(in: 0...80, using: &random)).map { _ in
                UInt8.random(in: 0...255, using: &random)
            }
            if !octets.isEmpty { octets[0] = 0x80 | octets[0] & 0x3F }
            if octets.count > 16, Bool.random(using: &random) {
                octets[0] = octets[0] & 0xF0
                octets.replaceSubrange(
                    12..<16, with: Bool.random(using: &random) ? [0xBE, 0xDE, 0, 4] : [0x10, 0x0F, 0, 5])
            }
            guard let packet = try? RTPPacket(parsing: octets) else { continue }
            read += 1
            #expect(packet.payload.startIndex >= 12 && packet.payload.endIndex <= octets.count)
            guard let found = packet.headerExtension, let extensions = RTPHeaderExtensions(found) else { continue }
            for element in extensions {
                #expect(element.octets.startIndex > found.octets.startIndex)
                #expect(element.octets.endIndex <= found.octets.endIndex)
            }
        }
        #expect(read > 500)
    }
}
