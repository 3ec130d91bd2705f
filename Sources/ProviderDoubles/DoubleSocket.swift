internal import Synchronization
internal import WebSockets

/// The listening side of a double on 127.0.0.1: what came on it, and how a test takes a hand in.
public final class DoubleSocket: Sendable {
    struct Refusal: Sendable {
        var status: Int
        var headers: [WebSocketHeaderField] = []
        var body = ""
    }

    private struct Connection {
        let socket: WebSocketConnection
        var rules: any SocketRules
        /// What is to be done, in the order in which it was decided.
        let work: AsyncStream<Reaction>.Continuation
        var texts: [String] = []
        var octets: [UInt8] = []
        var isOpen = true
    }

    private struct State {
        var connections: [Connection] = []
        var requests: [String] = []
        var violations: [ProtocolViolation] = []
        var refusal: Refusal?
    }

    private let state: Mutex<State>
    private let listener: Mutex<WebSocketListener?>
    /// `ws://127.0.0.1:…`, without a path.
    public let url: String

    private final class Place: Sendable {
        let socket = Mutex<DoubleSocket?>(nil)
    }

    /// - Parameters:
    ///   - admission: looks at a request; a refusal answers it.
    ///   - rules: for a connection that was let in.
    static func start(
        admission: @escaping @Sendable (SocketRequest) -> (Refusal, String)?,
        rules: @escaping @Sendable (SocketRequest) -> any SocketRules
    ) async throws -> DoubleSocket {
        let place = Place()
        var limits = WebSocketLimits()
        limits.maximumMessageOctets = 4 * 1_048_576
        limits.maximumUnsentOctets = 4 * 1_048_576
        limits.pingInterval = nil
        let listener = try await WebSocketListener.bind(
            limits: limits,
            admission: { opening in
                guard let socket = place.socket.withLock({ $0 }) else { return WebSocketAnswer(status: 503) }
                return socket.admit(SocketRequest(opening), by: admission)
            },
            serve: { opening, connection in
                guard let socket = place.socket.withLock({ $0 }) else { return }
                await socket.serve(connection, by: rules(SocketRequest(opening)))
            })
        let socket = DoubleSocket(listener)
        place.socket.withLock { $0 = socket }
        return socket
    }

    private init(_ listener: WebSocketListener) {
        state = Mutex(State())
        url = "ws://127.0.0.1:\(listener.port)"
        self.listener = Mutex(listener)
    }

    /// Listens no more, and closes what is open.
    public func stop() async {
        let listener = listener.withLock { listener in
            defer { listener = nil }
            return listener
        }
        await listener?.close()
    }

    // MARK: What came

    public var violations: [ProtocolViolation] { state.withLock { $0.violations } }
    /// Connections that have been open so far.
    public var connectionCount: Int { state.withLock { $0.connections.count } }
    public var openConnections: Int { state.withLock { $0.connections.count { $0.isOpen } } }
    /// Requests that came, refused ones too: path and query as they stood.
    public var requests: [String] { state.withLock { $0.requests } }

    /// The text messages of a connection, counted from 0.
    public func texts(_ connection: Int = 0) -> [String] {
        state.withLock { $0.connections.indices.contains(connection) ? $0.connections[connection].texts : [] }
    }

    /// The binary messages of a connection, counted from 0, one behind the other.
    public func octets(_ connection: Int = 0) -> [UInt8] {
        state.withLock { $0.connections.indices.contains(connection) ? $0.connections[connection].octets : [] }
    }

    // MARK: What a test does

    /// Refuses whoever comes, until it is told `nil`.
    public func refuse(_ status: Int?, headers: [(String, String)] = [], body: String = "") {
        state.withLock { state in
            state.refusal = status.map {
                Refusal(status: $0, headers: headers.map { WebSocketHeaderField($0.0, $0.1) }, body: body)
            }
        }
    }

    /// Says this on the newest connection, after what is to be said there already.
    public func send(_ text: String) {
        act { _ in [.send(text)] }
    }

    /// Closes the newest connection, and returns when it is gone.
    public func close(_ code: UInt16, _ reason: String = "") async {
        await act { _ in [.close(code, reason)] }?.waitUntilGone()
    }

    /// Breaks the newest connection without a word, and returns when it is gone.
    public func cut() async {
        await act { _ in [.cut] }?.waitUntilGone()
    }

    /// Lets the rules of the newest connection do something that no message asked for.
    @discardableResult
    func act(_ body: @Sendable (inout any SocketRules) -> [Reaction]) -> WebSocketConnection? {
        state.withLock { state in
            guard let last = state.connections.indices.last else { return nil }
            for reaction in body(&state.connections[last].rules) { state.connections[last].work.yield(reaction) }
            return state.connections[last].socket
        }
    }

    // MARK: Serving

    private func admit(_ request: SocketRequest, by admission: (SocketRequest) -> (Refusal, String)?)
        -> WebSocketAnswer?
    {
        let query = request.query.map { "\($0.name)=\($0.value)" }.joined(separator: "&")
        let planned = state.withLock { state in
            state.requests.append(request.path + (query.isEmpty ? "" : "?" + query))
            return state.refusal
        }
        var refusal = planned
        if refusal == nil, let (ruled, why) = admission(request) {
            state.withLock { $0.violations.append(ProtocolViolation(why)) }
            refusal = ruled
        }
        return refusal.map { WebSocketAnswer(status: $0.status, headers: $0.headers, body: Array($0.body.utf8)) }
    }

    private func serve(_ socket: WebSocketConnection, by rules: any SocketRules) async {
        let (reactions, work) = AsyncStream.makeStream(of: Reaction.self)
        let index = state.withLock { state in
            state.connections.append(Connection(socket: socket, rules: rules, work: work))
            for reaction in state.connections[state.connections.count - 1].rules.opened() { work.yield(reaction) }
            return state.connections.count - 1
        }
        let worker = Task { for await reaction in reactions { await perform(reaction, on: socket) } }
        do {
            for try await message in socket.messages {
                take(message.octets, isText: message.kind == .text, index)
            }
        } catch {
            // The client broke it, which is its right.
        }
        // Whoever closes it says by which code, and is not to be overtaken by the end of this.
        if Task.isCancelled { worker.cancel() } else { await socket.waitUntilGone() }
        work.finish()
        await worker.value
        state.withLock { $0.connections[index].isOpen = false }
    }

    /// Writes a message down and lets the rules look at it, at once: who sees that it came sees what came of it.
    private func take(_ octets: [UInt8], isText: Bool, _ index: Int) {
        state.withLock { state in
            let reactions: [Reaction]
            if isText {
                let text = String(decoding: octets, as: UTF8.self)
                state.connections[index].texts.append(text)
                reactions = state.connections[index].rules.received(text)
            } else {
                state.connections[index].octets += octets
                reactions = state.connections[index].rules.received(octets)
            }
            for reaction in reactions {
                if case .violation(let what) = reaction {
                    state.violations.append(ProtocolViolation(what))
                } else {
                    state.connections[index].work.yield(reaction)
                }
            }
        }
    }

    private func perform(_ reaction: Reaction, on socket: WebSocketConnection) async {
        switch reaction {
        case .send(let text): try? await socket.sendWaiting(text: text)
        case .sendOctets(let octets): try? await socket.sendWaiting(binary: octets)
        case .sendForEver(let text):
            while (try? await socket.sendWaiting(text: text)) != nil {}
        case .close(let code, let reason):
            await socket.close(code: WebSocketCloseCode(rawValue: code), reason: reason)
        case .cut: await socket.abort()
        case .violation(let what): state.withLock { $0.violations.append(ProtocolViolation(what)) }
        }
    }
}

extension SocketRequest {
    init(_ opening: WebSocketOpening) {
        path = opening.path
        headers = opening.headers
        query = opening.query.split(separator: "&").map { member in
            let name = member.prefix { $0 != "=" }
            return (Self.decoded(name), Self.decoded(member.dropFirst(name.count + 1)))
        }
    }

    private static func decoded(_ text: Substring) -> String {
        var octets: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let octet = rest.popFirst() {
            if octet == UInt8(ascii: "%"), rest.count >= 2,
                let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
            {
                octets.append(value)
                rest = rest.dropFirst(2)
            } else {
                octets.append(octet)
            }
        }
        return String(decoding: octets, as: UTF8.self)
    }
}
