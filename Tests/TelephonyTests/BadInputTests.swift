import Foundation
import NIOCore
import NIOPosix
import RTPMedia
import SIPCore
import SIPNIO
import Telephony
import TelephonyPrimitives
import Testing

/// What strangers send while a call is up, and that the call does not care.
@Suite(.serialized) struct BadInputTests {
    /// Sets up a call with an echo, runs `body` in the midst of it, and looks whether the call is as good as before.
    private func amidCall(_ body: @escaping @Sendable (_ callee: Endpoint) async throws -> Void) async throws {
        try await withEndpoint([.udp, .tcp]) { invitation in
            try await invitation.answer { call in try await call.echo() }
        } body: { callee in
            try await withEndpoint { caller in
                try await caller.call(.init(to: callee.uri())) { call in
                    try await call.hearsEcho(of: Tone())
                    try await body(callee)
                    try await call.hearsEcho(of: Tone(frequency: 700))
                }
                try await caller.becomesIdle()
            }
            try await callee.becomesIdle()
            #expect(await callee.counters().callsTotal == 1)
        }
    }

    /// Waits until the endpoint has taken `count` messages that can't be read.
    private static func counted(_ endpoint: Endpoint, malformed count: Int) async throws {
        while await endpoint.counters().malformed < count {
            try Task.checkCancellation()
            await Task.yield()
        }
    }

    @Test(.bounded) func `a datagram of 64 kB of noise to the SIP port does no harm`() async throws {
        try await amidCall { callee in
            try await UDPPeer.with { peer in
                var generator = SeededGenerator(seed: 7)
                let noise = (0..<65_507).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
                try await peer.send(noise, to: callee.port)
                try await Self.counted(callee, malformed: 1)
                try await peer.send("INVITE sip:x SIP/2.0\r\nVia: \r\n\r\n", to: callee.port)
                try await Self.counted(callee, malformed: 2)
            }
        }
    }

    /// The datagrams and session descriptions of Fixtures/sip/hostile, the latter in INVITEs.
    private static func hostileDatagrams() throws -> [[UInt8]] {
        var folder = URL(filePath: #filePath)
        repeat { folder.deleteLastPathComponent() } while folder.lastPathComponent != "Tests"
        folder = folder.deletingLastPathComponent().appending(path: "Fixtures/sip/hostile")
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
        return try names.compactMap { name in
            let octets = [UInt8](try Data(contentsOf: folder.appending(path: name)))
            if name.hasSuffix(".sip") || name.hasSuffix(".stun") { return octets }
            guard name.hasSuffix(".sdp") else { return nil }
            let lines = [
                "INVITE sip:bob@127.0.0.1 SIP/2.0", "Via: SIP/2.0/UDP 127.0.0.1:9;branch=z9hG4bK\(name);rport",
                "Max-Forwards: 70", "From: <sip:mallory@127.0.0.1>;tag=1", "To: <sip:bob@127.0.0.1>",
                "Call-ID: \(name)",
                "CSeq: 1 INVITE", "Contact: <sip:mallory@127.0.0.1:9>", "Expires: 1", "Content-Type: application/sdp",
                "Content-Length: \(octets.count)",
            ]
            return Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8) + octets
        }
    }

    @Test(.bounded, .tags(.threat))
    func `T-01: what has crashed others does an endpoint no harm, and it takes calls afterwards`() async throws {
        try await withEndpoint([.udp]) { invitation in
            try await invitation.answer { call in try await call.echo() }
        } body: { callee in
            try await UDPPeer.with { peer in
                let datagrams = try Self.hostileDatagrams()
                #expect(datagrams.count > 80)
                for datagram in datagrams { try await peer.send(datagram, to: callee.port) }
                // What comes last is answered when all the rest has been read.
                let probe = """
                    OPTIONS sip:bob@127.0.0.1 SIP/2.0\r
                    Via: SIP/2.0/UDP 127.0.0.1:\(peer.port);branch=z9hG4bKlast;rport\r
                    Max-Forwards: 70\r
                    From: <sip:a@127.0.0.1>;tag=1\r
                    To: <sip:bob@127.0.0.1>\r
                    Call-ID: last\r
                    CSeq: 1 OPTIONS\r
                    Content-Length: 0\r
                    \r

                    """
                try await peer.send(probe, to: callee.port)
                _ = try await peer.receive("the answer to the last one") { $0.header("Call-ID") == "last" }
            }
            try await withEndpoint { caller in
                try await caller.call(.init(to: callee.uri())) { call in try await call.hearsEcho(of: Tone()) }
                try await caller.becomesIdle()
            }
        }
    }

    @Test(.bounded, arguments: ["banana", "-1", "99999999999999999999", "4294967296", "12 34"])
    func `a broken Content-Length over TCP is answered 400 or the connection is closed`(_ length: String) async throws {
        try await amidCall { callee in
            let port = try #require(callee.addresses.first { $0.protocol == .tcp }?.address.port)
            let connection = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .connect(host: "127.0.0.1", port: Int(port)) { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                    }
                }
            try await connection.executeThenClose { inbound, outbound in
                let lines = [
                    "OPTIONS sip:bob@127.0.0.1 SIP/2.0", "Via: SIP/2.0/TCP 127.0.0.1:9;branch=z9hG4bKbroken",
                    "Max-Forwards: 70", "From: <sip:mallory@127.0.0.1>;tag=1", "To: <sip:bob@127.0.0.1>",
                    "Call-ID: broken", "CSeq: 1 OPTIONS", "Content-Length: \(length)",
                ]
                try await outbound.write(ByteBuffer(string: lines.joined(separator: "\r\n") + "\r\n\r\n"))
                var answer = ""
                // Ends only when the other side closes.
                do {
                    for try await part in inbound { answer += String(buffer: part) }
                } catch is IOError {
                    // Reset is closed, too.
                }
                #expect(answer.isEmpty || answer.hasPrefix("SIP/2.0 400 ") || answer.hasPrefix("SIP/2.0 513 "))
            }
        }
    }

    @Test(.bounded) func `RTP from another address is counted and not heard`() async throws {
        let figures = Told<CallStatistics>()
        try await withEndpoint { invitation in
            try await invitation.answer { call in
                try await call.echo()
                figures.tell(await call.statistics())
            }
        } body: { endpoint in
            try await UDPPeer.with { signalling in
                try await UDPPeer.with { sound in
                    try await UDPPeer.with { stranger in
                        var caller = RawCaller(signalling, to: endpoint.port)
                        let port = try #require(try await caller.connect(soundAt: sound.port).audioPort)
                        let (tone, noise) = (Tone(), Tone(frequency: 1_500, amplitude: 20_000))
                        var own = RawStream(ssrc: 1)
                        var foreign = RawStream(ssrc: 2)
                        // All that is to be sent is made beforehand, so that nothing holds up the caller's stream.
                        let packets = (0..<1_000).map { own.packet(tone.samples(from: $0 * 160)).serialized }
                        let shouts = (0..<100).map { _ in foreign.packet(noise.samples()).serialized }
                        var run = 0
                        for (number, packet) in packets.enumerated() where number < 30 || run < 5 {
                            let samples = G711(.mu).decode(try await sound.rtp().payload)
                            #expect(noise.amplitude(in: samples) < 500)
                            run = number >= 30 && tone.fills(samples) ? run + 1 : 0
                            // Strangers come right after the caller's packet, while he is known to be there.
                            var burst: [(UDPPeer, [UInt8])] = [(sound, packet)]
                            if number >= 10, number < 30 {
                                burst += shouts[(number - 10) * 5..<(number - 9) * 5].map { (stranger, $0) }
                                burst += [
                                    (stranger, Array(repeating: 0x80, count: 1_600)), (stranger, [0x80]),
                                    (stranger, []),
                                ]
                            }
                            try await UDPPeer.send(burst, to: port)
                        }
                        #expect(run == 5)
                        try await caller.perform("BYE")
                        let statistics = try await figures.next()
                        #expect(statistics.packetsForeign > 0)
                        #expect(statistics.packetsMalformed > 0)
                        #expect(statistics.packetsReceived <= packets.count)
                    }
                }
            }
        }
    }
}
