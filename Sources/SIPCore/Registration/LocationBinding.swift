public import TelephonyPrimitives

/// One Contact that is bound to an address of record (RFC 3261 §10.3), and how to reach it.
public struct LocationBinding: Hashable, Sendable {
    /// The Contact's URI as it was registered, parameters and headers included.
    public var uri: URI
    /// The Contact's parameters but `expires`.
    public var parameters: Parameters
    /// The Call-ID of the REGISTER that bound it last.
    public var callID: CallID
    /// Its number.
    public var sequence: UInt32
    /// When the binding ends.
    public var expiresAt: Instant
    /// When it was bound or refreshed last.
    public var updatedAt: Instant
    /// The proxies that requests to it pass, first one first (RFC 3327 §5.3), as written.
    public var path: [String]
    /// The flow over which the REGISTER came; `nil` once a connection has closed.
    public var flow: Flow?
    /// Whether requests have to take that very flow (RFC 5626 §6).
    public var usesOutbound: Bool

    /// Its preference in thousandths (`q`); 1000 when it names none.
    public var preference: Int { parameters.value(of: "q").flatMap(QValue.parse) ?? 1_000 }

    /// The device that registered it (RFC 5626 §4.1).
    public var instanceID: String? { ContactBinding(address: address).instanceID }

    /// The URI with its parameters.
    public var address: NameAddress { NameAddress(uri: uri, parameters: parameters) }

    /// Where to send requests to it when no Path says so: over the way the REGISTER came, because the Contact of a phone
    /// behind a NAT names an address that nobody reaches. `nil` when that way is gone, or the way is the Path's.
    public var flowTarget: FlowTarget? {
        guard path.isEmpty, let flow else { return nil }
        var target = FlowTarget(
            host: flow.remote.ip.description, port: flow.remote.port, transport: flow.protocol,
            secure: flow.protocol.isSecure)
        if flow.protocol.isReliable { target.connection = flow }
        return target
    }

    /// The Path as the route of a request.
    public var route: [SIPURI] { path.compactMap { try? NameAddress(parsing: $0).uri.sip } }

    /// How the registrar lists it at `now` (RFC 3261 §10.3 step 8).
    func contact(now: Instant) -> String {
        var address = address
        // At least one second: what is listed is bound.
        let seconds = max((expiresAt - now).inMilliseconds / 1_000, 1)
        address.parameters.set("expires", to: "\(seconds)")
        return address.description
    }
}

extension OutgoingInvite {
    /// A call to a registered Contact (RFC 3261 §16.6): its URI as the target, its Path or the way it registered as the
    /// route.
    ///
    /// - Parameters:
    ///   - binding: one of `UserAgentCore.bindings(of:now:)`; its URI has to be a SIP URI.
    ///   - from: who calls.
    ///   - body: the offer.
    /// - Returns: `nil` when the Contact is no SIP URI.
    public init?(to binding: LocationBinding, from: NameAddress, body: Body? = nil) {
        guard let target = binding.uri.sip else { return nil }
        self.init(
            target: target, from: from, body: body, route: binding.route, flowTarget: binding.flowTarget)
    }
}
