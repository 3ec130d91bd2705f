internal import SIPCore

extension CallEnd {
    /// The end of a SIP session in terms that hold for every kind of call.
    init(_ end: SessionEnd, direction: CallDirection) {
        let cause: Cause
        switch end.cause {
        case .hungUpByPeer: cause = .remoteHangUp
        case .hungUpLocally: cause = .localHangUp
        case .cancelledByPeer: cause = .cancelled
        case .cancelledLocally: cause = .localHangUp
        case .rejectedByPeer: cause = .rejected
        case .rejectedLocally: cause = .rejected
        case .unauthorized: cause = .rejected
        case .timeout: cause = direction == .outgoing ? .noAnswer : .failed
        case .transportFailed: cause = .unreachable
        case .acknowledgementMissing, .sessionExpired, .dialogLost: cause = .failed
        }
        self.init(cause: cause, status: end.status, explanation: end.reason)
    }
}
