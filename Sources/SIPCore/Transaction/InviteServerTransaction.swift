package import TelephonyPrimitives

/// What a server transaction wants done after an event.
package struct ServerStep: Sendable {
    /// A response to send where the request came from.
    package var transmit: [UInt8]?
    /// Whether `transmit` was sent before.
    package var isRetransmission = false
    /// An ACK for the transaction's user (state Accepted only).
    package var deliver: Request?
    /// No ACK came for a 3xx–6xx within Timer H; the transaction is terminated.
    package var isUnacknowledged = false

    package static let nothing = ServerStep()
}

/// The INVITE server transaction: RFC 3261 §17.2.1 as amended by RFC 6026 §8.5 (state Accepted, Timer L).
///
/// Its user sends 100 itself, so there is no timer of 200 ms.
package struct InviteServerTransaction: Sendable {
    package enum State: Hashable, Sendable {
        /// No final response was sent; a copy of the INVITE is answered with the last provisional one.
        case proceeding(last: [UInt8]?)
        /// A 3xx–6xx was sent. `retransmitAt` is Timer G (unreliable transports only), `timeoutAt` Timer H.
        case completed(response: [UInt8], retransmitAt: Instant?, interval: Duration, timeoutAt: Instant)
        /// The ACK of a 3xx–6xx has come; its copies are swallowed until Timer I.
        case confirmed(until: Instant)
        /// A 2xx was sent; copies of the INVITE are swallowed and ACKs passed on until Timer L.
        case accepted(response: [UInt8], until: Instant)
        case terminated
    }

    package private(set) var state: State = .proceeding(last: nil)
    private let timers: TransactionTimers
    private let isReliable: Bool

    package init(isReliable: Bool, timers: TransactionTimers) {
        self.timers = timers
        self.isReliable = isReliable
    }

    package var isTerminated: Bool {
        if case .terminated = state { true } else { false }
    }

    /// Whether no final response was sent.
    package var isProceeding: Bool {
        if case .proceeding = state { true } else { false }
    }

    /// Whether no response was sent at all.
    package var isUnanswered: Bool {
        if case .proceeding(nil) = state { true } else { false }
    }

    /// Whether nothing more is to be sent but what was sent before.
    package var lingers: Bool {
        switch state {
        case .proceeding, .completed: false
        case .confirmed, .accepted, .terminated: true
        }
    }

    package var deadline: Instant? {
        switch state {
        case .completed(_, let retransmitAt, _, let timeoutAt): min(retransmitAt ?? timeoutAt, timeoutAt)
        case .confirmed(let until), .accepted(_, let until): until
        case .proceeding, .terminated: nil
        }
    }

    /// A copy of the INVITE, or an ACK that matches the transaction.
    package mutating func receive(_ request: Request, now: Instant) -> ServerStep {
        let isAcknowledgement = request.method == .ack
        switch state {
        case .proceeding(let last):
            guard !isAcknowledgement, let last else { return .nothing }
            return ServerStep(transmit: last, isRetransmission: true)
        case .completed(let response, _, _, _):
            guard isAcknowledgement else { return ServerStep(transmit: response, isRetransmission: true) }
            state = isReliable ? .terminated : .confirmed(until: now + timers.t4)
            return .nothing
        case .accepted:
            return isAcknowledgement ? ServerStep(deliver: request) : .nothing
        case .confirmed, .terminated:
            return .nothing
        }
    }

    /// A response of the transaction's user. After a final one only copies of a 2xx are let through.
    package mutating func send(_ response: Response, now: Instant) -> ServerStep {
        switch state {
        case .proceeding:
            let octets = response.octets
            switch response.status {
            case ..<200:
                state = .proceeding(last: octets)
            case 200..<300:
                state = .accepted(response: octets, until: now + timers.timeout)
            default:
                state = .completed(
                    response: octets, retransmitAt: isReliable ? nil : now + timers.t1, interval: timers.t1,
                    timeoutAt: now + timers.timeout)
            }
            return ServerStep(transmit: octets)
        case .completed, .confirmed, .accepted, .terminated:
            return .nothing
        }
    }

    /// The user's own timer repeats the response: the 2xx until its ACK comes (RFC 3261 §13.3.1.4), or the last
    /// provisional one while the INVITE rings (§13.3.1.1).
    package func repeatResponse() -> ServerStep {
        switch state {
        case .accepted(let response, _): ServerStep(transmit: response, isRetransmission: true)
        case .proceeding(.some(let last)): ServerStep(transmit: last, isRetransmission: true)
        case .proceeding, .completed, .confirmed, .terminated: .nothing
        }
    }

    package mutating func timerFired(now: Instant) -> ServerStep {
        switch state {
        case .completed(let response, let retransmitAt, let interval, let timeoutAt):
            if now >= timeoutAt {
                state = .terminated
                return ServerStep(isUnacknowledged: true)
            }
            guard let retransmitAt, now >= retransmitAt else { return .nothing }
            let next = min(interval * 2, timers.t2)
            state = .completed(
                response: response, retransmitAt: now + next, interval: next, timeoutAt: timeoutAt)
            return ServerStep(transmit: response, isRetransmission: true)
        case .confirmed(let until), .accepted(_, let until):
            if now >= until { state = .terminated }
            return .nothing
        case .proceeding, .terminated:
            return .nothing
        }
    }
}
