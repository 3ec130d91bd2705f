internal import Crypto
internal import FoundationEssentials

/// Tells webhooks of Telnyx from what others send: Ed25519 over the time and the body as it came.
public struct WebhookVerifier: Sendable {
    /// The header field with the signature, in Base64.
    public static let signatureField = "telnyx-signature-ed25519"
    /// The header field with the time of the signature, in seconds since 1970.
    public static let timestampField = "telnyx-timestamp"
    /// Octets of a body that are looked at.
    public static let maximumOctets = 1 << 20
    private static let maximumKeys = 8

    /// How far the signature's time may be from ours, in seconds either way; Telnyx's own library has 300.
    public var tolerance: Int64 = 300
    private let keys: [Curve25519.Signing.PublicKey]

    /// - Parameter publicKey: the account's public key in Base64, as the portal shows it.
    /// - Throws: ``WebhookKeyError``.
    public init(publicKey: String) throws(WebhookKeyError) {
        try self.init(publicKeys: [publicKey])
    }

    /// - Parameter publicKeys: 1 to 8 keys of which any will do, for when one follows another, or for several accounts.
    /// - Throws: ``WebhookKeyError``.
    public init(publicKeys: [String]) throws(WebhookKeyError) {
        guard (1...Self.maximumKeys).contains(publicKeys.count) else { throw .count(publicKeys.count) }
        var keys: [Curve25519.Signing.PublicKey] = []
        for text in publicKeys { keys.append(try Self.key(text)) }
        self.keys = keys
    }

    private static func key(_ text: String) throws(WebhookKeyError) -> Curve25519.Signing.PublicKey {
        let trimmed = text.filter { !$0.isWhitespace }
        // What people take for it: API keys begin so.
        guard !trimmed.hasPrefix("KEY") || trimmed.utf8.count == 44 else { throw .apiKey }
        guard let octets = Base64Text.octets(of: trimmed) else { throw .unreadable }
        guard octets.count == 32, let key = try? Curve25519.Signing.PublicKey(rawRepresentation: octets) else {
            throw .length(octets.count)
        }
        return key
    }

    /// Looks at a request.
    ///
    /// - Parameters:
    ///   - body: the octets as they came: JSON that was read and written again has another signature.
    ///   - headers: of the request; names in any case.
    ///   - now: seconds since 1970 by our clock.
    /// - Throws: ``WebhookRefusal``, when it is not Telnyx's, or not of now.
    public func verify(
        body: [UInt8], headers: some Sequence<(name: String, value: String)>, now: Int64
    ) throws(WebhookRefusal) {
        var signatures: [String] = []
        var timestamps: [String] = []
        for (name, value) in headers {
            switch name.lowercased() {
            case Self.signatureField: signatures.append(value)
            case Self.timestampField: timestamps.append(value)
            default: break
            }
        }
        guard signatures.count < 2 else { throw .repeatedField(Self.signatureField) }
        guard timestamps.count < 2 else { throw .repeatedField(Self.timestampField) }
        try verify(body: body, signature: signatures.first, timestamp: timestamps.first, now: now)
    }

    /// Looks at a request.
    ///
    /// - Parameters:
    ///   - body: the octets as they came.
    ///   - signature: the value of ``signatureField``.
    ///   - timestamp: the value of ``timestampField``.
    ///   - now: seconds since 1970 by our clock.
    /// - Throws: ``WebhookRefusal``, when it is not Telnyx's, or not of now.
    public func verify(body: [UInt8], signature: String?, timestamp: String?, now: Int64) throws(WebhookRefusal) {
        guard let signature, !signature.isEmpty else { throw .missingField(Self.signatureField) }
        guard let timestamp, !timestamp.isEmpty else { throw .missingField(Self.timestampField) }
        guard body.count <= Self.maximumOctets else { throw .tooLong(body.count) }
        // More digits than a clock shows would only be work.
        guard timestamp.utf8.count <= 15, timestamp.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            let time = Int64(timestamp)
        else { throw .unreadableTimestamp }
        guard signature.utf8.count <= 128, let octets = Base64Text.octets(of: signature), octets.count == 64 else {
            throw .unreadableSignature
        }
        let signed = Self.signedOctets(timestamp: timestamp, body: body)
        // Before the time is looked at: whoever has the right key and a wrong clock is told so.
        guard keys.contains(where: { $0.isValidSignature(octets, for: signed) }) else { throw .wrongSignature }
        let age = max(now, 0) - time
        guard age <= tolerance else { throw .tooOld(seconds: age) }
        guard age >= 0 - max(tolerance, 0) else { throw .fromTheFuture(seconds: 0 - age) }
    }

    /// What is signed: the time as it was written, `|`, and the body.
    static func signedOctets(timestamp: String, body: [UInt8]) -> [UInt8] {
        var octets = Array(timestamp.utf8)
        octets.append(0x7C)
        octets += body
        return octets
    }
}
