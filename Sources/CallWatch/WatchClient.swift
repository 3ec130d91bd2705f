internal import Agent
internal import AsyncHTTPClient
public import CallAPI
internal import FoundationEssentials
internal import NIOCore
internal import NIOHTTP1

/// Asks a running server which calls are up.
public struct WatchClient: Sendable {
    /// Why there is no answer, and what to do about it.
    public struct Failure: Error, Equatable, CustomStringConvertible {
        public var description: String
        /// Whether asking again may help.
        public var mayPass: Bool
    }

    private static let patience = TimeAmount.seconds(5)
    private static let longest = 4 << 20

    private let url: String
    private let token: String?
    private let client: HTTPClient

    /// Runs `body` with a client, and gives its connections back.
    ///
    /// - Parameters:
    ///   - url: where the server's HTTP port is, e.g. `http://127.0.0.1:8080`.
    ///   - token: one of its tokens; `nil` when it has none.
    ///   - body: what is done with it.
    public static func withClient<Result: Sendable>(
        of url: String, token: String?, _ body: (WatchClient) async throws -> Result
    ) async throws -> Result {
        let watch = WatchClient(url: url, token: token)
        let result: Result
        do {
            result = try await body(watch)
        } catch {
            try? await watch.client.shutdown()
            throw error
        }
        try? await watch.client.shutdown()
        return result
    }

    private init(url: String, token: String?) {
        var url = url
        while url.hasSuffix("/") { url.removeLast() }
        self.url = url
        self.token = token
        var configuration = HTTPClient.Configuration()
        configuration.timeout.connect = Self.patience
        configuration.redirectConfiguration = .disallow
        configuration.connectionPool.retryConnectionEstablishment = false
        client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }

    /// What is going on now.
    public func report() async throws(Failure) -> LiveReport {
        let body = try await ask("GET", "/v1/live")
        do {
            return try JSONDecoder().decode(LiveReport.self, from: Data(body.readableBytesView))
        } catch {
            throw Failure(
                description: "What answers at \(url) is no server of ours, or of another version.", mayPass: false)
        }
    }

    /// - Parameter json: the body, if there is one.
    /// - Returns: the body of the answer, when that is a good one.
    func ask(_ method: String, _ path: String, _ json: String? = nil) async throws(Failure) -> ByteBuffer {
        var request = HTTPClientRequest(url: url + path)
        request.method = HTTPMethod(rawValue: method)
        if let json {
            request.headers.add(name: "content-type", value: "application/json")
            request.body = .bytes(ByteBuffer(string: json))
        }
        if let token { request.headers.add(name: "authorization", value: "Bearer \(token)") }
        let status: UInt
        let body: ByteBuffer
        do {
            let response = try await client.execute(request, timeout: Self.patience)
            status = response.status.code
            body = try await response.body.collect(upTo: Self.longest)
        } catch {
            throw Failure(
                description:
                    "No server answers at \(url). Start it with `trunkline serve --http 127.0.0.1:8080`, or name "
                    + "another with --url.", mayPass: true)
        }
        switch status {
        case 200..<300: return body
        case 401:
            throw Failure(
                description:
                    "The server at \(url) wants \(token == nil ? "a" : "another") token: --token-file FILE, the "
                    + "file of http.tokens_file.", mayPass: false)
        case 429: throw Failure(description: "The server at \(url) is asked too often.", mayPass: true)
        default:
            // One of ours says what is wrong, and what to do.
            let problem = try? JSONValue(parsing: Array(body.readableBytesView))
            if problem?["code"]?.string != nil, let detail = problem?["detail"]?.string {
                throw Failure(description: PrintableText.of(detail), mayPass: status >= 500)
            }
            throw Failure(
                description: "What answers at \(url) is no server of ours (\(status)); name another with --url.",
                mayPass: status >= 500)
        }
    }
}
