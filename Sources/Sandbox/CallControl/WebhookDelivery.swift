import TelephonyPrimitives

/// A webhook that is to be posted.
public struct WebhookDelivery: Sendable, Hashable {
    public var url: String
    public var headers: [String: String]
    public var body: [UInt8]
    /// Its event, for people.
    public var event: String
    /// 1 for the first time.
    public var attempt: Int
}

/// A webhook on its way.
struct PendingWebhook: Sendable {
    enum Content: Sendable {
        /// In its envelope.
        case event(JSONValue)
        /// Parameters.
        case form(String)
    }

    let event: String
    let content: Content
    /// Where it may go: the one that was meant, then the one for when that fails.
    let urls: [String]
    /// How often it was tried.
    var attempt = 0
    /// When it is posted; `nil` while an attempt is under way.
    var dueAt: Instant?

    /// Tries at one address.
    static let triesPerAddress = 3

    /// The address of the next attempt; `nil` when there was enough of that.
    var nextURL: String? {
        let place = attempt / Self.triesPerAddress
        return urls.indices.contains(place) ? urls[place] : nil
    }

    /// What comes between attempts.
    var pause: Duration {
        let tried = attempt % Self.triesPerAddress
        return tried == 0 ? .zero : .seconds(tried)
    }
}
