import Foundation
import SIPCore
import TelephonyPrimitives
import Testing

@testable import SIPNIO

/// SIP over WebSocket (RFC 7118) with a library that others wrote at the other end.
@Suite(.serialized) struct WebSocketInteropTests {
    private static let client = """
        import asyncio, ssl, sys, websockets
        url, trust, request = sys.argv[1:4]
        context = ssl.create_default_context(cafile=trust) if trust else None
        async def main():
            try:
                async with websockets.connect(url, ssl=context, subprotocols=["chat"]):
                    print("taken without sip")
            except websockets.exceptions.InvalidStatusCode as refusal:
                print(refusal.status_code)
            async with websockets.connect(url, ssl=context, subprotocols=["chat", "sip"]) as peer:
                print(peer.subprotocol)
                await peer.send("\\r\\n\\r\\n")
                print(repr(await peer.recv()))
                await peer.send(request)
                answer = await peer.recv()
                print(type(answer).__name__, answer.split("\\r\\n")[0])
                print([line for line in answer.split("\\r\\n") if line.startswith("Via")][0])
                half = len(request) // 2
                await peer.send([request[:half].replace("call-1", "call-2").replace("bK1", "bK2"), request[half:].replace("call-1", "call-2")])
                print((await peer.recv()).split("\\r\\n")[0])
                await peer.send(request.replace("call-1", "call-3").replace("bK1", "bK3").encode())
                print((await peer.recv()).split("\\r\\n")[0])
                await asyncio.wait_for(await peer.ping(), 10)
                print("pong")
                await peer.send("x" * 100000)
                try:
                    await peer.recv()
                except websockets.exceptions.ConnectionClosed as closed:
                    print(closed.rcvd.code)
        asyncio.run(main())
        """

    private static let server = """
        import asyncio, ssl, sys, websockets
        chain, key, subprotocol = sys.argv[1:4]
        context = None
        if chain:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(chain, key)
        async def serve(peer):
            async for request in peer:
                print(repr(request))
                lines = request.split("\\r\\n")
                keep = [l for l in lines if l.split(":")[0] in ("Via", "From", "Call-ID", "CSeq")]
                to = [l for l in lines if l.startswith("To:")][0] + ";tag=x"
                await asyncio.wait_for(await peer.ping(), 10)
                await peer.send("\\r\\n".join(["SIP/2.0 200 OK"] + keep + [to, "", ""]))
        async def main():
            protocols = [subprotocol] if subprotocol else None
            async with websockets.serve(serve, "127.0.0.1", 0, ssl=context, subprotocols=protocols) as it:
                print(it.sockets[0].getsockname()[1])
                await asyncio.Future()
        asyncio.run(main())
        """

    @Test(.bounded, arguments: [TransportProtocol.ws, .wss])
    func `serves a client by others: subprotocol, keep-alive, fragments, pings, limits`(
        _ transport: TransportProtocol
    ) async throws {
        let authority = try CertificateAuthority()
        let files = try authority.issue(names: "IP:127.0.0.1")
        try await Rim.with([transport]) {
            $0.tls.server = files
        } body: { rim in
            let request = options(via: "\(transport.viaName) df7jal23ls0d.invalid")
                .replacing("Content-Length: 0", with: "Contact: <sip:a@df7jal23ls0d.invalid;transport=ws>")
            let peer = try PythonPeer(
                Self.client,
                [
                    "\(transport.rawValue)://\(try rim.address(transport))/",
                    transport.isSecure ? authority.root.chain : "",
                    request,
                ])
            defer { peer.stop() }
            #expect(try await peer.line() == "400")
            #expect(try await peer.line() == "sip")
            #expect(try await peer.line() == "'\\r\\n'")
            #expect(try await peer.line() == "str SIP/2.0 200 OK")
            #expect(
                try await peer.line()
                    == "Via: SIP/2.0/\(transport.viaName) df7jal23ls0d.invalid;branch=z9hG4bK1;received=127.0.0.1")
            #expect(try await peer.line() == "SIP/2.0 200 OK")
            #expect(try await peer.line() == "SIP/2.0 200 OK")
            #expect(try await peer.line() == "pong")
            #expect(try await peer.line() == "1009")
            #expect(await peer.rest() == [])
        }
    }

    @Test(.bounded, arguments: [TransportProtocol.ws, .wss])
    func `calls a server by others, as a client that nobody can connect to`(_ transport: TransportProtocol) async throws
    {
        let authority = try CertificateAuthority()
        let files = try authority.issue(names: "IP:127.0.0.1")
        let peer = try PythonPeer(
            Self.server, transport.isSecure ? [files.chain, files.privateKey, "sip"] : ["", "", "sip"])
        defer { peer.stop() }
        let port = try await peer.line()
        try await Rim.with([.udp]) {
            $0.tls.trustRoots = authority.root.chain
        } body: { rim in
            let scheme = transport.isSecure ? "sips" : "sip"
            #expect(try await rim.options("\(scheme):b@127.0.0.1:\(port);transport=ws").status == 200)
            let request = try await peer.line()
            let host = #/Via: SIP/2\.0/(WSS?) ([0-9a-v]+\.invalid);branch/#
            let via = try #require(request.firstMatch(of: host))
            #expect(via.1 == transport.viaName)
            #expect(request.contains("Contact: <\(scheme):tester@\(via.2);transport=ws>"))
            #expect(await rim.agent.connectionCount == 1)
        }
    }

    @Test(.bounded) func `a server that does not speak SIP is left, with the reason`() async throws {
        let peer = try PythonPeer(Self.server, ["", "", ""])
        defer { peer.stop() }
        let port = try await peer.line()
        try await Rim.with([.udp]) { rim in
            let error = await #expect(throws: Unexpected.self) {
                try await rim.options("sip:b@127.0.0.1:\(port);transport=ws")
            }
            #expect(error?.description.contains("no subprotocol") == true)
            #expect(await rim.agent.connectionCount == 0)
        }
    }

    @Test(.bounded) func `a server that answers with HTTP is left, with its status`() async throws {
        try await Rim.with([.ws]) {
            $0.webSocketOrigins = []
        } body: { server in
            let peer = try await RawConnection(to: try server.address(.ws).port)
            try await peer.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            let answer = await peer.rest()
            #expect(answer.hasPrefix("HTTP/1.1 426 "))
            #expect(answer.lowercased().contains("sec-websocket-version: 13"))
        }
    }
}
