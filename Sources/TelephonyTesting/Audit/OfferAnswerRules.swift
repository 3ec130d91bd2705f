import TelephonyPrimitives

extension AuditedSignalling {
    /// Rules about session descriptions and their exchange (RFC 3264, RFC 6337).
    func checkOfferAnswer(_ findings: inout Findings) {
        for message in messages where message.message.hasSessionDescription {
            checkForm(message, &findings)
        }
        for (_, messages) in callsInOrder {
            let calls = transactions(of: messages)
            checkVersions(messages, &findings)
            let exchanges = calls.flatMap { exchange(of: $0, among: calls, &findings) }
            for exchange in exchanges { checkAnswer(exchange, &findings) }
            checkOpenOffers(exchanges, &findings)
            checkGlare(exchanges, among: calls, &findings)
        }
    }

    /// An offer and what answered it.
    struct Exchange {
        let offer: AuditedMessage
        let answer: AuditedMessage?
        /// When the offer's sender saw the end of the exchange: answer or refusal.
        let closedAt: Instant?
    }

    private func checkForm(_ message: AuditedMessage, _ findings: inout Findings) {
        guard let description = message.message.sessionDescription else {
            findings.add(.sdpWellFormed, message, "It does not begin with v=0.")
            return
        }
        let types = description.lines.prefix { !$0.hasPrefix("m=") }.map { String($0.prefix(2)) }
        let wanted = ["v=", "o=", "s=", "t="]
        if types.filter(wanted.contains) != wanted || description.origin.count != 6 {
            findings.add(.sdpWellFormed, message, "The session lines are \(types.joined(separator: " ")).")
        }
        for media in description.media {
            if media.host == nil, media.port != 0 {
                findings.add(.sdpWellFormed, message, "m=\(media.kind) has no c=.")
            }
            if media.port != 0, let host = media.host, IPAddress(host)?.isUnspecified == true {
                findings.add(.sdpAddressUsable, message, "m=\(media.kind) \(media.port) at \(host).")
            }
        }
    }

    /// RFC 3264 §8, for each side of a dialog by itself. A peer's forks are told apart by its tag.
    private func checkVersions(_ messages: [AuditedMessage], _ findings: inout Findings) {
        var last: [String: WireSessionDescription] = [:]
        var seen: Set<[UInt8]> = []
        for message in messages {
            guard seen.insert(message.record.octets).inserted, let now = message.message.sessionDescription else {
                continue
            }
            let isRequest = message.message.isRequest
            let tag = isRequest ? message.message.fromTag : message.message.toTag
            // Each fork of an INVITE is a session of its own, and all of them begin with the INVITE's offer.
            let invited = "\(message.sender) \(tag ?? "")"
            let peerTag = isRequest ? message.message.toTag : message.message.fromTag
            let side = peerTag.map { invited + " " + $0 } ?? invited
            guard let before = last[side] ?? last[invited] else {
                last[side] = now
                continue
            }
            last[side] = now
            let sameOrigin =
                now.origin.count == 6 && before.origin.count == 6
                && now.origin.enumerated().allSatisfy { $0.offset == 2 || $0.element == before.origin[$0.offset] }
            let changed = now.linesWithoutOrigin != before.linesWithoutOrigin
            let step = (now.version ?? 0).subtractingReportingOverflow(before.version ?? 0)
            if !sameOrigin {
                findings.add(.originVersion, message, "o= was \(before.origin), is \(now.origin).")
            } else if changed ? step.partialValue != 1 || step.overflow : step.partialValue != 0 {
                findings.add(
                    .originVersion, message,
                    "The version went from \(before.origin[2]) to \(now.origin[2]), the rest \(changed ? "changed" : "did not")."
                )
            }
            let kinds = before.media.map(\.kind)
            if Array(now.media.map(\.kind).prefix(kinds.count)) != kinds {
                findings.add(.mediaLinesKept, message, "Media was \(kinds), is \(now.media.map(\.kind)).")
            }
        }
    }

    /// The offer/answer exchange that a transaction carries; also says what stands where nothing may stand.
    private func exchange(
        of transaction: AuditedTransaction, among others: [AuditedTransaction], _ findings: inout Findings
    ) -> [Exchange] {
        guard let request = transaction.requests.first,
            ["INVITE", "UPDATE", "PRACK"].contains(transaction.key.method),
            !(transaction.key.method == "PRACK" && answersReliableOffer(request, among: others))
        else {
            return []
        }
        let finals = transaction.finals
        let refusedAt = finals.filter { ($0.message.status ?? 0) >= 300 }.compactMap(\.arrivedAt).min()
        let withBody = transaction.responses.filter {
            $0.message.hasSessionDescription && (101...299).contains($0.message.status ?? 0)
        }
        checkSameAnswers(withBody, &findings)
        let successes = finals.filter { ($0.message.status ?? 0) < 300 }
        let acknowledgements = transaction.acknowledgements
        if request.message.hasSessionDescription {
            for message in acknowledgements where message.message.hasSessionDescription {
                findings.add(.offerOnce, message, "ACK carries a description although the INVITE had the offer.")
            }
            // A reliable provisional may carry the answer (RFC 3262); then the 2xx has none.
            let reliable = withBody.first { $0.message["RSeq"] != nil }
            let settled = withBody.filter { $0.message["RSeq"] != nil }.compactMap(\.arrivedAt).min()
            if let success = successes.first(where: { !$0.message.hasSessionDescription }), reliable == nil {
                findings.add(.answerPresent, success, "The offer in \(transaction.key.method) has no answer here.")
            }
            let answer = withBody.first { ($0.message.status ?? 0) >= 200 } ?? withBody.first
            let success = successes.compactMap(\.arrivedAt).min()
            return [Exchange(offer: request, answer: answer, closedAt: settled ?? success ?? refusedAt)]
        }
        guard transaction.isInvite, let success = successes.first else { return [] }
        guard let offer = withBody.first else {
            findings.add(.answerPresent, success, "INVITE had no offer, so the 2xx must have one.")
            return []
        }
        if offer.message["RSeq"] != nil {
            // An offer in a reliable provisional response is answered in its PRACK (RFC 3262 §5).
            let answer = others.first {
                $0.key.method == "PRACK" && $0.key.client == transaction.key.client
                    && $0.key.server == transaction.key.server
                    && $0.requests.first?.message.toTag == offer.message.toTag
                    && $0.requests.first?.message.hasSessionDescription == true
            }
            let arrival = answer?.requests.compactMap(\.arrivedAt).min()
            return [Exchange(offer: offer, answer: answer?.requests.first, closedAt: arrival)]
        }
        let matching = acknowledgements.filter { $0.message.toTag == offer.message.toTag }
        let answers = matching.filter(\.message.hasSessionDescription)
        let answer = answers.first
        if answer == nil, let bare = matching.first, offer.hasArrived(by: bare.sentAt) {
            findings.add(.answerPresent, bare, "The offer in the 2xx has no answer in the ACK.")
        }
        return [Exchange(offer: offer, answer: answer, closedAt: answers.compactMap(\.arrivedAt).min())]
    }

    /// Whether a PRACK answers the offer of the response that it acknowledges (RFC 3262 §5).
    private func answersReliableOffer(_ prack: AuditedMessage, among transactions: [AuditedTransaction]) -> Bool {
        let number = prack.message["RAck"]?.split(separator: " ").first.map(String.init)
        return transactions.contains { invite in
            invite.isInvite && invite.key.client == prack.sender
                && invite.requests.first?.message.hasSessionDescription == false
                && invite.responses.first {
                    $0.message.hasSessionDescription && $0.message.toTag == prack.message.toTag
                }?
                .message["RSeq"] == number
        }
    }

    private func checkSameAnswers(_ responses: [AuditedMessage], _ findings: inout Findings) {
        var first: [String: AuditedMessage] = [:]
        for response in responses {
            let tag = response.message.toTag ?? ""
            if let earlier = first[tag] {
                if earlier.message.body != response.message.body {
                    findings.add(
                        .answerConsistent, response, "It differs from the one in \(earlier.message.startLine).")
                }
            } else {
                first[tag] = response
            }
        }
    }

    private func checkAnswer(_ exchange: Exchange, _ findings: inout Findings) {
        guard let message = exchange.answer, let answer = message.message.sessionDescription,
            let offer = exchange.offer.message.sessionDescription
        else { return }
        guard answer.media.map(\.kind) == offer.media.map(\.kind) else {
            findings.add(
                .answerMediaLines, message, "\(answer.media.map(\.kind)) answers \(offer.media.map(\.kind)).")
            return
        }
        for (asked, given) in zip(offer.media, answer.media) {
            if asked.port == 0 {
                if given.port != 0 {
                    findings.add(.answerRejectedStays, message, "m=\(given.kind) is answered with port \(given.port).")
                }
                continue
            }
            guard given.port != 0 else { continue }
            if !Self.allowedAnswers(to: asked.direction).contains(given.direction) {
                findings.add(.answerDirection, message, "\(asked.direction) is answered with \(given.direction).")
            }
            let offered = Set(asked.formats.map { asked.encoding(of: $0) ?? $0 })
            if !given.formats.contains(where: { offered.contains(given.encoding(of: $0) ?? $0) }) {
                findings.add(.answerFormats, message, "\(given.formats) answers \(asked.formats).")
            }
        }
    }

    /// RFC 3264 §6.1.
    private static func allowedAnswers(to direction: String) -> Set<String> {
        switch direction {
        case "sendonly": ["recvonly", "inactive"]
        case "recvonly": ["sendonly", "inactive"]
        case "inactive": ["inactive"]
        default: ["sendrecv", "sendonly", "recvonly", "inactive"]
        }
    }

    /// No side offers in a dialog while it knows of an offer that is open.
    private func checkOpenOffers(_ exchanges: [Exchange], _ findings: inout Findings) {
        for exchange in exchanges {
            for other in exchanges where other.offer.index < exchange.offer.index {
                let own = other.offer.sender == exchange.offer.sender
                let isSameDialog =
                    exchange.offer.message.toTag != nil
                    && (other.offer.message.toTag == nil
                        || Set([other.offer.message.fromTag, other.offer.message.toTag])
                            == Set([exchange.offer.message.fromTag, exchange.offer.message.toTag]))
                guard own, isSameDialog else { continue }
                let limit = other.offer.sentAt + timers.transactionLimit
                if other.closedAt.map({ $0 > exchange.offer.sentAt }) ?? (limit > exchange.offer.sentAt) {
                    findings.add(.offerOnce, exchange.offer, "The offer of \(other.offer.sentAt) is still open.")
                }
            }
        }
    }
}
