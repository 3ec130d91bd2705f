import Logging
import NIOCore
import NIOPosix
import SIPCore
import SIPNIO
import Synchronization
import Telephony
import TelephonyPrimitives
import Testing

/// What a test waited for did not come, or was something else.
struct Unexpected: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}

/// A log that nobody reads: tests look at what happens, not at what is written about it.
let silentLog = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

/// Opens an endpoint on 127.0.0.1, serves its calls with `handler`, runs `body`, and shuts it down, whatever happens.
func withEndpoint<Result: Sendable>(
    _ transports: [TransportProtocol] = [.udp], change: (inout EndpointConfiguration) -> Void = { _ in },
    handler: @escaping @Sendable (IncomingCall) async throws -> Void,
    body: (Endpoint) async throws -> Result
) async throws -> Result {
    try await withEndpoint(transports, change: change) { endpoint in
        // Immediate, and then one turn on the endpoint's loop: from there on it serves.
        let serving = Task.immediate { await endpoint.serve(handler) }
        _ = await endpoint.counters()
        do {
            let result = try await body(endpoint)
            await endpoint.shutdown()
            await serving.value
            return result
        } catch {
            await endpoint.shutdown()
            await serving.value
            throw error
        }
    }
}

/// Opens an endpoint that serves nobody, for calls out.
func withEndpoint<Result: Sendable>(
    _ transports: [TransportProtocol] = [.udp], change: (inout EndpointConfiguration) -> Void = { _ in },
    body: (Endpoint) async throws -> Result
) async throws -> Result {
    let listen = try transports.map { transport in
        switch transport {
        case .udp: try ListenAddress.udp("127.0.0.1", 0)
        case .tcp: try ListenAddress.tcp("127.0.0.1", 0)
        case .tls: try ListenAddress.tls("127.0.0.1", 0)
        case .ws: try ListenAddress.ws("127.0.0.1", 0)
        case .wss: try ListenAddress.wss("127.0.0.1", 0)
        }
    }
    var configuration = EndpointConfiguration(listen: listen)
    configuration.mediaLoops = 2
    change(&configuration)
    let endpoint = try await Endpoint(configuration: configuration, logger: silentLog)
    do {
        let result = try await body(endpoint)
        await endpoint.shutdown()
        return result
    } catch {
        await endpoint.shutdown()
        throw error
    }
}

extension Endpoint {
    /// The SIP URI by which `user` is called here.
    nonisolated func uri(_ user: String = "bob", over transport: TransportProtocol = .udp) throws -> String {
        guard let address = addresses.first(where: { $0.protocol == transport }) else {
            throw Unexpected("the endpoint does not listen on \(transport)")
        }
        let parameter = transport == .udp ? "" : ";transport=\(transport.rawValue)"
        return "sip:\(user)@127.0.0.1:\(address.address.port)\(parameter)"
    }

    /// The first port that it listens on.
    nonisolated var port: UInt16 { addresses.first?.address.port ?? 0 }

    /// Waits until no call and nothing of a call is left.
    func becomesIdle() async throws {
        while true {
            let counters = await counters()
            if counters.calls == 0, counters.mediaPlaces == 0, counters.portPairs == 0 { return }
            try Task.checkCancellation()
            await Task.yield()
        }
    }
}

extension Call {
    /// Waits for an event; those before it are passed over.
    func event(_ what: String, where matches: (CallEvent) -> Bool) async throws -> CallEvent {
        for await event in events where matches(event) { return event }
        throw Unexpected("the call ended before \(what)")
    }

    /// All events until the call is over.
    func allEvents() async -> [CallEvent] {
        var all: [CallEvent] = []
        for await event in events { all.append(event) }
        return all
    }

    /// How the call ended, once it has.
    func end() async throws -> CallEnd {
        guard case .ended(let end) = await allEvents().last else { throw Unexpected("the events had no end") }
        return end
    }

    /// Gives back what is heard, until the call is over.
    func echo() async throws {
        do throws(CallError) {
            for await frame in audio { try await play(frame) }
        } catch {
            // The call may end between a frame that was heard and its echo.
            guard case .ended = error else { throw error }
        }
    }
}

/// The end that an outgoing call was refused with.
func refusal(_ body: () async throws -> Void) async throws -> CallEnd {
    do {
        try await body()
    } catch CallError.ended(let end) {
        return end
    }
    throw Unexpected("the call was not refused")
}

/// Something that happens once, for which others wait.
final class Signal: Sendable {
    private let stream: AsyncStream<Void>
    private let continuation: AsyncStream<Void>.Continuation

    init() {
        (stream, continuation) = AsyncStream.makeStream()
    }

    func give() { continuation.finish() }

    /// Returns once it was given, or the task is cancelled.
    func wait() async {
        for await _ in stream {}
    }
}

/// What tasks tell a test, in order.
final class Told<Element: Sendable>: Sendable {
    private let stream: AsyncStream<Element>
    private let continuation: AsyncStream<Element>.Continuation

    init() {
        (stream, continuation) = AsyncStream.makeStream()
    }

    func tell(_ element: Element) { continuation.yield(element) }

    func next() async throws -> Element {
        for await element in stream { return element }
        throw Unexpected("nothing was told")
    }
}

/// Whether something has happened.
final class Flag: Sendable {
    private let raised = Mutex(false)

    var isRaised: Bool { raised.withLock { $0 } }

    func raise() { raised.withLock { $0 = true } }
}
