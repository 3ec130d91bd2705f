internal import AsyncHTTPClient
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
public import TelephonyPrimitives

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// Telnyx's API over HTTPS.
public struct HTTPTransport: TelnyxTransport {
    /// Where it is, without a `/` at the end.
    public let base: String
    /// Octets of an answer that are read.
    private static let maximumOctets = 8 << 20

    /// - Parameter base: `https://api.telnyx.com/v2`, or another for tests.
    public init(base: String = "https://api.telnyx.com/v2") {
        var base = base
        while base.hasSuffix("/") { base.removeLast() }
        self.base = base
    }

    /// For the whole process, and never shut down: it lives as long as calls do.
    private static let client: HTTPClient = {
        var configuration = HTTPClient.Configuration()
        configuration.timeout.connect = .seconds(5)
        // A key goes nowhere but where it was meant to go.
        configuration.redirectConfiguration = .disallow
        configuration.connectionPool.idleTimeout = .seconds(55)
        // What is tried again is up to us: only we know what may act twice.
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.decompression = .disabled
        return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }()

    public func send(
        _ request: TelnyxRequest, key: Secret, limit: Duration
    ) async throws(TransportFailure) -> TelnyxAnswer {
        var message = HTTPClientRequest(url: base + request.target)
        message.method = HTTPMethod(rawValue: request.method.rawValue)
        message.headers.add(name: "authorization", value: "Bearer \(key.value)")
        message.headers.add(name: "accept", value: "application/json")
        message.headers.add(name: "user-agent", value: "trunkline")
        if let body = request.body {
            message.headers.add(name: "content-type", value: "application/json")
            message.body = .bytes(ByteBuffer(string: body.json))
        }
        let sent = message
        do {
            // The client's own limit ends with the head of the answer.
            return try await withThrowingTaskGroup(of: TelnyxAnswer.self) { group in
                defer { group.cancelAll() }
                group.addTask { try await Self.exchange(sent) }
                group.addTask {
                    try await Task.sleep(for: limit)
                    throw TransportFailure.silent("Telnyx did not answer in time; look at status.telnyx.com.")
                }
                guard let answer = try await group.next() else { throw CancellationError() }
                return answer
            }
        } catch let failure as TransportFailure {
            throw failure
        } catch {
            throw Task.isCancelled ? .cancelled : Self.failure(error, key: key)
        }
    }

    private static func exchange(_ request: HTTPClientRequest) async throws -> TelnyxAnswer {
        let answer = try await client.execute(request, deadline: .distantFuture)
        let body = try await answer.body.collect(upTo: maximumOctets)
        return TelnyxAnswer(
            status: Int(answer.status.code),
            headers: Dictionary(
                answer.headers.map { ($0.name.lowercased(), $0.value) }, uniquingKeysWith: { first, _ in first }),
            body: Array(body.readableBytesView))
    }

    private static func failure(_ error: any Error, key: Secret) -> TransportFailure {
        if error is CancellationError { return .cancelled }
        if error is NIOTooManyBytesError { return .silent("Telnyx's answer is longer than \(maximumOctets) octets.") }
        // Those that carry a value are told by their short description only.
        switch (error as? HTTPClientError)?.shortDescription {
        case "Invalid URL", "Empty host", "Empty scheme", "Unsupported scheme":
            return .notConnected("The address of Telnyx's API is no http or https URL; check it.")
        case "Invalid header field values", "Invalid header field names":
            return .notConnected("The API key can't be sent; check for line ends in it.")
        case "Connect timeout", "TLS handshake timeout":
            return .notConnected("Telnyx did not take the connection in time; check the network.")
        case "Deadline exceeded", "Read timeout", "Write timeout":
            return .silent("Telnyx did not answer in time; look at status.telnyx.com.")
        case .some(let reason): return .silent("The connection to Telnyx broke: \(reason).")
        case nil:
            let reason = key.leftOut(of: "\(error)").prefix(200)
            return error is ChannelError || error is NIOConnectionError || isRefusal(error)
                ? .notConnected("Telnyx can't be reached: \(reason). Check the network and the DNS.")
                : .silent("The connection to Telnyx broke: \(reason).")
        }
    }

    /// Nobody listens there, or no way leads there.
    private static func isRefusal(_ error: any Error) -> Bool {
        guard let error = error as? IOError else { return false }
        return [ECONNREFUSED, EHOSTUNREACH, ENETUNREACH].contains(error.errnoCode)
    }
}
