import SIPCore
import TelephonyPrimitives

extension SandboxCarrier {
    /// The longest time that is granted.
    private static let longest: UInt32 = 3_600
    /// Octets that a Contact may have (reference A4).
    private static let contactLimit = 512

    /// REGISTER (reference A4).
    mutating func registers(
        _ request: Request, _ key: ServerTransactionKey, from wire: SandboxWire, now: Instant
    ) {
        guard request.toTag == nil else { return refuse(key, .tagInRegister, now: now) }
        let contacts = request.list(of: .contact)
        guard contacts.count <= 1 else { return refuse(key, .severalContacts, now: now) }
        guard contacts.allSatisfy({ $0.utf8.count < Self.contactLimit }) else {
            return refuse(key, .contactTooLong, now: now)
        }
        guard let proof = request.first(.authorization).flatMap({ DigestProof($0) }) else {
            challengeRegistration(request, key, from: wire, now: now)
            return
        }
        guard let username = proof.username, !username.isEmpty else { return refuse(key, .noUsername, now: now) }
        guard let password = password(of: username) else { return refuse(key, .unknownUser, now: now) }
        guard let user = (try? request.to)?.uri.sip?.unescapedUser, user == username else {
            return refuse(key, .otherUser, now: now)
        }
        guard proof.isRight(password: password, method: "REGISTER") else {
            return refuse(key, .wrongPassword, now: now)
        }
        guard case .fresh = challenges.take(proof, now: now) else {
            challengeRegistration(request, key, from: wire, isStale: true, now: now)
            return
        }
        bind(user, request, key, from: wire, now: now)
    }

    private mutating func bind(
        _ user: String, _ request: Request, _ key: ServerTransactionKey, from wire: SandboxWire, now: Instant
    ) {
        let list = try? request.contacts
        var contact: NameAddress?
        if case .addresses(let addresses)? = list { contact = addresses.first }
        let asked =
            (contact?.parameters.value(of: "expires") ?? request.first(.expires)).flatMap { UInt32($0) } ?? Self.longest
        if list == .star || (contact != nil && asked == 0) {
            guard asked == 0 else { return respond(key, 400, "Bad Request", server: Self.registrar, now: now) }
            bindings[user] = nil
            respond(key, 200, "OK", server: Self.registrar, now: now)
            return
        }
        if let contact {
            // A little less than was asked for; a very short time stays as it is.
            let granted = min(asked, Self.longest)
            let seconds = granted < 60 ? granted : granted - granted / 50
            if names.count >= 256 { names = [:] }
            names[wire] = user
            bindings[user] = CarrierBinding(
                contact: contact.uri.description, wire: wire, until: now + .seconds(Int64(seconds)))
            if settings.fault == .noDNS, user == settings.trunk.username, !isNameServerSilent {
                isNameServerSilent = true
                remark("the name server is silent from now on")
            }
        }
        let rows = binding(of: user, now: now).map { binding in
            let left = max(0, (binding.until - now).inMilliseconds / 1_000)
            let source = "\(binding.wire.remote.ip)~\(binding.wire.remote.port)~\(binding.wire.aliasNumber)"
            return [("Contact", "<\(binding.contact);alias=\(source)>;expires=\(left)")]
        }
        respond(key, 200, "OK", rows ?? [], server: Self.registrar, now: now)
    }

    private static let registrar = "Telnyx Registrar"

    /// Where a user is registered, unless that has run out.
    func binding(of user: String, now: Instant) -> CarrierBinding? {
        bindings[user].flatMap { now < $0.until ? $0 : nil }
    }

    func password(of user: String) -> String? {
        if user == settings.trunk.username { return settings.trunk.password }
        return settings.phones.first { $0.username == user }?.password
    }

    /// 401 in the oldest form of digest, without qop; opaque names CSeq and source (reference A3).
    private mutating func challengeRegistration(
        _ request: Request, _ key: ServerTransactionKey, from wire: SandboxWire, isStale: Bool = false, now: Instant
    ) {
        let nonce = makeToken() + makeToken()
        let opaque = "\(request.cseqNumber ?? 0)/\(wire.remote.ip)"
        challenges.add(nonce: nonce, opaque: opaque, now: now)
        var value = "Digest realm=\"\(realm(of: request))\", nonce=\"\(nonce)\", opaque=\"\(opaque)\""
        if isStale { value += ", stale=true" }
        respond(key, 401, "Unauthorized", [("WWW-Authenticate", value)], server: Self.registrar, now: now)
        if settings.fault == .edgeDead, wire.edge == 0, !isFirstEdgeDead {
            isFirstEdgeDead = true
            remark("the first edge is dead from now on")
        }
    }

    /// The host of To (reference A3).
    func realm(of request: Request) -> String {
        (try? request.to)?.uri.sip?.hostText ?? "sip.telnyx.com"
    }
}

extension SandboxWire {
    /// The transport's number in the alias of a Contact (reference A4).
    var aliasNumber: Int {
        switch transport {
        case .udp: 1
        case .tcp, .ws: 2
        case .tls, .wss: 3
        }
    }
}
