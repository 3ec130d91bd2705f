import TelephonyPrimitives

extension AuditedSignalling {
    /// Rules of what refusals, CANCEL and provisional responses have to say.
    func checkRefusals(_ findings: inout Findings) {
        for transaction in transactions {
            for response in transaction.responses {
                checkExplanation(response, &findings)
                checkEarlyContact(response, &findings)
            }
            if transaction.key.method == "CANCEL" { checkCancelled(by: transaction, &findings) }
        }
    }

    /// For each status the headers of which one has to be there.
    private static let explanations: [Int: [String]] = [
        401: ["WWW-Authenticate"], 405: ["Allow"], 407: ["Proxy-Authenticate"],
        415: ["Accept", "Accept-Encoding", "Accept-Language"], 420: ["Unsupported"], 422: ["Min-SE"],
        423: ["Min-Expires"], 489: ["Allow-Events"],
    ]

    private func checkExplanation(_ response: AuditedMessage, _ findings: inout Findings) {
        guard let wanted = Self.explanations[response.message.status ?? 0] else { return }
        if wanted.allSatisfy({ response.message[$0] == nil }) {
            findings.add(
                .refusalExplains, response,
                "\(response.message.startLine) has no \(wanted.joined(separator: " or ")).")
        }
    }

    private func checkEarlyContact(_ response: AuditedMessage, _ findings: inout Findings) {
        guard (101...199).contains(response.message.status ?? 0), response.message.sequenceMethod == "INVITE",
            response.message.toTag != nil
        else { return }
        let count = response.message.list("Contact").count
        if count != 1 {
            findings.add(.contactInEarlyDialog, response, "\(response.message.startLine) has \(count) Contacts.")
        }
    }

    private func checkCancelled(by transaction: AuditedTransaction, _ findings: inout Findings) {
        guard let arrival = transaction.requests.compactMap(\.arrivedAt).min(),
            transaction.finals.contains(where: { $0.message.status == 200 }),
            let invite = transactionsByCall[transaction.key.callID]?.first(where: {
                $0.isInvite && $0.key.client == transaction.key.client && $0.key.branch == transaction.key.branch
            }),
            // What leaves in the same moment has not heard of the CANCEL yet.
            let final = invite.finals.first, final.sentAt > arrival + precision.late
        else { return }
        if final.message.status != 487 {
            findings.add(.cancelEndsInvite, final, "\(final.message.startLine) after the CANCEL of \(arrival).")
        }
    }
}
