internal import AsyncHTTPClient
internal import NIOCore
internal import NIOHTTP1

/// Posts letters to one URL, which the configuration names and nobody else.
public struct HTTPPost: WebhookPosting {
    private let url: String
    private let client: HTTPClient

    /// - Parameter url: `https://…`, or `http://…`.
    public init(url: String) {
        self.url = url
        var configuration = HTTPClient.Configuration()
        configuration.timeout.connect = .seconds(5)
        // Nowhere but where it was meant to go.
        configuration.redirectConfiguration = .disallow
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.decompression = .disabled
        client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }

    public func post(_ body: [UInt8], headers: [(name: String, value: String)]) async -> WebhookResult {
        var request = HTTPClientRequest(url: url)
        request.method = .POST
        for (name, value) in headers { request.headers.add(name: name, value: value) }
        request.body = .bytes(ByteBuffer(bytes: body))
        do {
            let answer = try await client.execute(request, timeout: .seconds(10))
            // What it says besides is not read.
            return (200..<300).contains(answer.status.code)
                ? .taken : .failed("The receiver answered \(answer.status.code).")
        } catch let error as HTTPClientError {
            return .failed("The receiver can't be reached: \(error.shortDescription).")
        } catch {
            return .failed("The receiver can't be reached: \(error).")
        }
    }

    /// Closes its connections.
    public func close() async {
        try? await client.shutdown()
    }
}
