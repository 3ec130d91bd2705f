import RTPMedia
import SDP
import SIPCore
import TelephonyPrimitives
import Testing

@testable import Telephony

/// Keys of a call in offers and answers.
@Suite("Agreeing on encryption")
struct EncryptionTests {
    private func negotiation(_ policy: SRTPPolicy, port: UInt16, secureSignalling: Bool = false) -> MediaNegotiation {
        MediaNegotiation(
            local: TransportAddress(ip: .loopbackV4, port: port), codecs: [.pcmu], security: policy,
            isSignallingSecure: secureSignalling, ssrc: UInt32(port), sessionID: UInt64(port))
    }

    struct Case: Sendable, CustomTestStringConvertible {
        var offering: SRTPPolicy
        var answering: SRTPPolicy
        /// Whether the signalling of the offering side is encrypted.
        var secureSignalling = false
        var isEncrypted: Bool
        /// Whether there is no agreement.
        var isRefused = false

        var testDescription: String {
            "\(offering) offers\(secureSignalling ? " over TLS" : ""), \(answering) answers"
        }
    }

    @Test(
        "What two policies make of each other",
        arguments: [
            Case(offering: .off, answering: .off, isEncrypted: false),
            Case(offering: .off, answering: .optional, isEncrypted: false),
            Case(offering: .off, answering: .required, isEncrypted: false, isRefused: true),
            Case(offering: .optional, answering: .off, isEncrypted: false),
            Case(offering: .optional, answering: .optional, isEncrypted: false),
            Case(offering: .optional, answering: .optional, secureSignalling: true, isEncrypted: true),
            Case(offering: .optional, answering: .off, secureSignalling: true, isEncrypted: false),
            Case(offering: .optional, answering: .required, secureSignalling: true, isEncrypted: true),
            Case(offering: .required, answering: .off, isEncrypted: false, isRefused: true),
            Case(offering: .required, answering: .optional, isEncrypted: true),
            Case(offering: .required, answering: .required, isEncrypted: true),
        ])
    func policies(_ item: Case) throws {
        var caller = negotiation(item.offering, port: 4000, secureSignalling: item.secureSignalling)
        var callee = negotiation(item.answering, port: 6000)
        let offer = caller.makeOffer(direction: .sendrecv)
        #expect(String(decoding: offer.octets, as: UTF8.self).contains("RTP/SAVP") == (item.offering == .required))
        if item.isRefused {
            let failure = try #require(throws: NegotiationFailure.self) { try callee.receiveOffer(offer.octets) }
            #expect(failure.status == 488)
            return
        }
        try caller.receiveAnswer(callee.receiveOffer(offer.octets).octets)
        let (ours, theirs) = (caller.configuration?.keying, callee.configuration?.keying)
        #expect((ours != nil) == item.isEncrypted)
        #expect(ours?.sending == theirs?.receiving)
        #expect(ours?.receiving == theirs?.sending)
        // Hold and resumption leave the keys as they are, so that the streams go on.
        try callee.receiveAnswer(caller.receiveOffer(callee.makeOffer(direction: .sendonly).octets).octets)
        #expect(caller.configuration?.keying == ours)
        #expect(callee.configuration?.keying == theirs)
    }

    @Test("T-22: a call that is encrypted does not become one in the clear")
    func downgrade() throws {
        var caller = negotiation(.optional, port: 4000, secureSignalling: true)
        var callee = negotiation(.optional, port: 6000)
        try caller.receiveAnswer(callee.receiveOffer(caller.makeOffer(direction: .sendrecv).octets).octets)
        let keying = try #require(callee.configuration?.keying)
        var stranger = negotiation(.off, port: 4000)
        let failure = try #require(throws: NegotiationFailure.self) {
            try callee.receiveOffer(stranger.makeOffer(direction: .sendrecv).octets)
        }
        #expect(failure.status == 488)
        #expect(callee.configuration?.keying == keying)
    }

    @Test("A refused change of a call leaves what was agreed: hold is not taken over from an answer without keys")
    func refusedChange() throws {
        var caller = negotiation(.required, port: 4000)
        var callee = negotiation(.required, port: 6000)
        try caller.receiveAnswer(callee.receiveOffer(caller.makeOffer(direction: .sendrecv).octets).octets)
        let before = try #require(caller.configuration)
        let answer = try callee.receiveOffer(caller.makeOffer(direction: .sendonly).octets)
        let bare = String(decoding: answer.octets, as: UTF8.self).split(separator: "\r\n")
            .filter { !$0.hasPrefix("a=crypto:") }.joined(separator: "\r\n")
        #expect(throws: NegotiationFailure.self) { try caller.receiveAnswer(Array((bare + "\r\n").utf8)) }
        caller.withdrawOffer()
        #expect(caller.configuration == before)
        #expect(caller.wishedDirection == .sendrecv)
    }

    @Test("A new key in a re-INVITE is taken, and answered with one of our own")
    func rekeying() throws {
        var caller = negotiation(.required, port: 4000)
        var callee = negotiation(.required, port: 6000)
        try caller.receiveAnswer(callee.receiveOffer(caller.makeOffer(direction: .sendrecv).octets).octets)
        let before = try #require(callee.configuration?.keying)
        var again = negotiation(.required, port: 4000)
        try again.receiveAnswer(callee.receiveOffer(again.makeOffer(direction: .sendrecv).octets).octets)
        let after = try #require(callee.configuration?.keying)
        #expect(after.sending != before.sending && after.receiving != before.receiving)
        #expect(again.configuration?.keying?.receiving == after.sending)
    }

    @Test("An answer with a key that was not offered, or with our own, ends in 488", arguments: [true, false])
    func wrongAnswer(isOwnKey: Bool) throws {
        var caller = negotiation(.required, port: 4000)
        var callee = negotiation(.required, port: 6000)
        let offer = caller.makeOffer(direction: .sendrecv)
        let answer = try callee.receiveOffer(offer.octets)
        func lines(_ octets: [UInt8]) -> [String] {
            String(decoding: octets, as: UTF8.self).split(separator: "\r\n").map(String.init)
        }
        let own = try #require(lines(offer.octets).first { $0.hasPrefix("a=crypto:") })
        let changed = lines(answer.octets).map { line in
            guard line.hasPrefix("a=crypto:") else { return line }
            return isOwnKey ? own : line.replacing("a=crypto:1", with: "a=crypto:9")
        }
        let failure = try #require(throws: NegotiationFailure.self) {
            try caller.receiveAnswer(Array((changed.joined(separator: "\r\n") + "\r\n").utf8))
        }
        #expect(failure.status == 488)
        #expect(!failure.sentence.contains("inline:"))
        #expect(caller.configuration == nil)
        // The offer still waits: a call that goes on can be held back, or answered rightly.
        try caller.receiveAnswer(answer.octets)
        #expect(caller.configuration?.keying?.sending == callee.configuration?.keying?.receiving)
    }
}
