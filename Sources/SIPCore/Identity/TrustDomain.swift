public import TelephonyPrimitives

/// The peers whose word about identities counts: the trust domain of RFC 3325 §2.3 as seen from here (RFC 3324).
///
/// From anybody else ``UserAgentCore`` takes out what only a network may say (``HeaderName/assertions``) before a
/// request or response is handed up, and to anybody else it says nothing of a caller who asked for privacy.
public struct TrustDomain: Hashable, Sendable {
    /// The addresses of the peers: our trunks and proxies. Over UDP a source address can be forged; where that matters
    /// they have to come over TLS, or through a firewall that knows them.
    public var addresses: Set<IPAddress>
    /// Whether the server of a registered account belongs to it, by the flow on which the account is registered.
    public var includesRegistrars: Bool

    public init(_ addresses: Set<IPAddress> = [], includesRegistrars: Bool = false) {
        self.addresses = addresses
        self.includesRegistrars = includesRegistrars
    }

    /// Nobody.
    public static let nobody = TrustDomain()

    /// Whether a peer at this address belongs to it.
    public func contains(_ address: IPAddress) -> Bool { addresses.contains(address) }
}

extension HeaderName {
    /// Before RFC 3325 there was this, and trunks still have it.
    public static let remotePartyID = HeaderName("Remote-Party-ID")

    /// What only a peer in the trust domain may say about who calls: P-Asserted-Identity, P-Preferred-Identity
    /// (RFC 3325 §9), Remote-Party-ID, Diversion (RFC 5806 §10) and History-Info (RFC 7044 §15).
    public static let assertions: [HeaderName] = [
        .pAssertedIdentity, .pPreferredIdentity, .remotePartyID, .diversion, .historyInfo,
    ]
}
