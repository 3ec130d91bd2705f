import Foundation
import TelephonyPrimitives
import Testing

@testable import SIPCore

/// Signatures made by somebody else's program; see `scripts/passport-vectors.py`.
struct PASSporTVectors: Decodable, Sendable {
    struct Row: Decodable, Sendable, CustomTestStringConvertible {
        var name: String
        var identity: String
        var verdict: String
        var from: String
        var to: String

        var testDescription: String { name }
    }

    var point: String
    var `private`: String
    var otherPoint: String
    var now: Int64
    var rows: [Row]

    static let all: PASSporTVectors = {
        let url = SIPFixtures.root.deletingLastPathComponent().appending(path: "vectors/passport.json")
        guard let data = try? Data(contentsOf: url),
            let vectors = try? JSONDecoder().decode(PASSporTVectors.self, from: data)
        else { return PASSporTVectors(point: "", private: "", otherPoint: "", now: 0, rows: []) }
        return vectors
    }()
}

/// Signatures about who calls (RFC 8224, RFC 8225, RFC 8588).
@Suite("PASSporT")
struct PASSporTTests {
    static let vectors = PASSporTVectors.all

    static func octets(_ hex: String) -> [UInt8] {
        UserToUser.parsedHexadecimal(hex)
    }

    static let caller = "<sip:+15555550100@example.com>;tag=1"
    static let called = "<sip:+15555550199@example.com>"
    static let certificate = "https://cert.example.org/passport.cer"

    static func request(
        _ identities: [String], from: String = caller, to: String = called, date: SIPDate? = nil, headers: [String] = []
    ) throws -> Request {
        let lines =
            [
                "INVITE sip:bob@example.com SIP/2.0", "Via: SIP/2.0/UDP 192.0.2.9;branch=z9hG4bK1", "Max-Forwards: 70",
                "From: \(from)", "To: \(to)", "Call-ID: call", "CSeq: 1 INVITE",
            ] + (date.map { ["Date: \($0)"] } ?? []) + identities.map { "Identity: \($0)" } + headers + ["", ""]
        guard case .request(let request) = try Message(parsing: Array(lines.joined(separator: "\r\n").utf8)) else {
            throw CancellationError()
        }
        return request
    }

    static func name(of outcome: IdentityVerifier.Outcome) -> String {
        switch outcome {
        case .verified: "verified"
        case .unsigned: "unsigned"
        case .failed(let failure): "\(failure.status)"
        }
    }

    @Test("The vectors are there")
    func present() {
        #expect(Self.vectors.rows.count == 24)
    }

    @Test("Another program's signatures are judged as they should be", arguments: PASSporTVectors.all.rows)
    func foreign(_ row: PASSporTVectors.Row) throws {
        let now = SIPDate(seconds: Self.vectors.now)
        let key = try #require(ES256PublicKey(point: Self.octets(Self.vectors.point)))
        let request = try Self.request([row.identity], from: row.from, to: row.to, date: now)
        let outcome = IdentityVerifier().verify(request, now: now) { header in
            #expect(header.certificateURL.hasPrefix(Self.certificate))
            return .key(key)
        }
        #expect(Self.name(of: outcome) == row.verdict, "\(outcome)")
        // Whatever is good with its own key is not with another one.
        let other = try #require(ES256PublicKey(point: Self.octets(Self.vectors.otherPoint)))
        let wrong = IdentityVerifier().verify(request, now: now) { _ in .key(other) }
        if row.verdict == "verified" { #expect(Self.name(of: wrong) == "438") }
    }

    @Test("RFC 8225 appendix A: header and payload are written octet for octet as there")
    func appendixA() throws {
        let passport = PASSporT(
            certificateURL: Self.certificate, issuedAt: SIPDate(seconds: 1_471_375_418),
            originator: .number("12155551212"), destinations: [.uri("sip:alice@example.com")])
        // The signature printed there fits neither of the keys printed there; OpenSSL says so, too.
        #expect(
            passport.signingInput
                == "eyJhbGciOiJFUzI1NiIsInR5cCI6InBhc3Nwb3J0IiwieDV1IjoiaHR0cHM6Ly9j"
                + "ZXJ0LmV4YW1wbGUub3JnL3Bhc3Nwb3J0LmNlciJ9."
                + "eyJkZXN0Ijp7InVyaSI6WyJzaXA6YWxpY2VAZXhhbXBsZS5jb20iXX0sImlhdCI"
                + "6MTQ3MTM3NTQxOCwib3JpZyI6eyJ0biI6IjEyMTU1NTUxMjEyIn19")
    }

    @Test("What we sign, in full and compact, is good, and says what it was made to say")
    func sign() throws {
        let now = SIPDate(seconds: 1_700_000_000)
        let key = try #require(ES256PrivateKey(number: Self.octets(Self.vectors.private)))
        let publicKey = try #require(key.publicKey)
        #expect(publicKey.point == Self.octets(Self.vectors.point))
        let from = try #require(PASSporT.Party(try NameAddress(parsing: Self.caller).uri))
        let to = try #require(PASSporT.Party(try NameAddress(parsing: Self.called).uri))
        let plain = PASSporT(certificateURL: Self.certificate, issuedAt: now, originator: from, destinations: [to])
        let shaken = PASSporT.shaken(
            certificateURL: Self.certificate, issuedAt: now, originator: from, destinations: [to],
            attestation: .partial,
            originationID: "123e4567-e89b-12d3-a456-426655440000")
        let headers = [
            try #require(plain.signed(with: key)), try #require(plain.signed(with: key, isCompact: true)),
            try #require(shaken.signed(with: key)),
        ]
        #expect(headers.map(\.isCompact) == [false, true, false])
        #expect(headers.map(\.ppt) == [nil, nil, "shaken"])
        for (header, passport) in zip(headers, [plain, plain, shaken]) {
            let request = try Self.request(["\(header)"], date: now)
            let outcome = IdentityVerifier().verify(request, now: now) { _ in .key(publicKey) }
            #expect(outcome == .verified(passport))
            var caller = request.caller
            #expect(!caller.verification.isVerified)
            let isTaken = caller.take(passport)
            #expect(isTaken)
            #expect(caller.verification == .signed(passport))
        }
        #expect(shaken.signed(with: key, isCompact: true) == nil, "SHAKEN has no compact form")
        // A signature about somebody else does not make this caller a verified one.
        var other = try Self.request([], from: "<sip:+15555550101@example.com>;tag=1").caller
        let isTaken = other.take(plain)
        #expect(!isTaken)
        #expect(other.verification == .unverified)
    }

    @Test("A compact signature is over the Date of the message, and nothing fits without it")
    func compact() throws {
        let now = SIPDate(seconds: Self.vectors.now)
        let key = try #require(ES256PublicKey(point: Self.octets(Self.vectors.point)))
        let row = try #require(Self.vectors.rows.first { $0.name == "compact" })
        func verdict(_ date: SIPDate?) throws -> String {
            Self.name(
                of: IdentityVerifier().verify(try Self.request([row.identity], date: date), now: now) { _ in .key(key) }
            )
        }
        #expect(try verdict(now) == "verified")
        #expect(try verdict(nil) == "403")
        #expect(try verdict(SIPDate(seconds: now.seconds - 1)) == "438")
        #expect(try verdict(SIPDate(seconds: now.seconds - 61)) == "403")
    }

    @Test("A missing signature, one whose certificate can't be had or is not taken, and an old one have their statuses")
    func statuses() throws {
        let now = SIPDate(seconds: Self.vectors.now)
        let key = try #require(ES256PublicKey(point: Self.octets(Self.vectors.point)))
        let good = try #require(Self.vectors.rows.first { $0.name == "full" }).identity
        let bad = try #require(Self.vectors.rows.first { $0.name == "signed with another key" }).identity
        let foreign = try #require(Self.vectors.rows.first { $0.name == "of an unknown extension" }).identity
        var strict = IdentityVerifier()
        strict.isRequired = true
        func verdict(
            _ identities: [String], _ credential: IdentityVerifier.Credential,
            _ verifier: IdentityVerifier = IdentityVerifier()
        ) throws -> String {
            Self.name(of: verifier.verify(try Self.request(identities, date: now), now: now) { _ in credential })
        }
        #expect(try verdict([], .key(key)) == "unsigned")
        #expect(try verdict([], .key(key), strict) == "428")
        #expect(try verdict([foreign], .key(key), strict) == "428")
        #expect(try verdict([good], .unavailable) == "436")
        #expect(try verdict([good], .unsupported) == "437")
        #expect(try verdict([good.replacingOccurrences(of: "ES256", with: "RS256")], .key(key)) == "437")
        #expect(try verdict(["a.b.c"], .key(key)) == "436", "it does not say where the certificate is")
        #expect(try verdict(["nonsense;info=<x>"], .key(key)) == "438")
        #expect(try verdict([good], .key(key, notAfter: SIPDate(seconds: now.seconds - 1))) == "437")
        #expect(try verdict([good], .key(key, notBefore: SIPDate(seconds: now.seconds + 1))) == "437")
        // One good signature is enough, in one line or in two.
        #expect(try verdict([bad, good], .key(key)) == "verified")
        #expect(try verdict(["\(bad), \(good)"], .key(key)) == "verified")
        // No more than eight are looked at.
        #expect(try verdict(Array(repeating: bad, count: 7) + [good], .key(key)) == "verified")
        #expect(try verdict(Array(repeating: bad, count: 8) + [good], .key(key)) == "438")
        #expect(IdentityFailure.staleDate("").reason == "Stale Date")
        #expect(IdentityFailure.missing.reason == "Use Identity Header")
    }

    @Test(
        "The caller whom a trusted network asserts is the one a signature has to name; a stranger's assertion is none")
    func asserted() throws {
        let now = SIPDate(seconds: Self.vectors.now)
        let key = try #require(ES256PublicKey(point: Self.octets(Self.vectors.point)))
        let row = try #require(Self.vectors.rows.first { $0.name == "full, of SHAKEN" })
        var request = try Self.request(
            [row.identity], from: "\"Anonymous\" <sip:anonymous@anonymous.invalid>;tag=1",
            headers: ["P-Asserted-Identity: <sip:+15555550100@example.com>"])
        func verdict() -> String {
            Self.name(of: IdentityVerifier().verify(request, now: now) { _ in .key(key) })
        }
        #expect(verdict() == "438")
        request.assertor = .v4(0xC000_0209)
        #expect(verdict() == "verified")
    }

    @Test("Numbers are compared in their canonical form (RFC 8224 §8.3), as the plan says")
    func canonical() throws {
        let now = SIPDate(seconds: Self.vectors.now)
        let key = try #require(ES256PublicKey(point: Self.octets(Self.vectors.point)))
        let row = try #require(Self.vectors.rows.first { $0.name == "full" })
        var verifier = IdentityVerifier()
        func verdict(_ from: String, _ to: String) throws -> String {
            let request = try Self.request([row.identity], from: from, to: to)
            return Self.name(of: verifier.verify(request, now: now) { _ in .key(key) })
        }
        #expect(try verdict("<tel:+1-555-555-0100>;tag=1", "<sip:15555550199@example.com>") == "verified")
        #expect(try verdict("<sip:5555550100@example.com>;tag=1", Self.called) == "438")
        verifier.plan = .northAmerica
        #expect(try verdict("<sip:5555550100@example.com>;tag=1", "<sip:5555550199@example.com>") == "verified")
    }

    // MARK: JSON and base64url

    static let jsonRows: [(text: String, written: String?)] = [
        (" {\"b\" : [1, -2, 0], \"a\" : {\"c\":null,\"B\":true}} ", "{\"a\":{\"B\":true,\"c\":null},\"b\":[1,-2,0]}"),
        ("{}", "{}"), ("[]", "[]"), ("\"\\u0041\\ud83d\\ude00\\n\\/\"", "\"A😀\\u000a/\""), ("false", "false"),
        ("{\"a\":1,\"a\":2}", nil), ("{\"a\":1,}", nil), ("[1 2]", nil), ("01", nil), ("-", nil), ("1.5", nil),
        ("1e3", nil), ("9223372036854775808", nil), ("\"\\ud83d\"", nil), ("\"\\x\"", nil), ("\"a", nil),
        ("\"\u{1}\"", nil), ("nul", nil), ("", nil), ("{} {}", nil), ("{a:1}", nil), ("[[[[[[[[1]]]]]]]]", nil),
        ("[[[[[[[1]]]]]]]", "[[[[[[[1]]]]]]]"),
    ]

    @Test("JSON is read within bounds, and written in the one form that is signed (RFC 8225 §9)", arguments: jsonRows)
    func json(text: String, written: String?) {
        let value = try? SIPCore.JSONValue(parsing: Array(text.utf8))
        #expect(value.map { String(decoding: $0.deterministic, as: UTF8.self) } == written)
    }

    @Test("JSON that is too long is refused, and so is text that is no UTF-8")
    func longJSON() {
        let long = "\"" + String(repeating: "x", count: SIPCore.JSONValue.maxOctets) + "\""
        #expect(throws: ParseError.self) { try SIPCore.JSONValue(parsing: Array(long.utf8)) }
        #expect(throws: ParseError.self) { try SIPCore.JSONValue(parsing: [0x22, 0xFF, 0x22]) }
    }

    @Test("base64url has one form for the same octets", arguments: [0, 1, 2, 3, 4, 63, 64, 65])
    func base64(count: Int) {
        let octets = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ 250) }
        let text = Base64URL.encode(octets)
        let foundation = Data(octets).base64EncodedString().replacingOccurrences(of: "+", with: "-")
            .replacingOccurrences(of: "/", with: "_").replacingOccurrences(of: "=", with: "")
        #expect(text == foundation)
        #expect(Base64URL.decode(text.utf8) == octets)
        for broken in ["A", "AB", "A+AA", "AA==", "A A="] { #expect(Base64URL.decode(broken.utf8) == nil, "\(broken)") }
    }
}

extension UserToUser {
    /// The octets that hexadecimal digits stand for.
    fileprivate static func parsedHexadecimal(_ text: String) -> [UInt8] {
        (try? UserToUser(parsing: "\(text);encoding=hex"))?.octets ?? []
    }
}
