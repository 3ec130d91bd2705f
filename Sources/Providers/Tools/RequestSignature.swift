internal import Crypto
internal import FoundationEssentials

/// Signs a request to somebody's service, so that it can tell that it came from here and when.
///
/// The scheme is that of Standard Webhooks 1.0, for which there are libraries in most languages: `webhook-id`,
/// `webhook-timestamp` (seconds since 1970) and `webhook-signature`, which is `v1,` and the Base64 of the HMAC-SHA256 of
/// `id.timestamp.body`. A secret that begins with `whsec_` is Base64 after that; any other is taken as it is.
public struct RequestSignature: Sendable {
    private let key: SymmetricKey

    public init(_ secret: Secret) {
        let prefix = "whsec_"
        let encoded =
            secret.value.hasPrefix(prefix) ? Data(base64Encoded: String(secret.value.dropFirst(prefix.count))) : nil
        key = SymmetricKey(data: encoded ?? Data(secret.value.utf8))
    }

    /// - Parameters:
    ///   - id: of this request; the same when it is sent again.
    ///   - timestamp: seconds since 1970.
    /// - Returns: the header fields to send.
    public func fields(id: String, timestamp: Int64, body: [UInt8]) -> [(name: String, value: String)] {
        let signed = Data("\(id).\(timestamp).".utf8) + body
        let code = Data(HMAC<SHA256>.authenticationCode(for: signed, using: key)).base64EncodedString()
        return [
            (name: "webhook-id", value: id), (name: "webhook-timestamp", value: "\(timestamp)"),
            (name: "webhook-signature", value: "v1,\(code)"),
        ]
    }
}
