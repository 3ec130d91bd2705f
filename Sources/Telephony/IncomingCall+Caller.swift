public import SIPCore

extension IncomingCall {
    /// Who calls, and who says so: the caller alone, or a peer in the trust domain
    /// (``EndpointConfiguration/trustDomain``).
    public var caller: CallerIdentity { request.caller }
}
