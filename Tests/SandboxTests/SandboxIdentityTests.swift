import NIOSSL
import Sandbox
import TelephonyPrimitives
import Testing

/// Certificates of a sandbox's own, as BoringSSL reads them.
struct SandboxIdentityTests {
    private static let now: Int64 = 1_790_000_000
    private static let day: Int64 = 86_400

    @Test(
        "A certificate is good for its names and its time, its authority for longer; the key fits",
        arguments: [
            (["sip.telnyx.com", "sip.example.com"], 0...30 * day), ([], -30 * day ... -day), (["a.b"], 0...8_000 * day),
        ])
    func made(names: [String], validity: ClosedRange<Int64>) throws {
        let times = Self.now + validity.lowerBound...Self.now + validity.upperBound
        let identity = try SandboxIdentity(
            names: names, addresses: [.loopbackV4, .v6(0, 1)], validity: times, now: Self.now)
        let own = try #require(try NIOSSLCertificate.fromPEMBytes(Array(identity.chain.utf8)).first)
        let text = try #require(identity.authority)
        let authority = try #require(try NIOSSLCertificate.fromPEMBytes(Array(text.utf8)).first)
        #expect(Int64(own.notValidBefore) == times.lowerBound && Int64(own.notValidAfter) == times.upperBound)
        #expect(Int64(authority.notValidBefore) <= min(times.lowerBound, Self.now))
        #expect(Int64(authority.notValidAfter) >= max(times.upperBound, Self.now + Self.day))
        let alternatives = own._subjectAlternativeNames()
        let found = alternatives.map { name in Array(name.contents) }
        #expect(found == names.map { Array($0.utf8) } + [[127, 0, 0, 1], [UInt8](repeating: 0, count: 15) + [1]])
        let key = try NIOSSLPrivateKey(bytes: Array((identity.key.value + "\n").utf8), format: .pem)
        _ = try NIOSSLContext(
            configuration: .makeServerConfiguration(
                certificateChain: [.certificate(own)], privateKey: .privateKey(key)))
        #expect(!"\(identity)".contains("PRIVATE KEY"))
    }
}
