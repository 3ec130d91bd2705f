public import TelephonyPrimitives

/// From where requests outside dialogs are taken, where trunks are configured: a direct call from a stranger must not drive
/// an agent that costs money.
///
/// Nobody else gets an answer, except that where users may call by name and password, theirs are asked for
/// (``UserAgentConfiguration/authentication``). What belongs to a dialog or answers a request of ours is not looked at.
public struct SourceAdmission: Hashable, Sendable {
    /// Our trunks' addresses: they call without a password. The servers with which accounts are registered need not be
    /// here.
    public var peers: [IPNetwork]
    /// Others whose requests are looked at; they are asked for a password where there are users.
    public var others: [IPNetwork]

    public init(peers: [IPNetwork] = [], others: [IPNetwork] = []) {
        self.peers = peers
        self.others = others
    }
}

extension UserAgentCore {
    /// Whether requests of this peer are taken without a password, as those of a trunk.
    func isPeer(_ flow: Flow) -> Bool {
        guard let admission = configuration.admission else { return false }
        return admission.peers.contains { $0.contains(flow.remote.ip) } || account(servedAt: flow.remote.ip) != nil
    }

    /// The account whose registrar is at this address, by the flow on which it is registered.
    package func account(servedAt address: IPAddress) -> RegistrationID? {
        registrations.first { $0.value.flow?.remote.ip == address }?.key
    }

    /// Whether a request may be looked at: it is a peer's, belongs to what we know of, or can be asked for a password.
    func admits(_ request: Request, from flow: Flow) -> Bool {
        guard let admission = configuration.admission else { return true }
        if admission.others.contains(where: { $0.contains(flow.remote.ip) }) || isPeer(flow) { return true }
        if request.toTagOctets != nil {
            if subscriber(for: request) != nil { return true }
            guard let dialog = dialogID(of: request) else { return false }
            return dialogs[dialog] != nil || notifierDialogs[dialog] != nil
        }
        switch request.method {
        // Who was asked may acknowledge the question, and take back what they asked for.
        case .invite, .ack, .cancel: return digestServer != nil
        case .register: return registrar != nil
        default: return false
        }
    }

    /// Passes over a request that nobody but a peer may send; said once for each source.
    mutating func passOver(_ request: Request, from flow: Flow, now: Instant) {
        let isNews = totals.refusedBySource[flow.remote.ip] == nil
        totals.noteRefusal(of: flow.remote.ip)
        guard isNews else { return }
        note(
            .refused,
            "A \(request.method.name) from \(flow.remote.ip) got no answer: it is none of our trunks' addresses. If it is the "
                + "carrier's, it is missing among the trunk's sources",
            message: request, flow: flow, now: now)
    }
}
