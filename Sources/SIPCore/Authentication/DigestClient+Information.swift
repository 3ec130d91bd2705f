extension DigestClient {
    /// Takes in what the Authentication-Info and Proxy-Authentication-Info headers of a 2xx say (RFC 7616 §3.5,
    /// RFC 3261 §20.6): the nonce that the next request shall use, and whether the server knows the password too.
    ///
    /// The nonce of a server that fails to prove itself is not used again.
    ///
    /// - Parameters:
    ///   - response: the 2xx.
    ///   - sent: the credentials that the request carried, as this client gave them.
    /// - Returns: the realms whose proof is wrong; empty when all is well or nothing is said.
    public mutating func learn(from response: Response, sent: [(HeaderName, String)]) -> [String] {
        learn(from: response, sent: sent) { $0() }
    }

    /// The same with proofs that somebody else judges: he is given a way to find out.
    mutating func learn(
        from response: Response, sent: [(HeaderName, String)], judging judge: (() -> Bool) -> Bool
    ) -> [String] {
        var failed: [String] = []
        // A field may be cut into lines (RFC 3261 §7.3.1), but each of several proxies has a line of its own.
        let server = response.values(of: .authenticationInfo).joined(separator: ", ")
        if !server.isEmpty, let realm = learn(server, isProxy: false, from: response, sent, judge) {
            failed.append(realm)
        }
        for line in response.values(of: .proxyAuthenticationInfo).prefix(Self.maxProxies) {
            if let realm = learn(line, isProxy: true, from: response, sent, judge) { failed.append(realm) }
        }
        return failed
    }

    /// Whether a server wants to see credentials in the next request without having to ask for them.
    var isExpected: Bool {
        known.values.contains { $0.isNext && $0.isTrusted }
    }

    private static let maxProxies = 16

    /// - Returns: the realm whose proof is wrong.
    private mutating func learn(
        _ text: String, isProxy: Bool, from response: Response, _ sent: [(HeaderName, String)],
        _ judge: (() -> Bool) -> Bool
    ) -> String? {
        let information = DigestInformation(parsing: text)
        let header: HeaderName = isProxy ? .proxyAuthorization : .authorization
        let given = sent.filter { $0.0 == header }.compactMap { DigestAuthorization(parsing: $0.1) }
        // The header names no realm: of several it is the one whose cnonce it repeats.
        let meant = given.count == 1 ? given.first : given.first { $0.cnonce != nil && $0.cnonce == information.cnonce }
        guard let meant, let credential = credential(for: meant.realm) else { return nil }
        let place = Place(isProxy: isProxy, realm: meant.realm)
        // An answer that a later one has overtaken has nothing to say about the nonce in use.
        guard let entry = known[place], entry.isTrusted, entry.challenge.nonce == meant.nonce else { return nil }
        let calculation = DigestCalculation(
            algorithm: meant.algorithm ?? .md5, username: credential.username, realm: meant.realm,
            password: credential.password, method: "", uri: meant.uri, nonce: meant.nonce, cnonce: meant.cnonce ?? "",
            nonceCount: meant.nonceCount ?? "", quality: meant.quality, body: response.body)
        guard judge({ information.isProven(by: calculation) }) else {
            known[place]?.isTrusted = false
            return meant.realm
        }
        known[place]?.staleAnswers = 0
        // A session's secret is bound to the nonce of its challenge (RFC 7616 §3.4.2), and servers differ about what
        // another nonce means for it.
        if let next = information.nextNonce, !next.isEmpty, !entry.challenge.algorithm.isSession {
            known[place]?.challenge.nonce = next
            known[place]?.count = 0
            known[place]?.cnonce = ""
            known[place]?.isNext = true
        }
        return nil
    }
}
