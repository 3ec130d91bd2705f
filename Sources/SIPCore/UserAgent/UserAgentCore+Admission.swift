import TelephonyPrimitives

/// What becomes of a new request, in the order of RFC 3261 §8.2: credentials, method, Request-URI, extensions,
/// content, and then what it is about.
extension UserAgentCore {
    /// A request outside every dialog.
    mutating func admit(_ request: Request, _ id: ServerTransactionID, over flow: Flow, now: Instant) {
        let isHandedUp = configuration.handedUpMethods.contains(request.method)
        if request.method == .register, registrar != nil, !isHandedUp {
            receiveRegister(request, id, over: flow, now: now)
            return
        }
        // A carrier has no password of ours: its address says who it is.
        let isAuthenticating = digestServer != nil && !isPeer(flow) || environment.judgements.isGiven
        if isAuthenticating,
            isHandedUp || request.method == .invite || request.method == .refer || request.method == .subscribe
        {
            guard isAuthenticated(request, id, now: now) else { return }
        }
        guard understands(request, id, now: now), hasUsableBody(request, id, now: now) else { return }
        switch request.method {
        case .invite:
            receiveInvite(request, id, over: flow, now: now)
        case _ where isHandedUp:
            openRequests[id] = .some(nil)
            put(.event(.request(ServerRequestID(id.number), nil, request, flow)))
        case .options:
            receiveOptions(request, id, now: now)
        case .refer where configuration.servesRefer:
            receiveRefer(request, id, session: nil, over: flow, now: now)
        case .subscribe:
            receiveSubscribe(request, id, session: nil, over: flow, now: now)
        case .refer:
            let targets = request.list(of: .referTo)
            guard targets.count == 1, let target = targets.first else {
                refuse(id, 400, "A REFER has one Refer-To", now: now)
                return
            }
            refuse(id, 603, "REFER is not allowed here", now: now)
            put(.event(.referRefused(nil, target: target)))
        default:
            refuse(id, 481, "There is no dialog for it", now: now)
        }
    }

    private mutating func isAuthenticated(_ request: Request, _ id: ServerTransactionID, now: Instant) -> Bool {
        switch judgement(on: request, now: now) {
        case .challenged(let fields):
            respond(id, ResponseDraft(status: 401, headers: HeaderFields(fields)), now: now)
        case .refused:
            refuse(id, 403, "The credentials are wrong", now: now)
        default:
            if let source = transactions.server(id)?.read({ $0.flow.remote.ip }) { sources.acquaint(source) }
            return true
        }
        return false
    }

    private mutating func judgement(on request: Request, now: Instant) -> OutsideJudgement {
        let given = environment.judgements.take { judgement in
            switch judgement {
            case .admitted, .challenged, .refused: true
            default: false
            }
        }
        if let given { return given }
        guard var server = digestServer else { return .admitted }
        defer { digestServer = server }
        switch server.verify(request: request, now: now) {
        case .accepted: return environment.judgements.note(.admitted)
        case .challenge(let stale):
            return environment.judgements.note(.challenged(server.challenge(now: now, stale: stale).fields))
        case .refused: return environment.judgements.note(.refused)
        }
    }

    /// Method, Request-URI and required extensions (RFC 3261 §8.2.1, §8.2.2).
    mutating func understands(_ request: Request, _ id: ServerTransactionID, now: Instant) -> Bool {
        guard
            request.method.isServed || configuration.handedUpMethods.contains(request.method)
                || (request.method == .subscribe && !abilities.allowEvents.isEmpty)
        else {
            // 405 for a method that is known, 501 for one that is not (RFC 3261 §21.4.6, §21.5.2).
            let status = request.method.isRegistered ? 405 : 501
            refuse(
                id, status, "The method is not served", headers: [(.allow, abilities.allow)], now: now)
            return false
        }
        guard request.hasServedScheme else {
            refuse(id, 416, "The scheme of the Request-URI is not served", now: now)
            return false
        }
        let unsupported = request.require.filter { !abilities.supports($0) }
        guard unsupported.isEmpty else {
            let names = unsupported.joined(separator: ", ")
            refuse(id, 420, "It requires \(names)", headers: [(.unsupported, names)], now: now)
            return false
        }
        return true
    }

    /// The body of an INVITE, UPDATE or PRACK has to be one that the application reads, and so every part of it that is
    /// not optional (RFC 3261 §8.2.3, RFC 5621 §8.1).
    mutating func hasUsableBody(_ request: Request, _ id: ServerTransactionID, now: Instant) -> Bool {
        guard request.hasBody, request.method == .invite || request.method == .update || request.method == .prack
        else { return true }
        let isEncoded = request.firstValue(.contentEncoding) != nil
        guard !isEncoded || request.list(of: .contentEncoding).allSatisfy({ $0.lowercased() == "identity" }) else {
            refuse(
                id, 415, "The body is encoded", headers: abilities.accept + [(.acceptEncoding, "identity")],
                now: now)
            return false
        }
        if !isEncoded, request.isPlainDescription, configuration.acceptedContentTypes.contains("application/sdp") {
            return true
        }
        guard let part = request.bodyPart else { return true }
        guard part.first(.contentType) != nil else {
            refuse(id, 415, "The body is of no type", headers: abilities.accept, now: now)
            return false
        }
        do {
            guard let fault = try part.fault(accepting: configuration.acceptedContentTypes) else { return true }
            refuse(id, 415, fault, headers: abilities.accept, now: now)
        } catch {
            refuse(id, error.suggestedStatus, error.message, now: now)
        }
        return false
    }

    private mutating func receiveInvite(
        _ request: Request, _ id: ServerTransactionID, over flow: Flow, now: Instant
    ) {
        let timerRequest = SessionTimerRequest(request)
        if let minimum = timerRequest.refusal(by: configuration.sessionTimer) {
            refuse(id, 422, "The session interval is too small", headers: [(.minSE, "\(minimum)")], now: now)
            return
        }
        guard takesOurBodies(request) else {
            refuse(id, 406, "It accepts no body that an answer could have", now: now)
            return
        }
        guard
            let (localTag, isRFC2543) = transactions.server(id)?.read({ ($0.localTag, $0.key.isRFC2543) })
        else { return }
        do {
            let contact = try request.contactTarget
            guard contact != nil || isRFC2543 else {
                refuse(id, 400, "An INVITE has one Contact", now: now)
                return
            }
            let replaced = try replacedSession(by: request, id, now: now)
            if case .refused = replaced { return }
            var session = try InviteSession(
                id: SessionID(environment.makeNumber()), request: request, contact: contact, timerRequest: timerRequest,
                transaction: id, localTag: localTag, flow: flow, now: now, in: &environment)
            guard let dialog = session.dialog?.id, dialogs[dialog] == nil else { return }
            let number = session.id
            transactions.assign(id, to: number)
            if case .session(let other) = replaced { session.replaces = other }
            begin(consume session, now: now)
            if configuration.saysTryingFirst {
                respond(id, ResponseDraft(status: 100), now: now)
            } else {
                owedTrying.append((id, now))
            }
            put(.event(.incoming(number, request, flow)))
            if case .session(let other) = replaced { put(.event(.replacing(number, other))) }
        } catch {
            refuse(id, 400, error.message, now: now)
        }
    }

    /// Says what we can do, or refuses as a call would be refused now (RFC 3261 §11.2).
    private mutating func receiveOptions(_ request: Request, _ id: ServerTransactionID, now: Instant) {
        if let (sentence, retryAfter) = refusalOfCalls {
            refuse(id, 503, sentence, headers: [(.retryAfter, "\(retryAfter)")], now: now)
        } else {
            respond(id, environment.capabilities(for: request, hasContact: true), now: now)
        }
    }

    /// Why no more calls are taken now, and for how many seconds callers should stay away.
    var refusalOfCalls: (sentence: String, retryAfter: Int)? {
        mutating get {
            if let overload {
                let seconds = max(1, Int(clamping: overload.retryAfter.components.seconds))
                // Not all callers at once shall come back.
                return (overload.reason, environment.pick(seconds...seconds + seconds / 2))
            }
            if isDraining { return ("No more calls are taken", environment.pick(5...15)) }
            if liveSessionCount >= configuration.maxSessions {
                return ("Too many calls at once", environment.pick(5...15))
            }
            if transactions.serverCount >= configuration.maxTransactions {
                return ("Too many requests at once", environment.pick(5...15))
            }
            return nil
        }
    }

    private enum Replaced {
        case nothing
        case session(SessionID)
        case refused
    }

    /// The session whose place an INVITE takes (RFC 3891 §3).
    private mutating func replacedSession(
        by request: Request, _ id: ServerTransactionID, now: Instant
    ) throws(ParseError) -> Replaced {
        guard configuration.servesReplaces, let replaces = try request.replaces else { return .nothing }
        let dialog = DialogID(callID: replaces.callID, localTag: replaces.toTag, remoteTag: replaces.fromTag)
        guard let session = dialogs[dialog].flatMap({ sessions[$0]?.value }) else {
            refuse(id, 481, "The dialog to be replaced is not known", now: now)
            return .refused
        }
        switch session.phase {
        case .calling:
            return .session(session.id)
        case .ringing:
            refuse(id, 481, "A call that rings here can't be replaced", now: now)
        case .established where replaces.isEarlyOnly:
            refuse(id, 486, "The call to be replaced is answered", now: now)
        case .established:
            return .session(session.id)
        case .over:
            refuse(id, 603, "The call to be replaced is over", now: now)
        }
        return .refused
    }

    /// Whether Accept, when there is one, lets us answer with a session description (RFC 3261 §20.1).
    private func takesOurBodies(_ request: Request) -> Bool {
        guard request.firstValue(.accept) != nil else { return true }
        return request.list(of: .accept).contains { range in
            let type = range.prefix { $0 != ";" }.trimmingBlanks.lowercased()
            guard type != "*/*" else { return true }
            return configuration.acceptedContentTypes.contains { accepted in
                accepted == type || type == (accepted.split(separator: "/").first ?? "") + "/*"
            }
        }
    }
}

extension Method {
    /// Methods that the user agent itself knows how to answer.
    var isServed: Bool {
        switch self {
        case .invite, .bye, .options, .info, .update, .notify, .refer, .prack: true
        default: false
        }
    }

    /// Methods of the IANA registry of SIP.
    var isRegistered: Bool {
        switch self {
        case .register, .subscribe, .message, .publish, .ack, .cancel: true
        default: isServed
        }
    }
}
