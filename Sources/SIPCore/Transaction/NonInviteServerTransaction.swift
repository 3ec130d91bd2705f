package import TelephonyPrimitives

/// The server transaction of every method but INVITE and ACK: RFC 3261 §17.2.2 with the rules of RFC 4320: it sends
/// no 408, and a request that its user leaves unanswered is forgotten in silence.
package struct NonInviteServerTransaction: Sendable {
    package enum State: Hashable, Sendable {
        /// No response was sent; copies are swallowed. After `until` nobody waits for an answer any more.
        case trying(until: Instant)
        /// A provisional response was sent; copies get it again.
        case proceeding(last: [UInt8], until: Instant)
        /// A final response was sent; copies get it again until Timer J.
        case completed(response: [UInt8], until: Instant)
        case terminated
    }

    package private(set) var state: State
    private let timers: TransactionTimers
    private let isReliable: Bool

    package init(isReliable: Bool, timers: TransactionTimers, now: Instant) {
        self.timers = timers
        self.isReliable = isReliable
        state = .trying(until: now + timers.timeout)
    }

    package var isTerminated: Bool {
        if case .terminated = state { true } else { false }
    }

    /// Whether no final response was sent.
    package var isOpen: Bool {
        switch state {
        case .trying, .proceeding: true
        case .completed, .terminated: false
        }
    }

    package var deadline: Instant? {
        switch state {
        case .trying(let until), .proceeding(_, let until), .completed(_, let until): until
        case .terminated: nil
        }
    }

    /// A copy of the request has come.
    package mutating func receive(_ request: Request, now: Instant) -> ServerStep {
        switch state {
        case .proceeding(let last, _): ServerStep(transmit: last, isRetransmission: true)
        case .completed(let response, _): ServerStep(transmit: response, isRetransmission: true)
        case .trying, .terminated: .nothing
        }
    }

    /// A response of the transaction's user.
    package mutating func send(_ response: Response, now: Instant) -> ServerStep {
        switch state {
        case .trying(let until), .proceeding(_, let until):
            let octets = response.octets
            if response.status < 200 {
                state = .proceeding(last: octets, until: until)
            } else if isReliable {
                state = .terminated
            } else {
                state = .completed(response: octets, until: now + timers.timeout)
            }
            return ServerStep(transmit: octets)
        case .completed, .terminated:
            return .nothing
        }
    }

    package mutating func timerFired(now: Instant) -> ServerStep {
        if let deadline, now >= deadline { state = .terminated }
        return .nothing
    }
}
