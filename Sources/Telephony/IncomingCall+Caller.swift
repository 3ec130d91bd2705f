public import SIPCore

extension IncomingCall {
    /// Who calls, and who says so: the caller alone, or a peer in the trust domain
    /// (``EndpointConfiguration/trustDomain``).
    public var caller: CallerIdentity { request.caller }

    /// What the carrier calls this call (`X-Telnyx-Session-ID`), for its support and its interface; `nil` from others than
    /// a trunk.
    public var carrierSession: String? { trunk == nil ? nil : request.carrierSession }
}
