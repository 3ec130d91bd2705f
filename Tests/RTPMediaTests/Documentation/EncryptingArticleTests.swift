import RTPMedia
import TelephonyPrimitives
import Testing

/// The code of `Encrypting.md`.
@Suite("The article on encrypting")
struct EncryptingArticleTests {
    @Test("Offer and answer agree on keys, and both sides hear each other")
    func agreement() throws {
        var random = SeededGenerator(seed: 1)
        let negotiation = SDESNegotiation(policy: .required)
        let offered = negotiation.offer(using: &random)
        let lines = offered.map { "a=crypto:\($0.attributeValue)" }
        #expect(lines.count == SRTPSuite.allCases.count && lines[0].hasPrefix("a=crypto:1 AEAD_AES_128_GCM inline:"))

        var pair = MediaPair()
        var answerLines: [String] = []
        try answer(lines.map { String($0.dropFirst("a=crypto:".count)) }, &pair.right.session, &answerLines)

        let values = answerLines.map { String($0.dropFirst("a=crypto:".count)) }
        var configuration = MediaPair.configuration(remote: MediaPair.right, ssrc: 1)
        let outcome = negotiation.complete(offered, with: values, isSecureProfile: true)
        if let keys = outcome.keying {
            configuration.keying = MediaKeying(sending: keys.sending, receiving: keys.receiving)
        }
        pair.left.session.update(configuration)

        pair.run(.seconds(1)) { Tone.frame($0) }
        #expect(pair.left.session.statistics.isEncrypted && pair.right.session.statistics.unauthenticated == 0)
        #expect(pair.right.heard.suffix(10).allSatisfy { Tone.power($0) > 1e6 })
    }

    /// The side that answers; its tests would be deaf to a key that doesn't fit.
    private func answer(_ values: [String], _ session: inout MediaSession, _ lines: inout [String]) throws {
        var random = SeededGenerator(seed: 2)
        let negotiation = SDESNegotiation(policy: .optional)
        var configuration = MediaPair.configuration(remote: MediaPair.left, ssrc: 2)
        var refusal: SDESRefusal?
        func reject(_ why: SDESRefusal) { refusal = why }

        let outcome = negotiation.answer(to: values, isSecureProfile: true, using: &random)
        switch outcome {
        case .secured(let local, let remote):
            lines.append("a=crypto:\(local.attributeValue)")
            configuration.keying = MediaKeying(sending: local.keying, receiving: remote.keying)
        case .plain:
            break  // the sound goes in the clear, as the policy allows
        case .refused(let why):
            reject(why)  // 488
        }
        #expect(refusal == nil)
        session.update(configuration)
    }

    @Test("A packet is protected in place and let in once")
    func packets() throws {
        let key = SRTPKey(octets: [UInt8](0..<28).span)
        let keying = SRTPKeying(suite: .aeadAES128GCM, keys: [SRTPMasterKey(key: key)])
        let plain: [UInt8] = [0x80, 0, 0, 1, 0, 0, 0, 160, 0, 0, 0, 1] + [UInt8](repeating: 0xFF, count: 160)
        var packet = plain

        let sender = try SRTPSession(sending: keying, receiving: keying)
        let receiver = try SRTPSession(sending: keying, receiving: keying)
        try sender.protect(&packet)  // 16 octets longer: the tag
        #expect(packet.count == plain.count + 16)
        var again = packet
        try receiver.unprotect(&packet)  // as it was
        #expect(packet == plain)
        #expect(throws: SRTPError.self) { try receiver.unprotect(&again) }
    }
}
