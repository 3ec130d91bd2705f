internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import Synchronization

/// A server on this machine that plays a service over HTTP: it answers each request by a script.
public final class HTTPDouble: Sendable {
    /// A request as it came.
    public struct Request: Sendable {
        public var method: String
        public var path: String
        /// By name in small letters.
        public var headers: [String: String]
        public var body: [UInt8]
    }

    /// An answer, in the steps in which it goes out.
    public struct Answer: Sendable {
        public enum Step: Sendable {
            case send([UInt8])
            /// Nothing more until the gate is open.
            case wait(HTTPGate)
            /// The same for ever, until the client has gone.
            case repeatForever([UInt8])
            /// Nothing for ever, with an open connection.
            case hang
            /// The connection is closed in the midst of the answer.
            case cut
        }

        public var status: Int
        public var headers: [(name: String, value: String)]
        public var steps: [Step]

        public init(status: Int = 200, headers: [(name: String, value: String)] = [], steps: [Step]) {
            self.status = status
            self.headers = headers
            self.steps = steps
        }
    }

    private let answer: @Sendable (Request) -> Answer
    private let channel: any Channel
    private let state: HTTPDoubleState

    /// Where it listens, e.g. `http://127.0.0.1:51234`.
    public let url: String

    /// Begins to listen at 127.0.0.1 on a free port.
    ///
    /// - Parameter answer: called for each whole request.
    public init(answer: @escaping @Sendable (Request) -> Answer) async throws {
        let state = HTTPDoubleState()
        self.answer = answer
        self.state = state
        channel = try await ServerBootstrap(group: NIOSingletons.posixEventLoopGroup)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    try pipeline.configureHTTPServerPipeline(withPipeliningAssistance: false)
                    try pipeline.addHandler(HTTPDoubleHandler(answer: answer, state: state))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        url = "http://127.0.0.1:\(channel.localAddress?.port ?? 0)"
    }

    /// The requests so far, the oldest first.
    public var requests: [Request] { state.requests }
    /// How many answers the client left before their end.
    public var abandoned: Int { state.abandoned }

    public func stop() async {
        try? await channel.close().get()
    }
}

final class HTTPDoubleState: Sendable {
    private let state = Mutex<(requests: [HTTPDouble.Request], abandoned: Int)>(([], 0))

    var requests: [HTTPDouble.Request] { state.withLock { $0.requests } }
    var abandoned: Int { state.withLock { $0.abandoned } }

    func came(_ request: HTTPDouble.Request) { state.withLock { $0.requests.append(request) } }
    func left() { state.withLock { $0.abandoned += 1 } }
}

/// One connection: requests one after the other.
private final class HTTPDoubleHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let answer: @Sendable (HTTPDouble.Request) -> HTTPDouble.Answer
    private let state: HTTPDoubleState
    private var head: HTTPRequestHead?
    private var body: [UInt8] = []
    private var isAnswering = false

    init(answer: @escaping @Sendable (HTTPDouble.Request) -> HTTPDouble.Answer, state: HTTPDoubleState) {
        self.answer = answer
        self.state = state
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            self.head = head
            body = []
        case .body(let part): body += part.readableBytesView
        case .end:
            guard let head else { return }
            let request = HTTPDouble.Request(
                method: head.method.rawValue, path: head.uri,
                headers: Dictionary(
                    head.headers.map { ($0.name.lowercased(), $0.value) }, uniquingKeysWith: { first, _ in first }),
                body: body)
            state.came(request)
            isAnswering = true
            play(answer(request), on: context.channel)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        if isAnswering { state.left() }
        context.fireChannelInactive()
    }

    private func play(_ answer: HTTPDouble.Answer, on channel: any Channel) {
        let bound = NIOLoopBound(self, eventLoop: channel.eventLoop)
        let player = HTTPDoublePlayer(channel: channel) {
            channel.eventLoop.execute { bound.value.isAnswering = false }
        }
        player.begin(answer)
    }
}
