internal import TelephonyPrimitives

/// Where the webhooks of one leg go, instead of where the application says. Always by POST: what is signed of a GET is
/// not documented.
public struct WebhookOverrides: Sendable, Hashable {
    /// For all events.
    public var url: String?
    /// By type of event, e.g. `call.hangup`.
    public var urls: [String: [String]] = [:]
    /// By type of event, how long to wait before each further attempt: at most five, together at most 60 s.
    public var retries: [String: [Duration]] = [:]

    public init(url: String? = nil) {
        self.url = url
    }

    var fields: CommandFields {
        [
            "webhook_url": url, "webhook_url_method": url == nil ? nil : "POST",
            "webhook_urls": urls.isEmpty ? nil : JSONValue.object(urls.mapValues(\.bodyJSON)),
            "webhook_urls_method": urls.isEmpty ? nil : "POST",
            "webhook_retries_policies": retries.isEmpty
                ? nil
                : JSONValue.object(
                    retries.mapValues { .object(["retries_ms": $0.map(\.wholeMilliseconds).bodyJSON]) }),
        ]
    }

    func check() throws(TelnyxError) {
        for url in (url.map { [$0] } ?? []) + urls.values.joined() {
            guard url.hasPrefix("https://") || url.hasPrefix("http://") else {
                throw .invalid("A webhook URL begins with https://, or http:// for tests.")
            }
        }
        for waits in retries.values {
            guard waits.count <= 5, waits.reduce(Duration.zero, +) <= .seconds(60) else {
                throw .invalid("`webhook_retries_policies` takes at most five waits, together at most 60 s.")
            }
        }
    }
}
