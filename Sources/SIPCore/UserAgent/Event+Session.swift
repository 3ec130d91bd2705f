extension UserAgentCore.Event {
    /// The session that the event is about; `nil` when it is about none.
    public var session: SessionID? {
        switch self {
        case .incoming(let session, _, _), .provisional(let session, _), .answered(let session, _, _),
            .acknowledgementOwed(let session, _), .provisionalAcknowledged(let session, _),
            .acknowledged(let session, _), .reinvite(let session, _), .reinviteWithdrawn(let session),
            .reinviteAnswered(let session, _), .reinviteFailed(let session, _), .reinvitePostponed(let session, _),
            .info(let session, _), .transfer(let session, _), .transferReport(let session, _), .ended(let session, _):
            session
        case .referRefused(let session, _), .refer(_, let session, _): session
        case .replacing(let session, _): session
        case .request(_, let session, _, _): session
        case .response, .requestFailed, .registration, .bindings, .notice, .subscription, .subscriptionEnded, .notified:
            nil
        }
    }
}
