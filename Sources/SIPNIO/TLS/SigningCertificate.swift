internal import NIOSSL
public import SIPCore

/// The certificate that a signature about a caller names (RFC 8226): its key, and when it is good.
///
/// Whether it leads to a root that is trusted, and whether its subject may speak for the number, is not looked at here.
public struct SigningCertificate: Hashable, Sendable {
    /// The key; `nil` when it is none of P-256.
    public let key: ES256PublicKey?
    public let notBefore: SIPDate?
    public let notAfter: SIPDate?

    /// - Parameter der: the certificate in DER. `nil` when it is none.
    public init?(der: [UInt8]) {
        guard let fields = CertificateFields(der: der) else { return nil }
        key = fields.point.flatMap { ES256PublicKey(point: $0) }
        notBefore = fields.notBefore.map { SIPDate(seconds: $0) }
        notAfter = fields.notAfter.map { SIPDate(seconds: $0) }
    }

    /// - Parameter pem: the certificate in PEM. `nil` when it is none.
    public init?(pem: String) {
        guard let certificate = try? NIOSSLCertificate(bytes: Array(pem.utf8), format: .pem),
            let der = try? certificate.toDERBytes()
        else { return nil }
        self.init(der: der)
    }

    /// What `IdentityVerifier` is told of it, once the application trusts it.
    public var credential: IdentityVerifier.Credential {
        guard let key else { return .unsupported }
        return .key(key, notBefore: notBefore, notAfter: notAfter)
    }
}
