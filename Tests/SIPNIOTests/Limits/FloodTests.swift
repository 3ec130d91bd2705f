import Foundation
import Logging
import NIOCore
import NIOPosix
import SIPCore
import Synchronization
import TelephonyPrimitives
import Testing

@testable import SIPNIO

private final class Flag: Sendable {
    private let value = Mutex(false)
    var isSet: Bool { value.withLock { $0 } }
    func set() { value.withLock { $0 = true } }
}

/// A flood over real sockets, as fast as this machine sends.
@Suite("A flood over loopback", .serialized, .tags(.threat))
struct FloodTests {
    private static let body = Body(contentType: "application/sdp", octets: Array("v=0".utf8))
    private static let flooder = "127.0.0.66"

    /// The whole flood takes as long as this many seconds where somebody wants to see it; else it has a number of
    /// datagrams.
    private static let seconds = ProcessInfo.processInfo.environment["TRUNKLINE_FLOOD_SECONDS"].flatMap { Int($0) }

    private static func message(_ number: Int) -> [UInt8] {
        let method = ["INVITE", "SUBSCRIBE", "MESSAGE", "OPTIONS", "REGISTER"][number % 5]
        let noise = UInt64.random(in: .min ... .max)
        return Array(
            """
            \(method) sip:agent@127.0.0.1 SIP/2.0\r
            Via: SIP/2.0/UDP \(flooder);branch=z9hG4bK\(noise);rport\r
            Max-Forwards: 70\r
            From: <sip:\(noise)@example.com>;tag=\(noise)\r
            To: <sip:agent@127.0.0.1>\r
            Call-ID: \(noise)\r
            CSeq: 1 \(method)\r
            Contact: <sip:x@\(flooder)>\r
            Event: presence\r
            Content-Length: 0\r
            \r

            """.utf8)
    }

    /// Sends until `isOver`, at least so many; says how many.
    private static func strike(_ port: UInt16, atLeast count: Int, until isOver: @Sendable () -> Bool) async throws
        -> Int
    {
        try await Datagrams.with(on: flooder) { socket in
            let remote = try SocketAddress(ipAddress: "127.0.0.1", port: Int(port))
            var sent = 0
            while sent < count || !isOver() {
                for number in 0..<199 {
                    let octets = ByteBuffer(bytes: message(sent + number))
                    socket.channel.write(AddressedEnvelope(remoteAddress: remote, data: octets), promise: nil)
                }
                // Once in a while it waits until its datagrams are gone.
                try await socket.send(message(sent), to: port)
                sent += 200
            }
            return sent
        }
    }

    @Test(.timeLimit(.minutes(5)))
    func `T-06: a flood from one address keeps its share of memory, is named, and real calls go on`() async throws {
        let lines = Lines()
        let addresses = [TransportProtocol.udp, .tcp].map {
            ListenAddress($0, TransportAddress(ip: .loopbackV4, port: 0))
        }
        let called = try await SIPUserAgent.listen(on: addresses, name: "Callee", logger: lines.logger) {
            $0.core.handedUpMethods = [.message]
            $0.core.notifiedPackages = ["presence"]
        }
        let calling = try await SIPUserAgent.listen(
            on: [addresses[0]], name: "Caller", logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        do {
            try await attack(called, while: calling)
        } catch {
            await calling.close()
            await called.close()
            throw error
        }
        await calling.close()
        await called.close()
        // The log says it in a few lines, however much there was.
        #expect(lines.at(.warning).count < 100)
    }

    private func attack(_ called: SIPUserAgent, while calling: SIPUserAgent) async throws {
        let listening = await called.addresses
        let port = try #require(listening.first).address.port
        let before = try ResidentMemory.octets()
        let isOver = Flag()
        let end = Self.seconds.map { Instant.now + .seconds(Int64($0)) }
        let completed = try await withThrowingTaskGroup(of: Int.self) { group in
            group.addTask {
                for await call in called.calls {
                    // Only real callers are answered; the flood's calls ring.
                    guard call.invite?.first(.userAgent) == "Caller" else { continue }
                    await call.answer(Self.body)
                }
                return 0
            }
            group.addTask {
                -(try await Self.strike(port, atLeast: 40_000) { isOver.isSet })
            }
            group.addTask {
                var completed = 0
                while completed < 20 || end.map({ $0 > .now }) ?? false {
                    let listen = listening[completed % 2]
                    let call = try await calling.invite(
                        "sip:bob@\(listen.address);transport=\(listen.protocol.rawValue)",
                        from: "Alice <sip:alice@example.com>", offer: Self.body)
                    _ = try await call.answered()
                    await call.hangUp()
                    #expect(await call.ended().cause == .hungUpLocally)
                    completed += 1
                }
                isOver.set()
                return completed
            }
            var completed = 0
            while let result = try await group.next() {
                if result > 0 { completed = result }
                if result < 0 {
                    #expect(-result >= 40_000)
                    group.cancelAll()
                    break
                }
            }
            return completed
        }
        #expect(completed >= 20)
        let grown = try ResidentMemory.octets() - before
        #expect(grown < 100 << 20, "\(grown >> 20) MB")
        let counters = await called.counters
        let flooder = try #require(IPAddress(Self.flooder))
        #expect(counters.refusedBySource[flooder, default: 0] > 0)
        #expect(counters.refusedBySource.keys.allSatisfy { $0 == flooder })
        let configuration = called.configuration.core
        #expect(counters.sessions <= configuration.maxSessions / 4 + 20)
        #expect(counters.serverTransactions <= configuration.maxSessions / 4 + 200)
    }
}
