import RTPMedia
import TelephonyPrimitives
import Testing

@Suite("Header extensions of a session")
struct HeaderExtensionSessionTests {
    private static func extensions(_ packet: RTPPacket) -> RTPHeaderExtensions? {
        packet.headerExtension.flatMap { RTPHeaderExtensions($0) }
    }

    @Test(
        "Nothing is added where nothing was agreed on, nor under an identifier that is none",
        arguments: [nil, 0] as [UInt8?])
    func none(id: UInt8?) {
        var pair = MediaPair { left, _ in
            left.headerExtensions = HeaderExtensionIDs(audioLevel: id, mid: id)
            left.mid = "0"
        }
        pair.run(.seconds(1), frame: Tone.frame)
        #expect(pair.left.sent.allSatisfy { $0.headerExtension == nil })
        #expect(pair.right.session.statistics.remoteAudioLevel == nil)
    }

    @Test("Levels go with every packet, are true, and are heard of", arguments: [3, 14, 15, 255] as [UInt8])
    func levels(id: UInt8) throws {
        var pair = MediaPair { left, right in
            left.headerExtensions = HeaderExtensionIDs(audioLevel: id)
            right.headerExtensions = HeaderExtensionIDs(audioLevel: id)
        }
        pair.run(.seconds(2), frame: Tone.frame)
        let level = Int(LevelMeter.level(of: Tone.frame(0).samples).rounded())
        #expect(pair.left.sent.count == 100)
        for packet in pair.left.sent {
            let octets = try #require(Self.extensions(packet)?[id])
            #expect(AudioLevel(octets) == AudioLevel(decibels: level))
            #expect(packet.payload.count == 160)
        }
        #expect(pair.right.session.statistics.remoteAudioLevel == AudioLevel(decibels: level))
        #expect(pair.left.session.statistics.remoteAudioLevel == AudioLevel(decibels: -127))
        #expect(pair.left.session.statistics.octetsSent == 16_000)
        #expect(pair.right.heard.suffix(50).allSatisfy { Tone.power($0) > 1e6 })
    }

    @Test("The mid goes with the first second of packets, beside the level, in the form that holds it")
    func mid() throws {
        for mid in ["0", "audio-of-the-call", String(repeating: "m", count: 400)] {
            var pair = MediaPair { left, _ in
                left.headerExtensions = HeaderExtensionIDs(audioLevel: 1, mid: 2)
                left.mid = mid
            }
            pair.left.session.sendDTMF("5")
            pair.run(.seconds(2), frame: Tone.frame)
            for (index, packet) in pair.left.sent.enumerated() {
                let extensions = try #require(Self.extensions(packet))
                #expect(extensions[1]?.count == 1)
                #expect(extensions[2].map { Array($0) } == (index < 50 ? Array(mid.utf8.prefix(255)) : nil))
                #expect(extensions[1]?.first == 127 || packet.payloadType != 101)
            }
            #expect(Set(pair.left.sent.map(\.headerExtension?.profile)) == [mid.utf8.count > 16 ? 0x1000 : 0xBEDE])
            #expect(pair.left.sent.contains { $0.payloadType == 101 && $0.payload.count == 4 })
            #expect(pair.right.keys == "5")
        }
    }

    @Test("Encrypted packets carry the extension in the clear, and are let in")
    func encrypted() throws {
        var pair = EncryptedSessionTests.pair(.aes128CMSHA1With80) { left, right in
            left.headerExtensions = HeaderExtensionIDs(audioLevel: 1)
            right.headerExtensions = HeaderExtensionIDs(audioLevel: 1)
        }
        pair.run(.seconds(1), frame: Tone.frame)
        #expect(pair.right.session.statistics.unauthenticated == 0)
        #expect(pair.right.session.statistics.remoteAudioLevel != nil)
        #expect(pair.right.session.statistics.packetsReceived > 45)
    }

    @Test("T-02 Levels that reach beyond their extension are not read, and the packet is heard", .tags(.threat))
    func hostile() {
        var listener = Listener { $0.headerExtensions = HeaderExtensionIDs(audioLevel: 1) }
        let bodies: [[UInt8]] = [
            [], [0x10, 0, 0, 0], [0x1F, 1, 2, 3], [0, 0, 0, 0x10], [0xF0, 0x10, 5, 0], [0x20, 1, 0x1F, 9],
        ]
        var sequence: UInt16 = 0
        for profile in [0xBEDE, 0x1000, 0x100F, 0x4242] as [UInt16] {
            for body in bodies {
                let packet = RTPPacket(
                    payloadType: 0, sequence: sequence, timestamp: UInt32(sequence) * 160, ssrc: 2,
                    headerExtension: RTPHeaderExtension(profile: profile, octets: body[...]),
                    payload: [UInt8](repeating: 0x70, count: 160)[...])
                listener.session.receive(packet: packet.serialized, from: Listener.described, now: listener.now)
                listener.tick()
                sequence += 1
            }
        }
        #expect(listener.session.statistics.packetsReceived == 24)
        #expect(listener.session.statistics.malformed == 0)
    }
}
