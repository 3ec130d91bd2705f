package import TelephonyPrimitives

/// What a user agent was told about one call, as a journal keeps it: without what is secret.
package struct JournalledInput: Sendable {
    package enum Content: Sendable {
        case input(UserAgentCore.Input)
        /// A timer of the call fired.
        case timer
        /// A command that journals don't hold; its name.
        case unknown(String)
    }

    /// The number that had been given out last.
    package var lastNumber: UInt64
    /// What was drawn while it was handled.
    package var drawn: [UInt64]
    /// What was decided by what is not in the journal.
    package var judgements: [OutsideJudgement]
    package var content: Content

    package init(
        lastNumber: UInt64, drawn: [UInt64], judgements: [OutsideJudgement] = [], content: Content
    ) {
        self.lastNumber = lastNumber
        self.drawn = drawn
        self.judgements = judgements
        self.content = content
    }

    /// What stands before the kind of an input that has judgements.
    private static let judged: UInt8 = 254
}

/// What a user agent wanted done about one call.
package struct JournalledOutput: Sendable, Hashable {
    package enum Content: Sendable, Hashable {
        case transmit([UInt8], Flow)
        case openFlow(UInt64, host: String)
        case closeFlow(Flow)
        /// What happened, in words.
        case event(String)
    }

    package var drawn: [UInt64]
    package var content: Content

    package init(drawn: [UInt64], content: Content) {
        self.drawn = drawn
        self.content = content
    }

    /// - Parameter mask: takes what is secret out of a message without changing its length.
    /// - Returns: `nil` for what is told of no call.
    package init?(_ output: UserAgentCore.Output, drawn: [UInt64] = [], mask: ([UInt8]) -> [UInt8] = { $0 }) {
        self.drawn = drawn
        switch output {
        case .transmit(let octets, let flow): content = .transmit(mask(octets), flow)
        case .openFlow(let id, let target): content = .openFlow(id.number, host: target.host)
        case .closeFlow(let flow): content = .closeFlow(flow)
        case .event(let event):
            guard let text = event.journalText else { return nil }
            content = .event(text)
        }
    }
}

extension JournalledInput {
    package func write(to writing: inout JournalWriting) {
        writing.put(lastNumber)
        writing.put(each: drawn) { $0.put($1) }
        if !judgements.isEmpty {
            writing.put(Self.judged)
            writing.put(each: judgements) { $1.write(to: &$0) }
        }
        switch content {
        case .timer: writing.put(UInt8(0))
        case .unknown(let name):
            writing.put(UInt8(255))
            writing.put(name)
        case .input(let input): input.write(to: &writing)
        }
    }

    package init(from reading: inout JournalReading) throws(JournalError) {
        lastNumber = try reading.word()
        drawn = try reading.list { (reading) throws(JournalError) in try reading.word() }
        judgements = []
        var tag = try reading.octet()
        if tag == Self.judged {
            judgements = try reading.list { (reading) throws(JournalError) in try OutsideJudgement(from: &reading) }
            tag = try reading.octet()
        }
        switch tag {
        case 0: content = .timer
        case 255: content = .unknown(try reading.text())
        default: content = .input(try UserAgentCore.Input(tag, from: &reading))
        }
    }
}

extension JournalledOutput {
    package func write(to writing: inout JournalWriting) {
        writing.put(each: drawn) { $0.put($1) }
        switch content {
        case .transmit(let octets, let flow):
            writing.put(UInt8(1))
            writing.put(octets)
            flow.write(to: &writing)
        case .openFlow(let number, let host):
            writing.put(UInt8(2))
            writing.put(number)
            writing.put(host)
        case .closeFlow(let flow):
            writing.put(UInt8(3))
            flow.write(to: &writing)
        case .event(let text):
            writing.put(UInt8(4))
            writing.put(text)
        }
    }

    package init(from reading: inout JournalReading) throws(JournalError) {
        drawn = try reading.list { (reading) throws(JournalError) in try reading.word() }
        switch try reading.octet() {
        case 1: content = .transmit(try reading.octets(), try Flow(from: &reading))
        case 2: content = .openFlow(try reading.word(), host: try reading.text())
        case 3: content = .closeFlow(try Flow(from: &reading))
        case 4: content = .event(try reading.text())
        default: throw JournalError("an output of the signalling is of no known kind")
        }
    }
}

extension UserAgentCore.Event {
    /// The event in a few words, always the same for the same; `nil` for one that is about no call, or about none alone.
    package var journalText: String? {
        switch self {
        case .notice, .registration, .bindings, .response, .requestFailed, .subscription, .notified: return nil
        case .subscriptionEnded(let id, let end): return "subscription \(id.number) ended: \(end)"
        case .refer(let id, let session, _): return "refer \(id.number) in \(session?.number ?? 0)"
        case .incoming(let id, _, _): return "incoming \(id.number)"
        case .provisional(let id, let response): return "provisional \(id.number): \(response.status)"
        case .answered(let id, let response, let isPending):
            return "answered \(id.number): \(response.status)\(isPending ? ", an answer is owed" : "")"
        case .acknowledgementOwed(let id, let response): return "PRACK owed \(id.number): \(response.status)"
        case .provisionalAcknowledged(let id, let body): return "PRACK came \(id.number), \(body?.count ?? 0) octets"
        case .acknowledged(let id, let body): return "ACK came \(id.number), \(body?.count ?? 0) octets"
        case .reinvite(let id, let request): return "change wanted \(id.number): \(request.method.name)"
        case .reinviteWithdrawn(let id): return "change withdrawn \(id.number)"
        case .reinviteAnswered(let id, let response): return "change answered \(id.number): \(response.status)"
        case .reinviteFailed(let id, let status): return "change failed \(id.number): \(status)"
        case .reinvitePostponed(let id, let status): return "change postponed \(id.number): \(status)"
        case .info(let id, let request): return "INFO \(id.number), \(request.body.count) octets"
        case .transfer(let id, let progress): return "transfer \(id.number): \(progress)"
        case .transferReport(let id, _): return "transfer report \(id.number)"
        case .replacing(let id, let other): return "replacing \(id.number): \(other.number)"
        case .referRefused(let id, let target): return "refer refused \(id?.number ?? 0): \(target)"
        case .ended(let id, let end):
            return "ended \(id.number): \(end.cause.rawValue)\(end.status.map { " \($0)" } ?? "")"
        case .request(let id, let session, let request, _):
            return "request \(id.number) in \(session?.number ?? 0): \(request.method.name)"
        }
    }

    /// The subscription that it is about.
    package var subscription: SubscriptionID? {
        switch self {
        case .refer(let id, _, _), .subscriptionEnded(let id, _): id
        default: nil
        }
    }
}

extension Flow {
    package func write(to writing: inout JournalWriting) {
        writing.put(`protocol`.rawValue)
        writing.put(local)
        writing.put(remote)
        writing.put(id)
    }

    package init(from reading: inout JournalReading) throws(JournalError) {
        guard let transport = TransportProtocol(rawValue: try reading.text()) else {
            throw JournalError("a flow is of no known transport")
        }
        self.init(
            protocol: transport, local: try reading.address(), remote: try reading.address(), id: try reading.word())
    }
}
