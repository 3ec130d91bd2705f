/// Checks the signatures about who calls (RFC 8224 §6.2). It fetches nothing: the keys are given to it.
public struct IdentityVerifier: Hashable, Sendable {
    /// What the application knows of the certificate that a signature names.
    public enum Credential: Hashable, Sendable {
        /// Its key, and until when it is good. The certificate is one that the application trusts, for the number.
        case key(ES256PublicKey, notBefore: SIPDate? = nil, notAfter: SIPDate? = nil)
        /// It can't be had.
        case unavailable
        /// It is not trusted, or has another kind of key.
        case unsupported
    }

    /// What came of it.
    public enum Outcome: Hashable, Sendable {
        /// A signature is good and is about this call.
        case verified(PASSporT)
        /// There is no signature that we could look at, and none is needed.
        case unsigned
        /// No signature is good.
        case failed(IdentityFailure)
    }

    /// How old or how far ahead a signature may be, in seconds (RFC 8224 §6.2 recommends 60).
    public var freshness: Int64 = 60
    /// Whether a call without a signature is refused.
    public var isRequired = false
    /// The extensions that are understood, in lower case; those of others are not looked at (RFC 8224 §6.2 step 1).
    public var extensions: Set<String> = ["shaken"]
    /// How many signatures of one request are looked at: they are dear, and a stranger may send many.
    public var maximumSignatures = 8
    /// How numbers without `+` in From and To are meant.
    public var plan: NumberingPlan?

    public init() {}

    /// Checks the signatures of a request; one good one is enough (RFC 8224 §6.2.1).
    ///
    /// - Parameters:
    ///   - request: mostly an INVITE.
    ///   - now: the time of day.
    ///   - credential: what is known of the certificate that a signature names.
    public func verify(
        _ request: Request, now: SIPDate, credential: (IdentityHeader) -> Credential
    ) -> Outcome {
        var failures: [IdentityFailure] = []
        for identity in request.identities.prefix(max(1, maximumSignatures)) {
            do throws(IdentityFailure) {
                let header: IdentityHeader
                switch identity {
                case .success(let read): header = read
                case .failure(let error): throw IdentityFailure(error)
                }
                if let ppt = header.ppt, !extensions.contains(ppt) { continue }
                return .verified(try verify(header, of: request, now: now, credential: credential(header)))
            } catch {
                failures.append(error)
            }
        }
        // What could be put right by sending other certificates is told only when nothing is worse.
        let worst = failures.max { $0.rank < $1.rank }
        if let worst { return .failed(worst) }
        return isRequired ? .failed(.missing) : .unsigned
    }

    private func verify(
        _ header: IdentityHeader, of request: Request, now: SIPDate, credential: Credential
    ) throws(IdentityFailure) -> PASSporT {
        guard header.algorithm == "ES256" else {
            throw .unsupportedCredential("The signature is of \(header.algorithm), not ES256")
        }
        let passport = try passport(of: header, request)
        guard passport.ppt?.asciiLowercased == header.ppt else { throw .invalid("ppt differs from the token's") }
        guard passport.certificateURL == header.certificateURL else {
            throw .invalid("info names another certificate than the token")
        }
        let key: ES256PublicKey
        switch credential {
        case .unavailable: throw .badInfo("The certificate at \(header.certificateURL) can't be had")
        case .unsupported: throw .unsupportedCredential("The certificate at \(header.certificateURL) is not taken")
        case .key(let known, let notBefore, let notAfter):
            key = known
            if let notBefore, passport.issuedAt < notBefore {
                throw .unsupportedCredential("The signature is older than its certificate")
            }
            if let notAfter, passport.issuedAt > notAfter {
                throw .unsupportedCredential("The certificate ran out before the signature was made")
            }
        }
        let age = now.seconds - passport.issuedAt.seconds
        guard abs(age) <= freshness else {
            throw .staleDate("The signature is \(age) seconds old; \(freshness) are allowed")
        }
        let input = header.isCompact ? Array(passport.signingInput.utf8) : header.signingInput
        guard let signature = header.signature, key.verifies(signature, of: input) else {
            throw .invalid("The signature does not fit")
        }
        return passport
    }

    /// The token's claims: read from the full form and compared with the message, or made from the message
    /// (RFC 8224 §6.2.4, §4).
    private func passport(of header: IdentityHeader, _ request: Request) throws(IdentityFailure) -> PASSporT {
        let callers = request.callers(plan: plan)
        guard let caller = callers.first, let called = try? PASSporT.Party(request.to.uri, plan: plan) else {
            throw .invalid("From or To names nobody whom a token could name")
        }
        guard header.isCompact else {
            let passport: PASSporT
            do throws(ParseError) {
                passport = try header.passport
            } catch {
                throw IdentityFailure(error)
            }
            // The message tells who calls, and the token has to agree; never the other way round.
            guard callers.contains(where: { $0.matches(passport.originator) }) else {
                throw .invalid("The token is about another caller")
            }
            guard passport.destinations.contains(where: { $0.matches(called) }) else {
                throw .invalid("The token is about a call to somebody else")
            }
            return passport
        }
        guard header.ppt == nil else { throw .invalid("A token of \(header.ppt ?? "") has to be in full") }
        guard let date = (try? request.date) ?? nil else { throw .staleDate("There is no Date that can be read") }
        return PASSporT(
            certificateURL: header.certificateURL, issuedAt: date, originator: caller, destinations: [called])
    }
}

extension Request {
    /// Whom a token may name as the caller: the one whom the network asserts, where it does (ATIS-1000074 §5.2.1), else
    /// the one of From.
    fileprivate func callers(plan: NumberingPlan?) -> [PASSporT.Party] {
        let asserted = assertor == nil ? [] : assertedIdentity?.addresses ?? []
        let addresses = asserted.isEmpty ? [try? from].compactMap(\.self) : asserted
        return addresses.compactMap { PASSporT.Party($0.uri, plan: plan) }
    }
}

/// Why no signature of a request is good, and how it is refused, where policy wants it refused (RFC 8224 §6.2.2).
public enum IdentityFailure: Error, Hashable, Sendable, CustomStringConvertible {
    /// 428
    case missing
    /// 436
    case badInfo(String)
    /// 437
    case unsupportedCredential(String)
    /// 438
    case invalid(String)
    /// 403
    case staleDate(String)

    init(_ error: ParseError) {
        switch error.suggestedStatus {
        case 436: self = .badInfo(error.message)
        case 437: self = .unsupportedCredential(error.message)
        default: self = .invalid(error.message)
        }
    }

    /// The status to answer with.
    public var status: Int {
        switch self {
        case .missing: 428
        case .badInfo: 436
        case .unsupportedCredential: 437
        case .invalid: 438
        case .staleDate: 403
        }
    }

    /// The words of the status line.
    public var reason: String {
        switch self {
        case .missing: "Use Identity Header"
        case .badInfo: "Bad Identity Info"
        case .unsupportedCredential: "Unsupported Credential"
        case .invalid: "Invalid Identity Header"
        case .staleDate: "Stale Date"
        }
    }

    fileprivate var rank: Int {
        switch self {
        case .missing: 0
        case .badInfo: 1
        case .unsupportedCredential: 2
        case .staleDate: 3
        case .invalid: 4
        }
    }

    public var description: String {
        switch self {
        case .missing: "There is no signature"
        case .badInfo(let text), .unsupportedCredential(let text), .invalid(let text), .staleDate(let text): text
        }
    }
}
