import TelephonyPrimitives

extension AuditedSignalling {
    /// Rules about requests inside of dialogs (RFC 3261 §12, §14, §15).
    func checkDialogs(_ findings: inout Findings) {
        for transaction in transactions { checkRecordRoute(transaction, &findings) }
        for (_, messages) in callsInOrder {
            let call = AuditedCall(messages, transactions: transactions(of: messages))
            checkSequence(call, &findings)
            for request in call.newRequests where request.message.toTag != nil {
                checkMembership(request, call, &findings)
            }
            checkByes(call, &findings)
            checkOverlaps(call, &findings)
        }
    }

    /// The transactions of one call.
    func transactions(of messages: [AuditedMessage]) -> [AuditedTransaction] {
        guard let callID = messages.first?.message.callID else { return [] }
        return transactionsByCall[callID] ?? []
    }

    private func checkRecordRoute(_ transaction: AuditedTransaction, _ findings: inout Findings) {
        guard transaction.isInvite, let request = transaction.requests.first, request.message.toTag == nil else {
            return
        }
        let routes = request.message.list("Record-Route")
        for response in transaction.responses where (101...299).contains(response.message.status ?? 0) {
            // Proxies between here and the callee are in front: they were added on the request's way on.
            if response.message.toTag != nil, response.message.list("Record-Route").suffix(routes.count) != routes[...]
            {
                findings.add(
                    .recordRouteCopied, response,
                    "\(response.message.list("Record-Route")) in \(response.message.startLine), was \(routes).")
            }
        }
    }

    private func checkSequence(_ call: AuditedCall, _ findings: inout Findings) {
        var last: [String: UInt32] = [:]
        for request in call.newRequests {
            // ACK and CANCEL have the number of their INVITE.
            guard let number = request.message.sequenceNumber, !["ACK", "CANCEL"].contains(request.message.method)
            else {
                continue
            }
            // Each fork of an INVITE is a dialog of its own, and all of them count on from the INVITE.
            let invited = "\(request.sender) \(request.receiver) \(request.message.fromTag ?? "")"
            let direction = request.message.toTag.map { invited + " " + $0 } ?? invited
            if let before = last[direction] ?? last[invited], number <= before {
                findings.add(
                    .dialogCSeq, request, "\(request.message.method ?? "") has \(number) after \(before).")
            }
            last[direction] = max(number, last[direction] ?? 0)
        }
    }

    private func checkMembership(_ request: AuditedMessage, _ call: AuditedCall, _ findings: inout Findings) {
        guard let view = call.view(of: request) else {
            if request.message.method != "CANCEL" {
                findings.add(
                    .dialogTags, request,
                    "\(request.message.method ?? "") with From tag \(request.message.fromTag ?? "-") and To tag "
                        + "\(request.message.toTag ?? "-").")
            }
            return
        }
        guard request.message.method != "CANCEL", !view.targets.isEmpty else { return }
        let isStrict = view.routes.first.map { !$0.lowercased().contains(";lr") } ?? false
        let target = request.message.requestURI ?? ""
        let route = request.message.list("Route").map(\.addressURI)
        if isStrict, let first = view.routes.first {
            if target != first {
                findings.add(.dialogTarget, request, "\(target) instead of the strict route \(first).")
            }
            if Array(route.dropLast()) != Array(view.routes.dropFirst()) {
                findings.add(.dialogRoute, request, "\(route) instead of \(view.routes.dropFirst()) and the target.")
            }
            return
        }
        if !view.targets.contains(target) {
            findings.add(
                .dialogTarget, request,
                "\(request.message.method ?? "") to \(target) instead of \(view.targets.joined(separator: " or ")).")
        }
        if route != view.routes {
            findings.add(.dialogRoute, request, "\(route) instead of \(view.routes).")
        }
    }

    private func checkByes(_ call: AuditedCall, _ findings: inout Findings) {
        for bye in call.newRequests where bye.message.method == "BYE" {
            let tags = [bye.message.fromTag, bye.message.toTag]
            checkCalleeWaits(bye, call, &findings)
            for later in call.newRequests where later.index > bye.index && later.sentAt > bye.sentAt {
                guard later.message.toTag != nil, later.message.method != "ACK", later.message.method != "CANCEL",
                    tags.contains(later.message.fromTag), tags.contains(later.message.toTag)
                else { continue }
                let knows =
                    later.sender == bye.sender
                    || later.sender == bye.receiver && bye.hasArrived(by: later.sentAt - precision.late)
                if later.sender == bye.sender, later.message.method == "BYE" {
                    if !wasChallenged(bye, call) {
                        findings.add(.byeOnce, later, "The first BYE left at \(bye.sentAt).")
                    }
                } else if knows, later.message["Event"] == nil {
                    findings.add(
                        .nothingAfterBye, later, "\(later.message.method ?? "") after the BYE of \(bye.sentAt).")
                }
            }
        }
    }

    private func wasChallenged(_ bye: AuditedMessage, _ call: AuditedCall) -> Bool {
        call.transactions.contains { transaction in
            transaction.requests.first?.index == bye.index
                && transaction.finals.contains { [401, 407].contains($0.message.status ?? 0) }
        }
    }

    private func checkCalleeWaits(_ bye: AuditedMessage, _ call: AuditedCall, _ findings: inout Findings) {
        for transaction in call.transactions where transaction.isInvite && transaction.key.server == bye.sender {
            guard transaction.requests.first?.message.toTag == nil,
                transaction.requests.first?.message.fromTag == bye.message.toTag
            else { continue }
            let successes = transaction.finals.filter { ($0.message.status ?? 0) < 300 && $0.sentAt <= bye.sentAt }
            let acknowledged = transaction.acknowledgements.contains { $0.hasArrived(by: bye.sentAt) }
            guard !acknowledged else { continue }
            let peersBye = call.newRequests.contains {
                $0.message.method == "BYE" && $0.sender != bye.sender && $0.hasArrived(by: bye.sentAt)
            }
            if let first = successes.first {
                if bye.sentAt < first.sentAt + timers.transactionLimit - precision.early, !peersBye {
                    findings.add(.calleeByeWaits, bye, "No ACK had come for the 2xx of \(first.sentAt).")
                }
            } else {
                findings.add(.calleeByeWaits, bye, "The call was not even answered.")
            }
        }
    }

    private func checkOverlaps(_ call: AuditedCall, _ findings: inout Findings) {
        let invites = call.transactions.filter { $0.isInvite && $0.requests.first?.message.toTag != nil }
        for transaction in invites {
            guard let request = transaction.requests.first else { continue }
            for other in invites where other.key != transaction.key {
                guard let earlier = other.requests.first, earlier.index < request.index,
                    Set([earlier.message.fromTag, earlier.message.toTag])
                        == Set([request.message.fromTag, request.message.toTag])
                else { continue }
                let isOpen: Bool
                if other.key.client == transaction.key.client {
                    // The client's own: open until a final arrives or it gives up.
                    let over = other.finals.contains { $0.hasArrived(by: request.sentAt) }
                    isOpen = !over && request.sentAt < earlier.sentAt + timers.transactionLimit - precision.early
                } else {
                    isOpen =
                        other.key.server == transaction.key.client
                        && other.requests.contains { $0.hasArrived(by: request.sentAt - precision.late) }
                        && !other.finals.contains { $0.sentAt <= request.sentAt }
                }
                if isOpen {
                    findings.add(
                        .oneInviteAtATime, request, "INVITE \(other.key.number) of \(other.key.client) is open.")
                }
            }
        }
    }
}
