/// Why a request is not taken for a webhook of Telnyx.
public enum WebhookRefusal: Error, Hashable, CustomStringConvertible {
    case missingField(String)
    case repeatedField(String)
    /// Octets of the body, more than are taken.
    case tooLong(Int)
    case unreadableTimestamp
    case unreadableSignature
    /// No key of ours made this signature of this body.
    case wrongSignature
    /// Signed by the right key this long ago.
    case tooOld(seconds: Int64)
    /// Signed by the right key, at a time that is still to come by our clock.
    case fromTheFuture(seconds: Int64)
    /// The body, signed as it should be, is no event.
    case unreadableEvent(String)

    /// What was wrong and what to do about it, for the log of the receiver; the sender is told nothing.
    public var description: String {
        switch self {
        case .missingField(let name):
            "The header field \(name) is missing. Somebody else sends this, or a proxy in front takes the field out: let it pass."
        case .repeatedField(let name):
            "The header field \(name) is there twice. A proxy in front may copy it: each has to come once."
        case .tooLong(let count):
            "The body has \(count) octets, more than \(WebhookVerifier.maximumOctets): no webhook is so long."
        case .unreadableTimestamp:
            "\(WebhookVerifier.timestampField) is no time in seconds. Somebody else sends this."
        case .unreadableSignature:
            "\(WebhookVerifier.signatureField) is no Ed25519 signature of 64 octets in Base64. Somebody else sends this."
        case .wrongSignature:
            "The signature does not fit. Check the public key (portal, Keys & Credentials) and that it is this account's; "
                + "and that the body comes here unchanged, octet for octet."
        case .tooOld(let seconds):
            "The signature is good, and \(seconds) s old. Check this machine's clock (NTP); if it is right, somebody sends "
                + "an old webhook again."
        case .fromTheFuture(let seconds):
            "The signature is good, and \(seconds) s ahead of this machine's clock. Check the clock (NTP)."
        case .unreadableEvent(let reason):
            "The signature is good, but the body is no event: \(reason). Is webhook_api_version of the application \"2\"?"
        }
    }

    /// What to answer with: Telnyx does not repeat what is answered so.
    public var status: Int {
        switch self {
        case .missingField, .repeatedField, .unreadableTimestamp, .unreadableSignature, .unreadableEvent: 400
        case .tooLong: 413
        case .wrongSignature, .tooOld, .fromTheFuture: 403
        }
    }
}
