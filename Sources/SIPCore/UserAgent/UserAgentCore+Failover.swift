import TelephonyPrimitives

/// How a request failed at one server, so that the next one may be tried (RFC 3263 §4.3).
struct ServerFailure: Sendable {
    enum Kind: Sendable {
        case refused(Response)
        case unanswered
        case unreachable(reason: String?)
    }

    let kind: Kind
    /// The transaction with the server.
    let transaction: ClientTransaction

    private var flow: Flow { transaction.flow }

    /// `nil` when the step is no such failure.
    init?(_ step: ClientStep, of transaction: ClientTransaction, reason: String?) {
        self.transaction = transaction
        switch step.failure {
        case .timeout: kind = .unanswered
        case .transport: kind = .unreachable(reason: reason)
        case nil:
            guard let response = step.deliver, response.status == 503 else { return nil }
            kind = .refused(response)
        }
    }

    /// What the server did, for the log.
    var sentence: String {
        switch kind {
        case .refused(let response): "\(flow.remote) answered \(response.status)"
        case .unanswered: "\(flow.remote) did not answer"
        case .unreachable: "\(flow.remote) could not be reached"
        }
    }

    /// What to remember of the server. A 503 without Retry-After says nothing about the future (RFC 3261 §21.5.4).
    func fault(of located: Flow, now: Instant) -> TriedServer {
        let (fault, duration): (TriedServer.Fault, Duration) =
            switch kind {
            case .refused(let response): (.overloaded, response.retryAfter ?? .zero)
            case .unanswered: (.silent, TriedServer.silence)
            case .unreachable: (.unreachable, TriedServer.unreachability)
            }
        return TriedServer(
            transport: located.protocol, address: located.remote, fault: fault,
            until: now + min(duration, TriedServer.longestOverload))
    }
}

extension UserAgentCore {
    /// Asks for the next server when the one of a request has failed; `false` when the failure is to be told.
    ///
    /// The request goes out again as it was but for its branch: it is a new transaction with the same Call-ID and
    /// number.
    mutating func moveOn(
        _ id: ClientTransactionID, after failure: ServerFailure, now: Instant
    ) -> Bool {
        let transaction = failure.transaction
        guard let origin = transaction.origin,
            origin.target.tried.count + 1 < configuration.maximumServersTried,
            // Inside a dialog the next hop is settled.
            (try? transaction.machine.request.to.tag) == .some(nil), mayMoveOn(id, of: transaction.owner)
        else { return false }
        if transactions.client(id) != nil {
            // A refused INVITE goes on to acknowledge copies of its response, under a number of its own.
            let rest = ClientTransactionID(environment.makeNumber())
            transactions.renumberClient(id, to: rest)
            timers.set(.client(id), at: nil)
            timers.set(.client(rest), at: transaction.machine.deadline)
        }
        if case .session(let session) = transaction.owner {
            withSession(session, now: now) { session, _ in session.requestMovesOn(id) }
        }
        note(
            .failure, "\(failure.sentence): the next server of \(origin.target.host) is tried",
            message: transaction.machine.request, flow: transaction.flow, now: now)
        var target = origin.target
        target.tried.append(failure.fault(of: origin.located, now: now))
        ask(
            PendingFlow(
                unsent: .client(id, origin.draft, transaction.owner), target: target, fallback: nil,
                purpose: .nextServer(after: failure)), now: now)
        return true
    }

    private func mayMoveOn(_ id: ClientTransactionID, of owner: ClientOwner) -> Bool {
        guard case .session(let session) = owner else { return true }
        return sessions[session]?.value.mayMoveOn(id) ?? false
    }

    /// No further server takes the request: its last failure is told.
    mutating func giveUp(_ pending: PendingFlow, after failure: ServerFailure, now: Instant) {
        guard case .client(let id, _, let owner) = pending.unsent else { return }
        switch failure.kind {
        case .refused(let response):
            deliver(response, to: id, failure.transaction, now: now)
            clientEnded(id, owner: owner, now: now)
        case .unanswered:
            totals.timeouts += 1
            note(.failure, "No server of \(pending.target.host) answered", now: now)
            clientFailed(id, owner: owner, failure: .timeout, reason: nil, now: now)
        case .unreachable(let reason):
            clientFailed(id, owner: owner, failure: .transport, reason: reason, now: now)
        }
    }

    /// Whether a request has to leave UDP (RFC 3261 §18.1.1). The MTU of the path is never known here.
    mutating func isTooLong(_ request: Request, for flow: Flow, now: Instant) -> Bool {
        guard flow.protocol == .udp, request.octets.count > configuration.maximumDatagram else { return false }
        let given = environment.judgements.take { if case .leavesDatagrams = $0 { true } else { false } }
        if let given { return given == .leavesDatagrams(true) }
        let leaves = !datagramPeers.contains(flow.remote, now: now)
        _ = environment.judgements.note(.leavesDatagrams(leaves))
        return leaves
    }
}

/// Peers over UDP that took no TCP connection: they are not asked for one again for a while, since each try may cost
/// seconds before a call goes out.
struct DatagramPeers: Sendable {
    private static let memory = Duration.seconds(600)
    private static let capacity = 256
    private var peers: [TransportAddress: Instant] = [:]

    func contains(_ peer: TransportAddress, now: Instant) -> Bool {
        peers[peer].map { now < $0 } ?? false
    }

    mutating func note(_ peer: TransportAddress, now: Instant) {
        if peers.count >= Self.capacity { peers = peers.filter { now < $0.value } }
        guard peers.count < Self.capacity || peers[peer] != nil else { return }
        peers[peer] = now + Self.memory
    }
}

extension TriedServer {
    /// Whether `flow` leads to it.
    func isOn(_ flow: Flow) -> Bool {
        transport == flow.protocol && address == flow.remote
    }
}

extension FlowTarget {
    /// The same peer over TCP, for a request that is too long for UDP.
    init(streamTo peer: TransportAddress) {
        self.init(host: peer.ip.description, port: peer.port, transport: .tcp)
    }
}

extension Response {
    /// The seconds of Retry-After, without its comment and parameters (RFC 3261 §20.33); `nil` when there is none that
    /// can be read.
    var retryAfter: Duration? {
        guard let value = first(.retryAfter), let seconds = UInt32(value.prefix { $0.isASCII && $0.isNumber }) else {
            return nil
        }
        return .seconds(seconds)
    }
}
