import TelephonyPrimitives

/// Takes REGISTER requests and keeps what they bind (RFC 3261 §10.3), with Path (RFC 3327), Service-Route (RFC 3608) and
/// SIP Outbound (RFC 5626 §6).
///
/// Meant for tests and small set-ups: one process, nothing kept over a restart, and each user of the digest server is
/// the user of one address.
public struct Registrar: Sendable {
    /// What a REGISTER is answered with.
    struct Answer: Sendable {
        var status: Int
        var headers: HeaderFields = []
        /// Why it is refused, for a log; `nil` when all is well or credentials are asked for.
        var refusal: String?
    }

    /// What is bound.
    public internal(set) var location: LocationService
    /// The hosts whose addresses are served, in any case; when empty every one is.
    public var domains: Set<String>
    /// The users that have an address here; `nil` lets every user have one.
    public var users: Set<String>?
    /// Who asks for credentials; `nil` asks nobody.
    public var authentication: DigestServer?
    /// The digest users that may register anybody's address (third-party registration, RFC 3261 §10.2).
    public var administrators: Set<String>
    /// The shortest time that is granted; a shorter one asked for is refused with 423. At most one hour.
    public var minimumExpires: Duration
    /// The time that is granted when none is asked for.
    public var defaultExpires: Duration
    /// The longest time that is granted; a longer one asked for is shortened.
    public var maximumExpires: Duration
    /// Told to everybody who registers (RFC 3608).
    public var serviceRoute: [SIPURI]

    /// How long a Contact and a Path may be.
    private static let maxOctets = 512
    private static let maxPath = 16

    public init(
        domains: Set<String> = [], users: Set<String>? = nil, authentication: DigestServer? = nil,
        administrators: Set<String> = [], minimumExpires: Duration = .seconds(60),
        defaultExpires: Duration = .seconds(3_600), maximumExpires: Duration = .seconds(7_200),
        serviceRoute: [SIPURI] = [], location: LocationService = LocationService()
    ) {
        self.domains = Set(domains.map(\.asciiLowercased))
        self.users = users
        self.authentication = authentication
        self.administrators = administrators
        self.minimumExpires = min(max(minimumExpires, .seconds(1)), .seconds(3_600))
        self.maximumExpires = max(maximumExpires, self.minimumExpires)
        self.defaultExpires = min(max(defaultExpires, self.minimumExpires), self.maximumExpires)
        self.serviceRoute = serviceRoute
        self.location = location
    }

    mutating func flowClosed(_ flow: Flow) {
        location.flowClosed(flow)
    }

    /// Takes a REGISTER through the steps of RFC 3261 §10.3. All of its bindings are taken, or none.
    mutating func receive(_ request: Request, over flow: Flow, now: Instant) -> Answer {
        let unknown = request.require.filter { !["path", "outbound"].contains($0.asciiLowercased) }
        guard unknown.isEmpty else {
            let list = unknown.joined(separator: ", ")
            return Answer(status: 420, headers: [(.unsupported, list)], refusal: "It requires \(list)")
        }
        guard let asked = try? request.requestURI.sip else {
            return Answer(status: 416, refusal: "The Request-URI is no SIP address")
        }
        guard let address = try? request.to.uri.sip else {
            return Answer(status: 400, refusal: "The address of record is no SIP address")
        }
        if let answer = authenticate(request, for: address, now: now) { return answer }
        var answer = take(request, asked, address, over: flow, now: now)
        if answer.status == 200 {
            answer.headers += authentication?.information(for: request, body: [], now: now) ?? []
        }
        return answer
    }

    private mutating func take(
        _ request: Request, _ asked: SIPURI, _ address: SIPURI, over flow: Flow, now: Instant
    ) -> Answer {
        guard serves(asked.host), serves(address.host), users.map({ has(address.unescapedUser, in: $0) }) ?? true
        else {
            return Answer(status: 404, refusal: "The address of record is not served here")
        }
        return update(request, key: LocationService.key(of: address), over: flow, now: now)
    }

    private func serves(_ host: Host) -> Bool {
        domains.isEmpty || domains.contains(host.text.asciiLowercased)
    }

    private func has(_ user: String?, in users: Set<String>) -> Bool {
        user.map { users.contains($0) } ?? false
    }

    private mutating func authenticate(_ request: Request, for address: SIPURI, now: Instant) -> Answer? {
        guard var server = authentication else { return nil }
        defer { authentication = server }
        switch server.verify(request: request, now: now) {
        case .accepted(let user):
            let isOwn = user == address.unescapedUser || user == "\(address.unescapedUser ?? "")@\(address.hostText)"
            guard isOwn || administrators.contains(user) else {
                return Answer(status: 403, refusal: "The user may not register this address")
            }
            return nil
        case .challenge(let stale):
            return Answer(status: 401, headers: server.challenge(now: now, stale: stale))
        case .refused:
            return Answer(status: 403, refusal: "The credentials are wrong")
        }
    }

    // MARK: Bindings

    private mutating func update(_ request: Request, key: String, over flow: Flow, now: Instant) -> Answer {
        let before = location.bindings(of: key, now: now)
        var list = before
        let overall = request.first(.expires).map { DeltaSeconds.parseWhole($0) ?? 3_600 }
        // Each is compared with each: their number is bounded before any is read.
        guard request.contactCount <= 2 * location.maxBindings else {
            return Answer(status: 403, refusal: "There are too many Contacts")
        }
        do {
            let (callID, sequence) = (try request.callID, try request.cseq.number)
            switch try request.contacts {
            case nil:
                return granted(before, request, now: now)
            case .star:
                guard overall == 0 else {
                    return Answer(status: 400, refusal: "The Contact * goes with Expires: 0 only")
                }
                guard list.allSatisfy({ $0.callID != callID || $0.sequence < sequence }) else { return outOfOrder }
                list = []
            case .addresses(let contacts):
                for contact in contacts {
                    let binding = try makeBinding(contact, request, callID, sequence, over: flow, now: now)
                    if let refusal = merge(
                        binding, for: contact, asked: overall, into: &list, now: now)
                    {
                        return refusal
                    }
                }
            }
        } catch {
            return Answer(status: error.suggestedStatus, refusal: error.message)
        }
        guard list.count <= max(location.maxBindings, before.count) else {
            return Answer(status: 403, refusal: "The address has too many bindings")
        }
        guard list.isEmpty || !before.isEmpty || location.hasRoom else {
            return Answer(status: 503, headers: [(.retryAfter, "60")], refusal: "Too many addresses are registered")
        }
        location.set(list, for: key)
        return granted(list, request, now: now)
    }

    /// A REGISTER that a later one has overtaken: nothing is changed (RFC 3261 §10.3 steps 6 and 7).
    private var outOfOrder: Answer {
        Answer(status: 500, refusal: "A later REGISTER of the same Call-ID has come before")
    }

    private func makeBinding(
        _ contact: NameAddress, _ request: Request, _ callID: CallID, _ sequence: UInt32, over flow: Flow,
        now: Instant
    ) throws(ParseError) -> LocationBinding {
        let path = request.list(of: .path)
        guard contact.description.utf8.count <= Self.maxOctets, path.count <= Self.maxPath,
            path.allSatisfy({ $0.utf8.count <= Self.maxOctets })
        else {
            throw ParseError(
                offset: 0, section: "RFC 3261 §21.4.11", message: "The Contact or the Path is too long",
                suggestedStatus: 403)
        }
        for value in path { _ = try NameAddress(parsing: value) }
        var parameters = contact.parameters
        parameters.remove("expires")
        let described = ContactBinding(address: contact)
        let isOutbound =
            described.instanceID != nil && (described.registrationNumber ?? 0) > 0
            && (request.supported + request.require).contains { $0.asciiLowercased == "outbound" }
        // Only when we are the first hop is the flow the one to the device (RFC 5626 §6).
        let isFirstHop = (try request.vias.count) == 1 && path.isEmpty
        return LocationBinding(
            uri: contact.uri, parameters: parameters, callID: callID, sequence: sequence, expiresAt: now,
            updatedAt: now, path: path, flow: flow, usesOutbound: isOutbound && isFirstHop)
    }

    /// Puts one Contact into the list, takes its time anew or removes it; the refusal when that can't be.
    private func merge(
        _ new: LocationBinding, for contact: NameAddress, asked overall: Int?, into list: inout [LocationBinding],
        now: Instant
    ) -> Answer? {
        let own =
            contact.parameters.has("expires")
            ? contact.parameters.value(of: "expires").flatMap(DeltaSeconds.parseWhole) ?? 3_600 : nil
        let wanted = (own ?? overall).map { Duration.seconds($0) } ?? defaultExpires
        // Only short times may be refused (RFC 3261 §10.3 step 7).
        guard wanted == .zero || wanted >= minimumExpires else {
            let seconds = minimumExpires.components.seconds + (minimumExpires.components.attoseconds > 0 ? 1 : 0)
            return Answer(
                status: 423, headers: [(.minExpires, "\(seconds)")], refusal: "The time is too short")
        }
        let index = list.firstIndex { isSame($0, new) }
        if let index, list[index].callID == new.callID, list[index].sequence >= new.sequence {
            // The same REGISTER may name a Contact twice: the last one rules.
            guard list[index].sequence == new.sequence, list[index].updatedAt == now else { return outOfOrder }
        }
        if wanted == .zero {
            if let index { list.remove(at: index) }
            return nil
        }
        var binding = new
        binding.expiresAt = now + min(wanted, maximumExpires)
        if let index { list[index] = binding } else { list.append(binding) }
        return nil
    }

    /// The same device and flow (RFC 5626 §6), or the same URI (RFC 3261 §10.3 step 7).
    private func isSame(_ one: LocationBinding, _ other: LocationBinding) -> Bool {
        if one.usesOutbound, other.usesOutbound {
            let (a, b) = (ContactBinding(address: one.address), ContactBinding(address: other.address))
            return a.instanceID == b.instanceID && a.registrationNumber == b.registrationNumber
        }
        return one.uri.matches(other.uri)
    }

    private func granted(_ list: [LocationBinding], _ request: Request, now: Instant) -> Answer {
        var headers: HeaderFields = list.map { (.contact, $0.contact(now: now)) }
        if list.contains(where: { $0.usesOutbound && $0.updatedAt == now }) {
            headers.append((.require, "outbound"))
        }
        if request.supported.contains(where: { $0.asciiLowercased == "path" }) {
            headers += request.values(of: .path).map { (.path, $0) }
        }
        headers += serviceRoute.map { (.serviceRoute, "<\($0)>") }
        return Answer(status: 200, headers: headers)
    }
}
