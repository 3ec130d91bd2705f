import Logging
import NIOCore
import NIOPosix
import SIPCore
import TelephonyPrimitives
import Testing

@testable import SIPNIO

/// Two thousand connections that do nothing, or nothing that ends, and fifty calls that do not notice.
@Suite("Slow connections", .serialized, .tags(.threat))
struct SlowConnectionTests {
    /// What a connection does once it is there.
    private struct Habit: Sendable {
        let transport: TransportProtocol
        let first: String
        /// Sent again and again, an octet at a time.
        var drip: String?

        static let all: [Habit] = [
            Habit(transport: .tcp, first: ""),
            Habit(transport: .tcp, first: "", drip: options()),
            Habit(transport: .tcp, first: "OPTIONS sip:a@b SIP/2.0\r\nVia: SIP/2.0/TCP a;branch=z9hG4bK1\r\n"),
            Habit(transport: .tcp, first: "OPTIONS sip:a@b SIP/2.0\r\n", drip: "X-Note: and so on\r\n"),
            Habit(transport: .tcp, first: options().replacing("Content-Length: 0", with: "Content-Length: 30000")),
            Habit(
                transport: .tcp, first: options().replacing("Content-Length: 0", with: "Content-Length: 30000"),
                drip: "a"),
            Habit(transport: .tcp, first: options()),
            Habit(transport: .tls, first: ""),
            // A handshake record that promises more than comes.
            Habit(transport: .tls, first: "\u{16}\u{3}\u{1}\u{2}\u{0}\u{1}"),
            Habit(transport: .tls, first: "\u{16}\u{3}\u{1}\u{40}\u{0}\u{1}", drip: "\u{0}"),
            Habit(transport: .ws, first: ""),
            Habit(transport: .ws, first: "GET / HTTP/1.1\r\nHost: a\r\n"),
            Habit(transport: .ws, first: "GET / HTTP/1.1\r\nHost: a\r\n", drip: "X-Note: and so on\r\n"),
            Habit(transport: .ws, first: opening),
            // The beginning of a frame of 100 octets.
            Habit(transport: .ws, first: opening + "\u{2}\u{64}"),
        ]

        private static let opening =
            "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: sip\r\n\r\n"
    }

    /// Sends what its habit is, whatever the other side thinks of it.
    private final class Dripper: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        private let habit: Habit
        private var task: RepeatedTask?
        private var octets: [UInt8]
        private var next = 0

        init(_ habit: Habit) {
            self.habit = habit
            octets = Array((habit.drip ?? "").utf8)
        }

        func channelActive(context: ChannelHandlerContext) {
            if !habit.first.isEmpty {
                context.writeAndFlush(NIOAny(ByteBuffer(string: habit.first)), promise: nil)
            }
            guard !octets.isEmpty else { return }
            let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
            task = context.eventLoop.scheduleRepeatedTask(initialDelay: .seconds(1), delay: .seconds(1)) { _ in
                let (dripper, context) = bound.value
                context.writeAndFlush(
                    NIOAny(ByteBuffer(bytes: [dripper.octets[dripper.next % dripper.octets.count]])), promise: nil)
                dripper.next += 1
            }
        }

        func channelInactive(context: ChannelHandlerContext) {
            task?.cancel()
            context.fireChannelInactive()
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    }

    private static let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    private static let body = Body(contentType: "application/sdp", octets: Array("v=0".utf8))

    /// Opens a connection from one of forty addresses; what is told is when it is closed.
    private static func attack(_ number: Int, _ habit: Habit, at address: TransportAddress) async throws
        -> EventLoopFuture<Void>
    {
        let source = try SocketAddress(ipAddress: "127.0.1.\(1 + number % 40)", port: 0)
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Dripper(habit))
                }
            }
            .bind(to: source)
            .connect(host: "127.0.0.1", port: Int(address.port)).get()
        return channel.closeFuture
    }

    @Test(.timeLimit(.minutes(3)))
    func `T-04: two thousand slow connections disturb none of fifty calls, and are gone after the deadline`()
        async throws
    {
        let authority = try CertificateAuthority()
        let files = try authority.issue(names: "IP:127.0.0.1")
        let transports: [TransportProtocol] = [.udp, .tcp, .tls, .ws]
        let addresses = transports.map { ListenAddress($0, TransportAddress(ip: .loopbackV4, port: 0)) }
        let called = try await SIPUserAgent.listen(on: addresses, name: "Callee", logger: Self.quiet) {
            $0.tls.server = files
            $0.connections.handshake = .seconds(3)
            $0.connections.headers = .seconds(3)
            $0.connections.body = .seconds(3)
            $0.connections.strangerIdle = .seconds(4)
            $0.connections.maximumInbound = 2_200
        }
        let calling = try await SIPUserAgent.listen(
            on: [ListenAddress(.udp, TransportAddress(ip: .loopbackV4, port: 0))], name: "Caller", logger: Self.quiet
        ) {
            $0.tls.trustRoots = authority.root.chain
        }
        do {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    await withTaskGroup(of: Void.self) { calls in
                        for await call in called.calls.prefix(50) {
                            calls.addTask {
                                await call.answer(Self.body)
                                for await event in call.events {
                                    if case .reinvite = event { await call.acceptChange(Self.body) }
                                }
                            }
                        }
                    }
                }
                group.addTask { try await Self.converse(from: calling, to: called) }
                try await group.waitForAll()
            }
            let counters = await called.counters
            #expect(counters.sessionsBegun == 50 && counters.sessionsEnded == 50)
        } catch {
            await calling.close()
            await called.close()
            throw error
        }
        await calling.close()
        await called.close()
    }

    /// Fifty calls over every transport, and the attack in their midst.
    private static func converse(from calling: SIPUserAgent, to called: SIPUserAgent) async throws {
        let listening = await called.addresses
        var calls: [SIPSession] = []
        for number in 0..<50 {
            let listen = listening[number % listening.count]
            let call = try await calling.invite(
                "sip:bob@\(listen.address);transport=\(listen.protocol.rawValue)",
                from: "Alice <sip:alice@example.com>", offer: body)
            _ = try await call.answered()
            calls.append(call)
        }
        let own = await called.connectionCount
        let before = try ResidentMemory.octets()
        let kept = calls
        var attackers: [EventLoopFuture<Void>] = []
        while attackers.count < 2_000 {
            let (base, habits) = (attackers.count, Habit.all)
            attackers += try await withThrowingTaskGroup(of: EventLoopFuture<Void>.self) { group in
                for number in base..<(base + 100) {
                    let habit = habits[number % habits.count]
                    guard let listen = listening.first(where: { $0.protocol == habit.transport }) else { continue }
                    group.addTask { try await attack(number, habit, at: listen.address) }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            // Every call changes in the midst of it, and the change is answered.
            for call in kept { try await change(call) }
        }
        #expect(await called.connectionCount > own)
        let grown = try ResidentMemory.octets() - before
        #expect(grown < 200 << 20, "\(grown >> 20) MB for 2,000 connections, their other ends included")
        let all = EventLoopFuture.andAllComplete(attackers, on: MultiThreadedEventLoopGroup.singleton.next())
        try await all.get()
        for call in calls { try await change(call) }
        #expect(await called.connectionCount == own)
        for call in calls {
            await call.hangUp()
            #expect(await call.ended().cause == .hungUpLocally)
        }
    }

    /// Changes the call, and waits for the answer.
    private static func change(_ call: SIPSession) async throws {
        await call.change(to: body)
        for await event in call.events {
            if case .reinviteAnswered = event { return }
            if case .reinviteFailed(_, let status) = event { throw Unexpected("a change was refused with \(status)") }
            if case .ended(_, let end) = event { throw Unexpected("a call has ended: \(end.reason)") }
        }
        throw Unexpected("a call has ended")
    }
}
