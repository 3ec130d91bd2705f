import TelephonyPrimitives

/// Who refreshes a session, seen from one request: its sender (`uac`) or its receiver (`uas`) (RFC 4028 §4).
enum Refresher: String, Hashable, Sendable {
    case uac, uas
}

/// The value of Session-Expires: `1800;refresher=uac`.
struct SessionInterval: Hashable, Sendable {
    let seconds: Int
    let refresher: Refresher?

    init?(parsing text: String) {
        let parts = text.split(separator: ";", maxSplits: 16, omittingEmptySubsequences: false)
        guard let seconds = parts.first.flatMap({ UInt32($0.trimmingBlanks) }) else { return nil }
        self.seconds = Int(seconds)
        var refresher: Refresher?
        for part in parts.dropFirst() {
            let pair = part.split(separator: "=", maxSplits: 1)
            guard pair.count == 2, pair[0].trimmingBlanks.lowercased() == "refresher" else { continue }
            refresher = Refresher(rawValue: pair[1].trimmingBlanks.lowercased())
        }
        self.refresher = refresher
    }
}

/// What a request says about the session timer.
struct SessionTimerRequest: Hashable, Sendable {
    let interval: SessionInterval?
    /// Min-SE in seconds.
    let minimum: Int?
    let supportsTimer: Bool

    init(_ request: Request) {
        interval = request.first(.sessionExpires).flatMap { SessionInterval(parsing: $0) }
        minimum = request.first(.minSE).flatMap { value in
            UInt32(value.prefix { $0 != ";" }.trimmingBlanks).map { Int($0) }
        }
        supportsTimer = request.lists("timer", in: .supported)
    }

    /// The Min-SE of a 422, when the interval is too small and the peer can be told so (RFC 4028 §9).
    func refusal(by policy: SessionTimerPolicy?) -> Int? {
        guard let policy, let interval, supportsTimer else { return nil }
        let minimum = Int(policy.minimum.inSeconds)
        return interval.seconds < minimum ? minimum : nil
    }
}

/// A running session timer (RFC 4028 §10).
struct SessionTimer: Hashable, Sendable {
    let seconds: Int
    /// Whether refreshing is our part.
    let refreshesHere: Bool
    /// When we refresh: half the interval after the last refresh.
    var refreshAt: Instant?
    /// When the session ends for want of a refresh: min(32 s, a third of the interval) before it expires.
    let expiresAt: Instant

    init(seconds: Int, refreshesHere: Bool, now: Instant) {
        let seconds = max(seconds, 3)
        self.seconds = seconds
        self.refreshesHere = refreshesHere
        refreshAt = refreshesHere ? now + .milliseconds(Int64(seconds) * 500) : nil
        expiresAt = now + .seconds(seconds) - .seconds(min(32, seconds / 3))
    }

    var deadline: Instant {
        min(refreshAt ?? expiresAt, expiresAt)
    }
}

extension InviteSession {
    /// The headers by which our first INVITE asks for a timer.
    func timerHeaders(for policy: SessionTimerPolicy?) -> HeaderFields {
        guard let interval = policy?.interval else { return [] }
        let seconds = Int(max(interval, learnedMinimum ?? .zero).inSeconds)
        let minimum = Int(max(policy?.minimum ?? .zero, learnedMinimum ?? .zero).inSeconds)
        return [(.sessionExpires, "\(seconds)")] + (minimum > 90 ? [(.minSE, "\(minimum)")] : [])
    }

    /// The headers of a re-INVITE or UPDATE of ours; they keep the roles as they are (RFC 4028 §7.4).
    func refreshHeaders(policy: SessionTimerPolicy?) -> HeaderFields {
        guard let timer else { return timerHeaders(for: policy) }
        let seconds = max(timer.seconds, Int((learnedMinimum ?? .zero).inSeconds))
        let minimum = Int((learnedMinimum ?? .zero).inSeconds)
        return [(.sessionExpires, "\(seconds);refresher=\(timer.refreshesHere ? "uac" : "uas")")]
            + (minimum > 90 ? [(.minSE, "\(minimum)")] : [])
    }

    /// A 2xx to a request of ours starts the timer anew, or stops it when it says nothing (RFC 4028 §7.2).
    mutating func startTimer(afterResponse response: Response, now: Instant, in environment: Environment) {
        guard environment.configuration.sessionTimer != nil,
            let interval = response.first(.sessionExpires).flatMap({ SessionInterval(parsing: $0) })
        else {
            timer = nil
            return
        }
        timer = SessionTimer(seconds: interval.seconds, refreshesHere: interval.refresher != .uas, now: now)
    }

    /// Our 2xx to a request of the peer starts the timer anew. Yields the headers of the 2xx (RFC 4028 §9, table 2).
    mutating func startTimer(
        answering request: SessionTimerRequest, now: Instant, policy: SessionTimerPolicy?
    ) -> HeaderFields {
        guard policy != nil else { return [] }
        let running = timer
        timer = nil
        let seconds: Int
        let refresher: Refresher
        if let interval = request.interval {
            // A proxy may have asked for a peer that knows no timer; then the refreshing is ours.
            seconds = max(interval.seconds, request.supportsTimer ? 0 : 90)
            refresher =
                request.supportsTimer ? interval.refresher ?? (running?.refreshesHere == false ? .uac : .uas) : .uas
        } else if let running, running.refreshesHere {
            seconds = running.seconds
            refresher = .uas
        } else {
            return []
        }
        timer = SessionTimer(seconds: seconds, refreshesHere: refresher == .uas, now: now)
        let headers: HeaderFields = [(.sessionExpires, "\(seconds);refresher=\(refresher.rawValue)")]
        return request.supportsTimer ? headers + [(.require, "timer")] : headers
    }

    /// Remembers the Min-SE of a 422.
    mutating func learnMinimum(_ response: Response) {
        guard let value = response.first(.minSE), let seconds = UInt32(value.prefix { $0 != ";" }.trimmingBlanks)
        else { return }
        learnedMinimum = max(learnedMinimum ?? .zero, .seconds(Int64(min(seconds, 86_400))))
    }

    /// Sends the first INVITE again with the interval that a 422 asks for (RFC 4028 §7.3).
    mutating func retryWithLongerTimer(
        _ request: SentRequest, _ response: Response, in environment: inout Environment
    ) -> Bool {
        guard request.attempt < 4, response.first(.minSE) != nil else { return false }
        learnMinimum(response)
        var draft = request.draft
        draft.headers.removeAll { $0.0 == .sessionExpires || $0.0 == .minSE }
        draft.headers += timerHeaders(for: environment.configuration.sessionTimer)
        renumberInvite(&draft)
        send(
            draft, as: .invite, attempt: request.attempt + 1, limit: request.limit,
            hop: firstTarget.map { flows.hop(to: $0) }, in: &environment)
        return true
    }

    mutating func sessionTimerFired(now: Instant, in environment: inout Environment) {
        guard phase == .established, let timer else { return }
        if now >= timer.expiresAt {
            hangUp(
                headers: [],
                .init(cause: .sessionExpired, reason: "The session timer ran out without a refresh"),
                in: &environment)
        } else if let refreshAt = timer.refreshAt, now >= refreshAt {
            self.timer?.refreshAt = nil
            refresh(now: now, in: &environment)
        }
    }

    private mutating func refresh(now: Instant, in environment: inout Environment) {
        // A change under way refreshes as well.
        if isChanging || wantedChange != nil {
            timer?.refreshAt = now + .seconds(5)
            return
        }
        if peerAllowsUpdate {
            let headers = refreshHeaders(policy: environment.configuration.sessionTimer)
            guard let draft = dialog?.makeRequest(.update, headers: headers) else { return }
            send(draft, as: .refresh, in: &environment)
        } else {
            wantedChange = SessionChange(body: localDescription, isRefresh: true)
            sendWantedChange(now: now, in: &environment)
        }
    }

    mutating func receiveRefreshResponse(
        _ response: Response, _ request: SentRequest, now: Instant, in environment: inout Environment
    ) {
        guard phase == .established, response.status >= 200 else { return }
        markFinal(request)
        if response.status < 300 {
            try? dialog?.refreshTarget(with: response)
            startTimer(afterResponse: response, now: now, in: environment)
            sendWantedChange(now: now, in: &environment)
            return
        }
        if retryWithCredentials(request, response, in: &environment) { return }
        switch response.status {
        case 405, 501:
            peerAllowsUpdate = false
            refresh(now: now, in: &environment)
        case 422:
            learnMinimum(response)
            timer?.refreshAt = now + .seconds(1)
        case 491, 500, 503:
            timer?.refreshAt = now + .milliseconds(environment.pick(210...400) * 10)
        case _ where Self.dialogEndingStatuses.contains(response.status):
            refreshLost(status: response.status, in: &environment)
        default:
            sendWantedChange(now: now, in: &environment)
        }
    }

    mutating func refreshFailed(failure: TransactionFailure, now: Instant, in environment: inout Environment) {
        guard phase == .established else { return }
        switch failure {
        case .timeout: refreshLost(status: 408, in: &environment)
        case .transport: timer?.refreshAt = now + .seconds(5)
        }
    }

    private mutating func refreshLost(status: Int, in environment: inout Environment) {
        hangUp(
            headers: [],
            .init(
                cause: .sessionExpired, status: status,
                reason: status == 408
                    ? "The peer did not answer the refresh of the session"
                    : "The peer refused the refresh of the session with \(status)"), in: &environment)
    }

    private mutating func markFinal(_ request: SentRequest) {
        for (transaction, sent) in requests where sent.kind == .refresh && sent.draft.sequence == request.draft.sequence
        {
            requests[transaction]?.isFinal = true
        }
    }
}
