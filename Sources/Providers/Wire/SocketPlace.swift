internal import Agent

/// Where a session keeps its socket: one at a time, and of an earlier one nothing is heard any more.
struct SocketPlace {
    enum Event: Sendable {
        case opened(ProviderSocket)
        case openFailed(ProviderError)
        case arrived(ProviderSocket.Arrival)
    }

    private(set) var socket: ProviderSocket?
    /// Counts the sockets; an event of another than the current one is to be left out.
    private(set) var number = 0
    private var task: Task<Void, Never>?

    /// Opens one; `deliver` is told what becomes of it, with its number.
    mutating func connect(
        _ address: ServiceAddress, _ clock: WireClock, deliver: @escaping @Sendable (Event, Int) async -> Void
    ) {
        drop()
        let number = number
        task = Task {
            do throws(ProviderError) {
                let socket = try await ProviderSocket.open(address, clock: clock)
                await deliver(.opened(socket), number)
                await Self.read(socket, number, deliver)
            } catch {
                await deliver(.openFailed(error), number)
            }
        }
    }

    /// Takes one that is open, and reads from it.
    mutating func take(_ socket: ProviderSocket, deliver: @escaping @Sendable (Event, Int) async -> Void) {
        drop()
        self.socket = socket
        let number = number
        task = Task { await Self.read(socket, number, deliver) }
    }

    mutating func keep(_ socket: ProviderSocket) {
        self.socket = socket
    }

    mutating func drop() {
        number += 1
        task?.cancel()
        task = nil
        guard let socket else { return }
        self.socket = nil
        // What waits is still sent; nobody waits for the service's goodbye.
        Task { await socket.close() }
    }

    private static func read(
        _ socket: ProviderSocket, _ number: Int, _ deliver: @Sendable (Event, Int) async -> Void
    ) async {
        while !Task.isCancelled {
            let arrival = await socket.next()
            await deliver(.arrived(arrival), number)
            switch arrival {
            case .closed, .failed: return
            case .text, .binary: break
            }
        }
    }
}
