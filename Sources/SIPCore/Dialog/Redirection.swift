/// Where a call goes on to after 3xx answers (RFC 3261 §8.1.3.4): the Contacts, best first, each once.
struct Redirection: Sendable {
    /// How many more requests may go out.
    private var remaining: Int
    private var targets: [SIPURI] = []
    /// What was called before: whoever sends us back there makes a loop.
    private var tried: [SIPURI]
    private let isSecure: Bool
    /// The proxies that every request passes.
    let route: RouteSet
    /// Where every request is sent to, when that is not where the URIs say.
    let flowTarget: FlowTarget?

    init(of invite: OutgoingInvite) {
        remaining = invite.maximumRedirections
        tried = [invite.target]
        isSecure = invite.target.isSecure
        route = RouteSet(invite.route.map { NameAddress(uri: .sip($0)) })
        flowTarget = invite.flowTarget
    }

    /// Takes in a refusal and says whom to call next; `nil` when that was the last word. A 6xx always is.
    mutating func next(after response: Response) -> SIPURI? {
        guard remaining > 0, response.status < 600 else { return nil }
        if response.status < 400 { note(response) }
        guard !targets.isEmpty else { return nil }
        remaining -= 1
        let next = targets.removeFirst()
        tried.append(next)
        return next
    }

    /// The Contacts of a 3xx go before those that are left: it is their place that they take.
    private mutating func note(_ response: Response) {
        var found: [(uri: SIPURI, preference: Int)] = []
        for binding in ContactBinding.list(of: response) {
            guard let uri = binding.address.uri.asRequestURI.sip else { continue }
            // A call that has to be secure stays so (RFC 3261 §26.2.2).
            guard uri.isSecure || !isSecure, !(tried + targets + found.map(\.uri)).contains(where: { $0.matches(uri) })
            else { continue }
            found.append((uri, binding.preference ?? 1_000))
        }
        let ordered = found.enumerated().sorted { one, other in
            (-one.element.preference, one.offset) < (-other.element.preference, other.offset)
        }
        targets = ordered.map(\.element.uri) + targets
    }
}

extension InviteSession {
    /// Sends the first INVITE on to where a 3xx points, or to the next of its Contacts; `false` when there is none.
    mutating func followRedirection(
        _ request: SentRequest, _ response: Response, in environment: inout Environment
    ) -> Bool {
        guard let target = redirection?.next(after: response), let redirection else { return false }
        // Whoever is called now could otherwise collect digests of a password that is none of its business.
        digest?.bindToKnownRealms()
        var draft = request.draft
        draft.target = .sip(target)
        (draft.uri, draft.routes) = redirection.route.apply(to: .sip(target))
        draft.contact.isSecure = draft.contact.isSecure || target.isSecure
        draft.authorization = []
        renumberInvite(&draft)
        send(
            draft, as: .invite, limit: request.limit,
            hop: redirection.flowTarget.map { .open($0, fallback: nil) }, in: &environment)
        return true
    }
}
