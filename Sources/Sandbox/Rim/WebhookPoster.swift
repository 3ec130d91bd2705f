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

    /// - Returns: the status, `nil` when there was no answer within five seconds, and the document.
    static func fetch(_ order: DocumentFetch) async -> (status: Int?, body: [UInt8]) {
        var request = HTTPClientRequest(url: order.url)
        request.method = order.method == "GET" ? .GET : .POST
        for (name, value) in order.headers.sorted(by: { $0.key < $1.key }) {
            request.headers.add(name: name, value: value)
        }
        if order.method != "GET" { request.body = .bytes(ByteBuffer(bytes: order.body)) }
        do {
            let response = try await HTTPClient.shared.execute(request, timeout: .seconds(5))
            let body = try await response.body.collect(upTo: TeXMLElement.maximumOctets)
            return (Int(response.status.code), Array(body.readableBytesView))
        } catch {
            return (nil, [])
        }
    }
}
