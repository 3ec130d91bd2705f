import Crypto
import TelephonyPrimitives

/// Signs webhooks as the carrier does: Ed25519 over time and body (reference B3).
struct WebhookSigner: Sendable {
    /// In Base64, as the portal shows it.
    let publicKey: String
    private let seed: [UInt8]

    /// `nil` when the seed is none.
    init?(seed: [UInt8]) {
        guard let key = try? Curve25519.Signing.PrivateKey(rawRepresentation: seed) else { return nil }
        self.seed = seed
        publicKey = Base64.text(Array(key.publicKey.rawRepresentation))
    }

    /// - Parameters:
    ///   - body: the octets that are posted.
    ///   - time: seconds since 1970.
    /// - Returns: the signature in Base64.
    func signature(of body: [UInt8], at time: Int64) -> String? {
        guard let key = try? Curve25519.Signing.PrivateKey(rawRepresentation: seed),
            let signature = try? key.signature(for: Array("\(time)|".utf8) + body)
        else { return nil }
        return Base64.text(Array(signature))
    }
}
