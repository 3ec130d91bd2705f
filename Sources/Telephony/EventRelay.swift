internal import SIPCore
internal import Synchronization

/// Carries events from the SIP rim to an endpoint that is made after it. Both live on one loop.
final class EventRelay: Sendable {
    let endpoint = Mutex<Endpoint?>(nil)

    func deliver(_ event: UserAgentCore.Event) {
        endpoint.withLock { $0 }?.assumeIsolated { $0.handle(event) }
    }
}

extension UserAgentCore.Event {
    /// The session that the event is about.
    var session: SessionID? {
        switch self {
        case .incoming(let session, _, _), .provisional(let session, _), .answered(let session, _, _),
            .acknowledgementOwed(let session, _), .provisionalAcknowledged(let session, _),
            .acknowledged(let session, _), .reinvite(let session, _), .reinviteWithdrawn(let session),
            .reinviteAnswered(let session, _), .reinviteFailed(let session, _), .reinvitePostponed(let session, _),
            .info(let session, _),
            .transfer(let session, _), .ended(let session, _):
            session
        case .referRefused(let session, _): session
        case .request(_, let session, _, _): session
        case .response, .requestFailed, .notice: nil
        }
    }
}
