internal import Agent
internal import AsyncHTTPClient
internal import NIOCore
internal import NIOHTTP1
internal import Synchronization
internal import TelephonyPrimitives

/// A server behind the streamable HTTP of the protocol: each message is posted, and answered by JSON or by a stream of
/// events.
///
/// As with ``HTTPTool``, redirects are not followed, and the address is looked up and judged anew for each request.
final class MCPHTTP: MCPConnection {
    /// Octets of one message.
    private static let longestMessage = 4 << 20
    private static let longestSession = 256
    /// Requests at once.
    private static let maximumTasks = 256

    private struct State {
        var session: String?
        var version: String?
        var tasks: [Int: Task<Void, Never>] = [:]
        var lastTask = 0
        /// The last message that is no request.
        var notice: Task<Void, Never>?
        var isClosed = false
    }

    let arrivals: AsyncStream<MCPArrival>
    private let sink: AsyncStream<MCPArrival>.Continuation
    private let address: ToolAddress
    private let token: Secret?
    private let allowsPrivate: Bool
    private let resolver: ToolAddress.Resolver
    private let state = Mutex(State())
    /// Which task carries which request.
    private let carriers = Mutex([Int: Int]())

    init(
        address: ToolAddress, token: Secret?, allowsPrivate: Bool, resolver: @escaping ToolAddress.Resolver
    ) {
        self.address = address
        self.token = token
        self.allowsPrivate = allowsPrivate
        self.resolver = resolver
        (arrivals, sink) = AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(1_024))
    }

    func agreed(version: String) { state.withLock { $0.version = version } }

    func send(_ message: MCPMessage) {
        let request: Int? = if case .request = message { message.number } else { nil }
        // Unstructured: whoever sends does not wait, and an answer may take long. Ended by `abandon` and `close`.
        let isTaken = state.withLock { state in
            guard !state.isClosed, state.tasks.count < Self.maximumTasks else { return false }
            state.lastTask += 1
            let number = state.lastTask
            let before = state.notice
            let task = Task {
                // A server must have taken in what it was told before it is asked for more.
                await before?.value
                await self.post(message, request: request)
                self.state.withLock { $0.tasks[number] = nil }
                if let request { self.carriers.withLock { $0[request] = nil } }
            }
            state.tasks[number] = task
            if request == nil { state.notice = task }
            if let request { carriers.withLock { $0[request] = number } }
            return true
        }
        if !isTaken, let request { sink.yield(.requestFailed(request, "The service has too much to do.")) }
    }

    func abandon(_ request: Int) {
        guard let number = carriers.withLock({ $0.removeValue(forKey: request) }) else { return }
        state.withLock { $0.tasks[number] }?.cancel()
    }

    func close() async {
        let (tasks, session) = state.withLock { state in
            state.isClosed = true
            return (Array(state.tasks.values), state.session)
        }
        for task in tasks { task.cancel() }
        for task in tasks { await task.value }
        sink.finish()
        guard session != nil else { return }
        // Out of politeness: a server that does not care for it forgets us by itself.
        _ = try? await exchange(method: .DELETE, body: nil, limit: .seconds(2)) { _ in }
    }

    // MARK: One exchange

    private func post(_ message: MCPMessage, request: Int?) async {
        do {
            let hadSession = state.withLock { $0.session } != nil
            try await exchange(method: .POST, body: Array(message.json.json.utf8), limit: .seconds(300)) { answer in
                try await self.take(answer, request: request, hadSession: hadSession)
            }
        } catch let refusal as ToolRefusal {
            if let request { sink.yield(.requestFailed(request, refusal.description)) }
        } catch is CancellationError {
            if let request { sink.yield(.requestFailed(request, "It was given up.")) }
        } catch {
            if let request { sink.yield(.requestFailed(request, "The service can't be reached.")) }
        }
    }

    private func exchange(
        method: HTTPMethod, body: [UInt8]?, limit: TimeAmount,
        _ take: @escaping @Sendable (HTTPClientResponse) async throws -> Void
    ) async throws {
        let ip = try await address.resolve(allowsPrivate: allowsPrivate, with: resolver)
        var settings = HTTPClient.Configuration()
        settings.redirectConfiguration = .disallow
        settings.decompression = .disabled
        settings.timeout.connect = .seconds(5)
        // The certificate is still checked for the name.
        if IPAddress(address.host) == nil { settings.dnsOverride = [address.host: ip.description] }
        let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: settings)
        do {
            try await take(client.execute(request(method, body: body), deadline: .now() + limit))
            try? await client.shutdown()
        } catch {
            try? await client.shutdown()
            throw error
        }
    }

    private func request(_ method: HTTPMethod, body: [UInt8]?) -> HTTPClientRequest {
        let host = address.host.contains(":") ? "[\(address.host)]" : address.host
        var request = HTTPClientRequest(
            url: "\(address.isSecure ? "https" : "http")://\(host):\(address.port)\(address.target)")
        request.method = method
        request.headers.add(name: "user-agent", value: "trunkline")
        request.headers.add(name: "accept", value: "application/json, text/event-stream")
        if let token { request.headers.add(name: "authorization", value: "Bearer \(token.value)") }
        let (session, version) = state.withLock { ($0.session, $0.version) }
        if let session { request.headers.add(name: "mcp-session-id", value: session) }
        if let version { request.headers.add(name: "mcp-protocol-version", value: version) }
        if let body {
            request.headers.add(name: "content-type", value: "application/json")
            request.body = .bytes(ByteBuffer(bytes: body))
        }
        return request
    }

    private func take(_ answer: HTTPClientResponse, request: Int?, hadSession: Bool) async throws {
        if let session = answer.headers.first(name: "mcp-session-id"), session.utf8.count <= Self.longestSession,
            session.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
        {
            state.withLock { $0.session = session }
        }
        switch answer.status.code {
        case 202, 204: return
        case 200..<300: break
        case 404 where hadSession:
            sink.yield(.sessionLost(request))
            return
        case 300..<400: throw ToolRefusal("The service sends one elsewhere, which is not followed.")
        case 401, 403: throw ToolRefusal("The service does not accept our key.")
        case 429, 503: throw ToolRefusal("The service has too much to do; try later.")
        case 404, 405: throw ToolRefusal("There is no such service at this address (\(answer.status.code)).")
        default: throw ToolRefusal("The service failed (\(answer.status.code)).")
        }
        let isStream = answer.headers.first(name: "content-type")?.lowercased().hasPrefix("text/event-stream") ?? false
        var isAnswered = request == nil
        func deliver(_ octets: [UInt8]) {
            guard let json = try? JSONValue(parsing: octets) else { return }
            for message in json.array ?? [json] {
                if let request, message["method"] == nil, message["id"]?.integer == request { isAnswered = true }
                sink.yield(.message(message))
            }
        }
        if isStream {
            var events = ServerSentEvents(maximumOctets: Self.longestMessage)
            for try await part in answer.body {
                for event in try events.receive(Array(part.readableBytesView)) { deliver(event.data) }
                // A server may leave the stream open.
                if isAnswered, request != nil { return }
            }
            if let last = events.finish() { deliver(last.data) }
        } else {
            var body: [UInt8] = []
            for try await part in answer.body {
                body += part.readableBytesView
                guard body.count <= Self.longestMessage else { throw ToolRefusal("The service answered too much.") }
            }
            deliver(body)
        }
        if !isAnswered { throw ToolRefusal("The service did not answer.") }
    }
}
