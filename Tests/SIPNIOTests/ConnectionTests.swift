import NIOCore
import SIPCore
import TelephonyPrimitives
import Testing

@testable import SIPNIO

/// Connections with real sockets: keep-alives, bounds, reuse.
@Suite(.serialized) struct ConnectionTests {
    @Test(.bounded) func `answers a ping, then a request in pieces, over the connection it came on`() async throws {
        try await Rim.with([.tcp]) { rim in
            let peer = try await RawConnection(to: try rim.address(.tcp).port)
            try await peer.send("\r\n\r\n")
            #expect(try await peer.receive(until: "\r\n") == "\r\n")
            let text = options()
            for piece in [text.prefix(10), text.dropFirst(10)] { try await peer.send(String(piece)) }
            let answer = try await peer.receive(until: "\r\n\r\n")
            #expect(answer.hasPrefix("SIP/2.0 200 "))
            #expect(answer.contains("Call-ID: call-1\r\n"))
            #expect(await rim.agent.connectionCount == 1)
            await peer.close()
        }
    }

    @Test(.bounded) func `answers a request that announces too much with 513 and closes`() async throws {
        try await Rim.with([.tcp]) {
            $0.connections.maximumMessageOctets = 2_000
        } body: { rim in
            let peer = try await RawConnection(to: try rim.address(.tcp).port)
            try await peer.send(options().replacing("Content-Length: 0", with: "Content-Length: 70000"))
            let answer = await peer.rest()
            #expect(answer.hasPrefix("SIP/2.0 513 "))
        }
    }

    @Test(.bounded, arguments: ["", "OPTIONS sip:a@b SIP/2.0\r\n", "\(options(extra: "X: y"))OPT"])
    func `T-04: a message that does not end is cut off at its deadline`(_ text: String) async throws {
        try await Rim.with([.tcp]) {
            $0.connections.headers = .milliseconds(200)
        } body: { rim in
            let peer = try await RawConnection(to: try rim.address(.tcp).port)
            try await peer.send(text)
            _ = await peer.rest()
        }
    }

    @Test(.bounded) func `T-04: a body that was promised and does not come is cut off`() async throws {
        try await Rim.with([.tcp]) {
            $0.connections.body = .milliseconds(200)
        } body: { rim in
            let peer = try await RawConnection(to: try rim.address(.tcp).port)
            try await peer.send(options().replacing("Content-Length: 0", with: "Content-Length: 100"))
            #expect(await peer.rest().isEmpty)
        }
    }

    @Test(.bounded) func `T-04: an idle stranger is closed`() async throws {
        try await Rim.with([.tcp]) {
            $0.connections.strangerIdle = .milliseconds(200)
        } body: { rim in
            let peer = try await RawConnection(to: try rim.address(.tcp).port)
            try await peer.send(options())
            #expect(await peer.rest().hasPrefix("SIP/2.0 200 "))
        }
    }

    @Test(.bounded, arguments: [TransportProtocol.tls, .ws, .wss])
    func `T-04: a handshake that does not end is cut off`(_ transport: TransportProtocol) async throws {
        let authority = try CertificateAuthority()
        let files = try authority.issue()
        try await Rim.with([transport]) {
            $0.tls.server = files
            $0.connections.handshake = .milliseconds(200)
        } body: { rim in
            let peer = try await RawConnection(to: try rim.address(transport).port)
            if transport == .ws { try await peer.send("GET / HTTP/1.1\r\nHost: a\r\n") }
            _ = await peer.rest()
            #expect(await rim.agent.connectionCount == 0)
        }
    }

    @Test(.bounded) func `closes a connection whose peer sends and never reads`() async throws {
        try await Rim.with([.tcp]) {
            $0.connections.headers = .seconds(1)
            $0.connections.strangerIdle = .seconds(1)
            $0.connections.maximumUnsentOctets = 100_000
        } body: { rim in
            let peer = try await RawConnection(to: try rim.address(.tcp).port)
            try await peer.channel.setOption(.autoRead, value: false).get()
            // Writes go on until the other side reads no more; then it closes, at the latest for having been silent.
            for number in 0..<200 {
                let burst = (0..<100).map { options(number * 100 + $0) }.joined()
                peer.channel.writeAndFlush(ByteBuffer(string: burst), promise: nil)
            }
            // It fails when the other side has closed by then, which is what is waited for.
            try? await peer.channel.setOption(.autoRead, value: true).get()
            _ = await peer.rest()
        }
    }

    @Test(.bounded) func `one source has so many connections and no more`() async throws {
        try await Rim.with([.tcp]) {
            $0.connections.maximumInboundPerSource = 3
        } body: { rim in
            let port = try rim.address(.tcp).port
            var peers: [RawConnection] = []
            for _ in 0..<3 { peers.append(try await RawConnection(to: port)) }
            for (number, peer) in peers.enumerated() {
                try await peer.send(options(number))
                _ = try await peer.receive(until: "\r\n\r\n")
            }
            let refused = try await RawConnection(to: port)
            #expect(await refused.rest().isEmpty)
            let other = try await RawConnection(to: port, from: "127.0.0.2")
            try await other.send(options(9))
            _ = try await other.receive(until: "\r\n\r\n")
            #expect(await rim.agent.refusedCount == 1)
            for peer in peers + [other] { await peer.close() }
        }
    }

    @Test(.bounded, arguments: [TransportProtocol.tcp, .tls, .ws, .wss])
    func `several requests to one place take one connection`(_ transport: TransportProtocol) async throws {
        let authority = try CertificateAuthority()
        let files = try authority.issue(names: "IP:127.0.0.1")
        try await Rim.with([transport]) {
            $0.tls.server = files
        } body: { server in
            try await Rim.with([.udp]) {
                $0.tls.trustRoots = authority.root.chain
            } body: { client in
                let target = "sip:test@\(try server.address(transport));transport=\(transport.rawValue)"
                for _ in 0..<3 { #expect(try await client.options(target).status == 200) }
                #expect(await client.agent.connectionCount == 1)
                #expect(await server.agent.connectionCount == 1)
            }
        }
    }

    @Test(.bounded) func `a binding request on the SIP port is answered, and keep-alives are swallowed`() async throws {
        try await Rim.with([.udp]) { rim in
            try await Datagrams.with { peer in
                let port = try rim.address(.udp).port
                for noise in [[0x0D, 0x0A, 0x0D, 0x0A], [], [0]] as [[UInt8]] { try await peer.send(noise, to: port) }
                let head: [UInt8] = [0, 1, 0, 0, 0x21, 0x12, 0xA4, 0x42]
                try await peer.send(head + Array(1...12), to: port)
                let answer = try await peer.receive()
                #expect(answer.prefix(2) == [1, 1])
                #expect(answer[8..<20].elementsEqual(1...12))
                #expect(UInt16(answer[26]) << 8 | UInt16(answer[27]) == peer.port ^ 0x2112)
                #expect(await rim.agent.counters.malformed == 0)
            }
        }
    }

    @Test(.bounded) func `datagrams beyond the rate of a source are dropped; another source is served`() async throws {
        try await Rim.with([.udp]) {
            $0.rates.datagrams = Rate(perSecond: 1, burst: 5)
        } body: { rim in
            let port = try rim.address(.udp).port
            try await Datagrams.with(on: "127.0.0.2") { flooder in
                for number in 0..<100 {
                    try await flooder.send(Array(options(number, via: "UDP 127.0.0.2").utf8), to: port)
                }
                try await Datagrams.with { peer in
                    let request = Array(options(1_000, via: "UDP 127.0.0.1:\(peer.port)").utf8)
                    try await peer.send(request, to: port)
                    #expect(String(decoding: try await peer.receive(), as: UTF8.self).hasPrefix("SIP/2.0 200"))
                }
            }
            #expect(await rim.agent.refusedCount >= 90)
            #expect(await rim.agent.counters.received <= 10)
        }
    }
}
