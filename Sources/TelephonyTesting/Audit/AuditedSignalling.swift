import TelephonyPrimitives

/// One SIP message of a trace, read.
struct AuditedMessage {
    let message: WireMessage
    let record: Trace.Record
    /// Position among all SIP messages of the trace.
    let index: Int

    var sentAt: Instant { record.time }
    /// When the receiver first had it; `nil` when it never came.
    var arrivedAt: Instant? { record.arrivals.min() }
    var sender: String { record.sender }
    var receiver: String { record.receiver }

    /// Whether the receiver had it at `time`.
    func hasArrived(by time: Instant) -> Bool {
        arrivedAt.map { $0 <= time } ?? false
    }
}

/// A transaction as the wire shows it (RFC 3261 §17): copies of one request and the responses to it.
struct AuditedTransaction {
    let key: Key
    var requests: [AuditedMessage]
    var responses: [AuditedMessage] = []
    /// For INVITE: every ACK to a final response, whatever its branch.
    var acknowledgements: [AuditedMessage] = []

    /// What tells transactions apart (RFC 3261 §17.1.3, §17.2.3), and whose they are.
    struct Key: Hashable {
        let client: String
        let server: String
        let callID: String
        let branch: String
        let method: String
        let number: UInt32
    }

    var finals: [AuditedMessage] { responses.filter { ($0.message.status ?? 0) >= 200 } }
    var isInvite: Bool { key.method == "INVITE" }

    /// When the client first had a response that `matches` accepts.
    func arrival(where matches: (Int) -> Bool) -> Instant? {
        responses.filter { matches($0.message.status ?? 0) }.compactMap(\.arrivedAt).min()
    }
}

/// The SIP of a trace, sorted into transactions and calls.
struct AuditedSignalling {
    let messages: [AuditedMessage]
    private(set) var transactions: [AuditedTransaction] = []
    /// Responses for which no request was seen.
    private(set) var strayResponses: [AuditedMessage] = []
    /// ACKs for which no INVITE was seen.
    private(set) var strayAcknowledgements: [AuditedMessage] = []
    /// Messages by Call-ID, in the order of sending.
    private(set) var calls: [String: [AuditedMessage]] = [:]
    /// Transactions by Call-ID, in the order in which they began.
    private(set) var transactionsByCall: [String: [AuditedTransaction]] = [:]
    private var callOrder: [String] = []
    let end: Instant
    let precision: Trace.Precision
    let timers: TraceAuditor.Timers
    let observers: Set<String>

    init(_ trace: Trace, timers: TraceAuditor.Timers, observers: Set<String> = []) {
        self.observers = observers
        var messages: [AuditedMessage] = []
        for record in trace.records where !WireRTP.mayBeRTP(record.octets) && !WireRTP.isControl(record.octets) {
            guard let message = WireMessage(record.octets) else { continue }
            messages.append(AuditedMessage(message: message, record: record, index: messages.count))
        }
        self.messages = messages
        end = max(trace.end, trace.records.last?.time ?? .zero)
        precision = trace.precision
        self.timers = timers
        sortIntoTransactions()
        transactionsByCall = Dictionary(grouping: transactions, by: \.key.callID)
        for message in messages {
            let callID = message.message.callID ?? ""
            if calls[callID] == nil { callOrder.append(callID) }
            calls[callID, default: []].append(message)
        }
    }

    /// Calls in the order in which they began.
    var callsInOrder: [(callID: String, messages: [AuditedMessage])] {
        callOrder.map { ($0, calls[$0] ?? []) }
    }

    private mutating func sortIntoTransactions() {
        var positions: [AuditedTransaction.Key: Int] = [:]
        var invites: [InviteKey: [Int]] = [:]
        for message in messages {
            let text = message.message
            guard let callID = text.callID, let number = text.sequenceNumber, let method = text.sequenceMethod else {
                continue
            }
            if text.method == "ACK" {
                let key = InviteKey(client: message.sender, callID: callID, number: number)
                attach(message, to: invites[key] ?? [])
                continue
            }
            let key = AuditedTransaction.Key(
                client: text.isRequest ? message.sender : message.receiver,
                server: text.isRequest ? message.receiver : message.sender, callID: callID,
                branch: text.branch ?? "", method: text.method ?? method, number: number)
            if let position = positions[key] {
                if text.isRequest {
                    transactions[position].requests.append(message)
                } else {
                    transactions[position].responses.append(message)
                }
            } else if text.isRequest {
                positions[key] = transactions.count
                if text.method == "INVITE" {
                    invites[InviteKey(client: message.sender, callID: callID, number: number), default: []]
                        .append(transactions.count)
                }
                transactions.append(AuditedTransaction(key: key, requests: [message]))
            } else {
                strayResponses.append(message)
            }
        }
    }

    private struct InviteKey: Hashable {
        let client: String
        let callID: String
        let number: UInt32
    }

    /// Gives an ACK to the INVITE it is for: that of its branch, else the one whose 2xx had its To tag, else the last.
    private mutating func attach(_ message: AuditedMessage, to candidates: [Int]) {
        let byBranch = candidates.first { transactions[$0].key.branch == message.message.branch }
        let byTag = candidates.first {
            transactions[$0].finals.contains { $0.message.toTag == message.message.toTag }
        }
        guard let position = byBranch ?? byTag ?? candidates.last else {
            strayAcknowledgements.append(message)
            return
        }
        transactions[position].acknowledgements.append(message)
    }
}
