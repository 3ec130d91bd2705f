/// What is signed about a call: who calls whom, and when (RFC 8225), with what SHAKEN adds (RFC 8588).
public struct PASSporT: Hashable, Sendable {
    /// One end of the call.
    public enum Party: Hashable, Sendable {
        /// A telephone number in its canonical form (RFC 8224 §8.3).
        case number(String)
        /// A URI in its canonical form (RFC 8224 §8.5).
        case uri(String)
    }

    /// Where the certificate is (`x5u`).
    public var certificateURL: String
    /// Which extension it is of, e.g. `shaken` (`ppt`); `nil` for none.
    public var ppt: String?
    /// When it was made (`iat`).
    public var issuedAt: SIPDate
    /// Who calls (`orig`).
    public var originator: Party
    /// Who is called (`dest`).
    public var destinations: [Party]
    /// How far the signer vouches for the caller (`attest`, RFC 8588 §4).
    public var attestation: Attestation?
    /// What the signer calls the place where the call comes from, a UUID (`origid`, RFC 8588 §5).
    public var originationID: String?
    /// Other claims.
    private var claims: [String: JSONValue] = [:]

    public init(
        certificateURL: String, issuedAt: SIPDate, originator: Party, destinations: [Party], ppt: String? = nil,
        attestation: Attestation? = nil, originationID: String? = nil
    ) {
        self.certificateURL = certificateURL
        self.issuedAt = issuedAt
        self.originator = originator
        self.destinations = destinations
        self.ppt = ppt
        self.attestation = attestation
        self.originationID = originationID
    }

    /// One of SHAKEN.
    public static func shaken(
        certificateURL: String, issuedAt: SIPDate, originator: Party, destinations: [Party], attestation: Attestation,
        originationID: String
    ) -> PASSporT {
        PASSporT(
            certificateURL: certificateURL, issuedAt: issuedAt, originator: originator, destinations: destinations,
            ppt: "shaken", attestation: attestation, originationID: originationID)
    }

    /// Reads header and payload of the full form; says nothing about the signature.
    init(header: [UInt8], payload: [UInt8]) throws(ParseError) {
        let header = try JSONValue(parsing: header)
        let payload = try JSONValue(parsing: payload)
        guard header["typ"]?.text == "passport", header["alg"]?.text == "ES256" else {
            throw Self.fault("§4", "The token is no passport of ES256", status: 437)
        }
        guard let certificateURL = header["x5u"]?.text else { throw Self.fault("§4.3", "The token has no x5u") }
        guard let issued = payload["iat"]?.number, issued >= 0 else {
            throw Self.fault("§5.1.1", "The token has no iat")
        }
        guard let originator = Self.parties(payload["orig"], single: true)?.first else {
            throw Self.fault("§5.2.1", "The token does not name one caller")
        }
        guard let destinations = Self.parties(payload["dest"], single: false), !destinations.isEmpty else {
            throw Self.fault("§5.2.1", "The token does not name whom the call is for")
        }
        self.init(
            certificateURL: certificateURL, issuedAt: SIPDate(seconds: issued), originator: originator,
            destinations: destinations, ppt: header["ppt"]?.text)
        if let text = payload["attest"]?.text { attestation = Attestation(rawValue: text) }
        originationID = payload["origid"]?.text
        guard case .object(var members) = payload else { return }
        for name in ["iat", "orig", "dest", "attest", "origid"] { members[name] = nil }
        claims = members
        guard ppt != "shaken" || (attestation != nil && originationID != nil) else {
            throw ParseError(
                offset: 0, section: "RFC 8588 §6", message: "The token lacks attest or origid", suggestedStatus: 438)
        }
    }

    private static func fault(_ section: String, _ message: String, status: Int = 438) -> ParseError {
        ParseError(offset: 0, section: "RFC 8225 \(section)", message: message, suggestedStatus: status)
    }

    private static func parties(_ value: JSONValue?, single: Bool) -> [Party]? {
        guard case .object(let members) = value else { return nil }
        func texts(_ name: String) -> [String]? {
            guard let value = members[name] else { return [] }
            return single ? value.text.map { [$0] } : value.texts
        }
        guard let numbers = texts("tn"), let uris = texts("uri") else { return nil }
        let parties = numbers.map { Party.number($0) } + uris.map { Party.uri($0) }
        return single && parties.count != 1 ? nil : parties
    }

    // MARK: Writing

    /// The protected header in its deterministic form (RFC 8225 §9).
    var header: [UInt8] {
        var members: [String: JSONValue] = [
            "alg": .text("ES256"), "typ": .text("passport"), "x5u": .text(certificateURL),
        ]
        if let ppt { members["ppt"] = .text(ppt) }
        return JSONValue.object(members).deterministic
    }

    /// The payload in its deterministic form (RFC 8225 §9).
    var payload: [UInt8] {
        var members = claims
        members["iat"] = .number(issuedAt.seconds)
        switch originator {
        case .number(let number): members["orig"] = .object(["tn": .text(number)])
        case .uri(let uri): members["orig"] = .object(["uri": .text(uri)])
        }
        var numbers: [JSONValue] = []
        var uris: [JSONValue] = []
        for destination in destinations {
            switch destination {
            case .number(let number): numbers.append(.text(number))
            case .uri(let uri): uris.append(.text(uri))
            }
        }
        var dest: [String: JSONValue] = [:]
        if !numbers.isEmpty { dest["tn"] = .array(numbers) }
        if !uris.isEmpty { dest["uri"] = .array(uris) }
        members["dest"] = .object(dest)
        if let attestation { members["attest"] = .text(attestation.rawValue) }
        if let originationID { members["origid"] = .text(originationID) }
        return JSONValue.object(members).deterministic
    }

    /// What the signature is over (RFC 7515 §5.1).
    var signingInput: String { "\(Base64URL.encode(header)).\(Base64URL.encode(payload))" }

    /// Signs it.
    ///
    /// - Parameters:
    ///   - key: the private key of the certificate at ``certificateURL``.
    ///   - isCompact: whether header and payload are left out, since the receiver can make them from the message
    ///     (RFC 8225 §7). Not for `shaken`, nor any other extension (RFC 8588 §6).
    /// - Returns: the value of an Identity header; `nil` when it can't be signed, or not in that form.
    public func signed(with key: ES256PrivateKey, isCompact: Bool = false) -> IdentityHeader? {
        guard !isCompact || (ppt == nil && claims.isEmpty), !destinations.isEmpty,
            let signature = key.sign(Array(signingInput.utf8))
        else { return nil }
        let end = Base64URL.encode(signature)
        return IdentityHeader(
            token: isCompact ? "..\(end)" : "\(signingInput).\(end)", certificateURL: certificateURL, ppt: ppt)
    }
}

extension PASSporT.Party {
    /// How a token names what stands in From or To (RFC 8224 §8.3, §8.5); `nil` when it is neither number nor SIP URI.
    ///
    /// - Parameters:
    ///   - uri: as it stands in the message.
    ///   - plan: how numbers without `+` are meant.
    public init?(_ uri: URI, plan: NumberingPlan? = nil) {
        if let number = TelephoneNumber(uri), uri.sip == nil || uri.sip?.isTelephoneNumber == true {
            self = .number((plan?.global(number) ?? number).canonical)
            return
        }
        guard let sip = uri.sip, let user = sip.user else { return nil }
        let host = Host.name(sip.hostText.asciiLowercased)
        let plain = SIPURI(
            user: PercentCoding.comparable(user), host: sip.host.isAddress ? sip.host : host, isSecure: sip.isSecure)
        self = .uri(plain.description)
    }

    /// Whether both name the same.
    func matches(_ other: PASSporT.Party) -> Bool {
        switch (self, other) {
        case (.number(let one), .number(let two)): TelephoneNumber(one)?.canonical == TelephoneNumber(two)?.canonical
        case (.uri(let one), .uri(let two)):
            one == two || (try? URI(parsing: one).matches(URI(parsing: two))) == true
        default: false
        }
    }
}

extension SIPURI {
    /// Whether the user part is a telephone number: `user=phone` says so, or it looks like nothing else (RFC 8224 §8.1).
    var isTelephoneNumber: Bool {
        if parameter("user")?.utf8.isEqual(ignoringCase: "phone") == true { return true }
        guard let number = TelephoneNumber(.sip(self)) else { return false }
        return number.isGlobal || number.digits.utf8.count >= 7
    }
}

extension Host {
    fileprivate var isAddress: Bool {
        if case .address = self { true } else { false }
    }
}
