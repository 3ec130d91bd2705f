import RTPMedia
import TelephonyPrimitives
import Testing

@Suite("SDES")
struct SDESTests {
    /// Of RFC 4568 §6.1 and of carriers.
    private static let key30 = "WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz"
    private static let key46 = "8PBJFLUT8nY6Gx+hMPEOKZj25uQ+QwnR5iKg4zK58bY7BIA95R7nyWQjq1t40g=="
    private static let key28 = "AAECAwQFBgcICQoLDA0OD6ChoqOkpaanqKmqqw=="

    @Test(
        "Values that can be used are read, and written as they were",
        arguments: [
            ("1 AES_CM_128_HMAC_SHA1_80 inline:\(key30)", SRTPSuite.aes128CMSHA1With80),
            ("1 AES_CM_128_HMAC_SHA1_80 inline:\(key30)|2^20|1:4 FEC_ORDER=FEC_SRTP", .aes128CMSHA1With80),
            ("2 AES_CM_128_HMAC_SHA1_32 inline:\(key30)|1:4 WSH=128 -X=y", .aes128CMSHA1With32),
            ("999999999 AES_256_CM_HMAC_SHA1_80 inline:\(key46)|2^31", .aes256CMSHA1With80),
            ("3 AES_256_CM_HMAC_SHA1_32 inline:\(key46)|1066:4", .aes256CMSHA1With32),
            ("4 AEAD_AES_128_GCM inline:\(key28)|1000", .aeadAES128GCM),
            (
                "5 AES_CM_128_HMAC_SHA1_80 inline:\(key30)|2^20|1:4;inline:4fl6DT4Bi+DWT6MsBt5BOQ7Gda1Jiv7rtpYLOqvm|2^20|2:4",
                .aes128CMSHA1With80
            ),
        ])
    func values(value: String, suite: SRTPSuite) throws {
        let crypto = try SDESCrypto(parsing: value)
        #expect(crypto.suite == suite)
        #expect(crypto.attributeValue == value)
        #expect(try SDESCrypto(parsing: crypto.attributeValue) == crypto)
        #expect(throws: Never.self) { try SRTPSession(sending: crypto.keying, receiving: crypto.keying) }
    }

    @Test("Lifetime and identifier are what they say")
    func parameters() throws {
        let crypto = try SDESCrypto(parsing: "7  aes_cm_128_hmac_sha1_80\tINLINE:\(Self.key30)|2^20|258:4 \r\n")
        #expect(crypto.tag == 7)
        #expect(crypto.keys[0].lifetime == 1 << 20)
        #expect(crypto.keys[0].identifier?.octets == [0, 0, 1, 2])
        #expect(crypto.keys[0].key.withOctets { Array($0.indices.map { $0 }).count } == 30)
        let first = crypto.keys[0].key.withOctets { [$0[0], $0[1], $0[29]] }
        #expect(first == [0x59, 0x53, 0x73])
        // Some leave the filling out.
        #expect(try SDESCrypto(parsing: "1 AEAD_AES_128_GCM inline:\(Self.key28.dropLast(2))").keys[0].key.count == 28)
    }

    @Test(
        "T-22 Values that can't be used are refused with the reason", .tags(.threat),
        arguments: [
            ("", SDESError.malformed), ("1", .malformed), ("1 AES_CM_128_HMAC_SHA1_80", .malformed),
            ("0 AES_CM_128_HMAC_SHA1_80 inline:\(key30)", .malformed),
            ("-1 AES_CM_128_HMAC_SHA1_80 inline:\(key30)", .malformed),
            ("1000000000 AES_CM_128_HMAC_SHA1_80 inline:\(key30)", .malformed),
            ("x AES_CM_128_HMAC_SHA1_80 inline:\(key30)", .malformed),
            ("1 AES_192_CM_HMAC_SHA1_80 inline:\(key30)", .unknownSuite("AES_192_CM_HMAC_SHA1_80")),
            ("1 NULL_CIPHER_HMAC_SHA1_80 inline:\(key30)", .unknownSuite("NULL_CIPHER_HMAC_SHA1_80")),
            ("1 AES_CM_128_HMAC_SHA1_80 inline:AAECAwQF", .keyParameters),
            ("1 AES_CM_128_HMAC_SHA1_80 inline:\(key46)", .keyParameters),
            ("1 AES_CM_128_HMAC_SHA1_80 inline:", .keyParameters),
            ("1 AES_CM_128_HMAC_SHA1_80 uri:http://example.com/key", .keyParameters),
            ("1 AES_CM_128_HMAC_SHA1_80 inline:\(key30)*", .keyParameters),
            ("1 AES_CM_128_HMAC_SHA1_80 inline:\(key30)A", .keyParameters),
            ("1 AES_CM_128_HMAC_SHA1_80 inline:\(key30)===", .keyParameters),
            ("1 AES_CM_128_HMAC_SHA1_80 inline:\(key30)|0", .keyParameters),
            ("1 AES_CM_128_HMAC_SHA1_80 inline:\(key30)|2^49", .keyParameters),
            ("1 AES_CM_128_HMAC_SHA1_80 inline:\(key30)|2^99999999999999999999", .keyParameters),
            ("1 AES_CM_128_HMAC_SHA1_80 inline:\(key30)|99999999999999999999999", .keyParameters),
            ("1 AES_CM_128_HMAC_SHA1_80 inline:\(key30)|1:0", .keyParameters),
            ("1 AES_CM_128_HMAC_SHA1_80 inline:\(key30)|1:129", .keyParameters),
            ("1 AES_CM_128_HMAC_SHA1_80 inline:\(key30)|256:1", .keyParameters),
            ("1 AES_CM_128_HMAC_SHA1_80 inline:\(key30)|1:4|2^20", .keyParameters),
            ("1 AES_CM_128_HMAC_SHA1_80 inline:\(key30)|2^20|1:4|x", .keyParameters),
            ("1 AES_CM_128_HMAC_SHA1_80 inline:\(key30);inline:\(key30)", .keyParameters),
            ("1 AES_CM_128_HMAC_SHA1_80 inline:\(key30)|1:4;inline:\(key30)|2:2", .keyParameters),
            ("1 AES_CM_128_HMAC_SHA1_80 inline:\(key30) UNENCRYPTED_SRTP", .sessionParameter("UNENCRYPTED_SRTP")),
            ("1 AES_CM_128_HMAC_SHA1_80 inline:\(key30) UNENCRYPTED_SRTCP", .sessionParameter("UNENCRYPTED_SRTCP")),
            (
                "1 AES_CM_128_HMAC_SHA1_80 inline:\(key30) UNAUTHENTICATED_SRTP",
                .sessionParameter("UNAUTHENTICATED_SRTP")
            ),
            ("1 AES_CM_128_HMAC_SHA1_80 inline:\(key30) WSH=64 KDR=20", .sessionParameter("KDR=20")),
            ("1 AES_CM_128_HMAC_SHA1_80 inline:\(key30) FROBNICATE", .sessionParameter("FROBNICATE")),
        ])
    func refused(value: String, error: SDESError) {
        #expect(throws: error) { try SDESCrypto(parsing: value) }
    }

    @Test("T-02 Endless values are not looked at", .tags(.threat))
    func endless() {
        let good = "1 AES_CM_128_HMAC_SHA1_80 inline:\(Self.key30)"
        #expect(throws: SDESError.malformed) { try SDESCrypto(parsing: good + String(repeating: " -X", count: 1000)) }
        #expect(throws: SDESError.malformed) { try SDESCrypto(parsing: good + String(repeating: " -X", count: 17)) }
        let keys = (0..<17).map { "inline:\(Self.key30)|\($0):4" }.joined(separator: ";")
        #expect(throws: SDESError.keyParameters) { try SDESCrypto(parsing: "1 AES_CM_128_HMAC_SHA1_80 " + keys) }
        var random = SeededGenerator(seed: 2)
        for _ in 0..<3000 {
            var octets = Array((good + "|2^20|1:4 WSH=64").utf8)
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                octets[Int.random(in: 0..<octets.count, using: &random)] = .random(in: 0...255, using: &random)
            }
            guard let crypto = try? SDESCrypto(parsing: String(decoding: octets, as: UTF8.self)) else { continue }
            #expect(crypto.keys[0].key.count == crypto.suite.masterLength)
        }
    }

    @Test("T-22 No text but the attribute shows a key", .tags(.threat))
    func secrecy() throws {
        let crypto = try SDESCrypto(parsing: "1 AES_CM_128_HMAC_SHA1_80 inline:\(Self.key30)")
        let session = try SRTPSession(sending: crypto.keying, receiving: crypto.keying)
        let outcome = SDESOutcome.secured(local: crypto, remote: crypto)
        var texts = [
            "\(crypto)", String(reflecting: crypto), "\(crypto.keys)", "\(outcome)", String(reflecting: outcome),
        ]
        for value in [crypto, crypto.keys[0], crypto.keys[0].key, crypto.keying, session, outcome] as [Any] {
            var text = ""
            dump(value, to: &text)
            texts += [text, "\(value)", String(reflecting: value)]
        }
        for text in texts {
            #expect(!text.contains(Self.key30.prefix(8)) && !text.contains("595359"), "\(text)")
            // The first octets as numbers, however they are set.
            let numbers = text.split { !$0.isNumber }.compactMap { Int($0) }
            #expect(!zip(numbers, numbers.dropFirst()).contains { $0 == (89, 83) }, "\(text)")
        }
        #expect(Mirror(reflecting: crypto.keys[0].key).children.isEmpty)
        #expect("\(crypto.keys[0].key)" == "SRTPKey(30 octets)")
    }

    @Test("Offers name GCM first, each line with a key of its own")
    func offer() throws {
        var random = SeededGenerator(seed: 1)
        let offered = SDESNegotiation(policy: .optional).offer(using: &random)
        #expect(offered.map(\.suite) == SRTPSuite.preferred)
        #expect(offered.map(\.tag) == [1, 2, 3, 4, 5, 6])
        #expect(Set(offered.map(\.attributeValue)).count == 6)
        for one in offered { #expect(try SDESCrypto(parsing: one.attributeValue) == one) }
        let keys = offered.map { $0.keys[0].key }
        #expect(!keys.indices.contains { index in keys.dropFirst(index + 1).contains(keys[index]) })
        #expect(SDESNegotiation(policy: .off).offer(using: &random).isEmpty)
        let few = SDESNegotiation(policy: .required, suites: [.aes128CMSHA1With80]).offer(using: &random)
        #expect(few.map(\.suite) == [.aes128CMSHA1With80])
    }

    @Test("Both sides end with the other's key, and hear each other")
    func exchange() throws {
        var random = SeededGenerator(seed: 1)
        let negotiation = SDESNegotiation(policy: .required)
        let offered = negotiation.offer(using: &random)
        let answer = negotiation.answer(to: offered.map(\.attributeValue), isSecureProfile: true, using: &random)
        guard case .secured(let local, let remote) = answer else {
            Issue.record("\(answer)")
            return
        }
        #expect(remote == offered[0] && local.tag == 1 && local.suite == .aeadAES128GCM)
        #expect(local.keys[0].key != remote.keys[0].key)
        let completed = negotiation.complete(offered, with: [local.attributeValue], isSecureProfile: true)
        #expect(completed == .secured(local: offered[0], remote: local))
        let (ours, theirs) = (try #require(answer.keying), try #require(completed.keying))
        let one = try SRTPSession(sending: ours.sending, receiving: ours.receiving)
        let other = try SRTPSession(sending: theirs.sending, receiving: theirs.receiving)
        let clear = RTPPacket(payloadType: 0, sequence: 1, timestamp: 2, ssrc: 3, payload: [1, 2, 3]).serialized
        #expect(other.unprotected(try one.protected(clear).get()) == .success(clear))
        #expect(one.unprotected(try other.protected(clear).get()) == .success(clear))
    }

    @Test("The first line of an offer that can be used is taken")
    func choice() {
        var random = SeededGenerator(seed: 1)
        let lines = [
            "1 AES_192_CM_HMAC_SHA1_80 inline:\(Self.key30)",
            "2 AES_CM_128_HMAC_SHA1_80 inline:\(Self.key30) UNENCRYPTED_SRTP",
            "nonsense", "4 AES_CM_128_HMAC_SHA1_32 inline:\(Self.key30)", "5 AEAD_AES_128_GCM inline:\(Self.key28)",
        ]
        func tag(_ suites: [SRTPSuite]) -> Int? {
            let outcome = SDESNegotiation(policy: .optional, suites: suites).answer(
                to: lines, isSecureProfile: true, using: &random)
            guard case .secured(let local, let remote) = outcome else { return nil }
            #expect(local.tag == remote.tag && local.suite == remote.suite)
            return local.tag
        }
        #expect(tag(SRTPSuite.preferred) == 4)
        #expect(tag([.aeadAES128GCM]) == 5)
        #expect(tag([.aes256CMSHA1With80]) == nil)
    }

    /// What is asked for, and what comes of it without and with a line that can be used.
    @Test(
        "T-22 What must be encrypted is never sent in the clear, and what must not isn't encrypted", .tags(.threat),
        arguments: [
            (SRTPPolicy.off, false, SDESOutcome.plain, SDESOutcome?.some(.plain)),
            (.off, true, .refused(.encrypted), .some(.refused(.encrypted))),
            (.optional, false, .plain, nil), (.optional, true, .refused(.unencrypted), nil),
            (.required, false, .refused(.unencrypted), nil), (.required, true, .refused(.unencrypted), nil),
        ])
    func policies(policy: SRTPPolicy, isSecureProfile: Bool, without: SDESOutcome, with: SDESOutcome?) {
        var random = SeededGenerator(seed: 1)
        let negotiation = SDESNegotiation(policy: policy)
        #expect(negotiation.answer(to: [], isSecureProfile: isSecureProfile, using: &random) == without)
        let line = "1 AES_CM_128_HMAC_SHA1_80 inline:\(Self.key30)"
        let outcome = negotiation.answer(to: [line], isSecureProfile: isSecureProfile, using: &random)
        if let with { #expect(outcome == with) } else { #expect(outcome.keying != nil) }
        let useless = negotiation.answer(to: ["1 X inline:Y"], isSecureProfile: isSecureProfile, using: &random)
        #expect(useless.keying == nil)
        #expect((useless == .plain) == (policy != .required && !isSecureProfile))
        // The answer to an offer of ours.
        let offered = negotiation.offer(using: &random)
        let answered = negotiation.complete(offered, with: [], isSecureProfile: isSecureProfile)
        #expect((answered == .plain) == (policy != .required && !isSecureProfile))
    }

    @Test("T-22 An answer of anything but one line that was offered is refused", .tags(.threat))
    func answers() {
        var random = SeededGenerator(seed: 1)
        let negotiation = SDESNegotiation(policy: .optional)
        let offered = negotiation.offer(using: &random)
        let good = SDESCrypto(tag: 2, suite: .aeadAES256GCM, using: &random)
        let wrongTag = SDESCrypto(tag: 9, suite: .aeadAES256GCM, using: &random)
        let wrongSuite = SDESCrypto(tag: 2, suite: .aeadAES128GCM, using: &random)
        func outcome(_ answers: [SDESCrypto]) -> SDESOutcome {
            negotiation.complete(offered, with: answers.map(\.attributeValue), isSecureProfile: true)
        }
        #expect(outcome([good]) == .secured(local: offered[1], remote: good))
        for bad in [[wrongTag], [wrongSuite], [good, good], [offered[1]]] {
            #expect(outcome(bad) == .refused(.notOffered))
        }
        #expect(negotiation.complete(offered, with: ["x"], isSecureProfile: true) == .refused(.notOffered))
    }

    @Test("T-22 A call that is encrypted stays so, and the same keys keep their session", .tags(.threat))
    func changes() {
        var random = SeededGenerator(seed: 1)
        let negotiation = SDESNegotiation(policy: .optional)
        let line = "1 AES_CM_128_HMAC_SHA1_80 inline:\(Self.key30)"
        let before = negotiation.answer(to: [line], isSecureProfile: true, using: &random)
        #expect(
            negotiation.answer(to: [], isSecureProfile: false, before: before, using: &random) == .refused(.unencrypted)
        )
        #expect(negotiation.answer(to: ["?"], isSecureProfile: false, before: before, using: &random).keying == nil)
        #expect(negotiation.answer(to: [line], isSecureProfile: true, before: before, using: &random) == before)
        let other = "1 AES_CM_128_HMAC_SHA1_80 inline:4fl6DT4Bi+DWT6MsBt5BOQ7Gda1Jiv7rtpYLOqvm"
        let after = negotiation.answer(to: [other], isSecureProfile: true, before: before, using: &random)
        #expect(after.keying != nil && after.keying?.sending != before.keying?.sending)
        let offered = negotiation.offer(before: before, using: &random)
        #expect(offered.map(\.keying) == [before.keying?.sending])
        #expect(
            negotiation.complete(offered, with: [], isSecureProfile: false, before: before) == .refused(.unencrypted))
    }
}
