import TelephonyPrimitives

// What the user agent reads from messages beyond single headers.

extension SIPMessage {
    /// Whether a list of tokens has this one: an option tag in Supported or Require.
    func lists(_ token: String, in name: HeaderName) -> Bool {
        for entry in index.entries where has(entry, name) {
            for part in ListSplitter.split(value(of: entry)) where part.isEqual(ignoringCase: token) { return true }
        }
        return false
    }

    var hasBody: Bool { !index.body.isEmpty }

    var fromTag: Tag? {
        get throws(ParseError) { try from.tag }
    }

    var toTag: Tag? {
        get throws(ParseError) { try to.tag }
    }

    /// The URI of the one Contact; `nil` without Contact (or with `*`).
    /// - Throws: when there are several, or it can't be read.
    var contactTarget: URI? {
        get throws(ParseError) {
            switch try contacts {
            case .addresses(let addresses):
                guard addresses.count <= 1 else {
                    throw ParseError(
                        offset: 0, section: "RFC 3261 §8.1.1.8", message: "There is more than one Contact",
                        suggestedStatus: 400)
                }
                return addresses.first?.uri
            case .star, nil:
                return nil
            }
        }
    }
}

extension Via {
    /// Whether the address or port that the request came from has to be noted in it, as `noteSource` does
    /// (RFC 3261 §18.2.1, RFC 3581 §4).
    func lacksSource(_ source: TransportAddress) -> Bool {
        sentByAddress != source.ip || parameters.has("rport") || parameters.has("received")
    }
}

extension Request {
    /// Whether the Request-URI is of a scheme that can mean us.
    var hasServedScheme: Bool {
        let text = requestURIText.utf8
        return ["sip:", "sips:", "tel:"].contains { text.prefix($0.utf8.count).isEqual(ignoringCase: $0) }
    }

    /// The ACK of a 3xx–6xx (RFC 3261 §17.1.1.3): the INVITE's Request-URI, top Via, Route, From, Call-ID and number,
    /// and the To of the response.
    func acknowledgement(of response: Response) -> Request {
        follower(.ack, to: response.first(.to), headers: [])
    }

    /// The CANCEL of this INVITE (RFC 3261 §9.1).
    func cancellation(headers: HeaderFields) -> Request {
        follower(.cancel, to: nil, headers: headers)
    }

    private func follower(_ method: Method, to: String?, headers: HeaderFields) -> Request {
        var builder = MessageBuilder(request: method, uri: uriAsWritten)
        if let via = list(of: .via).first { builder.add(.via, via) }
        for route in values(of: .route) { builder.add(.route, route) }
        builder.add(.maxForwards, "70")
        if let from = first(.from) { builder.add(.from, from) }
        if let to = to ?? first(.to) { builder.add(.to, to) }
        if let callID = first(.callID) { builder.add(.callID, callID) }
        let number = (try? cseq.number) ?? 0
        builder.add(.cseq, "\(number) \(method.name)")
        for value in values(of: .authorization) { builder.add(.authorization, value) }
        for value in values(of: .proxyAuthorization) { builder.add(.proxyAuthorization, value) }
        for (name, value) in headers where name.isFree { builder.add(name, value) }
        if let name = first(.userAgent) { builder.add(.userAgent, name) }
        return builder.buildRequest()
    }

    /// The Request-URI; a request of our own always has a readable one.
    private var uriAsWritten: URI {
        guard let uri = try? requestURI else { return .other(scheme: "sip", text: requestURIText) }
        return uri
    }

    /// Whether our Contact in the dialog that it makes has to be a `sips` URI: because of its Request-URI, the first
    /// Record-Route, or without one its Contact (RFC 3261 §12.1.1).
    var wantsSecureContact: Bool {
        if (try? requestURI.isSecure) ?? false { return true }
        if let route = try? recordRoutes.first { return route.uri.isSecure }
        return (try? contactTarget?.isSecure) ?? false
    }
}

extension URI {
    /// Whether every hop has to be secure.
    var isSecure: Bool { sip?.isSecure ?? false }

    /// Without what a Request-URI must not have (RFC 3261 §19.1.1, table 1).
    var asRequestURI: URI {
        guard var sip else { return self }
        sip.headers = []
        sip.parameters.remove("method")
        return .sip(sip)
    }
}

extension FlowTarget {
    /// What a request to `uri` has to reach (RFC 3263 §4.1, RFC 3261 §19.1.1 for `maddr`).
    public init(_ uri: SIPURI) {
        self.init(
            host: uri.maddr ?? uri.hostText, port: uri.port,
            transport: uri.transportParameter.flatMap { TransportProtocol(uriParameter: $0, secure: uri.isSecure) },
            secure: uri.isSecure)
    }
}

extension UserAgentConfiguration {
    /// Whether an INFO is of a package that we take, or of none (RFC 6086 §4.2.2).
    func takesInfo(_ request: Request) -> Bool {
        guard let value = request.first(.infoPackage) else { return true }
        let package = value.prefix { $0 != ";" }.trimmingBlanks.lowercased()
        return infoPackages.contains { $0.lowercased() == package }
    }
}
