internal import Agent
internal import TelephonyPrimitives
internal import WebSockets

/// A socket to a service: what comes is bounded, what goes out goes in order.
final class ProviderSocket: Sendable {
    /// How long opening may take in all.
    static let openPatience = Duration.seconds(5)

    enum Arrival: Sendable {
        case text([UInt8])
        case binary([UInt8])
        /// The last that comes: the service closed.
        case closed(code: UInt16?, reason: String)
        /// The last that comes: the connection broke.
        case failed(ProviderError)
    }

    private let address: ServiceAddress
    private let connection: WebSocketConnection

    private init(_ address: ServiceAddress, _ connection: WebSocketConnection) {
        self.address = address
        self.connection = connection
    }

    static func open(_ address: ServiceAddress, clock: WireClock) async throws(ProviderError) -> ProviderSocket {
        typealias Opened = Result<WebSocketConnection, WebSocketConnectionError>
        let latest = clock.now() + openPatience
        let opened = await withTaskGroup(of: Opened.self) { group in
            group.addTask {
                do throws(WebSocketConnectionError) {
                    let connection = try await WebSocketConnection.open(
                        address.url, headers: address.requestHeaders, limits: limits)
                    return .success(connection)
                } catch {
                    return .failure(error)
                }
            }
            group.addTask {
                await clock.sleepUntil(latest)
                return .failure(Task.isCancelled ? .cancelled : .timedOut)
            }
            let first = await group.next()
            group.cancelAll()
            return first ?? .failure(.cancelled)
        }
        switch opened {
        case .success(let connection): return ProviderSocket(address, connection)
        case .failure(let error): throw address.error(error)
        }
    }

    private static var limits: WebSocketLimits {
        var limits = WebSocketLimits()
        limits.maximumMessageOctets = 1_048_576
        limits.pingInterval = .seconds(20)
        // Ten seconds of sound at 48 kHz, sent again at once, are just under one mebibyte.
        limits.maximumUnsentOctets = 2 * 1_048_576
        return limits
    }

    func send(_ text: String) throws(ProviderError) {
        do throws(WebSocketConnectionError) {
            try connection.send(text: text)
        } catch {
            throw address.error(error)
        }
    }

    func send(_ octets: [UInt8]) throws(ProviderError) {
        // An empty message has meant the end of the sound to some.
        guard !octets.isEmpty else { return }
        do throws(WebSocketConnectionError) {
            try connection.send(binary: octets)
        } catch {
            throw address.error(error)
        }
    }

    /// What comes next; for one task.
    func next() async -> Arrival {
        var messages = connection.messages.makeAsyncIterator()
        do throws(WebSocketConnectionError) {
            guard let message = try await messages.next() else {
                let closed = connection.closed
                return .closed(code: closed?.code?.rawValue, reason: address.redacted(closed?.reason ?? ""))
            }
            return message.kind == .text ? .text(message.octets) : .binary(message.octets)
        } catch {
            return .failed(address.error(error))
        }
    }

    /// Sends what waits, and closes.
    func close() async {
        await connection.close()
    }
}
