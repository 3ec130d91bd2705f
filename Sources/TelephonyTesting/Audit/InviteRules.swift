import TelephonyPrimitives

extension AuditedSignalling {
    /// Rules of ACK and CANCEL (RFC 3261 §9.1, §13.2.2.4, §13.3.1.4, §17.1.1.3).
    func checkInvites(_ findings: inout Findings) {
        for acknowledgement in strayAcknowledgements {
            findings.add(.ackUnasked, acknowledgement, "No INVITE of this CSeq number was sent.")
        }
        for transaction in transactions {
            if transaction.isInvite {
                checkAcknowledged(transaction, &findings)
                for message in transaction.acknowledgements { check(message, of: transaction, &findings) }
                checkUnacknowledged(transaction, &findings)
            } else if transaction.key.method == "CANCEL" {
                checkCancel(transaction, &findings)
            }
        }
    }

    /// Each arrival of a final wants an ACK sent at that time or later.
    private func checkAcknowledged(_ transaction: AuditedTransaction, _ findings: inout Findings) {
        guard let begun = transaction.requests.first?.sentAt else { return }
        for final in transaction.finals {
            let tag = final.message.toTag
            let sent = transaction.acknowledgements.filter { $0.message.toTag == tag }.map(\.sentAt)
            for arrival in final.record.arrivals {
                // The client forgets the transaction 64·T1 after its end; copies after that go unanswered.
                guard arrival < begun + timers.transactionLimit * 2, arrival + .seconds(1) < end else { continue }
                if !sent.contains(where: { $0 >= arrival - precision.early }) {
                    findings.add(
                        .finalAcknowledged, side: transaction.key.client, at: arrival, callID: transaction.key.callID,
                        "No ACK after \(final.message.startLine) (To tag \(tag ?? "-")).")
                    break
                }
            }
        }
    }

    private func check(
        _ acknowledgement: AuditedMessage, of transaction: AuditedTransaction, _ findings: inout Findings
    ) {
        guard let invite = transaction.requests.first else { return }
        let arrived = transaction.finals.filter { $0.hasArrived(by: acknowledgement.sentAt + precision.early) }
        guard !arrived.isEmpty else {
            findings.add(.ackUnasked, acknowledgement, "No final response had arrived.")
            return
        }
        let tag = acknowledgement.message.toTag
        let success = arrived.first { ($0.message.status ?? 0) < 300 && $0.message.toTag == tag }
        if success != nil {
            checkSuccessAcknowledgement(acknowledgement, invite: invite, &findings)
        } else if let refusal = arrived.first(where: { ($0.message.status ?? 0) >= 300 }) {
            checkRefusalAcknowledgement(acknowledgement, invite: invite, refusal: refusal, &findings)
        } else {
            findings.add(.ackToSuccess, acknowledgement, "Its To tag \(tag ?? "-") is that of no response.")
        }
    }

    private func checkSuccessAcknowledgement(
        _ acknowledgement: AuditedMessage, invite: AuditedMessage, _ findings: inout Findings
    ) {
        if acknowledgement.message.branch == invite.message.branch {
            findings.add(.ackToSuccess, acknowledgement, "It has the branch of the INVITE.")
        }
        for name in ["Authorization", "Proxy-Authorization"]
        where acknowledgement.message.list(name) != invite.message.list(name) {
            findings.add(.ackToSuccess, acknowledgement, "\(name) of the INVITE is not repeated.")
        }
    }

    private func checkRefusalAcknowledgement(
        _ acknowledgement: AuditedMessage, invite: AuditedMessage, refusal: AuditedMessage, _ findings: inout Findings
    ) {
        let text = acknowledgement.message
        var wrong: [String] = []
        if text.requestURI != invite.message.requestURI { wrong.append("Request-URI") }
        if text.list("Via") != Array(invite.message.list("Via").prefix(1)) { wrong.append("Via") }
        for name in ["From", "Call-ID"] where text[name] != invite.message[name] { wrong.append(name) }
        if text.list("Route") != invite.message.list("Route") { wrong.append("Route") }
        if text.toTag != refusal.message.toTag || text["To"]?.addressURI != refusal.message["To"]?.addressURI {
            wrong.append("To")
        }
        if !wrong.isEmpty {
            findings.add(
                .ackToRefusal, acknowledgement,
                "\(wrong.joined(separator: ", ")) of the ACK to \(refusal.message.startLine).")
        }
    }

    private func checkUnacknowledged(_ transaction: AuditedTransaction, _ findings: inout Findings) {
        for success in transaction.finals where (success.message.status ?? 0) < 300 {
            let limit = success.sentAt + timers.transactionLimit
            let tag = success.message.toTag
            let isFirst = transaction.finals.first { $0.message.toTag == tag }?.index == success.index
            guard isFirst, limit + .seconds(2) < end else { continue }
            let acknowledged = transaction.acknowledgements.contains {
                $0.message.toTag == tag && $0.hasArrived(by: limit)
            }
            let ended = (calls[transaction.key.callID] ?? []).contains {
                $0.message.method == "BYE" && ($0.sender == success.sender || $0.arrivedAt != nil)
            }
            if !acknowledged, !ended {
                findings.add(
                    .unacknowledgedSuccessEnds, side: success.sender, at: limit, callID: transaction.key.callID,
                    "No ACK for \(success.message.startLine) and no BYE.")
            }
        }
    }

    private func checkCancel(_ transaction: AuditedTransaction, _ findings: inout Findings) {
        guard let cancel = transaction.requests.first else { return }
        let pending = transactionsByCall[transaction.key.callID]?.first {
            $0.isInvite && $0.key.client == transaction.key.client && $0.key.branch == transaction.key.branch
        }
        guard let pending, let invite = pending.requests.first else {
            findings.add(.cancelMatchesInvite, cancel, "No INVITE has its branch \(transaction.key.branch).")
            return
        }
        var wrong: [String] = []
        if cancel.message.requestURI != invite.message.requestURI { wrong.append("Request-URI") }
        for name in ["From", "To"] where cancel.message[name] != invite.message[name] { wrong.append(name) }
        if cancel.message.sequenceNumber != invite.message.sequenceNumber { wrong.append("CSeq") }
        if cancel.message.list("Route") != invite.message.list("Route") { wrong.append("Route") }
        if cancel.message.list("Via") != Array(invite.message.list("Via").prefix(1)) { wrong.append("Via") }
        if !wrong.isEmpty {
            findings.add(.cancelMatchesInvite, cancel, "\(wrong.joined(separator: ", ")) differ from the INVITE.")
        }
        let provisional = pending.responses.contains {
            ($0.message.status ?? 0) < 200 && $0.hasArrived(by: cancel.sentAt + precision.early)
        }
        if !provisional {
            findings.add(.cancelWhilePending, cancel, "No provisional response had arrived.")
        } else if pending.finals.contains(where: { $0.hasArrived(by: cancel.sentAt - precision.late) }) {
            findings.add(.cancelWhilePending, cancel, "A final response had arrived.")
        }
    }
}
