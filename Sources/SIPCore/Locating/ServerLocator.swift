import TelephonyPrimitives

/// Finds the servers of one target (RFC 3263 §4): says what to ask the DNS, takes the answers, and ends with an
/// ordered list of addresses or the reason why there is none.
///
/// Ask what `takeQuestions()` gives, in any order or all at once, and give each answer to `receive(_:to:)`, until there
/// is a `result`. Which server of several with equal priority comes first is chosen with the generator that is
/// injected (RFC 2782).
public struct ServerLocator: Sendable {
    /// A service of the domain: a transport, and the name of its SRV records.
    private struct Service: Sendable {
        var transport: TransportProtocol
        var name: DNSName
    }

    /// A host to be tried.
    private struct Candidate: Sendable {
        var transport: TransportProtocol
        var host: DNSName
        var port: UInt16
    }

    private enum Stage: Sendable {
        /// Which transports does the domain offer? (NAPTR)
        case services(DNSName)
        /// Which hosts offer them? (SRV) `fallback` is the transport when there is no such record.
        case hosts(DNSName, [Service], fallback: TransportProtocol)
        /// Which addresses have the hosts? (A, AAAA)
        case addresses([Candidate])
        case finished
    }

    /// Bounds, so that no answer makes us ask or keep much.
    private static let maximumServices = 8
    private static let maximumCandidates = 16
    private static let maximumServers = 32
    private static let maximumQuestions = 64

    /// What is looked for.
    public let target: FlowTarget
    /// The servers in the order in which they are to be tried; never empty. `nil` while questions are open.
    public private(set) var result: Result<[LocatedServer], LocatingError>?

    private let preferences: LocatingPreferences
    private var random: any RandomNumberGenerator & Sendable
    private var stage = Stage.finished
    private var lookups: [DNSQuestion: DNSLookup] = [:]
    /// What was asked, and the lookups that wait for it.
    private var open: [DNSQuestion: [DNSQuestion]] = [:]
    private var unasked: [DNSQuestion] = []
    private var asked: [DNSQuestion] = []
    /// Addresses that came along with SRV records.
    private var known: [DNSQuestion: [IPAddress]] = [:]

    /// - Parameters:
    ///   - target: the host, and the port and transport when they were written.
    ///   - preferences: what we can use.
    ///   - random: chooses among servers of one priority.
    public init(
        target: FlowTarget, preferences: LocatingPreferences, random: any RandomNumberGenerator & Sendable
    ) {
        self.target = target
        self.preferences = preferences
        self.random = random
        begin()
    }

    /// Questions that were not given out before.
    public mutating func takeQuestions() -> [DNSQuestion] {
        defer { unasked = [] }
        return unasked
    }

    /// Takes the answer to a question; one that was not asked or is answered already changes nothing.
    public mutating func receive(_ answer: DNSAnswer, to question: DNSQuestion) {
        guard let waiting = open.removeValue(forKey: question) else { return }
        if case .found(let records) = answer, question.type == .srv { remember(records) }
        for first in waiting {
            guard var lookup = lookups[first] else { continue }
            lookup.receive(answer)
            lookups[first] = lookup
            if lookup.outcome == nil { ask(lookup.question, for: first) }
        }
        if open.isEmpty { advance() }
    }

    // MARK: The way through RFC 3263

    private mutating func begin() {
        guard let plain = plainTransport else {
            finish(.failure(.noTransport(host: target.host, isSecure: target.secure)))
            return
        }
        if let address = IPAddress(target.host) {
            let port = target.port ?? plain.defaultPort
            let server = LocatedServer(
                transport: plain, address: TransportAddress(ip: address, port: port), name: target.host)
            finish(.success([server]))
            return
        }
        guard let name = DNSName(target.host), name != .root else {
            finish(.failure(.badName(target.host)))
            return
        }
        if let port = target.port {
            // A port that is written says that the host is meant and no service of its domain (§4.2).
            lookUpAddresses(of: [Candidate(transport: plain, host: name, port: port)])
        } else if target.transport != nil {
            lookUpHosts(of: services(of: name, over: [plain]), domain: name, fallback: plain)
        } else {
            stage = .services(name)
            lookUp([DNSQuestion(name, .naptr)])
        }
    }

    private mutating func advance() {
        switch stage {
        case .services(let name):
            guard let plain = plainTransport else { return }
            let offered = offeredServices(of: name)
            if let first = offered.first {
                lookUpHosts(of: offered, domain: name, fallback: first.transport)
            } else {
                let ours = preferences.transports.filter { isAllowed($0) }
                lookUpHosts(of: services(of: name, over: ours), domain: name, fallback: plain)
            }
        case .hosts(let domain, let services, let fallback):
            choose(among: services, domain: domain, fallback: fallback)
        case .addresses(let candidates):
            collect(candidates)
        case .finished:
            break
        }
    }

    /// The transport when the domain says nothing (§4.1): what the URI names; else UDP, and TLS for `sips`. `nil` when
    /// we have none that may be used.
    private var plainTransport: TransportProtocol? {
        if let written = target.transport {
            // With `sips`, TCP means TLS (RFC 3261 §26.2.2).
            let transport = target.secure && written == .tcp ? .tls : written
            return isAllowed(transport) ? transport : nil
        }
        let allowed = preferences.transports.filter { isAllowed($0) }
        let usual = target.secure ? TransportProtocol.tls : .udp
        return allowed.contains(usual) ? usual : allowed.first { !$0.isSecure } ?? allowed.first
    }

    /// A `sips` URI never takes anything but TLS (RFC 3261 §26.2.2).
    private func isAllowed(_ transport: TransportProtocol) -> Bool {
        preferences.transports.contains(transport) && (!target.secure || transport.isSecure)
    }

    private func services(of name: DNSName, over transports: [TransportProtocol]) -> [Service] {
        transports.compactMap { transport in
            transport.serviceLabels.flatMap { name.below($0) }.map { Service(transport: transport, name: $0) }
        }
    }

    /// What the NAPTR records offer and we may use, in the domain's order.
    private func offeredServices(of name: DNSName) -> [Service] {
        guard case .found(let records) = lookups[DNSQuestion(name, .naptr)]?.outcome else { return [] }
        let rules = records.compactMap { record in
            if case .rule(let rule) = record.content { rule } else { nil }
        }
        let usable = rules.enumerated().compactMap { index, rule -> (NAPTRRecord, Int, Service)? in
            guard rule.flags.asciiLowercased == "s", rule.expression.isEmpty, rule.replacement != .root,
                let transport = TransportProtocol(naptrService: rule.service), isAllowed(transport)
            else { return nil }
            return (rule, index, Service(transport: transport, name: rule.replacement))
        }
        let sorted = usable.sorted { one, other in
            (one.0.order, one.0.preference, one.1) < (other.0.order, other.0.preference, other.1)
        }
        return sorted.prefix(Self.maximumServices).map(\.2)
    }

    private mutating func lookUpHosts(of services: [Service], domain: DNSName, fallback: TransportProtocol) {
        guard !services.isEmpty else {
            lookUpAddresses(of: [Candidate(transport: fallback, host: domain, port: fallback.defaultPort)])
            return
        }
        stage = .hosts(domain, services, fallback: fallback)
        lookUp(services.map { DNSQuestion($0.name, .srv) })
    }

    private mutating func choose(among services: [Service], domain: DNSName, fallback: TransportProtocol) {
        var candidates: [Candidate] = []
        var isRefused = false
        for service in services {
            guard case .found(let records) = lookups[DNSQuestion(service.name, .srv)]?.outcome else { continue }
            let all = records.compactMap { record in
                if case .service(let host) = record.content { host } else { nil }
            }
            let hosts = all.filter { $0.target != .root && $0.port != 0 }
            if hosts.isEmpty { isRefused = true }
            candidates += arrange(hosts).map {
                Candidate(transport: service.transport, host: $0.target, port: $0.port)
            }
        }
        if !candidates.isEmpty {
            lookUpAddresses(of: Array(candidates.prefix(Self.maximumCandidates)))
        } else if isRefused {
            finish(.failure(.notOffered(host: target.host)))
        } else {
            lookUpAddresses(of: [Candidate(transport: fallback, host: domain, port: fallback.defaultPort)])
        }
    }

    private mutating func arrange(_ records: [SRVRecord]) -> [SRVRecord] {
        var generator: any RandomNumberGenerator & Sendable = random
        defer { random = generator }
        return SRVOrder.arrange(records, using: &generator)
    }

    private mutating func lookUpAddresses(of candidates: [Candidate]) {
        stage = .addresses(candidates)
        lookUp(candidates.flatMap { questions(for: $0) }.filter { known[$0] == nil && IPAddress($0.name.text) == nil })
    }

    private func questions(for candidate: Candidate) -> [DNSQuestion] {
        preferences.families.map { DNSQuestion(candidate.host, $0.recordType) }
    }

    private mutating func collect(_ candidates: [Candidate]) {
        var servers: [LocatedServer] = []
        var seen: Set<LocatedServer> = []
        for candidate in candidates {
            for address in questions(for: candidate).flatMap({ addresses($0) }) {
                let server = LocatedServer(
                    transport: candidate.transport, address: TransportAddress(ip: address, port: candidate.port),
                    name: target.host)
                if servers.count < Self.maximumServers, seen.insert(server).inserted { servers.append(server) }
            }
        }
        guard servers.isEmpty else {
            finish(.success(servers))
            return
        }
        let reasons = asked.compactMap { question in
            if case .unanswered(let reason) = lookups[question]?.outcome { reason } else { nil }
        }
        if let reason = reasons.last {
            finish(.failure(.unanswered(host: target.host, lookedFor: asked, reason: reason)))
        } else {
            finish(.failure(.notFound(host: target.host, lookedFor: asked)))
        }
    }

    private func addresses(_ question: DNSQuestion) -> [IPAddress] {
        // Some zones name an address where a host belongs.
        if let literal = IPAddress(question.name.text) {
            return literal.family.recordType == question.type ? [literal] : []
        }
        if let known = known[question] { return known }
        guard case .found(let records) = lookups[question]?.outcome else { return [] }
        return records.compactMap { record in
            if case .address(let address) = record.content { address } else { nil }
        }
    }

    private mutating func finish(_ result: Result<[LocatedServer], LocatingError>) {
        stage = .finished
        self.result = result
    }

    // MARK: Questions

    private mutating func lookUp(_ questions: [DNSQuestion]) {
        for question in questions where lookups[question] == nil {
            lookups[question] = DNSLookup(question)
            ask(question, for: question)
        }
        if open.isEmpty { advance() }
    }

    /// Asks unless enough was asked; what is not asked counts as not there.
    private mutating func ask(_ question: DNSQuestion, for first: DNSQuestion) {
        if open[question] != nil {
            open[question]?.append(first)
        } else if asked.count < Self.maximumQuestions {
            open[question] = [first]
            asked.append(question)
            unasked.append(question)
        }
    }

    private mutating func remember(_ records: [DNSRecord]) {
        for record in records {
            guard case .address(let address) = record.content else { continue }
            let question = DNSQuestion(record.name, address.family.recordType)
            guard known.count < Self.maximumQuestions || known[question] != nil else { continue }
            guard known[question, default: []].count < Self.maximumServers else { continue }
            known[question, default: []].append(address)
        }
    }
}

extension TransportProtocol {
    /// The transport of a NAPTR service field: `SIP+D2U`, `SIP+D2T`, `SIPS+D2T` (RFC 3263 §4.1), `SIP+D2W`, `SIPS+D2W`
    /// (RFC 7118 §9.2).
    init?(naptrService service: String) {
        let names = ["sip+d2u": "udp", "sip+d2t": "tcp", "sips+d2t": "tls", "sip+d2w": "ws", "sips+d2w": "wss"]
        guard let name = names[service.asciiLowercased] else { return nil }
        self.init(rawValue: name)
    }

    /// The labels before the domain in the name of its SRV records; `nil` for a transport that is not found by SRV.
    var serviceLabels: String? {
        [.udp: "_sip._udp", .tcp: "_sip._tcp", .tls: "_sips._tcp"][self]
    }
}
