import TelephonyPrimitives

/// Subscriptions of ours (RFC 6665 §4.1).
extension UserAgentCore {
    mutating func subscribe(_ wanted: OutgoingSubscription, as id: SubscriptionID, now: Instant) {
        guard subscribers[id] == nil, subscribers.count < configuration.maxSubscriptions else {
            note(.limit, "Subscription \(id.number) can't be made", now: now)
            put(.event(.subscriptionEnded(id, .lost(status: 503))))
            return
        }
        let key = SubscriberKey(callID: environment.makeCallID(), localTag: environment.makeTag())
        var from = wanted.from
        from.tag = key.localTag
        var target = wanted.target
        target.headers = []
        let (uri, routes) = RouteSet(wanted.route.map { NameAddress(uri: .sip($0)) }).apply(to: .sip(target))
        let draft = RequestDraft(
            method: .subscribe, target: .sip(target), uri: uri, routes: routes, from: from.description,
            fromTag: key.localTag, to: NameAddress(uri: .sip(target)).description, callID: key.callID, sequence: 0,
            contact: ContactIdentity(
                user: from.uri.sip?.user, isSecure: target.isSecure || wanted.route.first?.isSecure ?? false),
            headers: [(.event, wanted.event)]
                + (wanted.accept.isEmpty ? [] : [(.accept, wanted.accept.joined(separator: ", "))]) + wanted.headers)
        var subscriber = Subscriber(
            id: id, event: wanted.event.lowercased(), key: key, draft: draft,
            seconds: max(Int64(wanted.expires.inSeconds), 1))
        subscriber.digest = wanted.credentials.map { DigestClient(credentials: $0) }
        subscriber.flowTarget = wanted.flowTarget
        subscriberKeys[key] = id
        send(&subscriber, now: now)
        file(subscriber)
    }

    mutating func unsubscribe(_ id: SubscriptionID, now: Instant) -> Bool {
        guard var subscriber = subscribers[id], !subscriber.isEnding else { return false }
        subscriber.isEnding = true
        if subscriber.dialog == nil {
            // Nobody has answered yet; what comes later gets 481, which ends it over there as well.
            if let transaction = subscriber.transaction { abandon(transaction) }
            remove(subscriber, .terminated(reason: nil))
            return true
        }
        if subscriber.transaction == nil { send(&subscriber, now: now) }
        file(subscriber)
        return true
    }

    private mutating func file(_ subscriber: Subscriber) {
        subscribers[subscriber.id] = subscriber
        timers.set(.subscriber(subscriber.id), at: subscriber.deadline)
    }

    private mutating func remove(_ subscriber: Subscriber, _ end: SubscriptionEnd) {
        subscribers[subscriber.id] = nil
        subscriberKeys[subscriber.key] = nil
        timers.set(.subscriber(subscriber.id), at: nil)
        put(.event(.subscriptionEnded(subscriber.id, end)))
    }

    /// - Parameter authorization: the answer to a challenge; without one the realms that have asked before get theirs.
    private mutating func send(_ subscriber: inout Subscriber, authorization: HeaderFields? = nil, now: Instant) {
        var headers = subscriber.draft.headers.filter { $0.0 != .expires }
        headers.append((.expires, subscriber.isEnding ? "0" : "\(subscriber.seconds)"))
        if let draft = subscriber.dialog?.makeRequest(.subscribe, headers: headers) {
            subscriber.draft = draft
        } else {
            subscriber.draft.headers = headers
            subscriber.draft.sequence &+= 1
        }
        subscriber.draft.authorization =
            authorization ?? environment.anticipate(&subscriber.digest, draft: subscriber.draft)
        subscriber.isAnticipated = authorization == nil
        let hop: Hop? =
            subscriber.dialog == nil && subscriber.flowTarget != nil
            ? subscriber.flowTarget.map { .open($0, fallback: nil) }
            : subscriber.draft.nextHop.map { subscriber.flows.hop(to: $0) }
        subscriber.notifyBefore = now + configuration.timers.timeout
        subscriber.refreshAt = nil
        let transaction = ClientTransactionID(environment.makeNumber())
        subscriber.transaction = transaction
        guard let hop else { return }
        send(.client(transaction, subscriber.draft, .subscriber(subscriber.id)), hop: hop, now: now)
    }

    // MARK: Answers

    mutating func receiveSubscribeResponse(
        _ response: Response, for id: SubscriptionID, over flow: Flow, now: Instant
    ) {
        guard response.status >= 200, var subscriber = subscribers[id] else { return }
        subscriber.transaction = nil
        subscriber.flows.learn(flow)
        switch response.status {
        case 200..<300:
            subscriber.attempt = 1
            for notice in environment.learn(&subscriber.digest, from: response, draft: subscriber.draft) {
                put(.event(.notice(notice)))
            }
            if subscriber.dialog == nil {
                subscriber.dialog = try? Dialog(invite: subscriber.draft, response: response)
            } else {
                try? subscriber.dialog?.refreshTarget(with: response)
            }
            let seconds = response.first(.expires).flatMap { UInt32($0.trimmingBlanks) }
            if !subscriber.isEnding || subscriber.draft.headers.contains(where: { $0.0 == .expires && $0.1 == "0" }) {
                subscriber.last(min(seconds ?? UInt32(clamping: subscriber.seconds), 86_400), from: now)
                if subscriber.isEnding { subscriber.expiresAt = nil }
            } else {
                // It was ended while this one was under way.
                send(&subscriber, now: now)
            }
        case 401, 407:
            var asked = subscriber.draft
            // What was put in unasked was not refused, it was out of date.
            if subscriber.isAnticipated { asked.authorization = [] }
            guard subscriber.attempt < 4, var digest = subscriber.digest,
                let authorization = environment.authorize(&digest, response: response, draft: asked)
            else {
                remove(subscriber, .refused(status: response.status))
                return
            }
            subscriber.digest = digest
            subscriber.attempt += 1
            send(&subscriber, authorization: authorization, now: now)
        case 423:
            let least = response.first(.minExpires).flatMap { UInt32($0.trimmingBlanks) } ?? 0
            guard Int64(least) > subscriber.seconds, subscriber.attempt < 4 else {
                remove(subscriber, .refused(status: 423))
                return
            }
            subscriber.attempt += 1
            subscriber.seconds = Int64(min(least, 86_400))
            send(&subscriber, now: now)
        case 481:
            remove(subscriber, .lost(status: 481))
            return
        default:
            guard let expiresAt = subscriber.expiresAt, expiresAt > now, !subscriber.isEnding else {
                remove(subscriber, .refused(status: response.status))
                return
            }
            // A refresh that fails leaves the subscription as long as it lasts (RFC 6665 §4.1.2.2).
            subscriber.notifyBefore = nil
        }
        file(subscriber)
    }

    mutating func subscribeFailed(_ id: SubscriptionID, failure: TransactionFailure) {
        guard let subscriber = subscribers[id] else { return }
        remove(subscriber, .lost(status: failure.status))
    }

    mutating func subscriberTimerFired(_ id: SubscriptionID, now: Instant) {
        guard var subscriber = subscribers[id] else { return }
        if let notifyBefore = subscriber.notifyBefore, now >= notifyBefore {
            if let transaction = subscriber.transaction { abandon(transaction) }
            remove(subscriber, subscriber.isEnding ? .terminated(reason: nil) : .lost(status: 408))
        } else if let expiresAt = subscriber.expiresAt, now >= expiresAt {
            if let transaction = subscriber.transaction { abandon(transaction) }
            remove(subscriber, .terminated(reason: "timeout"))
        } else if let refreshAt = subscriber.refreshAt, now >= refreshAt {
            send(&subscriber, now: now)
            file(subscriber)
        }
    }

    // MARK: NOTIFY

    /// The subscription of ours that a NOTIFY belongs to.
    func subscriber(for request: Request) -> SubscriptionID? {
        guard request.method == .notify, let dialog = dialogID(of: request) else { return nil }
        return subscriberKeys[SubscriberKey(callID: dialog.callID, localTag: dialog.localTag)]
    }

    mutating func receiveNotify(
        _ request: Request, _ transaction: ServerTransactionID, for id: SubscriptionID, over flow: Flow, now: Instant
    ) {
        guard var subscriber = subscribers[id], understands(request, transaction, now: now) else { return }
        let event = request.first(.event)?.trimmingBlanks.lowercased() ?? ""
        guard event.prefix(while: { $0 != ";" }) == subscriber.event.prefix(while: { $0 != ";" }) else {
            let package = subscriber.event.prefix { $0 != ";" }
            refuse(
                transaction, 489, "The NOTIFY is of another package", headers: [(.allowEvents, String(package))],
                now: now)
            return
        }
        guard let value = request.first(.subscriptionState), let state = SubscriptionState(parsing: value) else {
            refuse(transaction, 400, "A NOTIFY has a Subscription-State", now: now)
            return
        }
        if subscriber.dialog == nil { subscriber.dialog = try? Dialog(notify: request, subscribe: subscriber.draft) }
        // No package here lets a SUBSCRIBE make several dialogs (RFC 3842 §3.10): the other forks end with 481.
        guard let sequence = request.cseqNumber, subscriber.dialog?.id == dialogID(of: request) else {
            refuse(transaction, 481, "The subscription has another dialog", now: now)
            return
        }
        guard subscriber.dialog?.accepts(sequence: sequence) == true else {
            respond(transaction, ResponseDraft(status: 500), now: now)
            return
        }
        subscriber.flows.learn(flow)
        try? subscriber.dialog?.refreshTarget(with: request)
        respond(transaction, ResponseDraft(status: 200), now: now)
        put(.event(.notified(id, state, request)))
        if case .terminated(let reason, let retryAfter) = state {
            // A SUBSCRIBE whose answer is still to come goes on being sent: the subscriber's side of it is not over.
            remove(subscriber, .terminated(reason: reason, retryAfter: retryAfter))
            return
        }
        if !subscriber.isEnding {
            subscriber.notifyBefore = nil
            let seconds = value.lowercased().split(separator: ";").lazy.map(\.trimmingBlanks)
                .first { $0.hasPrefix("expires=") }.flatMap { UInt32($0.dropFirst(8)) }
            // It may only become shorter than was asked for.
            if let seconds, subscriber.transaction == nil { subscriber.last(min(seconds, 86_400), from: now) }
        }
        file(subscriber)
    }
}
