/// What a REFER asks for (RFC 3515 §2.1).
public struct Referral: Sendable {
    /// Whom to reach, without `method` and headers.
    public let target: URI
    /// How: INVITE unless the URI says another method.
    public let method: Method
    /// The headers that the URI asks for, unescaped. Whoever sent the REFER chose them.
    public let headers: HeaderFields
    /// The dialog that the new call shall take the place of: an attended transfer (RFC 3891).
    public let replaces: Replaces?
    /// Who asks, as he says himself (RFC 3892).
    public let referredBy: String?
    /// Whether the peer wants to hear how it goes; not so with `Refer-Sub: false` (RFC 4488).
    public let wantsReports: Bool
    /// The REFER.
    public let request: Request

    /// - Parameter request: a REFER.
    /// - Throws: when it has not exactly one Refer-To that can be read.
    public init(_ request: Request) throws(ParseError) {
        let values = request.list(of: .referTo)
        guard let value = values.first, values.count == 1 else {
            throw ParseError(
                offset: 0, section: "RFC 3515 §2.4.2", message: "A REFER has one Refer-To", suggestedStatus: 400)
        }
        var uri = try NameAddress(parsing: value).uri
        var fields: HeaderFields = []
        var asked = Method.invite
        if case .sip(var sip) = uri {
            fields = sip.headers.map { (HeaderName($0.name), PercentCoding.decode($0.value)) }
            if let name = sip.parameters.value(of: "method") { asked = Method(name) }
            sip.headers = []
            sip.parameters.remove("method")
            uri = .sip(sip)
        }
        let replacing = fields.filter { $0.0 == .replaces }
        guard replacing.count <= 1 else {
            throw ParseError(
                offset: 0, section: "RFC 3891 §3", message: "Refer-To has more than one Replaces", suggestedStatus: 400)
        }
        replaces = try replacing.first.map { (_, value) throws(ParseError) in try Replaces(parsing: value) }
        target = uri
        method = asked
        headers = fields
        referredBy = request.first(.referredBy)
        wantsReports = request.first(.referSub).map { !Self.isFalse($0) } ?? true
        self.request = request
    }

    /// Whether a value of Refer-Sub says that there is no subscription (RFC 4488 §4).
    static func isFalse(_ value: String) -> Bool {
        value.prefix { $0 != ";" }.trimmingBlanks.lowercased() == "false"
    }

    /// The headers for the call that the REFER asks for: Replaces, Referred-By, User-to-User and those that begin with
    /// `X-`. The others of the URI are left out, for they may be dangerous (RFC 3261 §19.1.5).
    public var inviteHeaders: HeaderFields {
        headers.filter { name, _ in
            name == .replaces || name.text.lowercased() == "user-to-user" || name.text.lowercased().hasPrefix("x-")
        } + (referredBy.map { [(.referredBy, $0)] } ?? [])
    }
}

extension HeaderName {
    /// RFC 4488
    static let referSub = HeaderName("Refer-Sub")
}
