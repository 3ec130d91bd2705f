public import TelephonyPrimitives

/// Who calls, as far as a request tells it, and who says so.
public struct CallerIdentity: Hashable, Sendable {
    /// Who stands behind what is told of the caller.
    public enum Source: Hashable, Sendable {
        /// The caller alone (From): anybody can write anything there.
        case caller
        /// A peer in the trust domain (P-Asserted-Identity, RFC 3325).
        case network(IPAddress)
    }

    /// What is known about the number's truth.
    public enum Verification: Hashable, Sendable {
        /// Nothing: nobody whose word counts has said anything.
        case unverified
        /// A peer in the trust domain says how it has checked the number (`verstat`).
        case reported(Verstat, by: IPAddress)
        /// We have checked a signature ourselves (RFC 8224).
        case signed(PASSporT)

        /// Whether the number was found to be right.
        public var isVerified: Bool {
            switch self {
            case .unverified: false
            case .reported(let verstat, _): verstat.outcome == .passed
            case .signed: true
            }
        }
    }

    /// The caller's address; `nil` when he hides it and no network has told us.
    public var uri: URI?
    /// The caller's number, when the address is one.
    public var number: TelephoneNumber?
    /// The caller's name for people.
    public var displayName: String?
    /// Who says so.
    public var source: Source
    /// What is known about the number's truth.
    public var verification: Verification
    /// What privacy the caller asked for.
    public var privacy: Privacy
    /// Who has sent the call on, the latest first; empty unless the peer is in the trust domain.
    public var diversions: [Diversion]
    /// The targets that the call had so far; empty unless the peer is in the trust domain.
    public var history: [HistoryEntry]

    /// Whether the caller must not be shown to whom he calls (RFC 3323 §4.2): he asked for privacy, or his From says
    /// nothing.
    public var isAnonymous: Bool

    /// Reads who calls. What a peer outside the trust domain asserts is not looked at, even when it is in the request.
    init(of request: Request) {
        let from = try? request.from
        let claimed = from?.isAnonymous == false ? from : nil
        let assertor = request.assertor
        let asserted = assertor == nil ? nil : request.assertedIdentity
        let shown = asserted?.primary ?? claimed
        uri = shown?.uri
        number =
            asserted?.tel.flatMap { TelephoneNumber($0.uri) } ?? shown.flatMap { TelephoneNumber($0.uri) }
        displayName = shown?.displayName
        source = .caller
        privacy = request.privacy
        isAnonymous = privacy.hidesCaller || claimed == nil
        verification = .unverified
        diversions = assertor == nil ? [] : request.diversions
        history = assertor == nil ? [] : request.history
        guard let assertor else { return }
        if asserted != nil { source = .network(assertor) }
        let places = (asserted?.addresses ?? []) + [from].compactMap(\.self)
        if let verstat = places.lazy.compactMap({ Verstat(of: $0) }).first {
            verification = .reported(verstat, by: assertor)
        }
    }

    /// Takes over that ``IdentityVerifier`` has found a signature good.
    ///
    /// - Returns: `false`, and nothing changes, when the signature is about another caller than the one told here.
    @discardableResult
    public mutating func take(_ passport: PASSporT, plan: NumberingPlan? = nil) -> Bool {
        guard let uri, let party = PASSporT.Party(uri, plan: plan), party.matches(passport.originator) else {
            return false
        }
        verification = .signed(passport)
        return true
    }

    /// What to show to the person who is called: the name or the number, and nothing of a caller who hides.
    public var shownText: String? {
        guard !isAnonymous else { return nil }
        return displayName ?? number?.description ?? uri?.description
    }
}

extension Request {
    /// Who calls, and who says so. In requests that a ``UserAgentCore`` has handed up; of any other one only the caller's
    /// own word is told.
    public var caller: CallerIdentity { CallerIdentity(of: self) }
}

extension NameAddress {
    /// Nobody in particular, as the From of a caller who hides (RFC 3323 §4.1.1.3).
    public static let anonymous = NameAddress(
        displayName: "Anonymous",
        uri: .sip(SIPURI(user: "anonymous", host: .name("anonymous.invalid"))))

    /// Whether it names nobody (RFC 3323 §4.1.1.3): the host is `anonymous.invalid`, or the user is `anonymous`, as some
    /// write it at their own host.
    public var isAnonymous: Bool {
        guard let sip = uri.sip else { return false }
        let host = sip.hostText.asciiLowercased
        return host == "anonymous.invalid" || host.hasSuffix(".anonymous.invalid")
            || sip.unescapedUser?.asciiLowercased == "anonymous"
    }
}
