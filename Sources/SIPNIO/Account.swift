public import SIPCore
internal import Synchronization

/// An account that a user agent keeps registered, so that its calls come in, and by which calls go out.
///
/// It is registered from the moment it is made until ``unregister()`` or the user agent's end; what stands in the way
/// is told by ``states()`` and tried again where that makes sense.
public final class Account: Sendable {
    /// What was asked for.
    public let registration: Registration

    package let id: RegistrationID
    private let userAgent: SIPUserAgent
    private let ledger = Mutex(Ledger())

    private struct Ledger {
        var state = RegistrationState.registering
        var isEnding = false
        var isOver = false
        var watchers: [Int: AsyncStream<RegistrationState>.Continuation] = [:]
        var lastWatcher = 0
    }

    package init(_ registration: Registration, id: RegistrationID, userAgent: SIPUserAgent) {
        self.registration = registration
        self.id = id
        self.userAgent = userAgent
    }

    /// How the account stands with its registrar now.
    public var state: RegistrationState { ledger.withLock { $0.state } }

    /// How the account stands now, and every change from then on; ends when the account is unregistered. A reader that
    /// stalls misses the oldest changes. May be asked for more than once.
    public func states() -> AsyncStream<RegistrationState> {
        let (stream, continuation) = AsyncStream.makeStream(
            of: RegistrationState.self, bufferingPolicy: .bufferingNewest(16))
        let watcher = ledger.withLock { ledger -> Int? in
            continuation.yield(ledger.state)
            guard !ledger.isOver else { return nil }
            ledger.lastWatcher += 1
            ledger.watchers[ledger.lastWatcher] = continuation
            return ledger.lastWatcher
        }
        guard let watcher else {
            continuation.finish()
            return stream
        }
        continuation.onTermination = { [weak self] _ in
            self?.ledger.withLock { $0.watchers[watcher] = nil }
        }
        return stream
    }

    /// Waits until the account is registered.
    ///
    /// - Returns: what the registrar has granted.
    /// - Throws: the failure, when nothing more is tried; `CancellationError` when the task is cancelled or the account
    ///   is unregistered.
    @discardableResult
    public func registered() async throws -> RegistrationGrant {
        for await state in states() {
            switch state {
            case .registered(let grant): return grant
            case .failed(let failure) where failure.isFinal: throw failure
            case .registering, .failed, .unregistered: break
            }
        }
        throw CancellationError()
    }

    /// Registers again now, e.g. because the network has changed.
    public func refresh() async {
        guard !ledger.withLock({ $0.isEnding }) else { return }
        await userAgent.perform(.register(id, registration))
    }

    /// Removes our binding and waits for the answer, at most about a minute.
    public func unregister() async {
        await beginEnd()
        for await _ in states() {}
    }

    package func beginEnd() async {
        let isFirst = ledger.withLock { ledger in
            defer { ledger.isEnding = true }
            return !ledger.isEnding
        }
        if isFirst { await userAgent.perform(.unregister(id)) }
    }

    /// Takes a change from the signalling loop; `false` when it is the last one.
    package func changed(to state: RegistrationState) -> Bool {
        let (watchers, isOver) = ledger.withLock { ledger in
            ledger.state = state
            switch state {
            case .unregistered: ledger.isOver = true
            case .failed(let failure): ledger.isOver = ledger.isEnding && failure.isFinal
            case .registering, .registered: break
            }
            defer { if ledger.isOver { ledger.watchers = [:] } }
            return (Array(ledger.watchers.values), ledger.isOver)
        }
        for watcher in watchers {
            watcher.yield(state)
            if isOver { watcher.finish() }
        }
        return !isOver
    }

    /// Nothing more will be told: the user agent closes.
    package func close() {
        let watchers = ledger.withLock { ledger in
            ledger.isEnding = true
            ledger.isOver = true
            defer { ledger.watchers = [:] }
            return Array(ledger.watchers.values)
        }
        for watcher in watchers { watcher.finish() }
    }

    /// Where its calls go first; `nil` when their target says it.
    package var firstHop: FlowTarget? {
        let grant: RegistrationGrant? = if case .registered(let grant) = state { grant } else { nil }
        if let proxy = grant?.serviceRoute.first ?? registration.route.first { return FlowTarget(proxy) }
        return registration.servers.isEmpty ? nil : grant?.server ?? registration.servers.first
    }
}
