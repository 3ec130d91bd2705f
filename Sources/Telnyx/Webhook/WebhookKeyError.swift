/// Why a text is not the public key of a Telnyx account.
public enum WebhookKeyError: Error, Hashable, CustomStringConvertible {
    /// It is an API key.
    case apiKey
    /// It is no Base64.
    case unreadable
    /// It stands for this many octets, not 32.
    case length(Int)
    /// This many keys were given, and not one to eight.
    case count(Int)

    public var description: String {
        let place = "Copy the public key from the Telnyx portal (Keys & Credentials, Public Key)."
        return switch self {
        case .apiKey: "This is an API key, with which webhooks are not signed. \(place)"
        case .unreadable: "The public key is no Base64. \(place)"
        case .length(let count): "The public key has \(count) octets, and not 32. \(place)"
        case .count(let count): "There are \(count) public keys; give one to eight. \(place)"
        }
    }
}
