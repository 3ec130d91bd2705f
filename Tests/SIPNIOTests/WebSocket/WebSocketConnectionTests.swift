import NIOCore
import NIOPosix
import SIPNIO
import Synchronization
import Testing

@testable import WebSockets

@Suite(.serialized) struct WebSocketConnectionTests {
    /// Limits under which little is much.
    private static var narrow: WebSocketLimits {
        var limits = WebSocketLimits()
        limits.maximumMessageOctets = 20_000_000
        limits.maximumUnreadMessages = 8
        limits.maximumUnreadOctets = 400_000
        limits.maximumUnsentOctets = 400_000
        return limits
    }

    /// A listener, and a connection to it, for the length of `body`.
    private func with(
        terms: WebSocketServerTerms = WebSocketServerTerms(), limits: WebSocketLimits = narrow, path: String = "/",
        subprotocols: [String] = [], headers: [WebSocketHeaderField] = [],
        admission: @escaping @Sendable (WebSocketOpening) -> WebSocketAnswer? = { _ in nil },
        serve: @escaping @Sendable (WebSocketOpening, WebSocketConnection) async -> Void,
        body: (WebSocketConnection) async throws -> Void
    ) async throws {
        let listener = try await WebSocketListener.bind(
            terms: terms, limits: limits, admission: admission, serve: serve)
        let url = try #require(WebSocketURL("ws://127.0.0.1:\(listener.port)\(path)"))
        do {
            try await body(
                await WebSocketConnection.open(url, headers: headers, subprotocols: subprotocols, limits: limits))
        } catch {
            await listener.close()
            throw error
        }
        await listener.close()
    }

    private static let echo: @Sendable (WebSocketOpening, WebSocketConnection) async -> Void = { _, connection in
        do {
            for try await message in connection.messages {
                switch message.kind {
                case .text: try await connection.sendWaiting(text: message.text ?? "")
                case .binary: try await connection.sendWaiting(binary: message.octets)
                }
            }
        } catch {}
    }

    /// Ends the connection as soon as something is to be sent, as a peer that has gone does.
    private final class GoneAtWrite: ChannelOutboundHandler {
        typealias OutboundIn = ByteBuffer

        func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
            promise?.fail(ChannelError.ioOnClosedChannel)
            context.close(promise: nil)
        }
    }

    @Test(.bounded) func `closing ends when the Close frame can't be written any more`() async throws {
        let group = MultiThreadedEventLoopGroup.singleton
        let closed = group.next().makePromise(of: Void.self)
        let server = try await ServerBootstrap(group: group)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try WebSocketServer.configure(channel, terms: WebSocketServerTerms(), limits: Self.narrow) {
                        channel, _ in
                        try channel.pipeline.syncOperations.addHandler(GoneAtWrite(), position: .first)
                        channel.eventLoop.scheduleTask(in: .zero) { channel.close(promise: closed) }
                    }
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let url = try #require(WebSocketURL("ws://127.0.0.1:\(server.localAddress?.port ?? 0)/"))
        let client = try? await WebSocketConnection.open(url, limits: Self.narrow)
        try await closed.futureResult.get()
        await client?.abort()
        try await server.close().get()
    }

    @Test(.bounded) func `the first code is the one that is said, though the end of the messages closes too`()
        async throws
    {
        for _ in 0..<50 {
            try await with(
                serve: { _, connection in
                    async let closing: Void = connection.close(code: .policyViolation, reason: "first")
                    do { for try await _ in connection.messages {} } catch {}
                    await connection.close()
                    await closing
                },
                body: { connection in
                    for try await _ in connection.messages {}
                    #expect(connection.closed == WebSocketClosed(code: .policyViolation, reason: "first"))
                })
        }
    }

    @Test(.bounded) func `opens, tells the server path, query, header fields and subprotocol, and carries both kinds`()
        async throws
    {
        let seen = Mutex<WebSocketOpening?>(nil)
        try await with(
            terms: WebSocketServerTerms(path: "/v1", subprotocols: ["b"]), path: "/v1?model=x",
            subprotocols: ["a", "b"],
            headers: [WebSocketHeaderField("Authorization", "Bearer key")],
            serve: { opening, connection in
                seen.withLock { $0 = opening }
                await Self.echo(opening, connection)
            },
            body: { connection in
                #expect(connection.subprotocol == "b")
                let big = String(repeating: "grün ", count: 1_000_000)
                try connection.send(text: big)
                try await connection.sendWaiting(binary: [1, 2, 255])
                var messages = connection.messages.makeAsyncIterator()
                #expect(try await messages.next()?.text == big)
                let second = try await messages.next()
                #expect(second?.octets == [1, 2, 255] && second?.kind == .binary)
                await connection.close()
                #expect(try await messages.next() == nil)
                #expect(connection.closed?.code == .normal)
            })
        let opening = try #require(seen.withLock { $0 })
        #expect(opening.path == "/v1" && opening.query == "model=x")
        #expect(opening.headers.first("authorization") == "Bearer key")
        #expect("\(opening)".contains("Bearer") == false)
    }

    @Test(.bounded) func `who does not read holds the sender back, and nothing is lost`() async throws {
        let sent = Atomic(0)
        let piece = [UInt8](repeating: 7, count: 100_000)
        try await with(
            serve: { _, connection in
                for number in 0..<500 {
                    do { try await connection.sendWaiting(binary: [UInt8(number % 256)] + piece) } catch { return }
                    sent.add(1, ordering: .relaxed)
                }
                await connection.close(code: .goingAway, reason: "all said")
            },
            body: { connection in
                // Some are here, and more waits.
                while connection.unread < 4 { await Task.yield() }
                var most = 0
                var count = 0
                for try await message in connection.messages {
                    #expect(message.octets.first == UInt8(count % 256))
                    count += 1
                    most = max(most, connection.unread)
                    // What the sender is ahead by lies in the sockets and in both bounded queues.
                    if count == 1 { #expect(sent.load(ordering: .relaxed) < 400) }
                }
                #expect(count == 500)
                #expect(most <= 4 + 3, "\(most) messages of 100 kB waited")
                #expect(connection.closed == WebSocketClosed(code: .goingAway, reason: "all said"))
            })
    }

    @Test func `an inbox holds at its limits and goes on when it is half empty`() async throws {
        let inbox = WebSocketInbox(limits: Self.narrow)
        let resumed = Atomic(0)
        let held = { inbox.holds { resumed.add(1, ordering: .relaxed) } }
        for number in 0..<8 {
            #expect(!held())
            inbox.put(WebSocketMessage(.binary, ByteBuffer(integer: number)))
        }
        #expect(held())
        for taken in 1...8 {
            _ = try await inbox.next()
            #expect(resumed.load(ordering: .relaxed) == (taken >= 4 ? 1 : 0), "after \(taken)")
        }
        inbox.put(WebSocketMessage(.binary, ByteBuffer(repeating: 0, count: 400_000)))
        #expect(held())
        inbox.discard()
        #expect(resumed.load(ordering: .relaxed) == 2)
        #expect(!held())
        #expect(try await inbox.next() == nil)
    }

    @Test(.bounded) func `a peer that does not read: sending throws when the queue is full, waiting waits`()
        async throws
    {
        let (gate, open) = AsyncStream.makeStream(of: Void.self)
        try await with(
            serve: { _, connection in
                for await _ in gate {}
                var count = 0
                do { for try await _ in connection.messages { count += 1 } } catch {}
            },
            body: { connection in
                let piece = String(repeating: "x", count: 100_000)
                var count = 0
                // The sockets take some, and then no more.
                var fullInARow = 0
                while fullInARow < 1_000 {
                    do {
                        try connection.send(text: piece)
                        count += 1
                        fullInARow = 0
                    } catch WebSocketConnectionError.tooMuchUnsent {
                        fullInARow += 1
                        await Task.yield()
                    }
                }
                #expect(connection.unsentOctets <= 400_000 && connection.unsentOctets > 300_000)
                let waiting = Task { try await connection.sendWaiting(text: piece) }
                let cancelled = Task { try await connection.sendWaiting(text: piece) }
                cancelled.cancel()
                await #expect(throws: WebSocketConnectionError.cancelled) { try await cancelled.value }
                open.finish()
                try await waiting.value
                await connection.close()
                #expect(throws: WebSocketConnectionError.closed) { () throws in try connection.send(text: "") }
                await #expect(throws: WebSocketConnectionError.closed) { try await connection.sendWaiting(text: "") }
            })
    }

    @Test(.bounded) func `a server closes with its own code and reason`() async throws {
        try await with(
            serve: { _, connection in
                try? connection.send(text: "last words")
                await connection.close(
                    code: WebSocketCloseCode(rawValue: 4_000), reason: "invalid_request_error.invalid_model")
            },
            body: { connection in
                var texts: [String?] = []
                for try await message in connection.messages { texts.append(message.text) }
                #expect(texts == ["last words"])
                #expect(
                    connection.closed
                        == WebSocketClosed(
                            code: WebSocketCloseCode(rawValue: 4_000), reason: "invalid_request_error.invalid_model"))
                await connection.waitUntilGone()
            })
    }

    @Test(.bounded) func `what is closed from elsewhere keeps its code, though the reader then closes too`()
        async throws
    {
        for _ in 0..<20 {
            let (gate, open) = AsyncStream.makeStream(of: WebSocketConnection.self)
            try await with(
                serve: { _, connection in
                    open.yield(connection)
                    // Returns as soon as it is closed, and the listener closes after it.
                    do { for try await _ in connection.messages {} } catch {}
                },
                body: { connection in
                    var serving = gate.makeAsyncIterator()
                    await serving.next()?.close(code: .policyViolation, reason: "enough")
                    for try await _ in connection.messages {}
                    #expect(connection.closed == WebSocketClosed(code: .policyViolation, reason: "enough"))
                })
        }
    }

    @Test(.bounded) func `a connection that breaks throws after what had come`() async throws {
        try await with(
            serve: { _, connection in
                try? connection.send(text: "before")
                while connection.unsentOctets > 0 { await Task.yield() }
                await connection.abort()
            },
            body: { connection in
                var messages = connection.messages.makeAsyncIterator()
                let first = try await messages.next()
                #expect(first?.text == "before")
                do {
                    _ = try await messages.next()
                    Issue.record("it did not throw")
                } catch {}
                #expect(connection.closed == nil)
            })
    }

    @Test(.bounded) func `T-54: a message above the limit is refused with 1009`() async throws {
        var limits = Self.narrow
        limits.maximumMessageOctets = 1_000
        let listener = try await WebSocketListener.bind(limits: Self.narrow) { _, connection in
            try? connection.send(text: String(repeating: "x", count: 10_000_000))
            do { for try await _ in connection.messages {} } catch {}
        }
        let connection = try await WebSocketConnection.open(
            try #require(WebSocketURL("ws://127.0.0.1:\(listener.port)/")), limits: limits)
        var messages = connection.messages.makeAsyncIterator()
        do {
            _ = try await messages.next()
            Issue.record("it was taken")
        } catch WebSocketConnectionError.violation(let violation) {
            #expect(violation.code == .tooLarge)
        }
        await listener.close()
    }

    @Test(.bounded) func `cancelling the reader ends its waiting, and the connection stays`() async throws {
        try await with(serve: Self.echo) { connection in
            let reader = Task { () async throws in
                for try await _ in connection.messages {}
            }
            reader.cancel()
            await #expect(throws: WebSocketConnectionError.cancelled) { try await reader.value }
            try connection.send(text: "still here")
            var messages = connection.messages.makeAsyncIterator()
            #expect(try await messages.next()?.text == "still here")
        }
    }

    @Test(.bounded) func `a refusal is told with status, header fields and what was said`() async throws {
        let long = [UInt8](repeating: 0x78, count: 10_000)
        for (body, told) in [(Array("no such key".utf8), Array("no such key".utf8)), (long, Array(long.prefix(4_096)))]
        {
            do {
                try await with(
                    admission: { _ in
                        WebSocketAnswer(
                            status: 401, headers: [WebSocketHeaderField("dg-error", "INVALID_AUTH")], body: body)
                    }, serve: Self.echo, body: { _ in })
                Issue.record("it was opened")
            } catch WebSocketConnectionError.refused(let answer) {
                #expect(answer.status == 401)
                #expect(answer.headers.first("DG-Error") == "INVALID_AUTH")
                #expect(answer.body == told)
            }
        }
        do {
            try await with(terms: WebSocketServerTerms(path: "/other"), serve: Self.echo) { _ in }
            Issue.record("it was opened")
        } catch WebSocketConnectionError.refused(let answer) {
            #expect(answer.status == 404)
        }
    }

    @Test(.bounded) func `nobody there, nobody answers, and what can't be sent`() async throws {
        let silent = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .bind(host: "127.0.0.1", port: 0).get()
        let port = try #require(silent.localAddress?.port)
        let url = try #require(WebSocketURL("ws://127.0.0.1:\(port)/"))
        await #expect(throws: WebSocketConnectionError.timedOut) {
            _ = try await WebSocketConnection.open(url, connectTimeout: .milliseconds(20))
        }
        let opening = Task { _ = try await WebSocketConnection.open(url, connectTimeout: .seconds(100)) }
        opening.cancel()
        await #expect(throws: WebSocketConnectionError.cancelled) { try await opening.value }
        try await silent.close()
        do {
            _ = try await WebSocketConnection.open(url)
            Issue.record("it was opened")
        } catch {
            guard case .unreachable = error else { throw error }
        }
        for field in [WebSocketHeaderField("X", "a\r\nY: b"), WebSocketHeaderField("a b", "c")] {
            do {
                _ = try await WebSocketConnection.open(url, headers: [field])
                Issue.record("it was opened")
            } catch {
                guard case .invalid = error else { throw error }
            }
        }
    }

    @Test(.bounded) func `speaks TLS, and refuses a certificate that nobody vouches for or that is for another`()
        async throws
    {
        let authority = try CertificateAuthority()
        let good = try authority.issue(names: "IP:127.0.0.1")
        let other = try authority.issue("other", names: "DNS:other.example")
        for (files, roots, isTrusted) in [
            (good, [authority.root.chain], true), (good, [], false), (other, [authority.root.chain], false),
        ] {
            let listener = try await WebSocketListener.bind(
                certificate: WebSocketServerCertificate(chain: files.chain, privateKey: files.privateKey),
                serve: Self.echo)
            let url = try #require(WebSocketURL("wss://127.0.0.1:\(listener.port)/"))
            do {
                let connection = try await WebSocketConnection.open(
                    url, tls: WebSocketTLS(additionalRoots: roots))
                #expect(isTrusted)
                try connection.send(text: "secret")
                var messages = connection.messages.makeAsyncIterator()
                #expect(try await messages.next()?.text == "secret")
            } catch {
                guard case WebSocketConnectionError.tls = error, !isTrusted else { throw error }
            }
            await listener.close()
        }
    }
}
