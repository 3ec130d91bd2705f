package import TelephonyPrimitives

/// Whom a client transaction reports to.
package enum ClientOwner: Hashable, Sendable {
    case session(SessionID)
    case request(RequestID)
    case registration(RegistrationID)
    case notifier(SubscriptionID)
    case subscriber(SubscriptionID)
}

/// One of the two client machines.
package enum ClientMachine: Sendable {
    case invite(InviteClientTransaction)
    case nonInvite(NonInviteClientTransaction)

    package var request: Request {
        switch self {
        case .invite(let machine): machine.request
        case .nonInvite(let machine): machine.request
        }
    }

    package var deadline: Instant? {
        switch self {
        case .invite(let machine): machine.deadline
        case .nonInvite(let machine): machine.deadline
        }
    }

    package var isTerminated: Bool {
        switch self {
        case .invite(let machine): machine.isTerminated
        case .nonInvite(let machine): machine.isTerminated
        }
    }

    package mutating func receive(_ response: Response, now: Instant) -> ClientStep {
        switch self {
        case .invite(var machine):
            let step = machine.receive(response, now: now)
            self = .invite(machine)
            return step
        case .nonInvite(var machine):
            let step = machine.receive(response, now: now)
            self = .nonInvite(machine)
            return step
        }
    }

    package mutating func transportFailed() -> ClientStep {
        switch self {
        case .invite(var machine):
            let step = machine.transportFailed()
            self = .invite(machine)
            return step
        case .nonInvite(var machine):
            let step = machine.transportFailed()
            self = .nonInvite(machine)
            return step
        }
    }

    package mutating func timerFired(now: Instant) -> ClientStep {
        switch self {
        case .invite(var machine):
            let step = machine.timerFired(now: now)
            self = .invite(machine)
            return step
        case .nonInvite(var machine):
            let step = machine.timerFired(now: now)
            self = .nonInvite(machine)
            return step
        }
    }
}

/// One of the two server machines.
package enum ServerMachine: Sendable {
    case invite(InviteServerTransaction)
    case nonInvite(NonInviteServerTransaction)

    package var deadline: Instant? {
        switch self {
        case .invite(let machine): machine.deadline
        case .nonInvite(let machine): machine.deadline
        }
    }

    package var isTerminated: Bool {
        switch self {
        case .invite(let machine): machine.isTerminated
        case .nonInvite(let machine): machine.isTerminated
        }
    }

    /// Whether no final response was sent.
    package var isOpen: Bool {
        switch self {
        case .invite(let machine): machine.isProceeding
        case .nonInvite(let machine): machine.isOpen
        }
    }

    /// Whether it is that of an INVITE to which nothing was said.
    package var isUnansweredInvite: Bool {
        if case .invite(let machine) = self { machine.isUnanswered } else { false }
    }

    /// Whether only copies of the request, ACKs and time are awaited.
    package var lingers: Bool {
        switch self {
        case .invite(let machine): machine.lingers
        case .nonInvite(let machine): !machine.isOpen
        }
    }

    package mutating func receive(_ request: Request, now: Instant) -> ServerStep {
        switch self {
        case .invite(var machine):
            let step = machine.receive(request, now: now)
            self = .invite(machine)
            return step
        case .nonInvite(var machine):
            let step = machine.receive(request, now: now)
            self = .nonInvite(machine)
            return step
        }
    }

    package mutating func send(_ response: Response, now: Instant) -> ServerStep {
        switch self {
        case .invite(var machine):
            let step = machine.send(response, now: now)
            self = .invite(machine)
            return step
        case .nonInvite(var machine):
            let step = machine.send(response, now: now)
            self = .nonInvite(machine)
            return step
        }
    }

    package mutating func timerFired(now: Instant) -> ServerStep {
        switch self {
        case .invite(var machine):
            let step = machine.timerFired(now: now)
            self = .invite(machine)
            return step
        case .nonInvite(var machine):
            let step = machine.timerFired(now: now)
            self = .nonInvite(machine)
            return step
        }
    }
}

/// A client transaction and what belongs to it.
package struct ClientTransaction: Sendable {
    package private(set) var machine: ClientMachine
    package let key: ClientTransactionKey
    package let flow: Flow
    package let owner: ClientOwner
    /// What sends the request again elsewhere when its server fails (RFC 3263 §4.3); `nil` when nothing may.
    package let origin: RequestOrigin?

    package init(
        machine: ClientMachine, key: ClientTransactionKey, flow: Flow, owner: ClientOwner, origin: RequestOrigin?
    ) {
        self.machine = machine
        self.key = key
        self.flow = flow
        self.owner = owner
        self.origin = origin
    }

    fileprivate mutating func update(_ event: (inout ClientMachine) -> ClientStep) -> ClientStep {
        event(&machine)
    }
}

/// A request before it went to one of the servers of its target.
package struct RequestOrigin: Sendable {
    package let draft: RequestDraft
    /// Where it has to go, with the servers that it was sent to before.
    package let target: FlowTarget
    /// The flow that was found for the target; a request that is too long for it takes another.
    package let located: Flow
}

/// A server transaction and what belongs to it.
package struct ServerTransaction: Sendable {
    package private(set) var machine: ServerMachine
    package let key: ServerTransactionKey
    package let mergeKey: MergeKey?
    /// What is to be answered; `nil` when nothing but copies of it and time is awaited.
    package private(set) var request: Request?
    /// Where the request came from and responses go to.
    package let flow: Flow
    /// The port of the top Via, for a response that needs a new flow (RFC 3261 §18.2.2).
    private let sentByPort: UInt16?
    /// The flow has ended: responses need a new one.
    package var isFlowLost = false
    /// The To tag of the responses, when the request has none.
    package let localTag: Tag
    /// The session that the request belongs to.
    package var session: SessionID?

    package init(
        machine: ServerMachine, key: ServerTransactionKey, mergeKey: MergeKey?, request: Request, flow: Flow,
        sentByPort: UInt16?, localTag: Tag
    ) {
        self.machine = machine
        self.key = key
        self.mergeKey = mergeKey
        self.request = request
        self.flow = flow
        self.sentByPort = sentByPort
        self.localTag = localTag
    }

    /// What there is to know of it without its messages.
    package struct Standing: Sendable {
        package let flow: Flow
        package let isFlowLost: Bool
        package let session: SessionID?
        package let deadline: Instant?
        package let isOpen: Bool
        package let isTerminated: Bool
        fileprivate let sentByPort: UInt16?

        /// Where a response goes first when the connection of the request has gone (RFC 3261 §18.2.2): the received
        /// address and the port of the sent-by; what the sent-by's name leads to comes after it. `nil` when nobody
        /// listens there.
        package var newTarget: FlowTarget? {
            // To a WebSocket client no connection can be opened (RFC 7118 §5).
            guard !flow.protocol.isWebSocket else { return nil }
            return FlowTarget(
                host: flow.remote.ip.description, port: sentByPort ?? flow.protocol.defaultPort,
                transport: flow.protocol, secure: flow.protocol.isSecure)
        }
    }

    package var standing: Standing {
        Standing(
            flow: flow, isFlowLost: isFlowLost, session: session, deadline: machine.deadline, isOpen: machine.isOpen,
            isTerminated: machine.isTerminated, sentByPort: sentByPort)
    }

    fileprivate mutating func update(_ event: (inout ServerMachine) -> ServerStep) -> ServerStep {
        let step = event(&machine)
        if machine.lingers { request = nil }
        return step
    }
}

/// Every living transaction, found by number or by what a message carries (RFC 3261 §17.1.3, §17.2.3).
package struct TransactionTable: Sendable {
    private var clients: [ClientTransactionID: Boxed<ClientTransaction>] = [:]
    private var clientKeys: [ClientTransactionKey: ClientTransactionID] = [:]
    private var servers: [ServerTransactionID: Boxed<ServerTransaction>] = [:]
    private var serverKeys: [ServerTransactionKey: ServerTransactionID] = [:]
    private var mergeKeys: [MergeKey: ServerTransactionID] = [:]

    package init() {}

    package var clientCount: Int { clients.count }
    package var serverCount: Int { servers.count }

    // MARK: Client side

    package mutating func add(_ transaction: ClientTransaction, as id: ClientTransactionID) {
        clientKeys[transaction.key] = id
        clients[id] = Boxed(transaction)
    }

    package func client(_ id: ClientTransactionID) -> ClientTransaction? { clients[id]?.value }

    package func client(for key: ClientTransactionKey) -> ClientTransactionID? { clientKeys[key] }

    /// Lets `event` act on the machine; `nil` when there is no such transaction.
    package mutating func updateClient(
        _ id: ClientTransactionID, _ event: (inout ClientMachine) -> ClientStep
    ) -> ClientStep? {
        clients[id]?.update { $0.update(event) }
    }

    package mutating func removeClient(_ id: ClientTransactionID) -> ClientTransaction? {
        guard let transaction = clients.removeValue(forKey: id)?.value else { return nil }
        if clientKeys[transaction.key] == id { clientKeys[transaction.key] = nil }
        return transaction
    }

    /// Files a client transaction under another number; what its messages carry stays the same.
    package mutating func renumberClient(_ id: ClientTransactionID, to other: ClientTransactionID) {
        guard let transaction = removeClient(id) else { return }
        add(transaction, as: other)
    }

    /// The client transactions on `flow`, oldest first.
    package func clients(on flow: Flow) -> [ClientTransactionID] {
        clients.filter { $0.value.value.flow == flow }.keys.sorted { $0.number < $1.number }
    }

    // MARK: Server side

    package mutating func add(_ transaction: ServerTransaction, as id: ServerTransactionID) {
        serverKeys[transaction.key] = id
        if let mergeKey = transaction.mergeKey, mergeKeys[mergeKey] == nil { mergeKeys[mergeKey] = id }
        servers[id] = Boxed(transaction)
    }

    package func server(_ id: ServerTransactionID) -> Boxed<ServerTransaction>? { servers[id] }

    package func server(for key: ServerTransactionKey) -> ServerTransactionID? { serverKeys[key] }

    /// The transaction of the same request that came over another way.
    package func server(mergedWith key: MergeKey) -> ServerTransactionID? { mergeKeys[key] }

    /// Lets `event` act on the machine; `nil` when there is no such transaction.
    package mutating func updateServer(
        _ id: ServerTransactionID, _ event: (inout ServerMachine) -> ServerStep
    ) -> ServerStep? {
        servers[id]?.update { $0.update(event) }
    }

    package mutating func assign(_ id: ServerTransactionID, to session: SessionID) {
        servers[id]?.update { $0.session = session }
    }

    package mutating func removeServer(_ id: ServerTransactionID) {
        guard let (key, mergeKey) = servers.removeValue(forKey: id)?.read({ ($0.key, $0.mergeKey) }) else { return }
        if serverKeys[key] == id { serverKeys[key] = nil }
        if let mergeKey, mergeKeys[mergeKey] == id { mergeKeys[mergeKey] = nil }
    }

    /// Remembers that responses can't go over `flow` any more.
    package mutating func loseFlow(_ flow: Flow) {
        for (id, transaction) in servers where transaction.value.flow == flow {
            servers[id]?.value.isFlowLost = true
        }
    }
}
