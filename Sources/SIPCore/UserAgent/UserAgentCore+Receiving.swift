import TelephonyPrimitives

extension UserAgentCore {
    mutating func receiveMessage(_ octets: [UInt8], over flow: Flow, now: Instant) {
        // CR LF keeps a flow alive (RFC 5626 §3.5.1) and is no message.
        if octets.first.map({ $0 <= 0x0D }) ?? true, octets.allSatisfy({ $0 == 0x0D || $0 == 0x0A || $0 == 0 }) {
            receiveKeepAlive(over: flow, now: now)
            return
        }
        // No method begins with an octet below 4, by which STUN is told (RFC 7983 §7).
        if flow.protocol == .udp, let first = octets.first, first < 4 {
            if let binding = STUNBinding(parsing: octets) { receive(binding, over: flow, now: now) }
            return
        }
        totals.received += 1
        do {
            let message = try Message(parsing: octets, limits: configuration.limits)
            switch message {
            case .request(let request):
                do throws(ParseError) {
                    try forgive(message, over: flow, now: now)
                } catch {
                    refuseMalformed(request, error, reason: error.message, over: flow, now: now)
                    return
                }
                receive(request, over: flow, now: now)
            case .response(let response):
                try forgive(message, over: flow, now: now)
                receive(response, over: flow, now: now)
            }
        } catch {
            totals.malformed += 1
            note(.malformed, "\(octets.count) octets are no SIP message: \(error.message)", flow: flow, now: now)
        }
    }

    // MARK: Responses

    private mutating func receive(_ response: Response, over flow: Flow, now: Instant) {
        let key: ClientTransactionKey
        do {
            // Among others, one whose body is cut off is dropped (RFC 3261 §18.3).
            try response.validate()
            // More than one Via means that it was meant for somebody else (RFC 3261 §8.1.3.3).
            guard response.viaCount == 1, let branch = try response.topViaPlaces.branch else {
                stray(response, "A response has \(response.viaCount) Vias or no branch", over: flow, now: now)
                return
            }
            key = ClientTransactionKey(branch: Branch(branch.asText), method: try response.cseq.method)
        } catch {
            totals.malformed += 1
            note(
                .malformed, "A response \(response.status) can't be used: \(error.message)", message: response,
                flow: flow, now: now)
            return
        }
        let response = judged(response, from: flow)
        guard let id = transactions.client(for: key),
            let step = transactions.updateClient(id, { $0.receive(response, now: now) })
        else {
            stray(
                response, "A response \(response.status) to \(key.method.name) matches no request", over: flow, now: now
            )
            return
        }
        // Nobody else can know the branch.
        sources.acquaint(flow.remote.ip)
        handle(step, of: id, now: now)
    }

    private mutating func stray(_ message: some SIPMessage, _ sentence: String, over flow: Flow, now: Instant) {
        totals.strays += 1
        note(.stray, sentence, message: message, flow: flow, now: now)
    }

    // MARK: Requests

    private mutating func receive(_ request: Request, over flow: Flow, now: Instant) {
        let via: ViaPlaces
        do {
            via = try request.topViaPlaces
        } catch {
            refuseMalformed(request, error, over: flow, now: now)
            return
        }
        let key = ServerTransactionKey(request, via: via)
        if let id = transactions.server(for: key) {
            if request.method != .ack { totals.duplicates += 1 }
            guard let step = transactions.updateServer(id, { $0.receive(request, now: now) }) else { return }
            handle(step, of: id, now: now)
            return
        }
        do {
            try request.validate(hasReadableTopVia: true)
            if request.method == .ack {
                receiveAcknowledgement(request, over: flow, now: now)
            } else {
                try begin(request, key: key, via: via, over: flow, now: now)
            }
        } catch {
            refuseMalformed(request, error, over: flow, now: now)
        }
    }

    /// A request that can be told from noise but does not follow the grammar (RFC 3261 §8.2, §21.4.1).
    private mutating func refuseMalformed(
        _ request: Request, _ error: ParseError, reason: String? = nil, over flow: Flow, now: Instant
    ) {
        totals.malformed += 1
        note(
            .malformed, "A \(request.method.name) can't be used: \(error.message)", message: request, flow: flow,
            now: now)
        guard request.method != .ack, admits(request, from: flow) else { return }
        let received = request.withTopViaReceived(from: flow.remote)
        respondStatelessly(to: received, status: error.suggestedStatus, reason: reason, over: flow)
    }

    /// The ACK of a 2xx: it has a branch of its own, so its dialog and number say what it is for.
    private mutating func receiveAcknowledgement(_ request: Request, over flow: Flow, now: Instant) {
        guard let id = dialogID(of: request), let session = dialogs[id] else {
            totals.strays += 1
            return
        }
        var answered: ServerTransactionID?
        withSession(session, now: now) { session, environment in
            answered = session.unacknowledgedTransaction(of: request)
            session.receiveAcknowledgement(request, now: now, in: &environment)
        }
        if let answered {
            sources.release(answered)
            sources.acquaint(flow.remote.ip)
        }
    }

    /// The dialog in which the peer sent `request`, which was validated.
    func dialogID(of request: Request) -> DialogID? {
        guard let localTag = request.toTagOctets, let callID = request.callIDOctets else { return nil }
        return DialogID(
            callID: CallID(callID.asText), localTag: Tag(localTag.asText),
            remoteTag: request.fromTagOctets.map { Tag($0.asText) })
    }

    private mutating func begin(
        _ bare: Request, key: ServerTransactionKey, via: ViaPlaces, over flow: Flow, now: Instant
    ) throws(ParseError) {
        guard admits(bare, from: flow) else {
            passOver(bare, from: flow, now: now)
            return
        }
        let noted = via.lacksSource(flow.remote) ? bare.withTopViaReceived(from: flow.remote) : bare
        let request = judged(noted, from: flow)
        let isOutsideDialogs = request.toTagOctets == nil
        // Before anything is made for the call: refusing must be cheaper than asking (RFC 3261 §21.5.4).
        if request.method == .invite, isOutsideDialogs, let (sentence, retryAfter) = refusalOfCalls {
            note(.limit, sentence, message: request, flow: flow, now: now)
            respondStatelessly(to: request, status: 503, headers: [(.retryAfter, "\(retryAfter)")], over: flow)
            return
        }
        guard transactions.serverCount < configuration.maxTransactions else {
            note(.limit, "Too many requests at once", message: request, flow: flow, now: now)
            return
        }
        let isReliable = flow.protocol.isReliable
        let invite =
            request.method == .cancel
            ? transactions.server(for: ServerTransactionKey(request, via: via, method: .invite)) : nil
        // A CANCEL goes hop by hop: one from another host than the INVITE's is a stranger's (RFC 3261 §26.1.5). It gets
        // no transaction, so that the true one is not taken for its copy.
        if let invite, let known = transactions.server(invite), known.read({ $0.flow.remote.ip != flow.remote.ip }) {
            note(.refused, "A CANCEL came from another host than its INVITE", message: request, flow: flow, now: now)
            respondStatelessly(to: request, status: 481, over: flow)
            return
        }
        if request.method == .cancel, invite == nil {
            note(.refused, "There is no INVITE to cancel", message: request, flow: flow, now: now)
            respondStatelessly(to: request, status: 481, over: flow)
            return
        }
        let isNew = isOutsideDialogs && request.method != .cancel
        if isNew, !hasRoom(for: request, from: flow, now: now) { return }
        let mergeKey = isNew ? MergeKey(request) : nil
        var isMerged = false
        if let mergeKey { isMerged = transactions.server(mergedWith: mergeKey) != nil }
        let id = ServerTransactionID(environment.makeNumber())
        // A CANCEL is answered with the tag of its INVITE's answers (RFC 3261 §9.2).
        var localTag: Tag?
        if let invite { localTag = transactions.server(invite)?.read { $0.localTag } }
        let machine: ServerMachine =
            request.method == .invite
            ? .invite(InviteServerTransaction(isReliable: isReliable, timers: configuration.timers))
            : .nonInvite(
                NonInviteServerTransaction(isReliable: isReliable, timers: configuration.timers, now: now))
        transactions.add(
            ServerTransaction(
                machine: machine, key: key, mergeKey: mergeKey, request: request,
                flow: flow.answering(via), sentByPort: via.sentByPort, localTag: localTag ?? environment.makeTag()),
            as: id)
        timers.set(.server(id), at: machine.deadline)
        if isOutsideDialogs { hold(id, from: flow) }
        if request.method == .cancel {
            receiveCancel(request, id, of: invite, now: now)
        } else if isMerged {
            refuse(id, 482, "The same request has come another way", now: now)
        } else if isOutsideDialogs {
            admit(request, id, over: flow, now: now)
        } else {
            receiveInDialog(request, id, over: flow, now: now)
        }
    }

    private mutating func receiveCancel(
        _ request: Request, _ id: ServerTransactionID, of invite: ServerTransactionID?, now: Instant
    ) {
        guard let invite, let standing = transactions.server(invite)?.read({ $0.standing }) else {
            refuse(id, 481, "There is no INVITE to cancel", now: now)
            return
        }
        respond(id, ResponseDraft(status: 200), now: now)
        guard standing.isOpen, let session = standing.session else { return }
        withSession(session, now: now) { session, environment in
            session.cancelled(invite, by: request, now: now, in: &environment)
        }
    }

    private mutating func receiveInDialog(
        _ request: Request, _ id: ServerTransactionID, over flow: Flow, now: Instant
    ) {
        if let subscriber = subscriber(for: request) {
            receiveNotify(request, id, for: subscriber, over: flow, now: now)
            return
        }
        let dialog = dialogID(of: request)
        if let dialog, let notifier = notifierDialogs[dialog] {
            receive(request, id, for: notifier, over: flow, now: now)
            return
        }
        guard let dialog, let sessionID = dialogs[dialog] else {
            refuse(id, 481, "There is no such dialog", now: now)
            return
        }
        if configuration.checksDialogSources, !configuration.knownSources.contains(flow.remote.ip),
            sessions[sessionID]?.read({ $0.isPeers(flow, in: dialog) }) == false
        {
            totals.noteRefusal(of: flow.remote.ip)
            refuse(id, 403, "It comes from another host than the rest of its dialog", now: now)
            return
        }
        guard understands(request, id, now: now), hasUsableBody(request, id, now: now) else { return }
        transactions.assign(id, to: sessionID)
        withSession(sessionID, now: now) { session, environment in
            session.receive(request, id, dialog: dialog, over: flow, now: now, in: &environment)
        }
    }
}

extension Flow {
    /// The flow on which the response to a request with this top Via goes back (RFC 3261 §18.2.2, RFC 3581 §4).
    ///
    /// Over UDP without `rport` a response goes to the port of the sent-by; unless that has another address than the
    /// packet, because then a NAT has changed both. `maddr` is not followed: it would let a stranger send our answers
    /// where he wants.
    func answering(_ via: ViaPlaces) -> Flow {
        guard `protocol` == .udp, !via.hasReturnPort else { return self }
        if let address = via.sentByAddress, address != remote.ip { return self }
        var flow = self
        flow.remote.port = via.sentByPort ?? `protocol`.defaultPort
        return flow
    }
}
