internal import NIOCore
internal import NIOPosix

/// A bot that speaks AudioSocket. A test says what it says.
public actor AudioSocketBotDouble {
    private var listener: (any Channel)?
    private var channel: (any Channel)?
    private var buffer: [UInt8] = []

    /// What the other side did that Asterisk does not.
    public private(set) var violations: [ProtocolViolation] = []
    /// 16 octets, once they have come.
    public private(set) var identifier: [UInt8]?
    /// The caller's sound as it came, and the type of its frames.
    public private(set) var heard: [UInt8] = []
    public private(set) var types: Set<UInt8> = []
    public private(set) var digits = ""
    public private(set) var isGone = false

    private init() {}

    /// Begins to listen on a port of this machine.
    public static func start() async throws -> AudioSocketBotDouble {
        let double = AudioSocketBotDouble()
        let listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let (stream, sink) = AsyncStream.makeStream(of: [UInt8].self)
                    try channel.pipeline.syncOperations.addHandler(OctetReader(sink))
                    Task { await double.serve(channel, stream) }
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        await double.keep(listener)
        return double
    }

    private func keep(_ listener: any Channel) { self.listener = listener }

    public func stop() async {
        try? await channel?.close().get()
        try? await listener?.close().get()
    }

    public var port: Int { listener?.localAddress?.port ?? 0 }

    /// Sends octets as they are, in pieces of so many.
    public func send(_ octets: [UInt8], inPiecesOf count: Int = .max) async {
        guard let channel else { return }
        var rest = octets[...]
        while !rest.isEmpty {
            let piece = rest.prefix(count)
            rest = rest.dropFirst(piece.count)
            try? await channel.writeAndFlush(ByteBuffer(bytes: piece)).get()
        }
    }

    /// A frame.
    public static func frame(_ type: UInt8, _ payload: [UInt8]) -> [UInt8] {
        [type, UInt8(payload.count >> 8 & 0xFF), UInt8(payload.count & 0xFF)] + payload
    }

    public func leave() async { try? await channel?.close().get() }

    private func serve(_ channel: any Channel, _ stream: AsyncStream<[UInt8]>) async {
        self.channel = channel
        for await octets in stream {
            buffer += octets
            while buffer.count >= 3 {
                let length = Int(buffer[1]) << 8 | Int(buffer[2])
                guard buffer.count >= 3 + length else { break }
                take(buffer[0], Array(buffer[3..<3 + length]))
                buffer.removeFirst(3 + length)
            }
        }
        isGone = true
    }

    private func take(_ type: UInt8, _ payload: [UInt8]) {
        if identifier == nil, type != 0x01 { violations.append(ProtocolViolation("the first frame is no UUID")) }
        switch type {
        case 0x01:
            if identifier != nil || payload.count != 16 {
                violations.append(ProtocolViolation("a second UUID, or one that is no UUID"))
            }
            identifier = payload
        case 0x03:
            if payload.count != 1 { violations.append(ProtocolViolation("a key is one octet")) }
            digits += String(decoding: payload, as: UTF8.self)
        case 0x10, 0x12:
            if payload.isEmpty || payload.count % 2 != 0 {
                violations.append(ProtocolViolation("sound of \(payload.count) octets"))
            }
            types.insert(type)
            heard += payload
        default: violations.append(ProtocolViolation("type \(type) is not for a bot"))
        }
    }
}

private final class OctetReader: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    private let sink: AsyncStream<[UInt8]>.Continuation

    init(_ sink: AsyncStream<[UInt8]>.Continuation) {
        self.sink = sink
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        sink.yield(Array(unwrapInboundIn(data).readableBytesView))
    }

    func channelInactive(context: ChannelHandlerContext) { sink.finish() }
    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
