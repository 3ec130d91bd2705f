import TelephonyPrimitives

extension AuditedSignalling {
    /// Rules about when something is sent again (RFC 3261 §13.3.1.4, §17).
    func checkTiming(_ findings: inout Findings) {
        for transaction in transactions {
            checkRequestTiming(transaction, &findings)
            if transaction.isInvite {
                for copies in finalsByTag(transaction) { checkFinalTiming(copies, of: transaction, &findings) }
            } else {
                checkReactions(transaction, &findings)
            }
        }
    }

    /// Timers A, B, E and F: walks from one sending to the next that is due.
    private func checkRequestTiming(_ transaction: AuditedTransaction, _ findings: inout Findings) {
        guard let first = transaction.requests.first else { return }
        if first.record.protocol.isReliable {
            for copy in transaction.requests.dropFirst() {
                findings.add(.requestTiming, copy, "Sent again over \(first.record.protocol.rawValue).")
            }
            return
        }
        let final = transaction.arrival { $0 >= 200 }
        let provisional = transaction.arrival { $0 < 200 }
        let limit = first.sentAt + timers.transactionLimit
        var interval = timers.t1
        var due = first.sentAt + interval
        for copy in transaction.requests.dropFirst() {
            if copy.sentAt < due - early(copy) || copy.sentAt > due + precision.late {
                findings.add(.requestTiming, copy, "Sent again at \(copy.sentAt), due at \(due).")
                return
            }
            let stop = [final, transaction.isInvite ? provisional : nil].compactMap { $0 }.min()
            if let stop, copy.sentAt > stop + precision.late {
                findings.add(.requestTiming, copy, "Sent again although a response came at \(stop).")
                return
            }
            if copy.sentAt > limit + precision.late {
                findings.add(.requestTiming, copy, "Sent again 64·T1 after the first.")
                return
            }
            let isProceeding = provisional.map { $0 <= copy.sentAt } ?? false
            interval = isProceeding ? timers.t2 : interval * 2
            if !transaction.isInvite { interval = min(interval, timers.t2) }
            due = copy.sentAt + interval
        }
        let stops = [final, transaction.isInvite ? provisional : nil, limit].compactMap { $0 }
        if let stop = stops.min(), due + precision.late < stop, due + precision.late < end {
            findings.add(
                .requestTiming, side: transaction.key.client, at: due, callID: transaction.key.callID,
                "\(transaction.key.method) \(transaction.key.number) was due again at \(due), unanswered.")
        }
    }

    /// How much earlier than due a copy may stand in the trace: where its reader wrote the time, by as much as the message
    /// before it may have been read late.
    func early(_ copy: AuditedMessage) -> Duration {
        observers.contains(copy.receiver) ? precision.late : precision.early
    }

    private func finalsByTag(_ transaction: AuditedTransaction) -> [[AuditedMessage]] {
        var groups: [(name: String, copies: [AuditedMessage])] = []
        for final in transaction.finals {
            let name = "\(final.message.status ?? 0) \(final.message.toTag ?? "")"
            if let index = groups.firstIndex(where: { $0.name == name }) {
                groups[index].copies.append(final)
            } else {
                groups.append((name, [final]))
            }
        }
        return groups.map(\.copies)
    }

    /// Timer G and its twin of the core for 2xx. A copy of the INVITE that arrives is answered with a refusal at once, but
    /// not with a 2xx (RFC 6026).
    private func checkFinalTiming(
        _ copies: [AuditedMessage], of transaction: AuditedTransaction, _ findings: inout Findings
    ) {
        guard let first = copies.first, let status = first.message.status else { return }
        let isSuccess = status < 300
        let hasTimer = isSuccess || !first.record.protocol.isReliable
        let acknowledged = transaction.acknowledgements
            .filter { $0.message.toTag == first.message.toTag }.compactMap(\.arrivedAt).min()
        let ended = isSuccess ? byeTime(of: first) : nil
        let stop = [acknowledged, ended, first.sentAt + timers.transactionLimit].compactMap { $0 }.min() ?? end
        var interval = timers.t1
        var due = first.sentAt + interval
        var reactedTo = first.sentAt
        for copy in copies.dropFirst() {
            let isDue = hasTimer && copy.sentAt >= due - early(copy) && copy.sentAt <= due + precision.late
            if isDue, copy.sentAt <= stop + precision.late {
                interval = min(interval * 2, timers.t2)
                due = copy.sentAt + interval
                continue
            }
            let cause = transaction.requests.flatMap(\.record.arrivals)
                .filter { $0 > reactedTo && $0 <= copy.sentAt }.max()
            if let cause, cause + precision.late >= copy.sentAt {
                reactedTo = cause
                if isSuccess { findings.add(.acceptedAbsorbs, copy, "The INVITE came again at \(cause).") }
                continue
            }
            findings.add(
                .finalTiming, copy,
                copy.sentAt > stop + precision.late
                    ? "\(status) sent again after \(acknowledged == nil ? "its end" : "its ACK") at \(stop)."
                    : "\(status) sent again at \(copy.sentAt), due at \(due).")
            return
        }
        if hasTimer, due + precision.late < stop, due + precision.late < end {
            findings.add(
                .finalTiming, side: transaction.key.server, at: due, callID: transaction.key.callID,
                "\(status) was due again at \(due), no ACK had come.")
        }
    }

    /// When a BYE of the dialog that a 2xx made was sent or had arrived at the side that sent the 2xx.
    private func byeTime(of success: AuditedMessage) -> Instant? {
        let times = (calls[success.message.callID ?? ""] ?? []).compactMap { message -> Instant? in
            guard message.message.method == "BYE" else { return nil }
            let tags = Set([message.message.fromTag, message.message.toTag])
            guard tags == [success.message.fromTag, success.message.toTag] else { return nil }
            if message.sender == success.sender { return message.sentAt }
            return message.receiver == success.sender ? message.arrivedAt : nil
        }
        return times.min()
    }

    /// RFC 3261 §17.2.2: a final to a non-INVITE request is repeated only when the request comes again.
    private func checkReactions(_ transaction: AuditedTransaction, _ findings: inout Findings) {
        let arrivals = transaction.requests.flatMap(\.record.arrivals)
        for (count, final) in transaction.finals.enumerated().dropFirst() {
            if arrivals.filter({ $0 <= final.sentAt }).count <= count {
                findings.add(
                    .finalTiming, final,
                    "\(final.message.startLine) to \(transaction.key.method) sent again without being asked again.")
            }
        }
    }
}
