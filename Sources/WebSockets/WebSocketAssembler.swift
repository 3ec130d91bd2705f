package import NIOCore
package import NIOWebSocket

/// What is wrong with what a peer sent, and the close code that says so (RFC 6455 §7.1.7).
public struct WebSocketViolation: Error, Hashable, Sendable, CustomStringConvertible {
    public let code: WebSocketCloseCode
    public let description: String

    init(_ code: WebSocketCloseCode, _ description: String) {
        self.code = code
        self.description = description
    }
}

/// Puts frames together to messages and checks them (RFC 6455 §5). No I/O.
package struct WebSocketAssembler {
    package enum Event: Hashable {
        case message(WebSocketMessage)
        case ping(ByteBuffer)
        case pong(ByteBuffer)
        /// The peer closes; without a code when it gave none.
        case close(WebSocketCloseCode?, reason: String)
    }

    private let limits: WebSocketLimits
    private let expectsMasks: Bool
    private var kind: WebSocketMessage.Kind?
    private var payload = ByteBuffer()
    private var frames = 0

    /// - Parameters:
    ///   - limits: how long a message may be.
    ///   - expectsMasks: whether the peer is a client, which has to mask its frames; a server must not.
    package init(limits: WebSocketLimits, expectsMasks: Bool) {
        self.limits = limits
        self.expectsMasks = expectsMasks
    }

    /// Takes in one frame.
    ///
    /// - Returns: what it completes; `nil` for a fragment.
    package mutating func receive(_ frame: WebSocketFrame) throws(WebSocketViolation) -> Event? {
        guard frame.reservedBits.isEmpty else {
            throw WebSocketViolation(.protocolError, "a reserved bit is set and no extension was agreed on")
        }
        guard (frame.maskKey != nil) == expectsMasks else {
            throw WebSocketViolation(
                .protocolError, expectsMasks ? "a client's frame is not masked" : "a server's frame is masked")
        }
        let data = frame.unmaskedData
        switch frame.opcode {
        case .ping, .pong, .connectionClose:
            guard frame.fin, data.readableBytes <= 125 else {
                throw WebSocketViolation(.protocolError, "a control frame is fragmented or too long")
            }
            if frame.opcode == .ping { return .ping(data) }
            return frame.opcode == .pong ? .pong(data) : try close(data)
        case .text, .binary:
            guard kind == nil else {
                throw WebSocketViolation(.protocolError, "a message begins within another one")
            }
            kind = frame.opcode == .text ? .text : .binary
            return try append(data, isLast: frame.fin)
        case .continuation:
            guard kind != nil else {
                throw WebSocketViolation(.protocolError, "a continuation continues nothing")
            }
            return try append(data, isLast: frame.fin)
        default:
            throw WebSocketViolation(.protocolError, "a frame has a reserved opcode")
        }
    }

    private mutating func append(_ data: ByteBuffer, isLast: Bool) throws(WebSocketViolation) -> Event? {
        frames += 1
        guard frames <= limits.maximumFrames else {
            throw WebSocketViolation(.policyViolation, "a message has more than \(limits.maximumFrames) frames")
        }
        guard payload.readableBytes + data.readableBytes <= limits.maximumMessageOctets else {
            throw WebSocketViolation(.tooLarge, "a message has more than \(limits.maximumMessageOctets) octets")
        }
        if frames == 1, isLast { payload = data } else { payload.writeImmutableBuffer(data) }
        guard isLast, let kind else { return nil }
        let message = WebSocketMessage(kind, payload)
        self.kind = nil
        payload = ByteBuffer()
        frames = 0
        if kind == .text, !message.payload.isUTF8 {
            throw WebSocketViolation(.invalidText, "a text message is not UTF-8")
        }
        return .message(message)
    }

    private func close(_ data: ByteBuffer) throws(WebSocketViolation) -> Event {
        var data = data
        guard data.readableBytes > 0 else { return .close(nil, reason: "") }
        guard let number = data.readInteger(as: UInt16.self), WebSocketCloseCode(rawValue: number).mayBeSent else {
            throw WebSocketViolation(.protocolError, "a Close frame has no valid code")
        }
        guard let reason = String(validating: data.readableBytesView, as: UTF8.self) else {
            throw WebSocketViolation(.invalidText, "the reason in a Close frame is not UTF-8")
        }
        return .close(WebSocketCloseCode(rawValue: number), reason: reason)
    }
}

extension ByteBuffer {
    /// Whether the octets are well-formed UTF-8.
    package var isUTF8: Bool { String(validating: readableBytesView, as: UTF8.self) != nil }
}
