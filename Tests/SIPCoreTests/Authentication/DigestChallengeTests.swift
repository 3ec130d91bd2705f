import Testing

@testable import SIPCore

@Suite("A digest challenge")
struct DigestChallengeTests {
    private func challenges(_ name: String) -> [DigestChallenge] {
        DigestVectors.challenge(name).compactMap { line in
            try? DigestChallenge(parsing: String(line.drop { $0 != ":" }.dropFirst(2)))
        }
    }

    @Test(
        "that can't be answered is refused with a reason",
        arguments: ["only-unknown-algorithm", "qop-unknown-only", "missing-nonce", "missing-realm", "basic"])
    func unusable(_ name: String) {
        #expect(!DigestVectors.challenge(name).isEmpty)
        #expect(challenges(name).isEmpty)
    }

    @Test("is read without regard to case and to quotes where none belong")
    func lenient() throws {
        let challenge = try #require(challenges("algorithm-quoted-lowercase").first)
        #expect(challenge.algorithm == .md5)
        #expect(challenge.qualities == [.authentication])
        #expect(challenges("stale-quoted").first?.isStale == true)
        #expect(challenges("stale-true").first?.isStale == true)
    }

    @Test("keeps commas and equals signs in quotes, and an empty opaque")
    func quotes() throws {
        let challenge = try #require(challenges("comma-in-quotes").first)
        #expect(challenge.realm == "Acme, Inc.")
        #expect(challenge.nonce == "a,b=c")
        #expect(challenges("opaque-empty").first?.opaque == "")
    }

    @Test("survives parameters that nobody knows")
    func unknownParameter() throws {
        let challenge = try #require(challenges("unknown-parameter").first)
        #expect(challenge.realm == "example.com")
        #expect(challenge.nonce == "n1")
    }

    @Test("ends where a second one begins in the same field")
    func twoInOne() throws {
        let challenge = try #require(challenges("two-challenges-in-one-field").first)
        #expect(challenge.realm == "a.example.com")
        #expect(challenge.nonce == "n1")
    }

    @Test("is MD5 without qop when it says nothing of them")
    func defaults() throws {
        let challenge = try #require(challenges("no-algorithm").first)
        #expect(challenge.algorithm == .md5)
        #expect(!challenge.namesAlgorithm)
        #expect(challenge.qualities.isEmpty)
    }

    @Test("is written so that it reads back the same", arguments: DigestAlgorithm.allCases)
    func roundTrip(algorithm: DigestAlgorithm) throws {
        let challenge = DigestChallenge(
            realm: "a \"quoted\" \\ realm, with comma", nonce: "abc=", opaque: "", algorithm: algorithm,
            qualities: [.authentication, .integrity], isStale: true)
        #expect(try DigestChallenge(parsing: challenge.description) == challenge)
    }

    @Test("keeps control characters, for its nonce has to come back as it was")
    func controlCharacters() throws {
        let challenge = try DigestChallenge(parsing: "Digest realm=\"a\\\u{7}b\", nonce=\"c\u{0}\u{7f}d\"")
        #expect(challenge.realm == "a\u{7}b")
        #expect(challenge.nonce == "c\u{0}\u{7f}d")
        #expect(try DigestChallenge(parsing: challenge.description) == challenge)
    }

    @Test(
        "never breaks on rubbish",
        arguments: [
            "", "Digest", "Digest ", "Digest ,,,,", "Digest realm", "Digest realm=", "Digest realm=\"", "Digest =\"a\"",
            "Digest realm=\"a\\", "Digest realm=\"a\" nonce=\"b\"", "\u{0}\u{1}", "Digest \"realm\"=a, nonce=b",
        ])
    func rubbish(_ text: String) {
        #expect(throws: ParseError.self) { try DigestChallenge(parsing: text) }
    }
}
