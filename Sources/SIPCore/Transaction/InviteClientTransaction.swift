package import TelephonyPrimitives

/// Why a client transaction ended without a final response (RFC 3261 §17.1.4).
package enum TransactionFailure: Hashable, Sendable {
    /// Timer B or F ran out.
    case timeout
    /// The transport could not carry the request.
    case transport
}

/// What a client transaction wants done after an event.
package struct ClientStep: Sendable {
    /// A message to send on the transaction's flow.
    package var transmit: [UInt8]?
    /// Whether `transmit` was sent before.
    package var isRetransmission = false
    /// A response for the transaction's user.
    package var deliver: Response?
    /// The transaction has failed and says so to its user; it is terminated.
    package var failure: TransactionFailure?

    package static let nothing = ClientStep()
}

/// The INVITE client transaction: RFC 3261 §17.1.1 as amended by RFC 6026 §8.4 (state Accepted, Timer M).
package struct InviteClientTransaction: Sendable {
    package enum State: Hashable, Sendable {
        /// No response yet. `retransmitAt` is Timer A (unreliable transports only), `timeoutAt` Timer B.
        case calling(retransmitAt: Instant?, interval: Duration, timeoutAt: Instant)
        /// A provisional response has come; no timer runs.
        case proceeding
        /// A 3xx–6xx has come and was acknowledged; copies of it are acknowledged again until Timer D.
        case completed(acknowledgement: [UInt8], until: Instant)
        /// A 2xx has come; every 2xx goes to the user until Timer M.
        case accepted(until: Instant)
        case terminated
    }

    package private(set) var state: State
    /// The INVITE as it was sent.
    package let request: Request
    private let timers: TransactionTimers
    private let isReliable: Bool

    /// Begins the transaction; the caller sends `request`.
    package init(request: Request, isReliable: Bool, timers: TransactionTimers, now: Instant) {
        self.request = request
        self.timers = timers
        self.isReliable = isReliable
        state = .calling(
            retransmitAt: isReliable ? nil : now + timers.t1, interval: timers.t1, timeoutAt: now + timers.timeout)
    }

    package var isTerminated: Bool {
        if case .terminated = state { true } else { false }
    }

    /// Whether a CANCEL may be sent: a provisional response has come and no final one (RFC 3261 §9.1).
    package var isProceeding: Bool { state == .proceeding }

    /// Whether no final response has come.
    package var awaitsFinal: Bool {
        switch state {
        case .calling, .proceeding: true
        case .completed, .accepted, .terminated: false
        }
    }

    package var deadline: Instant? {
        switch state {
        case .calling(let retransmitAt, _, let timeoutAt): min(retransmitAt ?? timeoutAt, timeoutAt)
        case .completed(_, let until), .accepted(let until): until
        case .proceeding, .terminated: nil
        }
    }

    package mutating func receive(_ response: Response, now: Instant) -> ClientStep {
        switch state {
        case .calling, .proceeding:
            switch response.status {
            case ..<200:
                state = .proceeding
                return ClientStep(deliver: response)
            case 200..<300:
                state = .accepted(until: now + timers.timeout)
                return ClientStep(deliver: response)
            default:
                let acknowledgement = request.acknowledgement(of: response).octets
                state =
                    isReliable
                    ? .terminated : .completed(acknowledgement: acknowledgement, until: now + timers.d)
                return ClientStep(transmit: acknowledgement, deliver: response)
            }
        case .completed(let acknowledgement, _):
            guard response.status >= 300 else { return .nothing }
            return ClientStep(transmit: acknowledgement, isRetransmission: true)
        case .accepted:
            guard (200..<300).contains(response.status) else { return .nothing }
            return ClientStep(deliver: response)
        case .terminated:
            return .nothing
        }
    }

    /// The flow has failed. While an answer is awaited that ends the transaction (RFC 3261 §17.1.1.2, §18.4); but a
    /// peer that has answered over UDP is there, whatever an ICMP message says.
    package mutating func transportFailed() -> ClientStep {
        switch state {
        case .proceeding where !isReliable:
            return .nothing
        case .calling, .proceeding:
            state = .terminated
            return ClientStep(failure: .transport)
        case .completed:
            state = .terminated
            return .nothing
        case .accepted, .terminated:
            return .nothing
        }
    }

    /// Its user gives the transaction up (a cancelled INVITE without an answer, RFC 3261 §9.1).
    package mutating func abandon() {
        state = .terminated
    }

    package mutating func timerFired(now: Instant) -> ClientStep {
        switch state {
        case .calling(let retransmitAt, let interval, let timeoutAt):
            if now >= timeoutAt {
                state = .terminated
                return ClientStep(failure: .timeout)
            }
            guard let retransmitAt, now >= retransmitAt else { return .nothing }
            // From now: who was woken late must not send the next copy early.
            state = .calling(retransmitAt: now + interval * 2, interval: interval * 2, timeoutAt: timeoutAt)
            return ClientStep(transmit: request.octets, isRetransmission: true)
        case .completed(_, let until), .accepted(let until):
            if now >= until { state = .terminated }
            return .nothing
        case .proceeding, .terminated:
            return .nothing
        }
    }
}
