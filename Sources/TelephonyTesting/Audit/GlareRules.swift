import TelephonyPrimitives

extension AuditedSignalling {
    /// Rules of offers that meet (RFC 3261 §14, RFC 3311 §5).
    func checkGlare(_ exchanges: [Exchange], among transactions: [AuditedTransaction], _ findings: inout Findings) {
        let changes = transactions.filter { change in
            ["INVITE", "UPDATE"].contains(change.key.method) && change.requests.first?.message.toTag != nil
        }
        for change in changes {
            guard let request = change.requests.first, let arrival = change.requests.compactMap(\.arrivedAt).min(),
                let final = change.finals.first
            else { continue }
            let isOffer = request.message.hasSessionDescription || change.isInvite
            if isOffer, let own = openOffer(of: change.key.server, at: arrival, in: request, exchanges),
                !Self.refusalsInGlare.contains(final.message.status ?? 0)
            {
                findings.add(
                    .glareRefused, final,
                    "\(final.message.startLine) to \(change.key.method), our offer of \(own.sentAt) was open.")
            }
            if isOffer { checkSecond(change, final, at: arrival, among: transactions, &findings) }
            if final.message.status == 491 { checkWait(change, final, among: changes, &findings) }
        }
    }

    /// 491, and what the request gets whatever its offer: the dialog or the right to ask is gone, or it came too late.
    private static let refusalsInGlare: Set<Int> = [401, 407, 408, 422, 481, 487, 491, 500]

    /// An offer of `side` in the dialog of `request` that it had made and that had no end when `request` arrived.
    private func openOffer(
        of side: String, at arrival: Instant, in request: AuditedMessage, _ exchanges: [Exchange]
    ) -> AuditedMessage? {
        let tags = Set([request.message.fromTag, request.message.toTag])
        return exchanges.first { exchange in
            let offer = exchange.offer
            return offer.sender == side && offer.message.isRequest && offer.message.toTag != nil
                && Set([offer.message.fromTag, offer.message.toTag]) == tags
                && offer.sentAt + precision.late < arrival
                && (exchange.closedAt.map { $0 > arrival + precision.late }
                    ?? (arrival < offer.sentAt + timers.transactionLimit))
        }?.offer
    }

    /// RFC 3261 §14.2, RFC 3311 §5.2: a second one while the first of the same sender has no final response.
    private func checkSecond(
        _ change: AuditedTransaction, _ final: AuditedMessage, at arrival: Instant,
        among transactions: [AuditedTransaction], _ findings: inout Findings
    ) {
        guard let request = change.requests.first else { return }
        let isSecond = transactions.contains { earlier in
            guard earlier.key != change.key, earlier.key.client == change.key.client,
                earlier.key.server == change.key.server, ["INVITE", "UPDATE"].contains(earlier.key.method),
                let first = earlier.requests.first, first.index < request.index,
                first.message.hasSessionDescription || earlier.isInvite, first.message.toTag == request.message.toTag
            else { return false }
            return earlier.requests.contains { $0.hasArrived(by: arrival - precision.late) }
                && !earlier.finals.contains { $0.sentAt <= arrival + precision.late }
        }
        guard isSecond else { return }
        let wait = final.message["Retry-After"].flatMap { Int($0.prefix { $0.isNumber }) }
        let isRight = final.message.status == 500 && wait.map { (0...10).contains($0) } ?? false
        if !isRight, final.message.status.map({ $0 < 300 || $0 == 500 }) ?? false {
            findings.add(
                .secondOfferRefused, final,
                "\(final.message.startLine) with Retry-After \(wait.map { "\($0)" } ?? "missing").")
        }
    }

    private func checkWait(
        _ change: AuditedTransaction, _ final: AuditedMessage, among changes: [AuditedTransaction],
        _ findings: inout Findings
    ) {
        // Of several copies of the 491 the first to arrive starts the wait.
        guard let arrival = change.finals.compactMap(\.arrivedAt).min(), let request = change.requests.first,
            ownsCall(request)
        else { return }
        let next = changes.first { later in
            guard later.key.client == change.key.client, let again = later.requests.first else { return false }
            return again.index > request.index && again.sentAt > arrival && again.message.hasSessionDescription
                && again.message.toTag == request.message.toTag
        }?.requests.first
        if let next, next.sentAt < arrival + .milliseconds(2_100) - precision.early {
            findings.add(.glareWait, next, "Only \(arrival.duration(to: next.sentAt)) after the 491.")
        }
    }

    /// Whether the sender of an in-dialog request began the call.
    private func ownsCall(_ request: AuditedMessage) -> Bool {
        let first = calls[request.message.callID ?? ""]?.first {
            $0.message.method == "INVITE" && $0.message.toTag == nil
        }
        return first?.message.fromTag == request.message.fromTag
    }
}
