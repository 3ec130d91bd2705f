import NIOCore
import NIOHTTP1
import NIOWebSocket
import Testing

@testable import WebSockets

@Suite struct WebSocketAssemblerTests {
    private func frame(
        _ opcode: WebSocketOpcode, _ octets: [UInt8] = [], fin: Bool = true, isMasked: Bool = true, rsv1: Bool = false
    ) -> WebSocketFrame {
        let key: WebSocketMaskingKey = [1, 2, 3, 4]
        var data = ByteBuffer(bytes: octets)
        if isMasked { data.webSocketMask(key) }
        return WebSocketFrame(fin: fin, rsv1: rsv1, opcode: opcode, maskKey: isMasked ? key : nil, data: data)
    }

    private func run(_ frames: [WebSocketFrame], limits: WebSocketLimits = .init()) throws -> [WebSocketAssembler.Event]
    {
        var assembler = WebSocketAssembler(limits: limits, expectsMasks: true)
        return try frames.compactMap { try assembler.receive($0) }
    }

    @Test func `puts fragments together, with control frames between them`() throws {
        let events = try run([
            frame(.text, Array("gr".utf8) + [0xC3], fin: false), frame(.ping, [7]),
            frame(.continuation, [0xBC], fin: false),
            frame(.pong), frame(.continuation, Array("n".utf8)), frame(.binary, [0xFF]),
        ])
        #expect(
            events == [
                .ping(ByteBuffer(bytes: [7])), .pong(ByteBuffer()),
                .message(WebSocketMessage(.text, ByteBuffer(string: "grün"))),
                .message(WebSocketMessage(.binary, ByteBuffer(bytes: [0xFF]))),
            ])
    }

    @Test func `reads why the peer closes`() throws {
        #expect(try run([frame(.connectionClose)]) == [.close(nil, reason: "")])
        #expect(
            try run([frame(.connectionClose, [0x03, 0xE9] + Array("bye".utf8))]) == [.close(.goingAway, reason: "bye")])
    }

    @Test func `names what is wrong with the close code of RFC 6455 §7_4`() {
        let long = [UInt8](repeating: 0x61, count: 126)
        let rows: [([WebSocketFrame], WebSocketCloseCode)] = [
            ([frame(.text, isMasked: false)], .protocolError),
            ([frame(.text, rsv1: true)], .protocolError),
            ([frame(.continuation)], .protocolError),
            ([frame(.text, fin: false), frame(.text)], .protocolError),
            ([frame(.ping, fin: false)], .protocolError),
            ([frame(.ping, long)], .protocolError),
            ([frame(WebSocketOpcode(encodedWebSocketOpcode: 0x3)!)], .protocolError),
            ([frame(WebSocketOpcode(encodedWebSocketOpcode: 0xB)!)], .protocolError),
            ([frame(.connectionClose, [3])], .protocolError),
            ([frame(.connectionClose, [0x03, 0xEE])], .protocolError),
            ([frame(.connectionClose, [0x03, 0xE8, 0xFF])], .invalidText),
            ([frame(.text, [0xC3])], .invalidText),
            ([frame(.text, [0xED, 0xA0, 0x80])], .invalidText),
            ([frame(.binary, long)], .tooLarge),
            (
                [frame(.binary, Array(long.prefix(70)), fin: false), frame(.continuation, Array(long.prefix(70)))],
                .tooLarge
            ),
            ((0..<9).map { frame($0 == 0 ? .text : .continuation, fin: false) }, .policyViolation),
        ]
        var limits = WebSocketLimits()
        limits.maximumMessageOctets = 125
        limits.maximumFrames = 8
        for (number, (frames, code)) in rows.enumerated() {
            let error = #expect(throws: WebSocketViolation.self, "row \(number)") { try run(frames, limits: limits) }
            #expect(error?.code == code, "row \(number)")
        }
    }

    @Test func `a client's request is taken or refused by its terms`() {
        let headers: HTTPHeaders = [
            "Host": "a", "Upgrade": "WebSocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13",
            "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Protocol": "chat, sip",
            "Origin": "https://a.example",
        ]
        let good = HTTPRequestHead(version: .http1_1, method: .GET, uri: "/x?y=z", headers: headers)
        let terms = WebSocketServerTerms(path: "/x", subprotocols: ["sip"], origins: ["https://a.example"])
        #expect(
            terms.verdict(on: good)
                == .accepted(
                    WebSocketOpening(
                        path: "/x", query: "y=z", subprotocol: "sip", origin: "https://a.example",
                        headers: good.headers.map { WebSocketHeaderField($0.name, $0.value) })))
        func status(_ change: (inout HTTPRequestHead) -> Void) -> HTTPResponseStatus? {
            var head = good
            change(&head)
            guard case .refused(let status, _) = terms.verdict(on: head) else { return nil }
            return status
        }
        #expect(status { $0.method = .POST } == .methodNotAllowed)
        #expect(status { $0.version = .http1_0 } == .methodNotAllowed)
        #expect(status { $0.uri = "/" } == .notFound)
        #expect(status { $0.headers.remove(name: "Upgrade") } == .upgradeRequired)
        #expect(status { $0.headers.replaceOrAdd(name: "Sec-WebSocket-Version", value: "8") } == .upgradeRequired)
        #expect(status { $0.headers.replaceOrAdd(name: "Origin", value: "https://b.example") } == .forbidden)
        #expect(status { $0.headers.remove(name: "Origin") } == nil)
        #expect(status { $0.headers.replaceOrAdd(name: "Sec-WebSocket-Protocol", value: "chat") } == .badRequest)
    }
}
