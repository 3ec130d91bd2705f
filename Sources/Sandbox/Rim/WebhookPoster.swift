internal import AsyncHTTPClient
internal import NIOCore
internal import NIOHTTP1

/// Posts webhooks.
enum WebhookPoster {
    /// - Returns: the status; `nil` when there was no answer within two seconds (reference B3).
    static func post(_ delivery: WebhookDelivery) async -> Int? {
        var request = HTTPClientRequest(url: delivery.url)
        request.method = .POST
        for (name, value) in delivery.headers.sorted(by: { $0.key < $1.key }) {
            request.headers.add(name: name, value: value)
        }
        request.body = .bytes(ByteBuffer(bytes: delivery.body))
        let response = try? await HTTPClient.shared.execute(request, timeout: .seconds(2))
        return (response?.status.code).map { Int($0) }
    }
}
