import RTPMedia
import TelephonyPrimitives
import Testing

/// Sessions with SRTP: what comes in the clear, from others or again is not heard.
@Suite("Encrypted sessions", .tags(.threat))
struct EncryptedSessionTests {
    private static func keying(_ suite: SRTPSuite, seed: UInt64) -> MediaKeying {
        var random = SeededGenerator(seed: seed)
        let (here, there) = (SRTPKey(for: suite, using: &random), SRTPKey(for: suite, using: &random))
        return MediaKeying(
            sending: SRTPKeying(suite: suite, keys: [SRTPMasterKey(key: here)]),
            receiving: SRTPKeying(suite: suite, keys: [SRTPMasterKey(key: there)]))
    }

    private static func reversed(_ keying: MediaKeying) -> MediaKeying {
        MediaKeying(sending: keying.receiving, receiving: keying.sending)
    }

    static func pair(
        _ suite: SRTPSuite,
        change: (inout MediaSessionConfiguration, inout MediaSessionConfiguration) -> Void = { _, _ in }
    ) -> MediaPair {
        let keying = keying(suite, seed: 7)
        return MediaPair { first, second in
            first.keying = keying
            second.keying = reversed(keying)
            change(&first, &second)
        }
    }

    @Test("Sound, keys and reports go through, and none of it in the clear", arguments: SRTPSuite.allCases)
    func flows(suite: SRTPSuite) throws {
        var pair = Self.pair(suite)
        pair.run(.seconds(2), frame: Tone.frame)
        #expect(pair.left.session.sendDTMF("5") == 1)
        pair.run(.seconds(8), frame: Tone.frame)
        // The key is in place of sound for a while.
        for heard in [pair.right.heard[20..<95], pair.right.heard.suffix(300)] {
            #expect(heard.allSatisfy { $0.origin == .real })
        }
        #expect(pair.right.heard.dropFirst(20).prefix(70).allSatisfy { Tone.power($0) > 1e6 })
        #expect(pair.right.keys == "5")
        let statistics = pair.right.session.statistics
        #expect(statistics.unauthenticated == 0 && statistics.packetsLost == 0)
        #expect(pair.left.session.statistics.roundTripTime != nil)
        // What is on the line is longer by the tag, and is not what the codec made.
        let clear = G711(.mu)
        for packet in pair.left.sent.prefix(20) {
            var plain: [UInt8] = []
            clear.encode(Tone.frame(Int(packet.sequence)).samples.span, into: &plain)
            #expect(packet.payload.count > 160)
            #expect(Array(packet.payload.prefix(160)) != plain)
        }
    }

    @Test("T-22: nothing is heard of packets in the clear, of other keys, or that were played in again")
    func strangers() {
        let keying = Self.keying(.aes128CMSHA1With80, seed: 7)
        var session = MediaSession(
            configuration: {
                var configuration = MediaPair.configuration(remote: MediaPair.left, ssrc: 2)
                configuration.keying = Self.reversed(keying)
                return configuration
            }(), random: SeededGenerator(seed: 1))
        var now = Instant.zero
        func packet(_ sequence: UInt16) -> [UInt8] {
            RTPPacket(
                payloadType: 0, sequence: sequence, timestamp: UInt32(sequence) * 160, ssrc: 1,
                payload: [UInt8](repeating: 0x10, count: 160)[...]
            ).serialized
        }
        func take(_ octets: [UInt8]) {
            session.receive(packet: octets, from: MediaPair.left, now: now)
            now = now + .milliseconds(20)
            _ = session.pull(now: now)
        }
        for sequence in UInt16(0)..<50 { take(packet(sequence)) }
        #expect(session.statistics.unauthenticated == 50)
        #expect(session.statistics.packetsReceived == 0)
        let others = try? SRTPSession(
            sending: Self.keying(.aes128CMSHA1With80, seed: 8).sending,
            receiving: Self.keying(.aes128CMSHA1With80, seed: 8).receiving)
        for sequence in UInt16(0)..<50 {
            var octets = packet(sequence)
            try? others?.protect(&octets)
            take(octets)
        }
        #expect(session.statistics.unauthenticated == 100)
        #expect(session.statistics.packetsReceived == 0)
        let right = try? SRTPSession(sending: keying.sending, receiving: keying.receiving)
        var recorded: [[UInt8]] = []
        for sequence in UInt16(0)..<50 {
            var octets = packet(sequence)
            try? right?.protect(&octets)
            recorded.append(octets)
            take(octets)
        }
        #expect(session.statistics.packetsReceived == 50)
        for octets in recorded { take(octets) }
        #expect(session.statistics.packetsReceived == 50)
        #expect(session.statistics.unauthenticated == 150)
    }

    @Test("New keys in mid-call are taken with the next packet, and the old ones are not any more")
    func rekeying() {
        var pair = Self.pair(.aeadAES128GCM)
        pair.run(.seconds(1), frame: Tone.frame)
        let next = Self.keying(.aes128CMSHA1With80, seed: 9)
        var left = MediaPair.configuration(remote: MediaPair.right, ssrc: 1)
        left.keying = next
        var right = MediaPair.configuration(remote: MediaPair.left, ssrc: 2)
        right.keying = Self.reversed(next)
        pair.left.session.update(left)
        pair.right.session.update(right)
        let before = pair.right.heard.count
        pair.run(.seconds(2), frame: Tone.frame)
        #expect(pair.right.heard.dropFirst(before + 15).allSatisfy { Tone.power($0) > 1e6 })
        // Only what was on the way at the change.
        #expect((1...4).contains(pair.right.session.statistics.unauthenticated))
    }

    @Test(
        "T-02 Encrypted packets and reports cut at any length are refused, and the call goes on",
        arguments: SRTPSuite.allCases)
    func truncated(suite: SRTPSuite) throws {
        var pair = Self.pair(suite)
        pair.run(.seconds(1), frame: Tone.frame)
        let before = pair.right.session.statistics
        pair.left.session.push(Tone.frame(0), now: pair.now)
        guard case .rtp(let whole, _) = pair.left.session.nextOutput() else {
            Issue.record("Nothing was sent.")
            return
        }
        let report = [0x80, 200] + whole.dropFirst(2)
        for length in 0..<whole.count {
            pair.right.session.receive(packet: Array(whole.prefix(length)), from: MediaPair.left, now: pair.now)
            pair.right.session.receiveControl(
                packet: Array(report.prefix(length)), from: MediaPair.left, now: pair.now)
        }
        let after = pair.right.session.statistics
        #expect(after.packetsReceived == before.packetsReceived)
        let refused = after.unauthenticated + after.notMedia + after.rateLimited
        #expect(refused == before.unauthenticated + before.notMedia + before.rateLimited + 2 * whole.count)
        pair.right.session.receive(packet: whole, from: MediaPair.left, now: pair.now)
        #expect(pair.right.session.statistics.packetsReceived == before.packetsReceived + 1)
    }

    @Test("When both sides use one SSRC the sound goes on encrypted under others")
    func collision() {
        var pair = Self.pair(.aes128CMSHA1With80) { _, second in second.ssrc = 1 }
        pair.run(.seconds(5), frame: Tone.frame)
        for side in [pair.left, pair.right] {
            let statistics = side.session.statistics
            #expect(statistics.ssrcCollisions == 1 && statistics.loops == 0)
            #expect(statistics.unauthenticated == 0 && statistics.packetsLost == 0)
        }
        #expect(pair.right.heard.suffix(100).allSatisfy { Tone.power($0) > 1e6 })
        #expect(pair.left.session.statistics.roundTripTime != nil)
    }
}
