internal import SIPCore
internal import Synchronization

/// Carries events from the SIP rim to an endpoint that is made after it. Both live on one loop.
final class EventRelay: Sendable {
    let endpoint = Mutex<Endpoint?>(nil)

    func deliver(_ event: UserAgentCore.Event) {
        endpoint.withLock { $0 }?.assumeIsolated { $0.handle(event) }
    }
}
