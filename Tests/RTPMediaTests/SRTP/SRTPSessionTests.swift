import RTPMedia
import TelephonyPrimitives
import Testing

@Suite("SRTP")
struct SRTPSessionTests {
    /// RTP with a payload of 160 octets.
    private func packet(_ sequence: UInt16, ssrc: UInt32 = 0xCAFE_BABE) -> [UInt8] {
        RTPPacket(
            payloadType: 0, sequence: sequence, timestamp: UInt32(sequence) * 160, ssrc: ssrc,
            payload: [UInt8](repeating: 0xAB, count: 160)[...]
        ).serialized
    }

    private let control: [UInt8] = [0x80, 201, 0, 1, 0xCA, 0xFE, 0xBA, 0xBE]

    /// Two ends, each with a key of its own.
    private func ends(_ suite: SRTPSuite, seed: UInt64 = 1) throws -> (one: SRTPSession, other: SRTPSession) {
        var random = SeededGenerator(seed: seed)
        let keys = (0..<2).map { _ in
            SRTPKeying(suite: suite, keys: [SRTPMasterKey(key: SRTPKey(for: suite, using: &random))])
        }
        return (
            try SRTPSession(sending: keys[0], receiving: keys[1]), try SRTPSession(sending: keys[1], receiving: keys[0])
        )
    }

    @Test("Whole streams of each suite come out as two other implementations agree on, both ways")
    func streams() throws {
        var streams = 0
        for item in try SRTPVectors.load().srtp {
            // Packets that are authenticated but not encrypted are never agreed on.
            guard let suite = SRTPSuite(rawValue: item.suite) else {
                #expect(item.suite == "NULL_CIPHER_HMAC_SHA1_80")
                continue
            }
            for stream in item.streams {
                let session = try SRTPSession(suite, key: item.masterKeyAndSalt, identifier: item.mki)
                for packet in stream.packets {
                    let (clear, wire) = (RTPFixture.octets(packet.clear), RTPFixture.octets(packet.protected))
                    #expect(session.protected(clear) == .success(wire), "\(suite) \(stream.name)")
                    #expect(session.unprotected(wire) == .success(clear), "\(suite) \(stream.name)")
                    let ssrc = clear[8..<12].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
                    #expect(session.rolloverCounter(ofSource: ssrc, sent: true) == packet.roc)
                    #expect(session.rolloverCounter(ofSource: ssrc, sent: false) == packet.roc)
                    #expect(wire.count == clear.count + suite.packetOverhead + (item.mki == nil ? 0 : 4))
                }
                streams += 1
            }
        }
        #expect(streams == 38)
    }

    @Test("So do RTCP packets")
    func controlStreams() throws {
        var packets = 0
        for item in try SRTPVectors.load().srtcp {
            guard let suite = SRTPSuite(rawValue: item.suite) else { continue }
            let session = try SRTPSession(suite, key: item.masterKeyAndSalt)
            for packet in item.packets {
                let (clear, wire) = (RTPFixture.octets(packet.clear), RTPFixture.octets(packet.protected))
                #expect(session.protectedControl(clear) == .success(wire), "\(suite)")
                #expect(session.unprotectedControl(wire) == .success(clear), "\(suite)")
                #expect(wire.count == clear.count + suite.controlOverhead)
                packets += 1
            }
        }
        #expect(packets == 18)
    }

    /// RFC 3711 B.3 and RFC 6188 §7.2 derive from the very keys of these streams, so that the streams can only come out
    /// right by the keys printed there. The printed key streams (B.2, §7.1) and the packets of RFC 7714 §16, §17 begin
    /// with session keys, which the library takes from nobody: they are not reached.
    @Test("The streams are those of the keys that the RFCs print")
    func derivation() throws {
        let vectors = try SRTPVectors.load()
        var matched = 0
        for printed in vectors.keyDerivation {
            let master = printed.masterKey + printed.masterSalt
            for suite in vectors.srtp where suite.masterKeyAndSalt == master {
                guard let keys = suite.sessionKeys else { continue }
                #expect(keys["rtpCipherKey"] ?? keys["rtp_cipher_key"] == printed.label00CipherKey)
                #expect(keys["rtpSalt"] ?? keys["rtp_salt"] == printed.label02Salt)
                #expect(printed.label01AuthKey.hasPrefix(keys["rtpAuthKey"] ?? keys["rtp_auth_key"] ?? "none"))
                matched += 1
            }
        }
        #expect(matched == 6)
    }

    @Test("T-22 Changed, cut, replayed and old packets are refused, and nothing is left of them", .tags(.threat))
    func failures() throws {
        let failures = try SRTPVectors.load().mustFail
        #expect(failures.count == 13)
        for item in failures {
            let suite = try #require(SRTPSuite(rawValue: item.suite))
            let session = try SRTPSession(suite, key: item.masterKeyAndSalt)
            let take = item.kind == "rtp" ? session.unprotected : session.unprotectedControl
            if let first = item.afterAccepting {
                guard case .success = take(RTPFixture.octets(first)) else {
                    Issue.record("\(item.name): the first is refused")
                    continue
                }
            }
            let expected: [SRTPError] =
                switch item.name {
                case "too-short": [.malformed]
                case "replay", "rtcp-replay": [.replayed]
                case "older-than-window": [.tooOld]
                default: [.authenticationFailed]
                }
            let result = take(RTPFixture.octets(item.packet))
            #expect(expected.contains { .failure($0) == result }, "\(item.name): \(result)")
        }
    }

    @Test("Each suite carries both directions", arguments: SRTPSuite.allCases)
    func calls(suite: SRTPSuite) throws {
        let (one, other) = try ends(suite)
        for sequence in UInt16(65_500)...65_535 {
            let wire = try one.protected(packet(sequence)).get()
            #expect(wire.count == 172 + suite.packetOverhead && wire[12..<172] != packet(sequence)[12..<172])
            #expect(other.unprotected(wire) == .success(packet(sequence)))
            // Nobody can send us our own packets.
            #expect(one.unprotected(wire) == .failure(.authenticationFailed))
        }
        let wire = try other.protectedControl(control).get()
        #expect(wire.count == 8 + suite.controlOverhead)
        #expect(one.unprotectedControl(wire) == .success(control))
        #expect(one.unprotectedControl(wire) == .failure(.replayed))
        #expect(other.statistics.accepted == 36 && other.statistics.protected == 1)
        #expect(one.statistics.authenticationFailures == 36 && one.statistics.replays == 1)
    }

    @Test("T-22 The rollover counter follows both ends through lost and late packets", .tags(.threat))
    func rollover() throws {
        let (one, other) = try ends(.aeadAES128GCM)
        var random = SeededGenerator(seed: 9)
        var sequence: UInt16 = 40_000
        var late: [(wire: [UInt8], clear: [UInt8])] = []
        for _ in 0..<6000 {
            sequence &+= UInt16.random(in: 1...60, using: &random)
            let clear = packet(sequence)
            let wire = try one.protected(clear).get()
            switch UInt8.random(in: 0..<10, using: &random) {
            case 0: continue
            case 1: if late.count < 2 { late.append((wire, clear)) }
            default: #expect(other.unprotected(wire) == .success(clear))
            }
            if late.count == 2 {
                for packet in late.reversed() {
                    let result = other.unprotected(packet.wire)
                    #expect(result == .success(packet.clear) || result == .failure(.tooOld))
                }
                late = []
            }
        }
        let counter = try #require(one.rolloverCounter(ofSource: 0xCAFE_BABE, sent: true))
        #expect(counter >= 2)
        #expect(other.rolloverCounter(ofSource: 0xCAFE_BABE, sent: false) == counter)
        #expect(other.rolloverCounter(ofSource: 1, sent: false) == nil)
    }

    @Test("T-22 Replays and forgeries leave the stream unharmed", .tags(.threat))
    func attack() throws {
        let (one, other) = try ends(.aes128CMSHA1With32)
        var random = SeededGenerator(seed: 4)
        var recorded: [[UInt8]] = []
        for sequence in UInt16(0)..<500 {
            let wire = try one.protected(packet(sequence)).get()
            recorded.append(wire)
            for _ in 0..<3 {
                var forged = wire
                forged[2] = .random(in: 0...255, using: &random)
                forged[Int.random(in: 12..<forged.count, using: &random)] ^= .random(in: 1...255, using: &random)
                #expect(throws: SRTPError.self) { try other.unprotected(forged).get() }
            }
            #expect(other.unprotected(wire) == .success(packet(sequence)))
            #expect(throws: SRTPError.self) {
                try other.unprotected(recorded.randomElement(using: &random) ?? wire).get()
            }
        }
        #expect(other.statistics.accepted == 500 && other.statistics.replays >= 500)
        #expect(other.statistics.authenticationFailures > 1000)
    }

    @Test(
        "T-02 Of any octets nothing gets through and nothing is harmed", .tags(.threat), arguments: SRTPSuite.allCases)
    func anything(suite: SRTPSuite) throws {
        let (one, other) = try ends(suite)
        var random = SeededGenerator(seed: 6)
        for round in 0..<1500 {
            var octets = (0..<Int.random(in: 0...80, using: &random)).map { _ in
                UInt8.random(in: 0...255, using: &random)
            }
            if !octets.isEmpty, round % 2 == 0 { octets[0] = octets[0] & 0x3F | 0x80 }
            #expect(throws: SRTPError.self) { try other.unprotected(octets).get() }
            #expect(throws: SRTPError.self) { try other.unprotectedControl(octets).get() }
            if octets.count < 12 {
                #expect(one.protected(octets) == .failure(.malformed))
            } else {
                _ = one.protected(octets)
            }
            _ = one.protectedControl(octets)
        }
        let all = other.statistics
        #expect(all.accepted == 0 && all.malformed > 0)
        #expect(all.malformed + all.authenticationFailures + all.refused + all.replays == 3000)
        let huge = [UInt8](repeating: 0x80, count: 70_000)
        #expect(one.protected(huge) == .failure(.malformed))
    }

    @Test("Of several keys each packet names its own")
    func identifiers() throws {
        var random = SeededGenerator(seed: 8)
        let keys = (1...3).map { number in
            SRTPMasterKey(
                key: SRTPKey(for: .aes128CMSHA1With80, using: &random), identifier: SRTPKeyIdentifier(number, length: 2)
            )
        }
        let all = SRTPKeying(suite: .aes128CMSHA1With80, keys: keys)
        let receiver = try SRTPSession(sending: all, receiving: all)
        for (index, key) in keys.enumerated() {
            let sender = try SRTPSession(
                sending: SRTPKeying(suite: .aes128CMSHA1With80, keys: [key]), receiving: all)
            let wire = try sender.protected(packet(UInt16(index) + 1)).get()
            #expect(wire.count == 172 + 12)
            #expect(receiver.unprotected(wire) == .success(packet(UInt16(index) + 1)))
        }
        let stranger = SRTPMasterKey(key: keys[0].key, identifier: SRTPKeyIdentifier(7, length: 2))
        let sender = try SRTPSession(
            sending: SRTPKeying(suite: .aes128CMSHA1With80, keys: [stranger]), receiving: all)
        #expect(receiver.unprotected(try sender.protected(packet(9)).get()) == .failure(.unknownKey))
    }

    @Test("Keys that don't fit are refused")
    func unusable() throws {
        var random = SeededGenerator(seed: 8)
        func keying(_ suite: SRTPSuite, _ keys: [SRTPMasterKey]) -> SRTPKeying { SRTPKeying(suite: suite, keys: keys) }
        let short = SRTPMasterKey(key: SRTPKey(for: .aeadAES128GCM, using: &random))
        let one = SRTPMasterKey(key: SRTPKey(for: .aeadAES256GCM, using: &random))
        let two = SRTPMasterKey(key: SRTPKey(for: .aeadAES256GCM, using: &random))
        let good = keying(.aeadAES256GCM, [one])
        for bad in [keying(.aeadAES256GCM, [short]), keying(.aeadAES256GCM, []), keying(.aeadAES256GCM, [one, two])] {
            #expect(throws: SRTPError.unusableKeys) { try SRTPSession(sending: bad, receiving: good) }
            #expect(throws: SRTPError.unusableKeys) { try SRTPSession(sending: good, receiving: bad) }
        }
    }

    @Test("A key is used for as many packets as was agreed on")
    func lifetime() throws {
        var random = SeededGenerator(seed: 8)
        let key = SRTPMasterKey(key: SRTPKey(for: .aeadAES128GCM, using: &random), lifetime: 3)
        let keying = SRTPKeying(suite: .aeadAES128GCM, keys: [key])
        let session = try SRTPSession(sending: keying, receiving: keying)
        for sequence in UInt16(1)...3 { #expect(try session.protected(packet(sequence)).get().count == 188) }
        #expect(session.protected(packet(4)) == .failure(.keyExpired))
    }

    @Test("An array with room for the overhead doesn't move")
    func inPlace() throws {
        let (one, _) = try ends(.aeadAES128GCM)
        var buffer = packet(1)
        buffer.reserveCapacity(400)
        let capacity = buffer.capacity
        for sequence in UInt16(2)..<50 {
            buffer.removeAll(keepingCapacity: true)
            buffer.append(contentsOf: packet(sequence))
            try one.protect(&buffer)
            #expect(buffer.count == 188 && buffer.capacity == capacity)
        }
    }
}
