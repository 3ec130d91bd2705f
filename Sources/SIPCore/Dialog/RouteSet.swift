/// The proxies that the requests of a dialog pass, nearest first (RFC 3261 §12.1, §12.2.1.1).
///
/// Kept as it was written and read when a request is made: most dialogs see few of ours, and some none.
package struct RouteSet: Hashable, Sendable {
    /// The values with commas between them; empty without any.
    private let octets: [UInt8]
    private let isReversed: Bool

    package init(_ routes: [NameAddress]) {
        octets = Array(routes.map(\.description).joined(separator: ",").utf8)
        isReversed = false
    }

    /// Of the caller: the response's Record-Route, reversed.
    package init(of response: Response) throws(ParseError) {
        try response.checkRecordRoutes()
        octets = response.recordRouteOctets
        isReversed = true
    }

    /// Of the callee: the request's Record-Route in order.
    package init(of request: Request) throws(ParseError) {
        try request.checkRecordRoutes()
        self.init(ofValidated: request)
    }

    /// Of the callee, where the request was validated.
    init(ofValidated request: Request) {
        octets = request.recordRouteOctets
        isReversed = false
    }

    package var routes: [NameAddress] {
        guard !octets.isEmpty else { return [] }
        // What can't be read was refused with its message.
        let routes = ListValues(octets[...]).compactMap { $0.isEmpty ? nil : try? NameAddress.read($0) }
        return isReversed ? routes.reversed() : routes
    }

    /// The Request-URI and the Route header values for a request to `target`. When the first proxy is a strict
    /// router (no `lr`), it becomes the Request-URI and the target the last Route.
    package func apply(to target: URI) -> (uri: URI, routes: [String]) {
        let routes = routes
        guard let first = routes.first else { return (target, []) }
        if let proxy = first.uri.sip, !proxy.isLooseRoute {
            return (first.uri.asRequestURI, routes.dropFirst().map(\.description) + ["<\(target)>"])
        }
        return (target, routes.map(\.description))
    }
}

extension SIPMessage {
    /// Record-Route can be read.
    func checkRecordRoutes() throws(ParseError) {
        try checkEach(.recordRoute) { octets, place throws(ParseError) in
            if !place.isEmpty { try NameAddress.check(octets, place) }
        }
    }

    /// The values of all lines of Record-Route with commas between them.
    fileprivate var recordRouteOctets: [UInt8] {
        guard let first = index.first(.recordRoute) else { return [] }
        guard index.repeated.contains(.recordRoute) else { return Array(value(of: first)) }
        var octets: [UInt8] = []
        for entry in index.entries where entry.known == .recordRoute {
            if !octets.isEmpty { octets.append(0x2C) }
            octets += value(of: entry)
        }
        return octets
    }
}
