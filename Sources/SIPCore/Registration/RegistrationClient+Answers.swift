import TelephonyPrimitives

extension RegistrationClient {
    /// What a failure means for the next try.
    enum FailureKind: Hashable, Sendable {
        /// The server is of no use now: the next one is tried (RFC 3263 §4.3).
        case unavailable
        /// Something passing; the same server is tried again later.
        case temporary
        /// The server does not want us.
        case refusal
    }

    // MARK: What comes

    mutating func receive(
        _ response: Response, to transaction: ClientTransactionID, over flow: Flow, now: Instant,
        in environment: inout Environment
    ) {
        guard response.status >= 200, let request = sent, request.transaction == transaction else { return }
        sent = nil
        defer { proceed(now: now, in: &environment) }
        if (200..<300).contains(response.status) {
            succeeded(request, response, over: flow, now: now, in: &environment)
            return
        }
        if isWanted || request.purpose != .bind {
            if retry(request, after: response, over: flow, in: &environment) { return }
        }
        fail(
            request.purpose,
            RegistrationFailure(status: response.status, reason: sentence(about: response), response: response),
            kind: kind(of: response), now: now, in: &environment)
    }

    mutating func requestFailed(
        _ transaction: ClientTransactionID, failure: TransactionFailure, reason: String?, now: Instant,
        in environment: inout Environment
    ) {
        guard let request = sent, request.transaction == transaction else { return }
        sent = nil
        let text =
            failure == .timeout
            ? "The registrar does not answer" : "The registrar can't be reached: \(reason ?? "the transport failed")"
        fail(
            request.purpose, RegistrationFailure(status: failure == .timeout ? 408 : nil, reason: text),
            kind: .unavailable, now: now, in: &environment)
        proceed(now: now, in: &environment)
    }

    /// The flow of the registration has failed while no REGISTER was open on it (RFC 5626 §4.5).
    mutating func flowClosed(_ closed: Flow, reason: String, now: Instant, in environment: inout Environment) {
        guard flow == closed else { return }
        flow = nil
        keepAlive = nil
        guard sent == nil, isWanted, retryAt == nil else { return }
        // A way that lasted is looked for again soon; one that keeps breaking is not.
        failures = outlivedFailures(now: now) ? 0 : failures + 1
        let delay = pause(failures: failures, in: &environment)
        boundSince = nil
        retryAt = now + delay
        tell(
            .failed(
                RegistrationFailure(
                    reason: "The connection to the registrar was lost: \(reason)", retryAt: retryAt,
                    boundUntil: boundUntil(now: now))))
    }

    // MARK: 2xx

    private mutating func succeeded(
        _ request: Sent, _ response: Response, over flow: Flow, now: Instant, in environment: inout Environment
    ) {
        if !request.draft.authorization.isEmpty {
            for notice in environment.learn(&digest, from: response, draft: request.draft) {
                act(.tell(.notice(notice)))
            }
            digest?.bindToKnownRealms()
        }
        switch request.purpose {
        case .bind:
            bound(request, response, over: flow, now: now, in: &environment)
        case .removeFormer:
            break
        case .remove, .removeAll:
            guard !isWanted else { return }
            finish(.unregistered)
        case .fetch:
            act(.tell(.bindings(id, .success(ContactBinding.list(of: response)))))
        }
    }

    private mutating func bound(
        _ request: Sent, _ response: Response, over flow: Flow, now: Instant, in environment: inout Environment
    ) {
        let bindings = ContactBinding.list(of: response)
        let ours = request.contact.flatMap { own(among: bindings, sent: $0) }
        let overall = response.first(.expires).flatMap(DeltaSeconds.parse).map { Duration.seconds($0) }
        // The Contact rules, then Expires (RFC 3261 §10.2.4); an answer that lists nothing grants what was asked for.
        let listed = ours?.expires ?? overall ?? (bindings.isEmpty || ours != nil ? .seconds(expires) : nil)
        guard let granted = listed, granted > .zero else {
            fail(
                .bind,
                RegistrationFailure(
                    status: response.status, reason: "The registrar's answer does not list our Contact",
                    response: response), kind: .temporary, now: now, in: &environment)
            return
        }
        guard isWanted else { return }
        self.flow = flow
        if boundSince == nil { boundSince = now }
        wasBound = true
        retryAt = nil
        barredServers[serverIndex] = nil
        let usesOutbound =
            asksForOutbound && response.require.contains { $0.utf8.isEqual(ignoringCase: "outbound") }
        let observed = observedAddress(in: response)
        let grant = RegistrationGrant(
            expires: granted, boundUntil: now + granted,
            refreshAt: now + refreshDelay(min(granted, .seconds(expires)), in: &environment), binding: ours,
            bindings: bindings, serviceRoute: serviceRoute(in: response),
            path: Array(response.list(of: .path).prefix(16)), observedAddress: observed, usesOutbound: usesOutbound,
            flow: flow, server: server(for: request.draft))
        self.grant = grant
        startKeepAlive(response, usesOutbound: usesOutbound, now: now, in: &environment)
        tell(.registered(grant))
        follow(observed, request, over: flow, environment.configuration)
    }

    /// Our binding among those of the address: by device and flow (RFC 5626 §6), by URI (RFC 3261 §19.1.4), or, where a
    /// NAT or the registrar has rewritten the host, by the user when only one has it.
    private func own(among bindings: [ContactBinding], sent: NameAddress) -> ContactBinding? {
        let wanted = ContactBinding(address: sent)
        if let instance = wanted.instanceID,
            let found = bindings.first(where: {
                $0.instanceID?.utf8.isEqual(ignoringCase: instance) == true
                    && $0.registrationNumber == wanted.registrationNumber
            })
        {
            return found
        }
        if let found = bindings.first(where: { $0.address.uri.matches(sent.uri) }) { return found }
        if let uri = sent.uri.sip,
            let found = bindings.first(where: { binding in
                binding.address.uri.sip.map { $0.host.matches(uri.host) && $0.port == uri.port && $0.user == uri.user }
                    ?? false
            })
        {
            return found
        }
        let rewritten = bindings.filter { $0.address.uri.sip?.user == sent.uri.sip?.user }
        return rewritten.count == 1 ? rewritten.first : nil
    }

    private func serviceRoute(in response: Response) -> [SIPURI] {
        response.list(of: .serviceRoute).prefix(16).compactMap { try? NameAddress(parsing: $0).uri.sip }
    }

    private func observedAddress(in response: Response) -> TransportAddress? {
        guard let via = try? response.topVia else { return nil }
        guard let ip = via.received ?? via.sentByAddress else { return nil }
        switch via.rport {
        case .value(let port): return TransportAddress(ip: ip, port: port)
        case .absent, .requested: return nil
        }
    }

    /// Registers once more when the Contact names another address than the one we are seen at.
    private mutating func follow(
        _ observed: TransportAddress?, _ request: Sent, over flow: Flow, _ configuration: UserAgentConfiguration
    ) {
        guard let observed, mayFollowAddress, registration.followsObservedAddress,
            configuration.advertised[flow.protocol] == nil, let contact = request.contact, let uri = contact.uri.sip,
            uri.host != .address(observed.ip) || (uri.port ?? flow.protocol.defaultPort) != observed.port
        else { return }
        mayFollowAddress = false
        contactAddress = observed
        enqueue(.bind)
        // A registrar that knows devices puts the new Contact in the place of the old one.
        if grant?.usesOutbound != true { enqueue(.removeFormer(contact)) }
    }

    /// Well before the end, so that a lost refresh can be repeated, and not all at once after a registrar's restart.
    private func refreshDelay(_ granted: Duration, in environment: inout Environment) -> Duration {
        let milliseconds = Int(clamping: granted.inMilliseconds)
        let latest = max(milliseconds / 2, min(milliseconds / 100 * 85, milliseconds - 75_000))
        let earliest = max(milliseconds / 2, latest - milliseconds / 10)
        // Nobody is asked more often than every five seconds.
        return .milliseconds(max(environment.pick(earliest...latest), min(5_000, milliseconds)))
    }

    // MARK: Other answers

    /// Sends the REGISTER again when the answer says what has to be different.
    private mutating func retry(
        _ request: Sent, after response: Response, over flow: Flow, in environment: inout Environment
    ) -> Bool {
        guard request.attempt < Self.maxAttempts else { return false }
        switch response.status {
        case 401, 407:
            guard var digest else { return false }
            var asked = request.draft
            // What was put in unasked was not refused, it was out of date.
            if request.isAnticipated { asked.authorization = [] }
            guard let authorization = environment.authorize(&digest, response: response, draft: asked) else {
                return false
            }
            self.digest = digest
            repeatRequest(request, over: flow, in: &environment) { $0.authorization = authorization }
            return true
        case 423:
            // RFC 3261 §10.2.8
            guard request.purpose == .bind, let minimum = response.first(.minExpires).flatMap(DeltaSeconds.parse),
                minimum > expires, minimum < Int(Int32.max)
            else { return false }
            expires = minimum
            repeatAnew(request, over: flow, in: &environment)
            return true
        case 439:
            // The first hop does not do outbound (RFC 5626 §4.2.1, §11.6): we do without.
            guard asksForOutbound, request.purpose == .bind else { return false }
            asksForOutbound = false
            repeatAnew(request, over: flow, in: &environment)
            return true
        default:
            return false
        }
    }

    private mutating func repeatAnew(_ request: Sent, over flow: Flow, in environment: inout Environment) {
        let fresh = makeDraft(for: request.purpose)
        let authorization = environment.anticipate(&digest, draft: fresh)
        repeatRequest(request, over: flow, in: &environment) { draft in
            draft.headers = fresh.headers
            draft.contact = fresh.contact
            draft.authorization = authorization
        }
        sent?.isAnticipated = !authorization.isEmpty
    }

    private func kind(of response: Response) -> FailureKind {
        switch response.status {
        case 408, 430, 503, 504: .unavailable
        case 480, 486, 491, 429: .temporary
        case 501, 505, 513: .refusal
        case 500..<600: .temporary
        // The registrar's own word that there is an end to it.
        default: response.first(.retryAfter).flatMap(DeltaSeconds.parse) == nil ? .refusal : .temporary
        }
    }

    private func sentence(about response: Response) -> String {
        let text = response.reason.isEmpty ? "\(response.status)" : "\(response.status) \(response.reason)"
        switch response.status {
        case 401, 407:
            return digest == nil
                ? "The registrar wants credentials (\(text)) and none are configured"
                : "The registrar does not take the credentials (\(text))"
        case 300..<400:
            let targets = ContactBinding.list(of: response).map { "\($0.address.uri)" }.joined(separator: ", ")
            return "The registrar sends us elsewhere (\(text)): \(targets); redirections are not followed"
        case 423:
            return "The registrar wants a longer time than it says (\(text))"
        default:
            return "The registrar refuses: \(text)"
        }
    }

    // MARK: Failing

    mutating func fail(
        _ purpose: Purpose, _ failure: RegistrationFailure, kind: FailureKind, now: Instant,
        in environment: inout Environment
    ) {
        var failure = failure
        failure.boundUntil = boundUntil(now: now)
        switch purpose {
        case .removeFormer:
            break
        case .fetch:
            act(.tell(.bindings(id, .failure(failure))))
        case .remove, .removeAll:
            guard !isWanted else { return }
            finish(.failed(failure))
        case .bind:
            guard isWanted else { return }
            failedToBind(failure, kind: kind, now: now, in: &environment)
        }
    }

    private mutating func failedToBind(
        _ failure: RegistrationFailure, kind: FailureKind, now: Instant, in environment: inout Environment
    ) {
        var failure = failure
        // Nobody can silence us for longer than the longest pause.
        let retryAfter = failure.response?.first(.retryAfter).flatMap(DeltaSeconds.parse)
            .map { min(Duration.seconds($0), max(registration.backOff.maximum, .seconds(3_600))) }
        if kind == .unavailable {
            flow = nil
            keepAlive = nil
        }
        triedServers.insert(serverIndex)
        if let retryAfter, kind != .refusal { barredServers[serverIndex] = now + retryAfter }
        queue.removeAll { if case .removeFormer = $0 { true } else { false } }
        if kind == .unavailable, let next = nextServer(now: now) {
            serverIndex = next
            failure.retryAt = now
            tell(.failed(failure))
            enqueue(.bind)
            return
        }
        // An account that never was taken is wrong; one that was has met a server in trouble.
        guard kind != .refusal || wasBound else {
            tell(.failed(failure))
            return
        }
        if outlivedFailures(now: now) { failures = 0 }
        boundSince = nil
        failures += 1
        var delay = pause(failures: failures, in: &environment)
        if let retryAfter, retryAfter > .zero {
            // A little later than told, so that not all come back in the same second.
            let told = retryAfter + .milliseconds(environment.pick(0...2_000))
            delay = serverCount == 1 ? told : min(told, delay)
        }
        let next = max(now + delay, firstOpening(now: now))
        retryAt = next
        failure.retryAt = next
        tell(.failed(failure))
    }

    /// Whether the last registration lasted so long that the failures before it do not count (RFC 5626 §4.5).
    private func outlivedFailures(now: Instant) -> Bool {
        boundSince.map { now - $0 >= .seconds(120) } ?? false
    }

    private func pause(failures: Int, in environment: inout Environment) -> Duration {
        let limit = Int(clamping: registration.backOff.limit(failures: failures).inMilliseconds)
        return .milliseconds(environment.pick((limit / 2)...limit))
    }

    private func boundUntil(now: Instant) -> Instant? {
        grant.flatMap { $0.boundUntil > now ? $0.boundUntil : nil }
    }
}
