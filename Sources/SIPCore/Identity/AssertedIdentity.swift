/// Who a caller is as a network says (P-Asserted-Identity), or as whom a caller wants to be known to its network
/// (P-Preferred-Identity) (RFC 3325 §9.1, §9.2): a SIP address, a telephone number, or both.
///
/// It is worth what its sender is worth: see ``TrustDomain``.
public struct AssertedIdentity: Hashable, Sendable {
    /// The address with a `sip` or `sips` URI.
    public private(set) var sip: NameAddress?
    /// The address with a `tel` URI.
    public private(set) var tel: NameAddress?

    /// `nil` when no address is of a scheme that can be asserted.
    ///
    /// - Parameter addresses: of which the first `sip` or `sips` and the first `tel` count; what comes more is passed
    ///   over (RFC 5876 §4.5).
    public init?(_ addresses: [NameAddress]) {
        for address in addresses {
            switch address.uri {
            case .sip where sip == nil: sip = address
            case .tel where tel == nil: tel = address
            default: break
            }
        }
        guard sip != nil || tel != nil else { return nil }
    }

    /// Reads all values of a header; those that can't be read are passed over.
    init?(values: [String]) {
        self.init(values.compactMap { try? NameAddress(parsing: $0) })
    }

    /// In the order in which they are written.
    public var addresses: [NameAddress] { [sip, tel].compactMap(\.self) }

    /// The one to show: the SIP address, for it has the name for people.
    public var primary: NameAddress? { sip ?? tel }

    /// The header's lines, one for each address.
    public func headers(as name: HeaderName = .pAssertedIdentity) -> HeaderFields {
        addresses.map { (name, "\($0)") }
    }
}

extension SIPMessage {
    /// Who the sender is as its network says; `nil` without the header, or when nothing of it can be read. To be
    /// believed only from a peer in the trust domain: a user agent takes it out of all other requests.
    public var assertedIdentity: AssertedIdentity? {
        AssertedIdentity(values: list(of: .pAssertedIdentity))
    }

    /// As whom the sender wants to be known; `nil` without the header.
    public var preferredIdentity: AssertedIdentity? {
        AssertedIdentity(values: list(of: .pPreferredIdentity))
    }
}
