internal import FoundationEssentials
internal import Synchronization
internal import WebSockets

/// Plays Telnyx on a media stream: opens the WebSocket, says what a leg says, and keeps what it is to hear.
public final class MediaStreamPeer: Sendable {
    /// What has come so far.
    public struct Heard: Sendable {
        /// The payloads of `media`.
        public var sound: [[UInt8]] = []
        public var clears = 0
        public var marks: [String] = []
        /// The other side has closed the WebSocket.
        public var isClosed = false
        /// Messages that are none of the protocol's.
        public var odd = 0
    }

    private struct State {
        var heard = Heard()
        var chunk = 0
        var sequence = 0
        var waiting: [(isMet: @Sendable (Heard) -> Bool, continuation: CheckedContinuation<Heard, Never>)] = []
        var reading: Task<Void, Never>?
    }

    private final class Box: Sendable {
        let state = Mutex(State())

        func change(_ body: (inout Heard) -> Void) {
            let (met, heard) = state.withLock { state in
                body(&state.heard)
                let heard = state.heard
                let met = state.waiting.filter { $0.isMet(heard) }
                state.waiting.removeAll { $0.isMet(heard) }
                return (met, heard)
            }
            for waiter in met { waiter.continuation.resume(returning: heard) }
        }
    }

    private let socket: WebSocketConnection
    private let box = Box()

    private init(_ socket: WebSocketConnection) {
        self.socket = socket
    }

    /// Opens a stream, without a word.
    ///
    /// - Parameters:
    ///   - url: the `stream_url` of a command.
    ///   - port: of this machine, in place of the URL's host and port.
    ///   - echoesMarks: whether marks come back at once.
    public static func open(_ url: String, port: Int, echoesMarks: Bool = true) async throws -> MediaStreamPeer {
        let rest = url.drop { $0 != ":" }.dropFirst(3)
        let target = rest.drop { $0 != "/" }
        guard let place = WebSocketURL("ws://127.0.0.1:\(port)\(target)") else { throw CancellationError() }
        let socket = try await WebSocketConnection.open(place)
        let peer = MediaStreamPeer(socket)
        let box = peer.box
        let reading = Task {
            do {
                for try await message in socket.messages {
                    let json = BodyJSON(message.octets)
                    switch json?["event"]?.text {
                    case "media":
                        let payload = json?["media"]?["payload"]?.text.flatMap { Data(base64Encoded: $0) }
                        box.change { $0.sound.append(Array(payload ?? Data())) }
                    case "clear": box.change { $0.clears += 1 }
                    case "mark":
                        let name = json?["mark"]?["name"]?.text ?? ""
                        box.change { $0.marks.append(name) }
                        if echoesMarks {
                            try? socket.send(text: #"{"event":"mark","mark":{"name":"\#(name)"}}"#)
                        }
                    default: box.change { $0.odd += 1 }
                    }
                }
            } catch {}
            box.change { $0.isClosed = true }
        }
        box.state.withLock { $0.reading = reading }
        return peer
    }

    /// What has come so far.
    public var heard: Heard { box.state.withLock { $0.heard } }

    /// Returns when what has come is as is wished.
    @discardableResult public func wait(_ isMet: @escaping @Sendable (Heard) -> Bool) async -> Heard {
        await withCheckedContinuation { continuation in
            let heard: Heard? = box.state.withLock { state in
                if isMet(state.heard) { return state.heard }
                state.waiting.append((isMet, continuation))
                return nil
            }
            if let heard { continuation.resume(returning: heard) }
        }
    }

    /// `connected` and `start`.
    public func begin(call: String, encoding: String = "PCMU", rate: Int = 8_000) throws {
        try send(#"{"event":"connected","version":"1.0.0"}"#)
        try send(
            #"{"event":"start","sequence_number":"\#(number())","stream_id":"s","start":{"call_control_id":"\#(call)","#
                + #""call_session_id":"session-\#(call)","from":"+12025550133","to":"+12025550131","media_format":{"encoding":"\#(encoding)","#
                + #""sample_rate":\#(rate),"channels":1}}}"#)
    }

    /// 20 ms of the leg.
    public func say(_ payload: [UInt8]) throws {
        let chunk = box.state.withLock { state in
            state.chunk += 1
            return state.chunk
        }
        try send(
            #"{"event":"media","sequence_number":"\#(number())","stream_id":"s","media":{"track":"inbound","#
                + #""chunk":"\#(chunk)","timestamp":"\#(chunk * 20)","payload":"\#(Data(payload).base64EncodedString())"}}"#
        )
    }

    public func press(_ key: Character) throws {
        try send(#"{"event":"dtmf","sequence_number":"\#(number())","stream_id":"s","dtmf":{"digit":"\#(key)"}}"#)
    }

    /// `stop`, and the end of the WebSocket.
    public func stop() async throws {
        try send(#"{"event":"stop","sequence_number":"\#(number())","stream_id":"s","stop":{}}"#)
        await socket.close()
    }

    /// The WebSocket breaks.
    public func cut() async { await socket.abort() }

    public func send(_ text: String) throws { try socket.send(text: text) }
    public func send(binary octets: [UInt8]) throws { try socket.send(binary: octets) }

    private func number() -> Int {
        box.state.withLock { state in
            state.sequence += 1
            return state.sequence
        }
    }
}
