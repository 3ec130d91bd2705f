/// Answers the digest challenges of one call or registration (RFC 3261 §22.2, §22.3; RFC 8760 §2.4).
///
/// Of several challenges of one realm it takes the strongest that it understands; RFC 8760 leaves that choice to local
/// policy, and the order of the headers can be changed on the way more easily than a missing algorithm can be forged.
/// It counts the uses of each realm's nonce.
public struct DigestClient: Sendable {
    /// Where credentials belong: a server's realm and a proxy's of the same name are two things.
    struct Place: Hashable, Sendable {
        var isProxy: Bool
        var realm: String

        var header: HeaderName { isProxy ? .proxyAuthorization : .authorization }
    }

    struct Known: Sendable {
        var challenge: DigestChallenge
        /// Whether the nonce may be used again; not once the server has failed to prove itself.
        var isTrusted = true
        /// Whether the nonce is one that the server has told for the next request.
        var isNext = false
        /// How often the nonce was used.
        var count: UInt32 = 0
        /// For the `-sess` algorithms, which bind the secret to the first one.
        var cnonce: String
        /// Answers in a row that were called stale.
        var staleAnswers = 0
    }

    private let credentials: [Credentials]
    /// Whether credentials without a realm answer one that has not asked before.
    private var isOpen = true
    var known: [Place: Known] = [:]

    /// How many realms are remembered; a chain of more proxies than this with different realms does not exist.
    private static let maxRealms = 16
    /// How many challenges of one response are looked at.
    private static let maxChallenges = 32

    /// - Parameter credentials: at most one without a realm is of use; those with a realm go first.
    public init(credentials: Credentials...) {
        self.init(credentials: credentials)
    }

    public init(credentials: [Credentials]) {
        self.credentials = credentials
    }

    /// From now on only realms that have asked before, or that credentials name, are answered.
    ///
    /// Once a call is set up its peer, a stranger perhaps, could otherwise challenge a BYE with a realm of its own and
    /// collect digests of the trunk's password.
    public mutating func bindToKnownRealms() {
        isOpen = false
    }

    /// Answers the challenges of a 401 or 407.
    ///
    /// - Parameters:
    ///   - response: the 401 or 407.
    ///   - refused: the credentials that the refused request carried, as this method gave them; empty for the first try.
    ///   - method: the method of the request.
    ///   - uri: the Request-URI as it is written in the request.
    ///   - body: the body of the request, for `auth-int`.
    ///   - random: the source of cnonces.
    /// - Returns: the headers for the next try, among them those for realms that were answered before; `nil` when there
    ///   is nothing to answer with, or the credentials were refused although their nonce was fresh, or were called stale
    ///   twice in a row.
    public mutating func authorize(
        challenges response: Response, refused: [(HeaderName, String)] = [], method: Method, uri: String,
        body: [UInt8], using random: inout some RandomNumberGenerator
    ) -> [(HeaderName, String)]? {
        let wanted = strongestChallenges(of: response)
        let answered = places(in: refused)
        var places: [Place] = []
        for (place, challenge) in wanted where mayAnswer(place) {
            var staleAnswers = 0
            if answered.contains(place) {
                staleAnswers = (known[place]?.staleAnswers ?? 0) + 1
                guard challenge.isStale, staleAnswers < 2 else { return nil }
            }
            guard known[place] != nil || known.count < Self.maxRealms else { continue }
            // Who asked for better once and asks for worse now is somebody on the way (RFC 8760 §4).
            if let before = known[place]?.challenge, challenge.isWeaker(than: before) { continue }
            known[place] = Known(
                challenge: challenge, cnonce: Self.makeCnonce(using: &random), staleAnswers: staleAnswers)
            places.append(place)
        }
        guard !places.isEmpty else { return nil }
        for place in answered where !places.contains(place) && isTrusted(place) { places.append(place) }
        return places.compactMap { answer(for: $0, method: method, uri: uri, body: body, using: &random) }
    }

    /// Credentials for every realm that has asked before, with the next count of its nonce: for a request that can thus
    /// spare the question (RFC 7616 §3.6).
    ///
    /// - Parameters:
    ///   - method: the method of the request.
    ///   - uri: the Request-URI as it is written in the request.
    ///   - body: the body of the request, for `auth-int`.
    ///   - random: the source of cnonces.
    /// - Returns: the headers; none before the first challenge.
    public mutating func anticipate(
        method: Method, uri: String, body: [UInt8], using random: inout some RandomNumberGenerator
    ) -> [(HeaderName, String)] {
        let places = known.keys.filter { isTrusted($0) }.sorted {
            ($0.isProxy ? 1 : 0, $0.realm) < ($1.isProxy ? 1 : 0, $1.realm)
        }
        return places.compactMap { answer(for: $0, method: method, uri: uri, body: body, using: &random) }
    }

    // MARK: Inside

    /// For each realm the strongest challenge that is understood, the first one among equals.
    private func strongestChallenges(of response: Response) -> [(Place, DigestChallenge)] {
        var best: [(place: Place, challenge: DigestChallenge)] = []
        for (name, isProxy) in [(HeaderName.wwwAuthenticate, false), (.proxyAuthenticate, true)] {
            for value in response.values(of: name).prefix(Self.maxChallenges) {
                guard let challenge = try? DigestChallenge(parsing: value) else { continue }
                let place = Place(isProxy: isProxy, realm: challenge.realm)
                if let index = best.firstIndex(where: { $0.place == place }) {
                    if challenge.algorithm.strength > best[index].challenge.algorithm.strength {
                        best[index].challenge = challenge
                    }
                } else {
                    best.append((place, challenge))
                }
            }
        }
        return best.map { ($0.place, $0.challenge) }
    }

    private func places(in headers: [(HeaderName, String)]) -> [Place] {
        headers.compactMap { name, value in
            DigestAuthorization.realm(of: value).map { Place(isProxy: name == .proxyAuthorization, realm: $0) }
        }
    }

    private func mayAnswer(_ place: Place) -> Bool {
        guard let credential = credential(for: place.realm) else { return false }
        return isOpen || known[place] != nil || credential.realm != nil
    }

    private func isTrusted(_ place: Place) -> Bool {
        known[place]?.isTrusted ?? false
    }

    func credential(for realm: String) -> Credentials? {
        credentials.first { $0.realm == realm } ?? credentials.first { $0.realm == nil }
    }

    private mutating func answer(
        for place: Place, method: Method, uri: String, body: [UInt8], using random: inout some RandomNumberGenerator
    ) -> (HeaderName, String)? {
        guard var entry = known[place], let credential = credential(for: place.realm), entry.count < .max else {
            return nil
        }
        let challenge = entry.challenge
        entry.count += 1
        if entry.count > 1 || entry.cnonce.isEmpty, !challenge.algorithm.isSession {
            entry.cnonce = Self.makeCnonce(using: &random)
        }
        known[place] = entry
        let quality: QualityOfProtection? =
            challenge.qualities.contains(.authentication) ? .authentication : challenge.qualities.first
        let nonceCount = hexadecimal(entry.count, width: 8)
        let calculation = DigestCalculation(
            algorithm: challenge.algorithm, username: credential.username, realm: challenge.realm,
            password: credential.password, method: method.name, uri: uri, nonce: challenge.nonce,
            cnonce: entry.cnonce, nonceCount: nonceCount, quality: quality, body: body)
        let needsCnonce = quality != nil || challenge.algorithm.isSession
        let authorization = DigestAuthorization(
            username: challenge.wantsUserHash
                ? challenge.algorithm.userHash(of: credential.username, realm: challenge.realm) : credential.username,
            realm: challenge.realm, nonce: challenge.nonce, uri: uri,
            response: calculation.response, opaque: challenge.opaque,
            algorithm: challenge.namesAlgorithm ? challenge.algorithm : nil, quality: quality,
            cnonce: needsCnonce ? entry.cnonce : nil, nonceCount: quality == nil ? nil : nonceCount,
            isHashed: challenge.wantsUserHash)
        return (place.header, authorization.text)
    }

    private static func makeCnonce(using random: inout some RandomNumberGenerator) -> String {
        hexadecimal(UInt64.random(in: .min ... .max, using: &random), width: 16)
    }
}

extension DigestChallenge {
    /// Whether it wants a weaker algorithm than `other`, or no quality where `other` wanted one.
    fileprivate func isWeaker(than other: DigestChallenge) -> Bool {
        algorithm.strength < other.algorithm.strength || (qualities.isEmpty && !other.qualities.isEmpty)
    }
}
