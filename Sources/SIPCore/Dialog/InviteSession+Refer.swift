import TelephonyPrimitives

/// The subscription that a REFER of ours has made (RFC 3515 §2.4.4).
struct ReferSubscription: Sendable {
    /// When no further word is expected.
    var until: Instant
    /// Whether we want to hear how it goes; the peer may report all the same (RFC 4488 §4).
    var wantsReports = true
    /// The outcome was told.
    var isDecided = false
    /// The REFER's 2xx has come.
    var isAccepted = false
}

extension InviteSession {
    /// The Refer-To of an attended transfer to this session's peer. Seen from there the tag of our peer is its own.
    var referTarget: String? {
        guard phase == .established, let dialog, let remoteTag = dialog.id.remoteTag else { return nil }
        let replaces = Replaces(callID: dialog.id.callID, toTag: remoteTag, fromTag: dialog.id.localTag)
        return "<\(dialog.remoteTarget)?Replaces=\(PercentCoding.encode(replaces.description, allowed: ""))>"
    }

    /// Asks the peer to call `target` (a blind transfer).
    ///
    /// A REFER inside a dialog never forks, so that it may do without reports (RFC 4488 §5).
    mutating func sendRefer(
        to target: String, headers: HeaderFields, wantsReports: Bool, now: Instant, in environment: inout Environment
    ) -> Bool {
        guard phase == .established, refer == nil else { return false }
        var fields: HeaderFields = [(.referTo, target.hasPrefix("<") ? target : "<\(target)>")]
        if !headers.contains(where: { $0.0 == .referredBy }), let local = dialog?.local,
            let address = try? NameAddress(parsing: local)
        {
            fields.append((.referredBy, "<\(address.uri)>"))
        }
        let asksForNone = headers.contains { $0.0 == .referSub && Referral.isFalse($0.1) }
        if !wantsReports, !asksForNone { fields.append((.referSub, "false")) }
        guard let draft = dialog?.makeRequest(.refer, headers: fields + headers) else { return false }
        refer = ReferSubscription(
            until: now + environment.configuration.referLimit, wantsReports: wantsReports && !asksForNone)
        send(draft, as: .refer, in: &environment)
        return true
    }

    mutating func receiveReferResponse(
        _ response: Response, _ request: SentRequest, now: Instant, in environment: inout Environment
    ) {
        switch response.status {
        case ..<200:
            break
        case 200..<300:
            guard refer?.isAccepted == false else { return }
            refer?.isAccepted = true
            tell(.transfer(id, .accepted))
            if refer?.wantsReports == false, let value = response.first(.referSub), Referral.isFalse(value) {
                finishRefer(.unknown(reason: "The peer takes the transfer and does not report about it, as was asked"))
            }
        default:
            if retryWithCredentials(request, response, in: &environment) { return }
            finishRefer(.failed(status: response.status, reason: response.reason))
        }
    }

    /// A NOTIFY: progress of our REFER, or a subscription that nobody made.
    mutating func receiveNotify(_ request: Request, _ transaction: ServerTransactionID) {
        let event = request.first(.event).map { String($0.prefix { $0 != ";" && $0 != " " }).lowercased() }
        guard refer != nil, event == "refer" else {
            if event == nil || event == "refer" {
                respond(transaction, 481)
            } else {
                respond(transaction, 489, headers: [(.allowEvents, "refer")])
            }
            return
        }
        respond(transaction, 200)
        if refer?.isDecided == false, let fragment = try? SIPFragment(parsing: request.body) {
            if fragment.hasMoreThanStatus { tell(.transferReport(id, fragment)) }
            if case .status(let status, let reason)? = fragment.startLine { tellReport(status, reason) }
        }
        let state = request.first(.subscriptionState).map { $0.prefix { $0 != ";" && $0 != " " }.lowercased() }
        if state == "terminated" {
            finishRefer(.unknown(reason: "The peer stopped reporting about the transfer"))
        }
    }

    private mutating func tellReport(_ status: Int, _ reason: String) {
        switch status {
        case ..<200:
            tell(.transfer(id, .progress(status: status, reason: reason)))
        case 200..<300:
            refer?.isDecided = true
            tell(.transfer(id, .succeeded(status: status)))
        default:
            refer?.isDecided = true
            tell(.transfer(id, .failed(status: status, reason: reason)))
        }
    }

    /// Nothing more is heard of the transfer.
    mutating func loseRefer() {
        finishRefer(.unknown(reason: "The peer did not report how the transfer went"))
    }

    /// Ends the subscription; `progress` is told unless the outcome is known.
    mutating func finishRefer(_ progress: ReferProgress) {
        guard let refer else { return }
        self.refer = nil
        if !refer.isDecided { tell(.transfer(id, progress)) }
    }
}
