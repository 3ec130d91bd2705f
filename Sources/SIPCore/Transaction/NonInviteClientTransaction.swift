package import TelephonyPrimitives

/// The client transaction of every method but INVITE and ACK: RFC 3261 §17.1.2.
package struct NonInviteClientTransaction: Sendable {
    package enum State: Hashable, Sendable {
        /// No response yet. `retransmitAt` is Timer E (unreliable transports only), `timeoutAt` Timer F.
        case trying(retransmitAt: Instant?, interval: Duration, timeoutAt: Instant)
        /// A provisional response has come; the request is repeated every T2, Timer F goes on.
        case proceeding(retransmitAt: Instant?, timeoutAt: Instant)
        /// A final response has come; copies are swallowed until Timer K.
        case completed(until: Instant)
        case terminated
    }

    package private(set) var state: State
    /// The request as it was sent.
    package let request: Request
    private let timers: TransactionTimers
    private let isReliable: Bool

    /// Begins the transaction; the caller sends `request`.
    package init(request: Request, isReliable: Bool, timers: TransactionTimers, now: Instant) {
        self.request = request
        self.timers = timers
        self.isReliable = isReliable
        state = .trying(
            retransmitAt: isReliable ? nil : now + timers.t1, interval: timers.t1, timeoutAt: now + timers.timeout)
    }

    package var isTerminated: Bool {
        if case .terminated = state { true } else { false }
    }

    /// Whether no final response has come.
    package var awaitsFinal: Bool {
        switch state {
        case .trying, .proceeding: true
        case .completed, .terminated: false
        }
    }

    package var deadline: Instant? {
        switch state {
        case .trying(let retransmitAt, _, let timeoutAt), .proceeding(let retransmitAt, let timeoutAt):
            min(retransmitAt ?? timeoutAt, timeoutAt)
        case .completed(let until): until
        case .terminated: nil
        }
    }

    package mutating func receive(_ response: Response, now: Instant) -> ClientStep {
        switch state {
        case .trying(let retransmitAt, _, let timeoutAt), .proceeding(let retransmitAt, let timeoutAt):
            if response.status < 200 {
                // Timer E keeps the instant at which it was to fire next; from then on it is reset to T2.
                state = .proceeding(retransmitAt: retransmitAt, timeoutAt: timeoutAt)
            } else {
                state = isReliable ? .terminated : .completed(until: now + timers.t4)
            }
            return ClientStep(deliver: response)
        case .completed, .terminated:
            return .nothing
        }
    }

    /// The flow has failed. While an answer is awaited that ends the transaction (RFC 3261 §17.1.2.2, §18.4).
    package mutating func transportFailed() -> ClientStep {
        guard awaitsFinal else { return .nothing }
        state = .terminated
        return ClientStep(failure: .transport)
    }

    package mutating func timerFired(now: Instant) -> ClientStep {
        switch state {
        case .trying(let retransmitAt, let interval, let timeoutAt):
            if now >= timeoutAt { return timeOut() }
            guard let retransmitAt, now >= retransmitAt else { return .nothing }
            let next = min(interval * 2, timers.t2)
            state = .trying(retransmitAt: now + next, interval: next, timeoutAt: timeoutAt)
            return ClientStep(transmit: request.octets, isRetransmission: true)
        case .proceeding(let retransmitAt, let timeoutAt):
            if now >= timeoutAt { return timeOut() }
            guard let retransmitAt, now >= retransmitAt else { return .nothing }
            state = .proceeding(retransmitAt: now + timers.t2, timeoutAt: timeoutAt)
            return ClientStep(transmit: request.octets, isRetransmission: true)
        case .completed(let until):
            if now >= until { state = .terminated }
            return .nothing
        case .terminated:
            return .nothing
        }
    }

    private mutating func timeOut() -> ClientStep {
        state = .terminated
        return ClientStep(failure: .timeout)
    }
}
