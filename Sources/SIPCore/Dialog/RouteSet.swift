/// The proxies that the requests of a dialog pass, nearest first (RFC 3261 §12.1, §12.2.1.1).
package struct RouteSet: Hashable, Sendable {
    package let routes: [NameAddress]

    package init(_ routes: [NameAddress]) {
        self.routes = routes
    }

    /// Of the caller: the response's Record-Route, reversed.
    package init(of response: Response) throws(ParseError) {
        routes = try response.recordRoutes.reversed()
    }

    /// Of the callee: the request's Record-Route in order.
    package init(of request: Request) throws(ParseError) {
        routes = try request.recordRoutes
    }

    /// The Request-URI and the Route header values for a request to `target`. When the first proxy is a strict
    /// router (no `lr`), it becomes the Request-URI and the target the last Route.
    package func apply(to target: URI) -> (uri: URI, routes: [String]) {
        guard let first = routes.first else { return (target, []) }
        if let proxy = first.uri.sip, !proxy.isLooseRoute {
            return (first.uri.asRequestURI, routes.dropFirst().map(\.description) + ["<\(target)>"])
        }
        return (target, routes.map(\.description))
    }
}
