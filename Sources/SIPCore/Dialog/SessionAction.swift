import TelephonyPrimitives

/// Which flow a request takes.
enum Hop: Sendable {
    /// One that exists; `leadingTo` is what it was opened to reach, when that is what the request has to reach.
    case use(Flow, leadingTo: FlowTarget? = nil)
    /// One that the rim has to find; `fallback` is taken when it can't.
    case open(FlowTarget, fallback: Flow?)
}

/// A response before it is put together with its request.
struct ResponseDraft: Sendable {
    var status: Int
    var reason: String?
    var headers: HeaderFields = []
    var body: Body?
    /// Whether the response carries our Contact.
    var hasContact = false
    /// What it says, when that is known; otherwise it is made of the Request-URI.
    var contact: ContactIdentity?
}

/// What a session wants its user agent to do.
enum SessionAction: Sendable {
    /// Begin a client transaction.
    indirect case send(ClientTransactionID, RequestDraft, Hop)
    /// Cancel the INVITE of a client transaction, in a client transaction of its own.
    case cancel(invite: ClientTransactionID, with: ClientTransactionID, headers: HeaderFields)
    /// Forget a client transaction, or a request that still waits for its flow.
    case abandon(ClientTransactionID)
    /// Report a request as failed: it can't be sent anywhere.
    case fail(ClientTransactionID, reason: String)
    /// Send the ACK of a 2xx. The octets and the flow come back through `acknowledgementSent`.
    indirect case acknowledge(ClientTransactionID, remoteTag: Tag?, RequestDraft, Hop)
    /// Send an ACK again.
    case transmit([UInt8], Flow)
    /// Answer a request.
    case respond(ServerTransactionID, ResponseDraft)
    /// Send the last response of a request again.
    case repeatResponse(ServerTransactionID)
    /// Hand a request up to the application.
    case handUp(ServerTransactionID, Request, Flow)
    /// The peer's REFER.
    case refer(ServerTransactionID, Request, Flow)
    /// The peer's SUBSCRIBE.
    case subscribe(ServerTransactionID, Request, Flow)
    /// A NOTIFY of ours has its final response, or got none.
    case notified(SubscriptionID, status: Int)
    /// This session was answered and takes the place of that one.
    case endReplaced(SessionID)
    /// Tell the application.
    case tell(UserAgentCore.Event)
}

/// The flow that a dialog's messages take, and what it was opened to reach.
struct FlowMemory: Sendable {
    private(set) var flow: Flow?
    private var target: FlowTarget?

    /// A flow was opened to reach `target`, or a message came over it.
    mutating func learn(_ flow: Flow, target: FlowTarget? = nil) {
        if let target {
            self.flow = flow
            self.target = target
        } else if self.flow == nil {
            self.flow = flow
        }
    }

    mutating func lose(_ lost: Flow) {
        guard flow == lost else { return }
        flow = nil
        target = nil
    }

    /// The way to `wanted`: the flow at hand when it leads there, else a new one.
    func hop(to wanted: FlowTarget) -> Hop {
        guard let flow else { return .open(wanted, fallback: nil) }
        if target == wanted || leads(flow, to: wanted) { return .use(flow, leadingTo: wanted) }
        return .open(wanted, fallback: wanted.secure && !flow.protocol.isSecure ? nil : flow)
    }

    private func leads(_ flow: Flow, to wanted: FlowTarget) -> Bool {
        if wanted.secure && !flow.protocol.isSecure { return false }
        guard let address = IPAddress(wanted.host) else {
            // A peer that hides its address (RFC 3261 §8.1.1.3) can only be reached as it came.
            return wanted.host.lowercased().hasSuffix(".invalid")
        }
        // A private Contact behind a public source is a NAT that rewrote the packet and not its contents.
        if address.isUnspecified || (address.isPrivate && !flow.remote.ip.isPrivate) { return true }
        guard address == flow.remote.ip else { return false }
        if let transport = wanted.transport, transport != flow.protocol, transport.secured != flow.protocol {
            return false
        }
        // A connection is used in both directions, whatever port its far end happens to have (RFC 5923).
        if flow.protocol.isReliable { return true }
        return (wanted.port ?? flow.protocol.defaultPort) == flow.remote.port
    }
}
