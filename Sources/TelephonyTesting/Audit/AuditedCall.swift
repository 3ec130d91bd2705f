import TelephonyPrimitives

/// The messages of one Call-ID, and what each side can know of its dialogs.
struct AuditedCall {
    let messages: [AuditedMessage]
    let transactions: [AuditedTransaction]
    /// Requests without their retransmissions; ACKs to 2xx are among them, once per branch, others are not.
    let newRequests: [AuditedMessage]

    /// What a sender knows of the dialog in which it sends.
    struct View {
        /// Request-URIs that are right: the remote target, and while it changes the one before.
        var targets: [String]
        /// The route set, in the order in which this side uses it.
        var routes: [String]
    }

    init(_ messages: [AuditedMessage], transactions: [AuditedTransaction]) {
        self.messages = messages
        self.transactions = transactions
        var seen: Set<String> = []
        let refusedBranches = Set(
            transactions.filter { transaction in
                transaction.isInvite && transaction.finals.contains { ($0.message.status ?? 0) >= 300 }
            }.map(\.key.branch))
        newRequests = messages.filter { message in
            guard let method = message.message.method else { return false }
            let branch = message.message.branch ?? ""
            if method == "ACK", refusedBranches.contains(branch) { return false }
            return seen.insert("\(message.sender) \(method) \(branch) \(message.message["CSeq"] ?? "")").inserted
        }
    }

    /// What the sender of an in-dialog request can know when it sends; `nil` when it has no such dialog.
    func view(of request: AuditedMessage) -> View? {
        let own = request.message.fromTag
        let theirs = request.message.toTag
        var isKnown = false
        var targets: [String] = []
        var routes: [String]?
        var routesAreFinal = false
        for message in messages where message.index < request.index {
            let text = message.message
            if message.receiver == request.sender, message.hasArrived(by: request.sentAt) {
                // From the peer: our tag is To of its requests and From of its responses.
                if text.isRequest, text.fromTag == theirs, text.toTag == nil || text.toTag == own {
                    guard makesOrRefreshesDialog(text) else { continue }
                    // A NOTIFY may make the dialog before the answer to its SUBSCRIBE comes (RFC 6665 §4.4.1).
                    if text.toTag == nil || text.method == "NOTIFY" {
                        routes = routes ?? text.list("Record-Route").map(\.addressURI)
                    }
                    if text.toTag == own || answers(text, with: own, by: request.sender, before: request) {
                        isKnown = true
                    }
                    if let contact = text.contactURI { targets.append(contact) }
                } else if let status = text.status, text.fromTag == own, text.toTag == theirs {
                    guard (101...299).contains(status), makesOrRefreshesDialog(text) else { continue }
                    isKnown = true
                    if let contact = text.contactURI { targets.append(contact) }
                    if !routesAreFinal, isDialogMaker(text) {
                        routes = text.list("Record-Route").map(\.addressURI).reversed()
                        routesAreFinal = status >= 200
                    }
                }
            }
        }
        guard isKnown else { return nil }
        return View(targets: currentTargets(targets, for: request), routes: routes ?? [])
    }

    private func makesOrRefreshesDialog(_ text: WireMessage) -> Bool {
        ["INVITE", "UPDATE", "REFER", "SUBSCRIBE", "NOTIFY"].contains(text.sequenceMethod ?? "")
    }

    /// Whether a response belongs to the request that made the dialog, not to a later one.
    private func isDialogMaker(_ text: WireMessage) -> Bool {
        transactions.contains { transaction in
            ["INVITE", "SUBSCRIBE", "REFER"].contains(transaction.key.method) && transaction.key.branch == text.branch
                && transaction.requests.first?.message.toTag == nil
        }
    }

    /// Whether the side that got a dialog-making request has answered it with its own tag.
    private func answers(_ text: WireMessage, with tag: String?, by side: String, before request: AuditedMessage)
        -> Bool
    {
        messages.contains {
            $0.index < request.index && $0.sender == side && $0.message.branch == text.branch
                && $0.message.toTag == tag && (101...299).contains($0.message.status ?? 0)
        }
    }

    /// The newest target; and the one before it, because a target of a request counts only when that was accepted.
    private func currentTargets(_ targets: [String], for request: AuditedMessage) -> [String] {
        guard let newest = targets.last else { return [] }
        let isChanging = messages.contains { message in
            message.receiver == request.sender && message.hasArrived(by: request.sentAt)
                && ["INVITE", "UPDATE"].contains(message.message.method ?? "") && message.message.toTag != nil
                && message.message.contactURI == newest
        }
        guard isChanging, let before = targets.last(where: { $0 != newest }) else { return [newest] }
        return [newest, before]
    }
}
