/// Who has sent a call on to somebody else, and why (RFC 5806 §4).
public struct Diversion: Hashable, Sendable, CustomStringConvertible {
    /// Whom the call was for, with the parameters of the header.
    public var address: NameAddress

    public init(address: NameAddress) {
        self.address = address
    }

    /// - Parameters:
    ///   - uri: whom the call was for.
    ///   - reason: why it was sent on, e.g. `no-answer` or `unconditional`.
    ///   - counter: how often it was sent on by this one.
    public init(uri: URI, reason: String? = nil, counter: Int? = nil) {
        address = NameAddress(uri: uri)
        if let reason { address.parameters.set("reason", to: reason) }
        if let counter { address.parameters.set("counter", to: "\(counter)") }
    }

    /// Reads one value of the header.
    public init(parsing text: String) throws(ParseError) {
        address = try NameAddress(parsing: text)
    }

    public var uri: URI { address.uri }
    /// Why it was sent on, in lower case: `unknown`, `user-busy`, `no-answer`, `unavailable`, `unconditional`,
    /// `time-of-day`, `do-not-disturb`, `deflection`, `follow-me`, `out-of-service`, `away` or another word.
    public var reason: String? { address.parameters.value(of: "reason")?.asciiLowercased }
    /// How often the call was sent on; 1 when it is not said (RFC 5806 §9).
    public var counter: Int { address.parameters.value(of: "counter").flatMap { Array($0.utf8)[...].decimal } ?? 1 }
    /// How often it may be sent on.
    public var limit: Int? { address.parameters.value(of: "limit").flatMap { Array($0.utf8)[...].decimal } }
    /// How far the diverting one wants to stay unknown: `full`, `name`, `uri` or `off`.
    public var privacy: String? { address.parameters.value(of: "privacy")?.asciiLowercased }
    /// Whether the number was checked by the network; `nil` when it is not said.
    public var isScreened: Bool? {
        switch address.parameters.value(of: "screen")?.asciiLowercased {
        case "yes": true
        case "no": false
        default: nil
        }
    }

    public var description: String { address.description }
}

extension SIPMessage {
    /// Who has sent the call on, the latest first (RFC 5806 §4); what can't be read is left out. To be believed only
    /// from a peer in the trust domain: a user agent takes it out of all other requests.
    public var diversions: [Diversion] {
        list(of: .diversion).compactMap { try? Diversion(parsing: $0) }
    }
}
