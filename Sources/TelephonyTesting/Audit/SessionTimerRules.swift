import TelephonyPrimitives

extension AuditedSignalling {
    /// Rules of session timers (RFC 4028).
    func checkSessionTimers(_ findings: inout Findings) {
        for (_, messages) in callsInOrder {
            let transactions = transactions(of: messages).filter { ["INVITE", "UPDATE"].contains($0.key.method) }
            for (index, transaction) in transactions.enumerated() {
                checkInterval(transaction, &findings)
                checkAnsweredInterval(transaction, &findings)
                checkRefusedInterval(transaction, &findings)
                checkRetriedInterval(transaction, later: transactions[(index + 1)...], &findings)
                checkRefreshed(transaction, later: transactions[(index + 1)...], messages, &findings)
            }
        }
    }

    /// Session-Expires of a message.
    private struct Interval {
        let seconds: Int
        let refresher: String?

        init?(_ message: WireMessage) {
            guard let value = message["Session-Expires"],
                let seconds = Int(value.prefix { $0 != ";" }.trimmed)
            else { return nil }
            self.seconds = seconds
            refresher = value.splitOutsideQuotes(at: ";").dropFirst().lazy.map { $0.trimmed.lowercased() }
                .first { $0.hasPrefix("refresher=") }.map { String($0.dropFirst(10)) }
        }
    }

    private func least(_ message: WireMessage) -> Int? {
        message["Min-SE"].flatMap { Int($0.prefix { $0 != ";" }.trimmed) }
    }

    private func lists(_ tag: String, in name: String, of message: WireMessage) -> Bool {
        message.list(name).contains { $0.lowercased() == tag }
    }

    private func checkInterval(_ transaction: AuditedTransaction, _ findings: inout Findings) {
        guard let request = transaction.requests.first else { return }
        let least = least(request.message)
        if let least, least < 90 {
            findings.add(.sessionIntervalLeast, request, "Min-SE is \(least).")
        } else if let least, let interval = Interval(request.message), interval.seconds < least {
            findings.add(.sessionIntervalLeast, request, "Session-Expires is \(interval.seconds), Min-SE \(least).")
        }
    }

    private func checkAnsweredInterval(_ transaction: AuditedTransaction, _ findings: inout Findings) {
        guard let request = transaction.requests.first?.message,
            let success = transaction.finals.first(where: { ($0.message.status ?? 0) < 300 }),
            let granted = Interval(success.message)
        else { return }
        var wrong: [String] = []
        if let asked = Interval(request), granted.seconds > asked.seconds, asked.seconds >= 90 {
            wrong.append("\(granted.seconds) s for \(asked.seconds)")
        }
        if granted.refresher != "uac", granted.refresher != "uas" { wrong.append("no refresher") }
        let knowsTimer = lists("timer", in: "Supported", of: request)
        if granted.refresher == "uac", !lists("timer", in: "Require", of: success.message) {
            wrong.append("the caller refreshes without Require: timer")
        }
        if granted.refresher == "uac", !knowsTimer { wrong.append("the caller knows no timer and has to refresh") }
        if !wrong.isEmpty {
            findings.add(.sessionIntervalAnswered, success, wrong.joined(separator: ", ") + ".")
        }
    }

    private func checkRefusedInterval(_ transaction: AuditedTransaction, _ findings: inout Findings) {
        guard let request = transaction.requests.first?.message,
            let refusal = transaction.finals.first(where: { $0.message.status == 422 }),
            let least = least(refusal.message)
        else { return }
        if Interval(request).map({ $0.seconds >= least }) ?? true {
            findings.add(
                .sessionIntervalRefused, refusal,
                "Session-Expires was \(request["Session-Expires"] ?? "missing"), Min-SE is \(least).")
        }
    }

    private func checkRetriedInterval(
        _ transaction: AuditedTransaction, later: ArraySlice<AuditedTransaction>, _ findings: inout Findings
    ) {
        guard let refusal = transaction.finals.first(where: { $0.message.status == 422 }),
            let least = least(refusal.message), let arrival = refusal.arrivedAt, let first = transaction.requests.first,
            let again = later.first(where: { other in
                guard other.key.client == transaction.key.client, let request = other.requests.first else {
                    return false
                }
                return request.sentAt >= arrival && request.message.toTag == first.message.toTag
            })?.requests.first, let interval = Interval(again.message)
        else { return }
        if interval.seconds < least || self.least(again.message).map({ $0 < least }) ?? (least > 90) {
            findings.add(
                .sessionIntervalRetried, again,
                "Session-Expires is \(interval.seconds), Min-SE \(again.message["Min-SE"] ?? "missing"), not \(least).")
        }
    }

    private func checkRefreshed(
        _ transaction: AuditedTransaction, later: ArraySlice<AuditedTransaction>, _ messages: [AuditedMessage],
        _ findings: inout Findings
    ) {
        guard let success = transaction.finals.first(where: { ($0.message.status ?? 0) < 300 }),
            let interval = Interval(success.message), let refresher = interval.refresher,
            let since = refresher == "uac" ? success.arrivedAt : success.sentAt
        else { return }
        let side = refresher == "uac" ? transaction.key.client : transaction.key.server
        let expiry = since + .seconds(interval.seconds)
        guard expiry + .seconds(1) < end else { return }
        let tags = Set([success.message.fromTag, success.message.toTag])
        func isInDialog(_ message: AuditedMessage) -> Bool {
            Set([message.message.fromTag, message.message.toTag]) == tags
        }
        let isRefreshed = later.contains { other in
            other.requests.first.map { isInDialog($0) && $0.sentAt <= expiry + precision.late } ?? false
        }
        let isOver = messages.contains {
            $0.message.method == "BYE" && isInDialog($0) && $0.sentAt <= expiry + precision.late
        }
        if !isRefreshed, !isOver {
            findings.add(
                .sessionRefreshed, side: side, at: expiry, callID: transaction.key.callID,
                "\(interval.seconds) s have passed since \(since).")
        }
    }
}
