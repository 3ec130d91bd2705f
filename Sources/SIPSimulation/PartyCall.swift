import SDP
import SIPCore
import TelephonyPrimitives

/// One call of a ``Party``: its offers and answers, and what became of it.
final class PartyCall {
    let session: SessionID
    let isOutgoing: Bool
    var callID: String?
    /// The host of the peer's Contact, in the answer to a call of ours.
    var peer: String?
    private var exchange: AudioOfferAnswer
    /// Offer and answer as they were when the INVITE left: every fork answers the same offer anew.
    private var asOffered: AudioOfferAnswer?
    private var early: [String: AudioOfferAnswer] = [:]
    /// The user that calls, in a call of the peer's.
    var caller: String?
    /// The offer of the peer's INVITE.
    var offer: [UInt8]?
    private var ownOffer: Body?
    private var isOfferAnswered = false
    /// We have offered in a response and await the answer in the ACK or PRACK.
    var awaitsAnswer = false
    /// A change of ours that is not settled.
    var wish: Wish?
    /// What is to be changed after that.
    var nextChange: (direction: StreamDirection, byUpdate: Bool)?
    var isAnswered = false
    var isAcknowledged = false
    private(set) var ends: [SessionEnd] = []
    /// When it ended, for the first time.
    private(set) var endedAt: Instant?
    /// Session descriptions that could not be read or did not fit.
    private(set) var faults: [String] = []

    struct Wish {
        var direction: StreamDirection
        var offer: [UInt8]
        var isSent = false
        /// It is sent and neither answered nor refused, not even for the moment.
        var isOpen = false
    }

    init(_ session: SessionID, isOutgoing: Bool, media: TransportAddress, number: UInt64) {
        self.session = session
        self.isOutgoing = isOutgoing
        exchange = AudioOfferAnswer(
            sessionID: number, local: media, capabilities: AudioCapabilities(codecs: [.pcmu, .pcma]))
    }

    var isOver: Bool { !ends.isEmpty }

    func makeOffer(_ direction: StreamDirection = .sendrecv) -> Body {
        let body = Self.body(exchange.makeOffer(direction: direction))
        if isOutgoing, !isAnswered { asOffered = exchange }
        return body
    }

    /// The answer to the INVITE's offer, or an offer when it had none: the same one each time.
    func answerToInvite() -> Body? {
        guard let offer else {
            if isOfferAnswered { return nil }
            awaitsAnswer = true
            let body = ownOffer ?? makeOffer()
            ownOffer = body
            return body
        }
        return answer(to: offer)
    }

    func answer(to octets: [UInt8]) -> Body? {
        do {
            return Self.body(try exchange.receiveOffer(SessionDescription(parsing: octets)).answer)
        } catch {
            faults.append("offer: \(error)")
            return nil
        }
    }

    func take(answer octets: [UInt8]) {
        awaitsAnswer = false
        isOfferAnswered = true
        guard !octets.isEmpty else { return }
        do {
            _ = try exchange.receiveAnswer(SessionDescription(parsing: octets))
        } catch OfferAnswerError.noAudio {
            // Whoever hangs up instead of answering refuses every stream.
        } catch {
            faults.append("answer: \(error)")
        }
    }

    /// An answer of one fork before the call is answered.
    func takeEarly(_ response: Response) {
        guard !response.body.isEmpty, var fork = asOffered, let tag = try? response.to.tag?.text else { return }
        do {
            _ = try fork.receiveAnswer(SessionDescription(parsing: response.body))
            if early[tag] == nil { early[tag] = fork }
        } catch {
            faults.append("early answer: \(error)")
        }
    }

    /// The fork that has answered is the call from now on.
    func takeFinal(_ response: Response) {
        if let tag = try? response.to.tag?.text, let fork = early[tag] {
            exchange = fork
        } else if let asOffered {
            exchange = asOffered
            take(answer: response.body)
        }
        early = [:]
    }

    func end(_ end: SessionEnd, now: Instant) {
        ends.append(end)
        endedAt = endedAt ?? now
    }

    func noteSent(_ octets: [UInt8]) {
        if let wish, octets.suffix(wish.offer.count) == wish.offer[...] {
            self.wish?.isSent = true
            self.wish?.isOpen = true
        }
    }

    func withdrawWish() {
        if let wish { exchange.withdrawOffer(unsent: !wish.isSent) }
        wish = nil
    }

    private static func body(_ description: SessionDescription) -> Body {
        Body(contentType: "application/sdp", octets: description.serialized)
    }
}

extension PartyCall: CustomStringConvertible {
    var description: String {
        let facts = [
            isOutgoing ? "outgoing" : "incoming", isAnswered ? "answered" : "", isAcknowledged ? "acknowledged" : "",
            ends.map(\.cause.rawValue).joined(separator: " and "),
        ]
        return "\(session) [\(callID ?? "?")] " + facts.filter { !$0.isEmpty }.joined(separator: ", ")
    }
}
