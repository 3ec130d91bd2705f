internal import Synchronization

/// How often something came of a request that can be used.
final class HTTPProgress: Sendable {
    private let state = Mutex(0)

    var count: Int { state.withLock { $0 } }

    func made() { state.withLock { $0 &+= 1 } }
}
