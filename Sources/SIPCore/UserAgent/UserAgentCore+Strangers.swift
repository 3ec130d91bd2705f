package import TelephonyPrimitives

/// Bounds on what one source and all strangers together may hold, kept before anything is made for a request.
extension UserAgentCore {
    /// Whether a request outside dialogs may have state of its own. Where the source has all it may have, its oldest
    /// request that is answered already goes, else the new one is refused without state; where strangers have all that
    /// strangers may have, the oldest of theirs goes.
    mutating func hasRoom(for request: Request, from flow: Flow, now: Instant) -> Bool {
        let source = flow.remote.ip
        guard !configuration.knownSources.contains(source) else { return true }
        let isStranger = sources.isStranger(source)
        let share = isStranger ? configuration.shareOfStranger : configuration.shareOfSource
        while sources.count(of: source) >= share {
            guard let oldest = sources.oldest(of: source, isSettled) else {
                refuseForLack(of: "\(share) requests of one source are open", request, over: flow, now: now)
                return false
            }
            dismiss(oldest, now: now)
        }
        while isStranger, sources.strangerCount >= configuration.shareOfStrangers {
            guard let oldest = sources.oldestOfStrangers else { return false }
            totals.evicted += 1
            totals.noteRefusal(of: source)
            note(.limit, "The oldest request of a stranger makes room", message: request, flow: flow, now: now)
            dismiss(oldest, now: now)
        }
        return true
    }

    /// Counts what is kept for a request outside dialogs.
    mutating func hold(_ id: ServerTransactionID, from flow: Flow) {
        guard !configuration.knownSources.contains(flow.remote.ip) else { return }
        sources.hold(id, from: flow.remote.ip)
    }

    /// Whether one more subscription of `source` fits: strangers may have half of all, each a quarter of that.
    func takesSubscription(from source: IPAddress) -> Bool {
        guard notifiers.count < configuration.maxSubscriptions else { return false }
        guard !configuration.knownSources.contains(source), sources.isStranger(source) else { return true }
        return notifiers.count < configuration.maxSubscriptions / 2
            && notifiers.values.count { $0.flows.flow?.remote.ip == source }
                < max(1, configuration.maxSubscriptions / 8)
    }

    /// Whether nothing has shown that the host is there: no answered call, no credentials, no answer of its own.
    package func isStranger(_ source: IPAddress) -> Bool { sources.isStranger(source) }

    private mutating func refuseForLack(of what: String, _ request: Request, over flow: Flow, now: Instant) {
        totals.noteRefusal(of: flow.remote.ip)
        note(.limit, what, message: request, flow: flow, now: now)
        respondStatelessly(
            to: request, status: 503, headers: [(.retryAfter, "\(environment.pick(5...15))")], over: flow)
    }

    /// Whether a request has its final answer and nobody waits for more than copies of it.
    private func isSettled(_ id: ServerTransactionID) -> Bool {
        guard let (isOpen, session) = transactions.server(id)?.read({ ($0.machine.isOpen, $0.session) }) else {
            return true
        }
        guard !isOpen else { return false }
        guard let session = session.flatMap({ sessions[$0] }) else { return true }
        return session.read { $0.phase == .over }
    }

    /// Lets go of a request at once, with all that hangs on it.
    private mutating func dismiss(_ id: ServerTransactionID, now: Instant) {
        // Whatever becomes of it, it must not stay in the way.
        defer { sources.release(id) }
        guard let transaction = transactions.server(id) else { return }
        let session = transaction.read { $0.session }
        if let session { withSession(session, now: now) { session, _ in session.dismiss(id) } }
        if transactions.server(id)?.read({ $0.machine.isOpen }) == true {
            respond(id, ResponseDraft(status: 503), now: now)
        }
        forget(id, of: session, now: now)
    }
}

extension InviteSession {
    /// Whether the peer's requests in a dialog of this session may come over `flow`: from the host that it was begun
    /// with, or one that its route set or Contact names by address. A name may stand for any host.
    func isPeers(_ flow: Flow, in id: DialogID) -> Bool {
        guard let known = flows.flow, known.remote.ip != flow.remote.ip else { return true }
        let dialogs = (dialog.map { [$0] } ?? []) + earlyDialogs.map(\.dialog) + strayDialogs
        guard let dialog = dialogs.first(where: { $0.id == id }) else { return true }
        return ([dialog.remoteTarget] + dialog.routeSet.routes.map(\.uri)).contains { uri in
            guard let host = uri.sip?.host, case .address(let address) = host else { return true }
            return address == flow.remote.ip
        }
    }

    /// The INVITE of the peer whose 2xx `request` is the first to acknowledge.
    func unacknowledgedTransaction(of request: Request) -> ServerTransactionID? {
        guard let sequence = request.cseqNumber else { return nil }
        return unacknowledged.first { $0.sequence == sequence }?.transaction
    }

    /// Gives up a call whose caller has shown nothing yet but its INVITE.
    mutating func dismiss(_ transaction: ServerTransactionID) {
        let reason = "The call made room for others: its caller is a stranger, and it was the oldest such call"
        if ringing?.transaction == transaction {
            ringing = nil
            respond(transaction, 503)
            end(.init(cause: .rejectedLocally, status: 503, reason: reason))
        } else if unacknowledged.contains(where: { $0.transaction == transaction }) {
            unacknowledged = []
            owedBye = nil
            end(.init(cause: .acknowledgementMissing, reason: reason))
        }
    }
}
