internal import Crypto

/// The public half of a key for ECDSA on P-256 with SHA-256 (`ES256`, RFC 7518 §3.4): whom a certificate names.
public struct ES256PublicKey: Hashable, Sendable {
    /// The point, uncompressed (X9.63): 65 octets.
    public let point: [UInt8]

    /// - Parameter point: as a certificate has it: 4, then both coordinates (RFC 5480 §2.2). `nil` when it is no point
    ///   of the curve.
    public init?(point: [UInt8]) {
        guard point.count == 65, (try? P256.Signing.PublicKey(x963Representation: point)) != nil else { return nil }
        self.point = point
    }

    /// Whether `signature`, both numbers one behind the other (RFC 7518 §3.4), is that of `octets`.
    public func verifies(_ signature: [UInt8], of octets: [UInt8]) -> Bool {
        guard signature.count == 64, let key = try? P256.Signing.PublicKey(x963Representation: point),
            let signature = try? P256.Signing.ECDSASignature(rawRepresentation: signature)
        else { return false }
        return key.isValidSignature(signature, for: octets)
    }
}

/// The private half of a key for `ES256`.
public struct ES256PrivateKey: Sendable {
    private let key: P256.Signing.PrivateKey

    /// - Parameter number: the private number, 32 octets. `nil` when it can be none.
    public init?(number: [UInt8]) {
        guard let key = try? P256.Signing.PrivateKey(rawRepresentation: number) else { return nil }
        self.key = key
    }

    /// - Parameter pem: the key in PEM, as PKCS #8 or SEC 1. `nil` when it is none of P-256.
    public init?(pem: String) {
        guard let key = try? P256.Signing.PrivateKey(pemRepresentation: pem) else { return nil }
        self.key = key
    }

    public var publicKey: ES256PublicKey? { ES256PublicKey(point: Array(key.publicKey.x963Representation)) }

    /// Signs `octets`. Two signatures of the same octets differ: the scheme itself needs a fresh secret number each
    /// time, which the cryptographic library draws. It is the one thing here that a seed does not repeat.
    func sign(_ octets: [UInt8]) -> [UInt8]? {
        guard let signature = try? key.signature(for: octets) else { return nil }
        return Array(signature.rawRepresentation)
    }
}
