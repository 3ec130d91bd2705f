public import CallAPI
internal import Hummingbird
internal import HummingbirdCore
public import Logging
internal import NIOCore

/// Brings the requests of an HTTP port to the API, within limits: connections, head, body, and the time that each takes.
public struct HTTPServer: Sendable {
    public struct Limits: Sendable {
        /// Connections at once; more wait to be taken.
        public var connections = 100
        /// How long a connection may do nothing between requests.
        public var idle = Duration.seconds(20)
        /// How long a request's body may take.
        public var bodyPatience = Duration.seconds(10)

        public init() {}
    }

    public enum Failure: Error, CustomStringConvertible {
        case cannotListen(String, reason: String)

        public var description: String {
            switch self {
            case .cannotListen(let place, let reason):
                "http.listen: \(place) can't be listened on (\(reason)); choose another address or port."
            }
        }
    }

    private let api: CallAPI
    private let host: String
    private let port: Int
    private let limits: Limits
    private let logger: Logger

    /// - Parameters:
    ///   - api: what answers.
    ///   - host: the address to listen on, without brackets.
    ///   - port: 0 for one that is free.
    ///   - limits: how much is taken at once.
    ///   - logger: for what goes wrong; requests are not logged, for paths hold the names of calls.
    public init(_ api: CallAPI, host: String, port: Int, limits: Limits = Limits(), logger: Logger) {
        self.api = api
        self.host = host
        self.port = port
        self.limits = limits
        self.logger = logger
    }

    /// Listens until the task is cancelled.
    ///
    /// - Parameter onListening: told the port once it is open.
    /// - Throws: ``Failure`` when it can't listen.
    public func run(onListening: @escaping @Sendable (Int) -> Void = { _ in }) async throws {
        var head = HTTP1Channel.Configuration(idleTimeout: .nanoseconds(limits.idle.nanoseconds))
        head.httpDecoder = .init(maxHeaderFieldSize: 16_384, maxHeaderListSize: 32_768, maxHeaderFieldCount: 64)
        let application = Application(
            responder: APIResponder(api: api, patience: limits.bodyPatience),
            server: .http1(configuration: head),
            configuration: ApplicationConfiguration(
                address: .hostname(host, port: port),
                availableConnectionsDelegate: MaximumAvailableConnections(limits.connections)),
            onServerRunning: { onListening($0.localAddress?.port ?? 0) },
            logger: quiet)
        do {
            try await application.run()
        } catch let error as IOError {
            throw Failure.cannotListen("\(host):\(port)", reason: error.description)
        } catch is CancellationError {
            return
        }
    }

    /// The library's own lines tell of connections that end in mid-request, and at our end of every one.
    private var quiet: Logger {
        var logger = logger
        logger.logLevel = .critical
        return logger
    }
}

extension Duration {
    fileprivate var nanoseconds: Int64 {
        let (seconds, attoseconds) = components
        return seconds * 1_000_000_000 + attoseconds / 1_000_000_000
    }
}
