import TelephonyPrimitives

extension UserAgentCore {
    mutating func respond(_ id: ServerTransactionID, _ draft: ResponseDraft, now: Instant) {
        guard let response = build(draft, for: id, now: now),
            let step = transactions.updateServer(id, { $0.send(response, now: now) })
        else { return }
        handle(step, of: id, now: now)
    }

    /// Says 100 to those INVITEs that have no answer yet, now that the application was told of them.
    mutating func sayTrying() {
        for (id, now) in owedTrying {
            guard transactions.server(id)?.read({ $0.machine.isUnansweredInvite }) ?? false else {
                continue
            }
            respond(id, ResponseDraft(status: 100), now: now)
        }
        owedTrying.removeAll(keepingCapacity: true)
    }

    /// Answers with a refusal of the user agent's own.
    mutating func refuse(
        _ id: ServerTransactionID, _ status: Int, _ sentence: String, headers: HeaderFields = [], now: Instant
    ) {
        guard let transaction = transactions.server(id)?.value, let request = transaction.request else { return }
        totals.refused += 1
        note(
            .refused, "\(request.method.name) refused with \(status): \(sentence)",
            message: request, flow: transaction.flow, now: now)
        respond(id, ResponseDraft(status: status, headers: headers), now: now)
    }

    mutating func repeatResponse(_ id: ServerTransactionID, now: Instant) {
        guard case .invite(let machine) = transactions.server(id)?.value.machine else { return }
        handle(machine.repeatResponse(), of: id, now: now)
    }

    /// `nil` when nothing is to be answered any more.
    private mutating func build(_ draft: ResponseDraft, for id: ServerTransactionID, now: Instant) -> Response? {
        guard let (request, flow, localTag) = transactions.server(id)?.read({ ($0.request, $0.flow, $0.localTag) }),
            let request
        else { return nil }
        let isSuccess = (200..<300).contains(draft.status)
        var builder = MessageBuilder(
            response: draft.status, reason: draft.reason, to: request,
            toTag: draft.status == 100 ? nil : localTag)
        if draft.hasContact {
            let identity = draft.contact ?? ContactIdentity(of: request)
            let address = localAddress(of: flow, now: now)
            builder.add(.contact, contact(identity, address: address, flow: flow))
        }
        if isSuccess, request.method.announcesAbilities, !abilities.allowEvents.isEmpty {
            builder.add(.allowEvents, abilities.allowEvents)
        }
        if isSuccess, request.method == .invite { builder.addInfoPackages(abilities) }
        if draft.status == 100, let timestamp = request.first(.timestamp) { builder.add(.timestamp, timestamp) }
        if isSuccess, request.method.announcesAbilities {
            builder.add(.allow, abilities.allow)
            if !abilities.supported.isEmpty { builder.add(.supported, abilities.supported) }
        }
        // Mostly there is nothing to say, and the request need not be looked at.
        if isSuccess, digestServer?.information != nil || environment.judgements.isGiven,
            request.index.present.contains(.authorization)
        {
            for (name, value) in information(for: request, draft, now: now) { builder.add(name, value) }
        }
        let isShown = draft.headers.isEmpty || trusts(flow)
        for (name, value) in isShown ? draft.headers : draft.headers.keepingPrivacy where name.isFree {
            builder.add(name, value)
        }
        if let name = configuration.userAgentName { builder.add(.server, name) }
        if let body = draft.body { builder.setBody(body.octets, contentType: body.contentType) }
        return builder.buildResponse()
    }

    /// What is said of the password that a request has proved.
    private mutating func information(for request: Request, _ draft: ResponseDraft, now: Instant) -> HeaderFields {
        let given = environment.judgements.take { if case .informed = $0 { true } else { false } }
        if case .informed(let fields)? = given { return HeaderFields(fields) }
        guard let fields = digestServer?.information(for: request, body: draft.body?.octets ?? [], now: now) else {
            return []
        }
        _ = environment.judgements.note(.informed(fields.fields))
        return fields
    }

    /// Answers a request for which no transaction is kept.
    mutating func respondStatelessly(
        to request: Request, status: Int, reason: String? = nil, headers: HeaderFields = [], over flow: Flow
    ) {
        // A response without Via would be for nobody.
        guard request.first(.via) != nil else { return }
        // The same request gets the same tag (RFC 3261 §8.2.7). Where it differs from others is near its beginning.
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for octet in request.octets.prefix(2_048) { hash = (hash ^ UInt64(octet)) &* 0x100_0000_01B3 }
        var builder = MessageBuilder(
            response: status, reason: reason, to: request, toTag: Tag(String(hash, radix: 16)))
        for (name, value) in headers { builder.add(name, value) }
        totals.refused += 1
        // Without a readable Via the answer goes back to where the request came from.
        let back = (try? request.topViaPlaces).map { flow.answering($0) } ?? flow
        transmit(builder.buildResponse().octets, over: back)
    }
}
