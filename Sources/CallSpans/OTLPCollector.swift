internal import AsyncHTTPClient
internal import NIOCore
internal import NIOHTTP1

/// A collector that takes OTLP over HTTP.
public struct OTLPCollector: SpanPosting {
    private let url: String
    private let token: String?
    private let client: HTTPClient

    /// - Parameters:
    ///   - url: where it is, e.g. `http://127.0.0.1:4318`; `/v1/traces` is added unless it is there.
    ///   - token: sent as `Authorization: Bearer …`.
    public init(url: String, token: String?) {
        var url = url
        while url.hasSuffix("/") { url.removeLast() }
        self.url = url.hasSuffix("/v1/traces") ? url : url + "/v1/traces"
        self.token = token
        var configuration = HTTPClient.Configuration()
        configuration.timeout.connect = .seconds(5)
        configuration.redirectConfiguration = .disallow
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.decompression = .disabled
        client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }

    public func post(_ body: [UInt8]) async -> SpanPostResult {
        var request = HTTPClientRequest(url: url)
        request.method = .POST
        request.headers.add(name: "content-type", value: "application/json")
        if let token { request.headers.add(name: "authorization", value: "Bearer \(token)") }
        request.body = .bytes(ByteBuffer(bytes: body))
        do {
            let status = try await client.execute(request, timeout: .seconds(10)).status.code
            // OTLP/HTTP names those that are worth another try.
            return switch status {
            case 200..<300: .taken
            case 429, 502, 503, 504: .failed("The collector answered \(status).")
            default: .refused("The collector answered \(status); look at tracing.url and its token.")
            }
        } catch let error as HTTPClientError {
            return .failed("The collector can't be reached: \(error.shortDescription).")
        } catch {
            return .failed("The collector can't be reached: \(error).")
        }
    }

    /// Closes its connections.
    public func close() async {
        try? await client.shutdown()
    }
}
