public import TelephonyPrimitives

/// Asks callers for credentials and checks them (RFC 3261 §22.2, RFC 7616, RFC 8760).
///
/// A nonce is good for a limited time, each of its counts once, and proves by a keyed hash that it was made here. A user
/// that does not exist takes the same path as one that does, so that neither answer nor timing tells names.
public struct DigestServer: Sendable, CustomStringConvertible {
    /// What is to become of a request.
    public enum Verdict: Hashable, Sendable {
        /// The credentials are right.
        case accepted(user: String)
        /// Ask for credentials with 401; `stale` when those that came were right but their nonce is used up.
        case challenge(stale: Bool)
        /// The credentials can't be read, or are of an algorithm or quality that was not offered: 403.
        case refused
    }

    /// Which nonce a 2xx tells for the next request.
    public enum NextNonce: Hashable, Sendable {
        /// None.
        case never
        /// A new one when that of the request has lived for three quarters of its time.
        case whenOld
        /// A new one each time, so that none is used twice.
        case always
    }

    public let realm: String
    /// The algorithms offered, the preferred one first.
    public let algorithms: [DigestAlgorithm]
    /// The qualities offered.
    public let qualities: [QualityOfProtection]
    /// Which nonce the Authentication-Info of a 2xx tells for the next request, besides the proof that we know the
    /// password too; `nil` sends no Authentication-Info (RFC 7616 §3.5, RFC 3261 §20.6).
    public var information: NextNonce?
    private let users: [String: String]
    /// Names by their hashes, when hashes are asked for.
    private let names: [String: String]?
    private let decoy: String
    private var nonces: DigestNonces

    /// - Parameters:
    ///   - realm: what the passwords are for, as a phone may show it.
    ///   - users: passwords by user name.
    ///   - secret: at least 16 random octets, new for each run of the program: nonces of an earlier run must not pass.
    ///   - algorithms: one challenge is sent for each, in this order.
    ///   - qualities: the kinds of protection that are offered and taken.
    ///   - nonceLifetime: how long after its challenge a nonce is taken.
    ///   - maxNonces: how many used nonces are remembered; beyond that older ones become stale.
    ///   - information: whether a 2xx proves that we know the password too, and which nonce it tells for the next request.
    ///   - asksForUserHashes: whether phones shall send a hash in place of their user's name (RFC 7616 §3.4.4). Those
    ///     that do not know of it may give the name.
    public init(
        realm: String, users: [String: String], secret: [UInt8], algorithms: [DigestAlgorithm] = [.sha256, .md5],
        qualities: [QualityOfProtection] = [.authentication], nonceLifetime: Duration = .seconds(300),
        maxNonces: Int = 10_000, information: NextNonce? = nil, asksForUserHashes: Bool = false
    ) {
        self.realm = realm
        self.users = users
        self.algorithms = algorithms
        self.qualities = qualities
        self.information = information
        if asksForUserHashes {
            var names: [String: String] = [:]
            for user in users.keys {
                for algorithm in algorithms { names[algorithm.userHash(of: user, realm: realm)] = user }
            }
            self.names = names
        } else {
            names = nil
        }
        decoy = DigestAlgorithm.sha256.hash(Array("decoy:".utf8) + secret)
        nonces = DigestNonces(secret: secret, lifetime: nonceLifetime, capacity: maxNonces)
    }

    public var description: String { "digest server of \(realm) for \(users.count) users" }

    /// The headers of a 401: one challenge for each algorithm.
    public mutating func challenge(now: Instant, stale: Bool) -> [(HeaderName, String)] {
        var headers: [(HeaderName, String)] = []
        for algorithm in algorithms {
            let nonce = nonces.make(for: algorithm, now: now)
            let challenge = DigestChallenge(
                realm: realm, nonce: nonce, algorithm: algorithm, qualities: qualities, isStale: stale,
                wantsUserHash: names != nil, namesUTF8: names != nil)
            headers.append((.wwwAuthenticate, challenge.description))
        }
        return headers
    }

    /// Checks the Authorization of a request.
    public mutating func verify(request: Request, now: Instant) -> Verdict {
        let fields = request.values(of: .authorization).prefix(8)
        guard let field = fields.first(where: { DigestAuthorization.realm(of: $0) == realm }) else {
            return .challenge(stale: false)
        }
        guard let authorization = DigestAuthorization(parsing: field) else { return .refused }
        let algorithm = authorization.algorithm ?? .md5
        guard algorithms.contains(algorithm) else { return .refused }
        // A peer of RFC 2069 names no quality; any other has to take one that was offered.
        if let quality = authorization.quality, !qualities.contains(quality) { return .refused }

        let isRight = isRight(authorization, algorithm, for: request)
        let isForRequest = isSameURI(authorization.uri, as: request)
        guard isRight, isForRequest else { return .challenge(stale: false) }
        switch nonces.judge(authorization.nonce, for: algorithm, now: now) {
        case .unknown:
            // A nonce for another algorithm is an attempt to choose a weaker one.
            let isDowngrade = algorithms.contains {
                nonces.judge(authorization.nonce, for: $0, now: now) != .unknown
            }
            return isDowngrade ? .refused : .challenge(stale: true)
        case .stale:
            return .challenge(stale: true)
        case .fresh:
            // Without a count a nonce is good once.
            let count = authorization.quality == nil ? 1 : authorization.nonceCount.flatMap { UInt32($0, radix: 16) }
            guard let count, nonces.use(authorization.nonce, count: count, for: algorithm, now: now) else {
                return .challenge(stale: true)
            }
            return .accepted(user: user(of: authorization) ?? authorization.username)
        }
    }

    /// The Authentication-Info of a 2xx: none unless `information` wants it and the credentials of the request are right.
    ///
    /// - Parameters:
    ///   - request: the request that is answered.
    ///   - body: the body of the answer, which a proof of `auth-int` covers.
    ///   - now: the time of the answer.
    public mutating func information(for request: Request, body: [UInt8], now: Instant) -> [(HeaderName, String)] {
        guard let wanted = information,
            let field = request.values(of: .authorization).prefix(8).first(where: {
                DigestAuthorization.realm(of: $0) == realm
            }), let authorization = DigestAuthorization(parsing: field)
        else { return [] }
        let algorithm = authorization.algorithm ?? .md5
        // A proof for a nonce that somebody else has made would tell him about the password.
        guard algorithms.contains(algorithm), isRight(authorization, algorithm, for: request),
            let age = nonces.age(of: authorization.nonce, for: algorithm, now: now)
        else { return [] }
        let isWanted = wanted == .always || (wanted == .whenOld && age >= nonces.lifetime / 4 * 3)
        // A session's secret is bound to the nonce of its challenge (RFC 7616 §3.4.2).
        let next = isWanted && !algorithm.isSession ? nonces.make(for: algorithm, now: now) : nil
        var information = DigestInformation(
            nextNonce: next, quality: authorization.quality, proof: nil, cnonce: nil, nonceCount: nil)
        if authorization.quality != nil {
            var calculation = calculation(of: authorization, algorithm, for: request)
            calculation.body = body
            information.proof = calculation.proof
            information.cnonce = authorization.cnonce
            information.nonceCount = authorization.nonceCount
        }
        let text = information.text
        return text.isEmpty ? [] : [(.authenticationInfo, text)]
    }

    /// Whom the credentials name, in clear or by a hash; `nil` for a hash that is nobody's.
    private func user(of authorization: DigestAuthorization) -> String? {
        authorization.isHashed ? names?[authorization.username.asciiLowercased] : authorization.username
    }

    private func password(of authorization: DigestAuthorization) -> String? {
        user(of: authorization).flatMap { users[$0] }
    }

    private func calculation(
        of authorization: DigestAuthorization, _ algorithm: DigestAlgorithm, for request: Request
    ) -> DigestCalculation {
        DigestCalculation(
            algorithm: algorithm, username: user(of: authorization) ?? authorization.username, realm: realm,
            password: password(of: authorization) ?? decoy, method: request.method.name, uri: authorization.uri,
            nonce: authorization.nonce, cnonce: authorization.cnonce ?? "",
            nonceCount: authorization.nonceCount ?? "", quality: authorization.quality, body: request.body)
    }

    private func isRight(
        _ authorization: DigestAuthorization, _ algorithm: DigestAlgorithm, for request: Request
    ) -> Bool {
        let calculation = calculation(of: authorization, algorithm, for: request)
        let isEqual = isEqualInConstantTime(calculation.response, authorization.response)
        return isEqual && password(of: authorization) != nil
    }

    /// Whether the digest's URI is the request's, as written or by the rules of RFC 3261 §19.1.4.
    private func isSameURI(_ text: String, as request: Request) -> Bool {
        if text == request.requestURIText { return true }
        guard let asked = try? request.requestURI.sip, let signed = try? SIPURI(parsing: text) else { return false }
        return signed.matches(asked)
    }
}
