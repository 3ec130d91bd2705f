import TelephonyPrimitives

extension AuditedSignalling {
    /// Rules of reliable provisional responses (RFC 3262).
    func checkReliable(_ findings: inout Findings) {
        for (_, messages) in callsInOrder {
            let transactions = transactions(of: messages)
            let pracks = transactions.filter { $0.key.method == "PRACK" }
            let invites = transactions.filter(\.isInvite)
            for invite in invites {
                checkWanted(invite, &findings)
                for dialog in reliableResponses(to: invite) {
                    checkNumbers(dialog, &findings)
                    for (index, response) in dialog.enumerated() {
                        let acknowledged = arrival(of: pracks, for: response)
                        if index + 1 < dialog.count { checkOrder(dialog[index + 1], after: acknowledged, &findings) }
                        checkTiming(response, of: invite, acknowledged: acknowledged, &findings)
                        checkAcknowledged(response, in: dialog, at: index, of: invite, pracks, messages, &findings)
                        checkSuccess(invite, response, acknowledged: acknowledged, &findings)
                    }
                }
            }
            for prack in pracks { checkPrack(prack, invites, &findings) }
        }
    }

    /// One reliable response and its copies.
    struct ReliableResponse {
        let number: UInt32
        let invite: UInt32
        let tag: String
        var copies: [AuditedMessage]

        var first: AuditedMessage { copies[0] }
        var arrivedAt: Instant? { copies.compactMap(\.arrivedAt).min() }
        /// What a PRACK for it says.
        var acknowledgement: [String] { ["\(number)", "\(invite)", "INVITE"] }
    }

    private func isReliable(_ message: WireMessage) -> Bool {
        message["RSeq"] != nil && message.list("Require").contains { $0.lowercased() == "100rel" }
    }

    /// By dialog, in the order of sending.
    private func reliableResponses(to invite: AuditedTransaction) -> [[ReliableResponse]] {
        var dialogs: [(tag: String, responses: [ReliableResponse])] = []
        for message in invite.responses where isReliable(message.message) {
            guard let number = message.message["RSeq"].flatMap({ UInt32($0) }) else { continue }
            let tag = message.message.toTag ?? ""
            let response = ReliableResponse(
                number: number, invite: invite.key.number, tag: tag, copies: [message])
            guard let dialog = dialogs.firstIndex(where: { $0.tag == tag }) else {
                dialogs.append((tag, [response]))
                continue
            }
            if let known = dialogs[dialog].responses.firstIndex(where: { $0.number == number }) {
                dialogs[dialog].responses[known].copies.append(message)
            } else {
                dialogs[dialog].responses.append(response)
            }
        }
        return dialogs.map(\.responses)
    }

    /// What RAck says, in words.
    private func acknowledgement(in prack: AuditedTransaction) -> [String] {
        (prack.requests.first?.message["RAck"] ?? "").split { $0 == " " || $0 == "\t" }.map(String.init)
    }

    private func pracks(_ pracks: [AuditedTransaction], for response: ReliableResponse) -> [AuditedTransaction] {
        pracks.filter { prack in
            prack.key.server == response.first.sender && prack.requests.first?.message.toTag == response.tag
                && acknowledgement(in: prack) == response.acknowledgement
        }
    }

    private func arrival(of all: [AuditedTransaction], for response: ReliableResponse) -> Instant? {
        pracks(all, for: response).flatMap(\.requests).compactMap(\.arrivedAt).min()
    }

    // MARK: The side that is called

    private func checkWanted(_ invite: AuditedTransaction, _ findings: inout Findings) {
        guard let request = invite.requests.first?.message else { return }
        let lists = (request.list("Supported") + request.list("Require")).contains { $0.lowercased() == "100rel" }
        for response in invite.responses {
            let text = response.message
            let asks = text.list("Require").contains { $0.lowercased() == "100rel" }
            guard text["RSeq"] != nil || (asks && (text.status ?? 0) < 200) else { continue }
            var wrong: [String] = []
            if !(101...199).contains(text.status ?? 0) { wrong.append("the status") }
            if text["RSeq"] == nil { wrong.append("no RSeq") }
            if !asks { wrong.append("no Require: 100rel") }
            if !lists { wrong.append("an INVITE that does not list 100rel") }
            if !wrong.isEmpty {
                findings.add(.reliableWanted, response, "\(text.startLine): \(wrong.joined(separator: ", ")).")
            }
        }
    }

    private func checkNumbers(_ dialog: [ReliableResponse], _ findings: inout Findings) {
        if let first = dialog.first, !(1...0x7FFF_FFFF).contains(first.number) {
            findings.add(.reliableNumber, first.first, "RSeq begins with \(first.number).")
        }
        for (before, now) in zip(dialog, dialog.dropFirst()) where now.number != before.number &+ 1 {
            findings.add(.reliableNumber, now.first, "RSeq \(now.number) after \(before.number).")
        }
    }

    private func checkOrder(
        _ response: ReliableResponse, after acknowledged: Instant?, _ findings: inout Findings
    ) {
        if acknowledged.map({ $0 > response.first.sentAt + precision.early }) ?? true {
            findings.add(
                .reliableOneAtATime, response.first,
                "RSeq \(response.number) left before the PRACK of the one before had come.")
        }
    }

    private func checkTiming(
        _ response: ReliableResponse, of invite: AuditedTransaction, acknowledged: Instant?,
        _ findings: inout Findings
    ) {
        let first = response.first
        let final = invite.finals.first { $0.sender == first.sender }?.sentAt
        let limit = first.sentAt + timers.transactionLimit
        let stop = [acknowledged, final, limit].compactMap { $0 }.min() ?? limit
        var interval = timers.t1
        var due = first.sentAt + interval
        for copy in response.copies.dropFirst() {
            if copy.sentAt >= due - early(copy), copy.sentAt <= due + precision.late,
                copy.sentAt <= stop + precision.late
            {
                interval = interval * 2
                due = copy.sentAt + interval
                continue
            }
            // A copy of the INVITE is answered with the last provisional response.
            let isReaction = invite.requests.flatMap(\.record.arrivals).contains {
                $0 > first.sentAt && $0 <= copy.sentAt && $0 + precision.late >= copy.sentAt
            }
            guard isReaction else {
                findings.add(
                    .reliableTiming, copy, "RSeq \(response.number) sent again at \(copy.sentAt), due at \(due).")
                return
            }
        }
        if due + precision.late < stop, due + precision.late < end {
            findings.add(
                .reliableTiming, side: first.sender, at: due, callID: invite.key.callID,
                "RSeq \(response.number) was due again at \(due), no PRACK had come.")
        }
    }

    private func checkSuccess(
        _ invite: AuditedTransaction, _ response: ReliableResponse, acknowledged: Instant?,
        _ findings: inout Findings
    ) {
        guard response.first.message.hasSessionDescription,
            let success = invite.finals.first(where: {
                ($0.message.status ?? 0) < 300 && $0.message.toTag == response.tag
            })
        else { return }
        if acknowledged.map({ $0 > success.sentAt + precision.early }) ?? true {
            findings.add(.successAfterPrack, success, "RSeq \(response.number) had no PRACK.")
        }
    }

    // MARK: The side that calls

    private func checkAcknowledged(
        _ response: ReliableResponse, in dialog: [ReliableResponse], at index: Int, of invite: AuditedTransaction,
        _ all: [AuditedTransaction], _ messages: [AuditedMessage], _ findings: inout Findings
    ) {
        guard let arrival = response.arrivedAt, arrival + .seconds(1) < end else { return }
        // One that is missing before it has to come first.
        guard dialog[..<index].allSatisfy({ $0.arrivedAt.map { $0 <= arrival } ?? false }) else { return }
        let client = invite.key.client
        let moment = arrival + timers.t1 / 2
        let isOver =
            invite.finals.contains { $0.hasArrived(by: moment) }
            || messages.contains {
                $0.sender == client && ["CANCEL", "BYE"].contains($0.message.method) && $0.sentAt <= moment
            }
        guard !isOver else { return }
        let sent = pracks(all, for: response).flatMap(\.requests).contains { $0.sentAt >= arrival - precision.early }
        if !sent {
            findings.add(
                .reliableAcknowledged, side: client, at: arrival, callID: invite.key.callID,
                "\(response.first.message.startLine) with RSeq \(response.number) has no PRACK.")
        }
    }

    private func checkPrack(
        _ prack: AuditedTransaction, _ invites: [AuditedTransaction], _ findings: inout Findings
    ) {
        guard let request = prack.requests.first else { return }
        let wanted = acknowledgement(in: prack)
        let isKnown = invites.contains { invite in
            invite.key.client == prack.key.client
                && reliableResponses(to: invite).joined().contains { response in
                    response.acknowledgement == wanted && response.tag == request.message.toTag
                        && response.arrivedAt.map { $0 <= request.sentAt + precision.early } ?? false
                }
        }
        if !isKnown {
            findings.add(.prackMatches, request, "RAck is \(request.message["RAck"] ?? "missing").")
        }
    }
}
