import TelephonyPrimitives

extension AuditedSignalling {
    /// Rules about what belongs together in a transaction (RFC 3261 §8.2.6, §17).
    func checkTransactions(_ findings: inout Findings) {
        for transaction in transactions {
            checkCopies(transaction, &findings)
            checkResponses(transaction, &findings)
            checkFinals(transaction, &findings)
            checkAnswered(transaction, &findings)
        }
        for response in strayResponses {
            findings.add(.responseToNothing, response, "\(response.message.startLine) answers no request seen.")
        }
    }

    private func checkCopies(_ transaction: AuditedTransaction, _ findings: inout Findings) {
        guard let first = transaction.requests.first else { return }
        for copy in transaction.requests.dropFirst() where copy.record.octets != first.record.octets {
            findings.add(
                .retransmissionIdentical, copy,
                "\(transaction.key.method) differs from the one sent at \(first.sentAt).")
        }
        var acknowledged: [String: AuditedMessage] = [:]
        for copy in transaction.acknowledgements {
            let branch = copy.message.branch ?? ""
            if let earlier = acknowledged[branch], earlier.record.octets != copy.record.octets {
                findings.add(.retransmissionIdentical, copy, "ACK differs from the one sent at \(earlier.sentAt).")
            }
            acknowledged[branch] = acknowledged[branch] ?? copy
        }
        var sent: [String: AuditedMessage] = [:]
        for response in transaction.responses where (response.message.status ?? 0) >= 200 {
            let name = "\(response.message.status ?? 0) \(response.message.toTag ?? "")"
            if let earlier = sent[name] {
                if earlier.record.octets != response.record.octets {
                    findings.add(
                        .retransmissionIdentical, response,
                        "\(response.message.startLine) differs from the one sent at \(earlier.sentAt).")
                }
            } else {
                sent[name] = response
            }
        }
    }

    private func checkResponses(_ transaction: AuditedTransaction, _ findings: inout Findings) {
        guard let request = transaction.requests.first else { return }
        var tag: String?
        for response in transaction.responses {
            let status = response.message.status ?? 0
            if !transaction.requests.contains(where: { $0.hasArrived(by: response.sentAt) }) {
                findings.add(.responseToNothing, response, "\(response.message.startLine) before any request arrived.")
            }
            compare(response, with: request, &findings)
            let responseTag = response.message.toTag
            if status == 100 {
                if responseTag != nil, request.message.toTag == nil {
                    findings.add(.tryingWithoutTag, response, "To is \(response.message["To"] ?? "").")
                }
                continue
            }
            if responseTag?.isEmpty != false {
                findings.add(.toTag, response, "\(response.message.startLine) has none.")
            } else if let asked = request.message.toTag, asked != responseTag {
                findings.add(.toTag, response, "\(responseTag ?? "") instead of the request's \(asked).")
            } else if let tag, tag != responseTag {
                findings.add(.oneToTag, response, "\(responseTag ?? "") after \(tag).")
            }
            tag = tag ?? responseTag
            if !transaction.isInvite, status < 200 {
                findings.add(.nonInviteProvisional, response, "\(status) to \(transaction.key.method).")
            }
            if !transaction.isInvite, status == 408 {
                findings.add(.no408ToNonInvite, response, "408 to \(transaction.key.method).")
            }
        }
    }

    private func compare(_ response: AuditedMessage, with request: AuditedMessage, _ findings: inout Findings) {
        let asked = request.message
        let got = response.message
        for name in ["From", "Call-ID", "CSeq"] where asked[name] != got[name] {
            findings.add(
                .responseMatchesRequest, response,
                "\(name) is \(got[name] ?? "missing"), was \(asked[name] ?? "missing").")
        }
        if asked["To"]?.addressURI != got["To"]?.addressURI {
            findings.add(
                .responseMatchesRequest, response, "To is \(got["To"] ?? "missing"), was \(asked["To"] ?? "missing").")
        }
        let expected = asked.list("Via").map(Self.viaWithoutReceived)
        let actual = got.list("Via").map(Self.viaWithoutReceived)
        if expected != actual {
            findings.add(
                .responseMatchesRequest, response,
                "Via is \(actual.joined(separator: ", ")), was \(expected.joined(separator: ", ")).")
        }
    }

    /// A Via without what a server may add to it on the way (RFC 3261 §18.2.1, RFC 3581 §4).
    private static func viaWithoutReceived(_ via: String) -> String {
        let parts = via.splitOutsideQuotes(at: ";").map(\.trimmed)
        return parts.filter { part in
            let name = part.prefix { $0 != "=" }.trimmed.lowercased()
            return name != "received" && name != "rport"
        }.joined(separator: ";")
    }

    private func checkFinals(_ transaction: AuditedTransaction, _ findings: inout Findings) {
        var final: AuditedMessage?
        for response in transaction.responses {
            let status = response.message.status ?? 0
            guard let earlier = final else {
                if status >= 200 { final = response }
                continue
            }
            // A forked INVITE may end in several 2xx with tags of their own; that is one-to-tag's business.
            let bothSucceed = status / 100 == 2 && (earlier.message.status ?? 0) / 100 == 2
            if status < 200 {
                if response.message.toTag == earlier.message.toTag || status == 100 {
                    findings.add(.nothingAfterFinal, response, "\(status) after \(earlier.message.startLine).")
                }
            } else if status != earlier.message.status,
                !(bothSucceed && response.message.toTag != earlier.message.toTag)
            {
                findings.add(.oneFinal, response, "\(status) after \(earlier.message.startLine).")
            }
        }
    }

    private func checkAnswered(_ transaction: AuditedTransaction, _ findings: inout Findings) {
        guard let arrival = transaction.requests.compactMap(\.arrivedAt).min() else { return }
        if transaction.isInvite {
            let first = transaction.responses.first?.sentAt
            let limit = arrival + .milliseconds(200) + precision.late
            if first.map({ $0 > limit }) ?? (end > limit) {
                findings.add(
                    .inviteAnsweredInTime, side: transaction.key.server, at: limit, callID: transaction.key.callID,
                    first.map { "The first response left \(arrival.duration(to: $0)) later." } ?? "Nothing was sent.")
            }
        }
        // What arrived in the last moments may still be on its way to an answer.
        guard transaction.finals.isEmpty, transaction.isInvite || arrival + .seconds(5) < end else { return }
        findings.add(
            .requestAnswered, side: transaction.key.server, at: arrival, callID: transaction.key.callID,
            "\(transaction.key.method) \(transaction.key.number) has no final response at the end.")
    }
}
