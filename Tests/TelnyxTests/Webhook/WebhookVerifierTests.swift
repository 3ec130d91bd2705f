import Crypto
import TelephonyPrimitives
import Testing

@testable import Telnyx

@Suite("Webhook signatures")
struct WebhookVerifierTests {
    private static let now: Int64 = 1_767_323_045

    private func headers(_ signed: TelnyxFixtures.Signed) -> [(name: String, value: String)] {
        [
            ("Content-Type", "application/json"), ("Telnyx-Signature-Ed25519", signed.signature),
            ("TELNYX-TIMESTAMP", signed.timestamp),
        ]
    }

    @Test("Signatures that PyNaCl made are taken, within 300 seconds either way")
    func good() throws {
        let (key, signed) = try TelnyxFixtures.signatures()
        let verifier = try WebhookVerifier(publicKey: " \(key)\n")
        #expect(signed.count == 3)
        for one in signed {
            for offset in [-300, -1, 0, 299, 300] as [Int64] {
                try verifier.verify(body: one.body, headers: headers(one), now: Self.now + offset)
            }
            #expect(throws: WebhookRefusal.tooOld(seconds: 301)) {
                try verifier.verify(body: one.body, headers: headers(one), now: Self.now + 301)
            }
            #expect(throws: WebhookRefusal.fromTheFuture(seconds: 301)) {
                try verifier.verify(body: one.body, headers: headers(one), now: Self.now - 301)
            }
        }
    }

    @Test("Every changed bit of body, time or signature is found, and JSON that was written anew too")
    func changed() throws {
        let (key, signed) = try TelnyxFixtures.signatures()
        let verifier = try WebhookVerifier(publicKey: key)
        let one = signed[1]
        for place in one.body.indices {
            var body = one.body
            body[place] ^= 1
            #expect(throws: WebhookRefusal.wrongSignature) {
                try verifier.verify(body: body, headers: headers(one), now: Self.now)
            }
        }
        var later = one
        later.timestamp = "1767323046"
        #expect(throws: WebhookRefusal.wrongSignature) {
            try verifier.verify(body: later.body, headers: headers(later), now: Self.now)
        }
        let again = Array(try JSONValue(parsing: signed[0].body).json.utf8)
        #expect(throws: WebhookRefusal.wrongSignature) {
            try verifier.verify(body: again, headers: headers(signed[0]), now: Self.now)
        }
        // Signed by somebody else.
        let other = Curve25519.Signing.PrivateKey()
        let octets = try other.signature(for: WebhookVerifier.signedOctets(timestamp: one.timestamp, body: one.body))
        let forged = TelnyxFixtures.Signed(
            timestamp: one.timestamp, signature: Base64Text.text(of: octets), body: one.body)
        #expect(throws: WebhookRefusal.wrongSignature) {
            try verifier.verify(body: forged.body, headers: headers(forged), now: Self.now)
        }
        let both = try WebhookVerifier(publicKeys: [
            key, Base64Text.text(of: other.publicKey.rawRepresentation),
        ])
        try both.verify(body: forged.body, headers: headers(forged), now: Self.now)
        try both.verify(body: one.body, headers: headers(one), now: Self.now)
    }

    struct Row: Sendable, CustomTestStringConvertible {
        var signature: String?
        var timestamp: String?
        var refusal: WebhookRefusal
        var testDescription: String { "\(refusal)" }
    }

    private static let rows: [Row] = [
        Row(timestamp: "1767323045", refusal: .missingField("telnyx-signature-ed25519")),
        Row(signature: "", timestamp: "1767323045", refusal: .missingField("telnyx-signature-ed25519")),
        Row(signature: "AAAA", refusal: .missingField("telnyx-timestamp")),
        Row(signature: "AAAA", timestamp: "1767323045", refusal: .unreadableSignature),
        Row(signature: "no base64!", timestamp: "1767323045", refusal: .unreadableSignature),
        Row(signature: String(repeating: "A", count: 10_000), timestamp: "1767323045", refusal: .unreadableSignature),
        Row(signature: "AAAA", timestamp: "yesterday", refusal: .unreadableTimestamp),
        Row(signature: "AAAA", timestamp: "-5", refusal: .unreadableTimestamp),
        Row(signature: "AAAA", timestamp: "99999999999999999999", refusal: .unreadableTimestamp),
        Row(signature: "AAAA", timestamp: "1767323045.5", refusal: .unreadableTimestamp),
    ]

    @Test("What is missing or unreadable is named", arguments: rows)
    func refused(_ row: Row) throws {
        let verifier = try WebhookVerifier(publicKey: try TelnyxFixtures.signatures().key)
        #expect(throws: row.refusal) {
            try verifier.verify(body: [], signature: row.signature, timestamp: row.timestamp, now: Self.now)
        }
        #expect(row.refusal.status == 400 && row.refusal.description.hasSuffix("."))
    }

    @Test("A field that comes twice, and a body that is too long, are refused")
    func odd() throws {
        let (key, signed) = try TelnyxFixtures.signatures()
        let verifier = try WebhookVerifier(publicKey: key)
        let twice = headers(signed[0]) + [("telnyx-timestamp", "1")]
        #expect(throws: WebhookRefusal.repeatedField("telnyx-timestamp")) {
            try verifier.verify(body: signed[0].body, headers: twice, now: Self.now)
        }
        let long = [UInt8](repeating: 0x20, count: WebhookVerifier.maximumOctets + 1)
        #expect(throws: WebhookRefusal.tooLong(long.count)) {
            try verifier.verify(body: long, headers: headers(signed[0]), now: Self.now)
        }
        #expect(throws: WebhookRefusal.self) {
            try verifier.verify(body: signed[0].body, headers: headers(signed[0]), now: .min)
        }
    }

    @Test("What is no public key is refused with what to do")
    func keys() {
        #expect(throws: WebhookKeyError.apiKey) { try WebhookVerifier(publicKey: "KEY0123456789_secretsecret") }
        #expect(throws: WebhookKeyError.unreadable) { try WebhookVerifier(publicKey: "?!") }
        #expect(throws: WebhookKeyError.length(3)) { try WebhookVerifier(publicKey: "AAAA") }
        #expect(throws: WebhookKeyError.count(0)) { try WebhookVerifier(publicKeys: []) }
        #expect(WebhookKeyError.apiKey.description.contains("portal"))
    }

    @Test("An event is read behind its signature, and a signed body that is none says so")
    func event() throws {
        let (key, signed) = try TelnyxFixtures.signatures()
        let verifier = try WebhookVerifier(publicKey: key)
        let event = try verifier.event(body: signed[0].body, headers: headers(signed[0]), now: Self.now)
        #expect(event.type == "call.initiated")
        #expect(throws: WebhookRefusal.self) { try WebhookEvent(body: Array("[]".utf8)) }
        #expect(throws: WebhookRefusal.self) { try WebhookEvent(body: Array(#"{"data":{}}"#.utf8)) }
    }
}
