internal import Crypto
internal import FoundationEssentials

/// Shows a receiver that a request is ours and has not been changed (Standard Webhooks 1.0).
public struct WebhookSignature: Sendable {
    /// The shortest secret that is taken: shorter ones can be guessed.
    public static let minimumLength = 16

    private let key: SymmetricKey

    /// - Parameter secret: `whsec_` and base64, or any text.
    /// - Returns: `nil` when it is too short, or no base64 behind `whsec_`.
    public init?(secret: String) {
        let text = secret.filter { !$0.isWhitespace }
        let octets: [UInt8]
        if text.hasPrefix("whsec_") {
            guard let data = Data(base64Encoded: String(text.dropFirst(6))) else { return nil }
            octets = Array(data)
        } else {
            octets = Array(text.utf8)
        }
        guard octets.count >= Self.minimumLength else { return nil }
        key = SymmetricKey(data: octets)
    }

    /// The value of `webhook-signature`: over the identifier, the time and the body, with dots between them.
    ///
    /// - Parameters:
    ///   - id: as in `webhook-id`.
    ///   - seconds: since 1970, as in `webhook-timestamp`.
    ///   - body: what is sent.
    public func value(id: String, seconds: Int64, body: [UInt8]) -> String {
        let signed = Array("\(id).\(seconds).".utf8) + body
        let code = HMAC<SHA256>.authenticationCode(for: signed, using: key)
        return "v1,\(Data(code).base64EncodedString())"
    }
}

extension WebhookSignature: CustomStringConvertible, CustomReflectable {
    public var description: String { "(secret)" }
    public var customMirror: Mirror { Mirror(self, children: []) }
}
