import SIPCore
import TelephonyPrimitives

extension SandboxCarrier {
    /// Who calls.
    enum CallerAccount: Sendable, Hashable {
        case trunk
        case phone(SandboxPhone)
    }

    /// Finds out who calls, or answers with a challenge or a refusal (reference A2, A3).
    ///
    /// - Returns: `nil` when it was answered.
    mutating func account(
        of request: Request, _ key: ServerTransactionKey, from wire: SandboxWire, now: Instant
    ) -> CallerAccount? {
        if let proof = request.first(.proxyAuthorization).flatMap({ DigestProof($0) }) {
            return account(proving: proof, request, key, from: wire, now: now)
        }
        // A name in the request, or a telephone that we know by its address, means credentials. Only without one is the
        // source compared with the addresses of IP connections.
        if !namesUser(request, from: wire), case .source(let addresses, let mark) = settings.trunk.outbound,
            addresses.contains(wire.remote.ip), isMarked(request, mark)
        {
            return .trunk
        }
        challengeCall(request, key, from: wire, now: now)
        return nil
    }

    private func namesUser(_ request: Request, from wire: SandboxWire) -> Bool {
        if request.first(HeaderName("X-Telnyx-Username")) != nil { return true }
        if case .addresses(let contacts)? = try? request.contacts,
            let user = contacts.first?.uri.sip?.unescapedUser, password(of: user) != nil
        {
            return true
        }
        return bindings.contains { $0.value.wire == wire }
    }

    private func isMarked(_ request: Request, _ mark: SandboxTrunk.SourceMark?) -> Bool {
        switch mark {
        case nil: return true
        case .techPrefix(let prefix):
            return (try? request.requestURI)?.sip?.unescapedUser?.hasPrefix(prefix) ?? false
        case .token(let token): return request.first(HeaderName("X-Telnyx-Token")) == token
        case .chargedNumber:
            let uri = request.first(HeaderName("P-Charge-Info")).flatMap { try? NameAddress(parsing: $0).uri }
            return uri?.sip?.unescapedUser == settings.trunk.number
        }
    }

    private mutating func account(
        proving proof: DigestProof, _ request: Request, _ key: ServerTransactionKey, from wire: SandboxWire,
        now: Instant
    ) -> CallerAccount? {
        let hint = request.first(HeaderName("X-Telnyx-Username"))
        guard let username = proof.username, let password = password(of: username), hint == nil || hint == username,
            proof.isRight(password: password, method: request.method.name)
        else {
            refuse(key, .callRefusedCredentials, now: now)
            return nil
        }
        guard proof.quality == "auth", case .fresh = challenges.take(proof, now: now) else {
            challengeCall(request, key, from: wire, isStale: true, now: now)
            return nil
        }
        if let phone = settings.phones.first(where: { $0.username == username }) { return .phone(phone) }
        guard case .credentials = settings.trunk.outbound else {
            refuse(key, .callRefusedCredentials, now: now)
            return nil
        }
        return .trunk
    }

    /// 407 with qop; nonce and opaque are UUIDs (reference A3).
    private mutating func challengeCall(
        _ request: Request, _ key: ServerTransactionKey, from wire: SandboxWire, isStale: Bool = false, now: Instant
    ) {
        let nonce = makeUUID()
        let opaque = "\(makeUUID())/\(wire.remote.ip)"
        challenges.add(nonce: nonce, opaque: opaque, now: now)
        var value = "Digest realm=\"\(realm(of: request))\", nonce=\"\(nonce)\", opaque=\"\(opaque)\""
        value += ", algorithm=MD5, qop=\"auth\"" + (isStale ? ", stale=true" : "")
        respond(key, 407, "Proxy Authentication Required", [("Proxy-Authenticate", value)], now: now)
    }
}
