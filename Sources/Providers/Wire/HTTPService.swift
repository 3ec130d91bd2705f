internal import Agent
internal import AsyncHTTPClient
internal import NIOCore
internal import NIOHTTP1

/// A piece of an answer with a 2xx status.
enum HTTPPart: Sendable, Equatable {
    /// The headers, by name in small letters; before everything else.
    case head([String: String])
    case octets([UInt8])
}

/// One service that is asked over HTTP: answers come as streams of octets, bounded in time and size.
struct HTTPService: Sendable {
    /// For people, e.g. `openai`.
    let name: String
    let patience: HTTPPatience
    /// Waits; tests put in their own.
    let sleep: @Sendable (Duration) async throws -> Void

    init(
        name: String, patience: HTTPPatience,
        sleep: @escaping @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }
    ) {
        self.name = name
        self.patience = patience
        self.sleep = sleep
    }

    /// For the whole process, and never shut down: it lives as long as calls do.
    private static let client: HTTPClient = {
        var configuration = HTTPClient.Configuration()
        configuration.timeout.connect = .seconds(5)
        // A key goes nowhere but where it was meant to go.
        configuration.redirectConfiguration = .disallow
        configuration.connectionPool.idleTimeout = .seconds(55)
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 512
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.decompression = .disabled
        return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }()

    /// Sends `request` and gives a 2xx answer as it comes. The stream fails with ``HTTPFailure``;
    /// cancelling the reading task closes the connection.
    ///
    /// - Parameter progress: to be told by the reader of whatever it can use: what is no progress does not prolong the
    ///   patience.
    func answer(to request: HTTPRequest, progress: HTTPProgress) -> AsyncThrowingStream<HTTPPart, any Error> {
        AsyncThrowingStream { sink in
            // Unstructured, since a stream has no scope of its own; it ends with its reader.
            let task = Task {
                do {
                    try await withThrowingTaskGroup(of: Void.self) { group in
                        group.addTask { try await self.read(request, into: sink) }
                        group.addTask { try await self.watch(progress) }
                        try await group.next()
                        group.cancelAll()
                    }
                    sink.finish()
                } catch let failure as HTTPFailure {
                    sink.finish(throwing: failure)
                } catch {
                    sink.finish(throwing: HTTPFailure(.cancelled))
                }
            }
            sink.onTermination = { _ in task.cancel() }
        }
    }

    private func read(
        _ request: HTTPRequest, into sink: AsyncThrowingStream<HTTPPart, any Error>.Continuation
    ) async throws {
        var message = HTTPClientRequest(url: request.url)
        message.method = .POST
        for (name, value) in request.headers { message.headers.add(name: name, value: value) }
        message.body = .bytes(ByteBuffer(bytes: request.body))
        do {
            let answer = try await Self.client.execute(message, deadline: .distantFuture)
            let headers = Dictionary(
                answer.headers.map { ($0.name.lowercased(), $0.value) }, uniquingKeysWith: { first, _ in first })
            guard (200..<300).contains(answer.status.code) else {
                var body: [UInt8] = []
                for try await part in answer.body {
                    body += part.readableBytesView
                    if body.count > 1 << 16 { break }
                }
                throw HTTPFailure(
                    status: Int(answer.status.code), headers: headers, body: body, service: name, secret: request.secret
                )
            }
            sink.yield(.head(headers))
            var count = 0
            for try await part in answer.body {
                count += part.readableBytes
                guard count <= patience.octets else {
                    throw HTTPFailure(.failed("\(name) sent more than \(patience.octets) octets in one answer."))
                }
                sink.yield(.octets(Array(part.readableBytesView)))
            }
        } catch let failure as HTTPFailure {
            throw failure
        } catch is CancellationError {
            throw HTTPFailure(.cancelled)
        } catch {
            throw Task.isCancelled
                ? HTTPFailure(.cancelled) : HTTPFailure.connection(error, to: name, secret: request.secret)
        }
    }

    /// Returns never, but throws when the patience is over. It looks four times in each span.
    private func watch(_ progress: HTTPProgress) async throws {
        var seen = 0
        var quarters = 0
        var spent = Duration.zero
        while true {
            let span = (seen == 0 ? patience.first : patience.next) / 4
            try await sleep(span)
            spent += span
            quarters = progress.count == seen ? quarters + 1 : 0
            seen = progress.count
            guard quarters < 4 else {
                let limit = seen == 0 ? patience.first : patience.next
                throw HTTPFailure(.timedOut("\(name) has sent nothing of use for \(limit)."))
            }
            guard spent < patience.whole else {
                throw HTTPFailure(.timedOut("\(name) has not come to an end within \(patience.whole)."))
            }
        }
    }
}
