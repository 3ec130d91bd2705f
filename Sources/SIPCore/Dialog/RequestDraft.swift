package import TelephonyPrimitives

/// The parts of our Contact that do not depend on the flow.
package struct ContactIdentity: Hashable, Sendable {
    package var user: String?
    /// Whether the Contact has to be a `sips` URI (RFC 3261 §8.1.1.8).
    package var isSecure: Bool
    /// The address to name in place of the flow's.
    package var address: TransportAddress?
    /// What follows the URI, e.g. `;q=0.5`.
    package var parameters = ""

    package init(user: String?, isSecure: Bool) {
        self.user = user
        self.isSecure = isSecure
    }

    /// As the Request-URI names us.
    init(of request: Request) {
        self.init(user: request.requestURIUser, isSecure: request.wantsSecureContact)
    }
}

/// A request before it has a flow: all of it but Via and Contact, which name our end of the flow.
package struct RequestDraft: Sendable {
    package var method: Method
    /// Whom the request is for: the remote target, or whom the caller calls.
    package var target: URI
    /// The Request-URI; it differs from the target before a strict router.
    package var uri: URI
    /// The values of the Route headers.
    package var routes: [String]
    package var from: String
    package var fromTag: Tag
    package var to: String
    package var callID: CallID
    package var sequence: UInt32
    package var contact: ContactIdentity
    /// Whether our Contact is in it though the method alone does not say so.
    package var carriesContact = false
    package var headers: HeaderFields = []
    /// Authorization and Proxy-Authorization.
    package var authorization: HeaderFields = []
    package var body: Body?

    /// Where the request goes first (RFC 3261 §8.1.2): the first Route, unless a strict router is before it and thus
    /// already the Request-URI. `nil` when that is no SIP URI.
    package var nextHop: FlowTarget? {
        if uri == target, let first = routes.first, let route = try? NameAddress(parsing: first),
            let proxy = route.uri.sip
        {
            return FlowTarget(proxy)
        }
        return uri.sip.map { FlowTarget($0) }
    }

    /// The request with our end of the flow put in.
    func build(via: String, contact: String, abilities: Abilities, userAgentName: String?) -> Request {
        var builder = MessageBuilder(request: method, uri: uri)
        builder.add(.via, via)
        for route in routes { builder.add(.route, route) }
        builder.add(.maxForwards, "70")
        builder.add(.from, from)
        builder.add(.to, to)
        builder.add(.callID, callID.text)
        builder.add(.cseq, "\(sequence) \(method.name)")
        if carriesContact || method.carriesContact { builder.add(.contact, contact) }
        if method.announcesAbilities {
            builder.add(.allow, abilities.allow)
            if !abilities.supported.isEmpty { builder.add(.supported, abilities.supported) }
            if !abilities.allowEvents.isEmpty { builder.add(.allowEvents, abilities.allowEvents) }
        }
        if method == .invite || method == .update || method == .register { builder.addInfoPackages(abilities) }
        for (name, value) in authorization { builder.add(name, value) }
        for (name, value) in headers where name.isFree { builder.add(name, value) }
        if let name = userAgentName { builder.add(.userAgent, name) }
        if let body { builder.setBody(body.octets, contentType: body.contentType) }
        return builder.buildRequest()
    }
}

extension MessageBuilder {
    /// Which packages an INFO to us may be of (RFC 6086 §5.2.2, §5.3).
    mutating func addInfoPackages(_ abilities: Abilities) {
        if !abilities.infoPackages.isEmpty { add(.recvInfo, abilities.infoPackages) }
    }
}

extension Method {
    /// Whether our requests of this method carry a Contact: those that make a dialog or refresh its target.
    var carriesContact: Bool {
        self == .invite || self == .update || self == .refer || self == .subscribe || self == .notify
            || self == .options
    }

    /// Whether our requests of this method carry Allow and Supported.
    var announcesAbilities: Bool {
        self == .invite || self == .update || self == .options || self == .refer
    }
}

extension HeaderName {
    /// Whether the application may set the header: it is none that the core writes itself, and its name is a token, so
    /// that it can't end its line (RFC 3261 §25.1).
    var isFree: Bool {
        !HeaderName.reserved.contains(self) && !text.isEmpty
            && text.utf8.allSatisfy { octet in
                switch octet {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
                case UInt8(ascii: "0")...UInt8(ascii: "9"): true
                default: "-.!%*_+`'~".utf8.contains(octet)
                }
            }
    }

    private static let reserved: Set<HeaderName> = [
        .via, .route, .recordRoute, .maxForwards, .from, .to, .callID, .cseq, .contentLength, .contentType,
    ]
}
