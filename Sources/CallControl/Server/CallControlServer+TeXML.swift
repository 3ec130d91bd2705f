internal import Logging
internal import SIPNIO
internal import Telephony
internal import TelephonyPrimitives
internal import Telnyx

/// Calls of TeXML applications: they are answered and refused by a document, and commanded like others.
extension CallControlServer {
    /// An application asks what is to be done with a call.
    func asked(_ request: TeXMLRequest, _ answer: @escaping @Sendable (PortAnswer) -> Void) {
        guard let control = request.call.control else { return answer(PortAnswer(400)) }
        if let id = legsByControl[control] {
            guard let leg = legs[id], leg.isTeXML, !leg.value.wasUp, leg.asking == nil, let document = document(of: leg)
            else { return refuseAgain(answer) }
            metrics.webhook(.duplicate)
            // The first answer was lost: here is another, with a token of its own.
            return answer(Self.page(document))
        }
        guard !recent.contains(control, now: .now) else { return refuseAgain(answer) }
        metrics.webhook(.taken)
        guard request.direction != .outgoing else {
            logger.notice("hung up a call that a TeXML application has placed: trunkline serve takes those to us alone")
            return answer(Self.page(.hangUp))
        }
        guard mayRing else { return answer(Self.page(.reject(.busy))) }
        recent.add(control, now: .now)
        ring(
            request.beginning, request.call, control, format: configuration.codec.texmlFormat, asking: answer)
    }

    /// Whoever has seen one request must not begin a second call with it, nor get into the first.
    private func refuseAgain(_ answer: @Sendable (PortAnswer) -> Void) {
        metrics.webhook(.duplicate)
        logger.notice("refused a TeXML request: it is of a call that has its document")
        answer(PortAnswer(409))
    }

    /// An application tells how a call or its stream fares.
    func told(_ request: TeXMLRequest) {
        guard let control = request.call.control, let id = legsByControl[control], let event = request.event else {
            metrics.webhook(.taken)
            return logger.debug("a TeXML callback of no call of ours, or of nothing that matters")
        }
        metrics.webhook(.taken)
        tell(.webhook(event, of: .own), to: id)
    }

    /// - Returns: whether that is what a document does; else a command does it.
    func carryOutByDocument(_ order: LegOrder, of leg: RunningLeg) -> Bool {
        switch order {
        case .answer:
            let document = document(of: leg)
            leg.asking?(document.map(Self.page) ?? PortAnswer(503))
        case .reject(let cause): leg.asking?(Self.page(.reject(cause)))
        case .startStream: door.renew(leg.id, now: .now)
        // The document ends with its stream, and the call with the document.
        case .stopStream: return true
        default: return false
        }
        leg.asking = nil
        // Later, as the outcome of a command would come.
        hear(.input(.outcome(order, nil)), of: leg.id)
        return true
    }

    private func document(of leg: RunningLeg) -> TeXMLDocument? {
        stream(of: leg).map { .connect($0, callback: configuration.texmlStatusURL) }
    }

    private static func page(_ document: TeXMLDocument) -> PortAnswer {
        PortAnswer(200, "application/xml; charset=utf-8", Array(document.xml.utf8))
    }
}

/// Calls that were begun not long ago, by their names: a request passes its signature for ten minutes.
struct RecentCalls: Sendable {
    static let memory = Duration.seconds(1_200)
    static let capacity = 10_000

    private var calls: [CallControlID: Instant] = [:]
    private var order: [(call: CallControlID, until: Instant)] = []

    mutating func add(_ call: CallControlID, now: Instant) {
        forget(now)
        if order.count >= Self.capacity {
            for old in order.prefix(Self.capacity / 10) { calls[old.call] = nil }
            order.removeFirst(Self.capacity / 10)
        }
        calls[call] = now + Self.memory
        order.append((call, now + Self.memory))
    }

    mutating func contains(_ call: CallControlID, now: Instant) -> Bool {
        forget(now)
        return calls[call] != nil
    }

    private mutating func forget(_ now: Instant) {
        let old = order.prefix { $0.until <= now }
        for one in old { calls[one.call] = nil }
        order.removeFirst(old.count)
    }
}
