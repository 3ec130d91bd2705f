internal import NIOCore
internal import NIOSSL
internal import NIOTLS
internal import SIPCore
internal import TelephonyPrimitives

/// One TCP, TLS or WebSocket connection: cuts the octets into messages, answers keep-alives (RFC 5626 §3.5.1), and
/// closes it when the peer is too slow, too silent or does not read.
final class SIPConnection: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let id: UInt64
    private let transport: TransportProtocol
    private let isInbound: Bool
    private let agent: SIPUserAgent
    private let limits: ConnectionLimits
    private var opened: EventLoopPromise<Flow>?
    private var framer: StreamFramer
    private var clock: ConnectionClock
    private var flow: Flow?
    private var alarm: (at: Instant, task: Scheduled<Void>)?
    private var unsentOctets = 0
    private var holdsRead = false
    /// Whether a request may still say that we can use its connection (RFC 5923).
    private var awaitsAlias = true

    /// - Parameters:
    ///   - id: the number of the connection.
    ///   - transport: how it carries SIP.
    ///   - opened: for a connection of ours, kept when it is ready for messages; `nil` for a peer's.
    ///   - agent: whose connection it is.
    init(id: UInt64, _ transport: TransportProtocol, opened: EventLoopPromise<Flow>?, agent: SIPUserAgent) {
        self.id = id
        self.transport = transport
        self.opened = opened
        self.agent = agent
        isInbound = opened == nil
        limits = agent.configuration.connections
        var messages = agent.configuration.core.limits
        messages.maxMessageOctets = min(messages.maxMessageOctets, limits.maximumMessageOctets)
        messages.maxHeaderOctets = min(messages.maxHeaderOctets, messages.maxMessageOctets)
        framer = StreamFramer(limits: messages)
        clock = ConnectionClock(limits: limits, isStranger: isInbound, now: .now)
    }

    func handlerAdded(context: ChannelHandlerContext) {
        guard context.channel.isActive else { return }
        if transport.isWebSocket || !transport.isSecure { open(context) }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        alarm?.task.cancel()
    }

    func channelActive(context: ChannelHandlerContext) {
        if !transport.isSecure { open(context) }
        context.fireChannelActive()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if let event = event as? TLSUserEvent, case .handshakeCompleted = event { open(context) }
        context.fireUserInboundEventTriggered(event)
    }

    private func open(_ context: ChannelHandlerContext) {
        guard flow == nil, let local = context.channel.localAddress.flatMap(TransportAddress.init),
            let remote = context.channel.remoteAddress.flatMap(TransportAddress.init)
        else { return }
        let names = (try? context.pipeline.syncOperations.handler(type: TLSPeerCheck.self))?.names ?? []
        let flow = Flow(protocol: transport, local: local, remote: remote, id: id)
        self.flow = flow
        let (channel, isInbound) = (context.channel, isInbound)
        let isStranger = agent.assumeIsolated {
            $0.connectionOpened(flow, channel: channel, isInbound: isInbound, names: names)
        }
        clock = ConnectionClock(limits: limits, isStranger: isStranger, now: .now)
        arm(context)
        opened?.succeed(flow)
        opened = nil
    }

    // MARK: Reading

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard let flow else { return }
        let octets = Array(unwrapInboundIn(data).readableBytesView)
        if transport.isWebSocket {
            take(octets, flow, context)
            clock.received(completed: true, progress: .idle, now: .now)
        } else {
            cut(octets, flow, context)
        }
        let isIdle = clock.phase == .idle
        agent.assumeIsolated { $0.heard(flow, isIdle: isIdle) }
        arm(context)
    }

    private func cut(_ octets: [UInt8], _ flow: Flow, _ context: ChannelHandlerContext) {
        framer.append(octets)
        var completed = false
        do {
            while let frame = try framer.next() {
                completed = true
                switch frame {
                case .message(let message): hand(message, flow)
                case .keepAlivePing:
                    context.writeAndFlush(NIOAny(ByteBuffer(string: "\r\n")), promise: nil)
                    // It may have been the answer to our second ping in a row.
                    agent.assumeIsolated { $0.received([0x0D, 0x0A], on: flow) }
                case .keepAlivePong: agent.assumeIsolated { $0.received([0x0D, 0x0A], on: flow) }
                }
            }
        } catch {
            // Past a framing error nothing on this connection can be trusted (RFC 3261 §18.3).
            agent.assumeIsolated { $0.flush() }
            fail(error.message, context)
            return
        }
        let phase: ConnectionClock.Phase = framer.isReadingBody ? .body : framer.isEmpty ? .idle : .headers
        clock.received(completed: completed, progress: phase, now: .now)
    }

    /// One WebSocket message: a SIP message or a keep-alive (RFC 7118 §6).
    private func take(_ octets: [UInt8], _ flow: Flow, _ context: ChannelHandlerContext) {
        if octets == [0x0D, 0x0A, 0x0D, 0x0A] {
            context.writeAndFlush(NIOAny(ByteBuffer(string: "\r\n")), promise: nil)
        } else if octets.contains(where: { $0 != 0x0D && $0 != 0x0A }) {
            hand(octets, flow)
        }
    }

    private func hand(_ message: [UInt8], _ flow: Flow) {
        if awaitsAlias, isInbound, transport == .tls {
            awaitsAlias = false
            agent.assumeIsolated { $0.noteAlias(in: message, flow) }
        }
        agent.assumeIsolated { $0.received(message, on: flow) }
        if clock.isStranger { clock.isStranger = agent.assumeIsolated { $0.isStranger(flow) } }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        agent.assumeIsolated { $0.flush() }
        context.fireChannelReadComplete()
    }

    // MARK: Writing

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        let octets = unwrapOutboundIn(data).readableBytes
        guard unsentOctets + octets <= limits.maximumUnsentOctets else {
            promise?.fail(ChannelError.outputClosed)
            fail("the peer does not read: \(unsentOctets) octets wait for it", context)
            return
        }
        unsentOctets += octets
        let written = promise ?? context.eventLoop.makePromise(of: Void.self)
        let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
        written.futureResult.whenComplete { _ in bound.value.unsentOctets -= octets }
        context.write(data, promise: written)
    }

    /// Nothing more is read from a peer that does not take what we have for it.
    func read(context: ChannelHandlerContext) {
        if context.channel.isWritable { context.read() } else { holdsRead = true }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable, holdsRead {
            holdsRead = false
            context.read()
        }
        context.fireChannelWritabilityChanged()
    }

    // MARK: Ending

    func channelInactive(context: ChannelHandlerContext) {
        alarm?.task.cancel()
        opened?.fail(ConnectionFailure.closed)
        opened = nil
        if let flow { agent.assumeIsolated { $0.connectionClosed(flow, reason: "the connection was closed") } }
        flow = nil
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        opened?.fail(error)
        opened = nil
        // Many peers close TCP without TLS's own goodbye.
        if case .uncleanShutdown = error as? NIOSSLError {
            context.close(promise: nil)
            return
        }
        fail(String(describing: error), context)
    }

    private func fail(_ reason: String, _ context: ChannelHandlerContext) {
        let remote =
            context.channel.remoteAddress.flatMap(TransportAddress.init).map(\.description) ?? "an unknown peer"
        let transport = transport
        agent.assumeIsolated { $0.transportError(reason, socket: "\(transport.rawValue) \(remote)") }
        context.close(promise: nil)
    }

    // MARK: Time

    /// Sees to it that somebody looks at the clock at its deadline. An alarm that is too early is left: it looks again.
    private func arm(_ context: ChannelHandlerContext) {
        let deadline = clock.deadline
        if let alarm, alarm.at <= deadline { return }
        alarm?.task.cancel()
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        let task = context.eventLoop.scheduleTask(
            deadline: .uptimeNanoseconds(UInt64(clamping: deadline.nanoseconds))
        ) {
            let (connection, context) = bound.value
            connection.alarmed(context)
        }
        alarm = (deadline, task)
    }

    private func alarmed(_ context: ChannelHandlerContext) {
        alarm = nil
        if clock.isStranger, let flow { clock.isStranger = agent.assumeIsolated { $0.isStranger(flow) } }
        guard clock.deadline <= .now else {
            arm(context)
            return
        }
        if clock.phase == .idle {
            context.close(promise: nil)
        } else {
            fail(clock.reason, context)
        }
    }
}
