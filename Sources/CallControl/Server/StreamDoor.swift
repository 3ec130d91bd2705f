internal import SIPNIO
internal import Synchronization
internal import Telephony
internal import TelephonyPrimitives
internal import Telnyx
internal import WebSockets

/// Who may open a media stream: whoever brings a token that was made for a call and not used before.
final class StreamDoor: Sendable {
    /// Of which call a stream is, for the loop that opens it.
    struct Ticket: Sendable {
        var id: CallIdentifier
        var direction: CallDirection
        var remote: CallParty
        var local: CallParty
        /// `nil`: the stream says which it is.
        var leg: CallControlID?
        var format: StreamFormat
        var began: Instant
        /// There once the call has had a stream.
        var call: StreamCall?
    }

    private struct State {
        var tokens = StreamTokens(lifetime: .seconds(60))
        var tickets: [String: Ticket] = [:]
        /// What the last token of each was made of.
        var octets: [String: [UInt8]] = [:]
        var sockets = 0
    }

    private let state = Mutex(State())

    /// A new token for a stream of this call.
    func issue(for ticket: Ticket, now: Instant) -> String? {
        var generator = SystemRandomNumberGenerator()
        let octets = (0..<32).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
        return state.withLock { state in
            let call = state.tickets[ticket.id.text]?.call
            state.tickets[ticket.id.text] = ticket
            if ticket.call == nil { state.tickets[ticket.id.text]?.call = call }
            state.octets[ticket.id.text] = octets
            return state.tokens.issue(for: ticket.id.text, octets: octets, now: now)
        }
    }

    /// The last token of a call is good once more: its stream broke off, and whoever opened it knows no other.
    func renew(_ id: CallIdentifier, now: Instant) {
        state.withLock { state in
            guard state.tickets[id.text] != nil, let octets = state.octets[id.text] else { return }
            _ = state.tokens.issue(for: id.text, octets: octets, now: now)
        }
    }

    /// The call is over: its tokens open nothing any more.
    func forget(_ id: CallIdentifier) {
        state.withLock { state in
            state.tickets[id.text] = nil
            state.octets[id.text] = nil
        }
    }

    /// Looks at the request for a stream, and uses its token up.
    func admit(_ opening: WebSocketOpening, now: Instant) -> StreamTokens.Verdict {
        let authorization = opening.headers.first { $0.name.lowercased() == "authorization" }?.value
        let target = opening.query.isEmpty ? opening.path : "\(opening.path)?\(opening.query)"
        return state.withLock { state in
            let verdict = state.tokens.redeem(target: target, authorization: authorization, now: now)
            // A token of a call that is over is as good as none.
            if case .good(let name) = verdict, state.tickets[name] == nil { return .unknown }
            return verdict
        }
    }

    /// The call of a stream that was admitted, which `make` makes when it has none yet; and the number of the stream.
    ///
    /// - Returns: `nil` when the call is over by now.
    func call(named name: String, _ make: (Ticket, UInt64) -> StreamCall?) -> (call: StreamCall, socket: Int)? {
        state.withLock { state in
            guard let ticket = state.tickets[name] else { return nil }
            state.sockets += 1
            guard let call = ticket.call ?? make(ticket, UInt64(state.sockets)) else { return nil }
            state.tickets[name]?.call = call
            return (call, state.sockets)
        }
    }
}
