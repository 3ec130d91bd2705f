import Foundation
import SIPCore
import SIPNIO
import Testing

/// Signatures about callers with certificates that another program made.
@Suite("Signing certificates")
struct SigningCertificateTests {
    private static let now = SIPDate(seconds: Int64(Date().timeIntervalSince1970))

    private static func request(_ identity: IdentityHeader) throws -> Request {
        let lines = [
            "INVITE sip:bob@example.com SIP/2.0", "Via: SIP/2.0/UDP 192.0.2.9;branch=z9hG4bK1",
            "From: <sip:+15555550100@example.com>;tag=1", "To: <sip:+15555550199@example.com>", "Call-ID: call",
            "CSeq: 1 INVITE", "Identity: \(identity)", "", "",
        ]
        guard case .request(let request) = try Message(parsing: Array(lines.joined(separator: "\r\n").utf8)) else {
            throw Unexpected("no request")
        }
        return request
    }

    private static let passport = PASSporT.shaken(
        certificateURL: "https://cert.example.org/passport.cer", issuedAt: now, originator: .number("15555550100"),
        destinations: [.number("15555550199")], attestation: .full,
        originationID: "123e4567-e89b-12d3-a456-426655440000")

    @Test("A certificate's key checks what its private key has signed, and OpenSSL agrees")
    func openssl() throws {
        let authority = try CertificateAuthority()
        let files = try authority.issue()
        let pem = try String(contentsOfFile: files.chain, encoding: .utf8)
        let certificate = try #require(SigningCertificate(pem: pem))
        let key = try #require(ES256PrivateKey(pem: try String(contentsOfFile: files.privateKey, encoding: .utf8)))
        #expect(key.publicKey == certificate.key)
        let identity = try #require(Self.passport.signed(with: key))
        let outcome = IdentityVerifier().verify(try Self.request(identity), now: Self.now) { _ in certificate.credential
        }
        #expect(outcome == .verified(Self.passport))

        let end = try #require(identity.token.lastIndex(of: "."))
        let input = try authority.write(String(identity.token[..<end]), to: "input")
        let raw = try #require(
            Data(
                base64Encoded: identity.token[identity.token.index(after: end)...].replacingOccurrences(
                    of: "-", with: "+"
                )
                .replacingOccurrences(of: "_", with: "/") + "=="))
        let signature = input + ".sig"
        try Self.der(Array(raw)).write(to: URL(filePath: signature))
        let publicKey = input + ".pub"
        // It throws unless the signature fits.
        try CertificateAuthority.openssl("ec", "-in", files.privateKey, "-pubout", "-out", publicKey)
        try CertificateAuthority.openssl("dgst", "-sha256", "-verify", publicKey, "-signature", signature, input)
        try Data("other".utf8).write(to: URL(filePath: input))
        #expect(throws: Unexpected.self) {
            try CertificateAuthority.openssl("dgst", "-sha256", "-verify", publicKey, "-signature", signature, input)
        }
    }

    /// Two numbers as DER writes them.
    private static func der(_ raw: [UInt8]) -> Data {
        func integer(_ octets: ArraySlice<UInt8>) -> [UInt8] {
            var number = Array(octets.drop { $0 == 0 })
            if number.first.map({ $0 >= 0x80 }) ?? true { number.insert(0, at: 0) }
            return [0x02, UInt8(number.count)] + number
        }
        let numbers = integer(raw.prefix(32)) + integer(raw.suffix(32))
        return Data([0x30, UInt8(numbers.count)] + numbers)
    }

    @Test("A certificate with another kind of key, and one that has run out, are not supported")
    func unsupported() throws {
        let authority = try CertificateAuthority()
        let rsa = try #require(
            SigningCertificate(
                pem: String(contentsOfFile: try authority.issue("rsa", flaw: .shortKey).chain, encoding: .utf8)))
        #expect(rsa.key == nil)
        #expect(rsa.credential == .unsupported)
        let files = try authority.issue("old", flaw: .expired)
        let old = try #require(SigningCertificate(pem: String(contentsOfFile: files.chain, encoding: .utf8)))
        let key = try #require(ES256PrivateKey(pem: String(contentsOfFile: files.privateKey, encoding: .utf8)))
        let request = try Self.request(try #require(Self.passport.signed(with: key)))
        let outcome = IdentityVerifier().verify(request, now: Self.now) { _ in old.credential }
        guard case .failed(let failure) = outcome else {
            Issue.record("\(outcome)")
            return
        }
        #expect(failure.status == 437)
        #expect(SigningCertificate(pem: "nonsense") == nil)
        #expect(SigningCertificate(der: [0x30, 0x03, 0x02, 0x01, 0x01]) == nil)
    }
}
