import SIPCore
import TelephonyPrimitives

// Within a call: requests of its two sides, which have to come by the edge.

extension SandboxCarrier {
    /// The call and the side that a request belongs to.
    private func place(of request: Request) -> (call: UInt64, side: SoundSide)? {
        let (callID, localTag) = (request.first(.callID), request.toTag)
        for (id, call) in calls {
            if call.caller.callID == callID, call.caller.localTag == localTag { return (id, .caller) }
            if let callee = call.callee, callee.callID == callID, callee.localTag == localTag { return (id, .callee) }
        }
        return nil
    }

    /// What is wrong with the way of a request: it has to name our Contact octet for octet, and all of the Record-Route,
    /// the edge first (reference A5). `nil`: nothing.
    private func wayFault(of request: Request, _ leg: CarrierLeg) -> String? {
        guard request.requestURIText == leg.localContact else {
            return "its Request-URI is \(request.requestURIText), the Contact was \(leg.localContact)"
        }
        let routes = ((try? request.routes) ?? []).map(\.uri.description)
        guard routes == leg.routes else {
            let seen = routes.isEmpty ? "there is none" : routes.joined(separator: ", ")
            return "Route has to be \(leg.routes.joined(separator: ", ")); \(seen)"
        }
        return nil
    }

    /// ACK of a 2xx.
    mutating func acknowledged(_ request: Request, from wire: SandboxWire, now: Instant) {
        guard let (id, side) = place(of: request), let leg = calls[id]?.leg(side) else { return }
        if let fault = wayFault(of: request, leg) {
            return remark("the ACK from \(name(of: wire)) does not reach the switch: \(fault)")
        }
        if settings.fault == .ackLost, leg.party == .trunk { return remark("an ACK of the agent is lost") }
        guard leg.answer?.sequence == request.cseqNumber else { return }
        calls[id]?.update(side) { $0.answer = nil }
        if settings.fault == .hold, side == calls[id]?.agentSide, calls[id]?.faultStep == nil {
            calls[id]?.faultStep = (now + .seconds(5), 0)
        }
    }

    /// A request with a To tag.
    mutating func inDialog(_ request: Request, _ key: ServerTransactionKey, from wire: SandboxWire, now: Instant) {
        guard let (id, side) = place(of: request), let leg = calls[id]?.leg(side),
            leg.remoteTag == request.fromTag
        else { return respond(key, 481, "Call/Transaction Does Not Exist", now: now) }
        if let fault = wayFault(of: request, leg) {
            remark("\(request.method) from \(name(of: wire)) does not reach the switch: \(fault)")
            return respond(key, 481, "Call/Transaction Does Not Exist", now: now)
        }
        if settings.fault == .refreshLost, leg.party == .trunk, isRefresh(request, of: leg) {
            servers[key] = nil
            return remark("a refresh of the agent is lost")
        }
        let sequence = request.cseqNumber ?? 0
        guard sequence > leg.remoteSequence ?? 0 else {
            return respond(key, 500, "CSeq out of order", now: now)
        }
        calls[id]?.update(side) {
            $0.remoteSequence = sequence
            $0.wire = wire
        }
        switch request.method {
        case .bye:
            respond(key, 200, "OK", now: now)
            if calls[id]?.transfer?.leaver == side {
                // Who stays waits for whoever is being called.
                calls[id]?.transfer?.isAlone = true
                calls[id]?.update(side) { $0.isAnswered = false }
                return
            }
            calls[id]?.ending = .cleared(by: side == .caller ? "caller" : "callee")
            hangUp(id, side.other, reason: request.first(.reason), now: now)
            end(id, now: now)
        case .invite, .update: changes(request, key, id, side, now: now)
        case .info, .message:
            respond(key, 200, "OK", now: now)
            passOn(request, id, side.other, now: now)
        case .options, .notify: respond(key, 200, "OK", [("Allow", Self.allowed)], now: now)
        case .refer: refers(request, key, id, side, now: now)
        default: respond(key, 405, "Method Not Allowed", [("Allow", Self.allowed)], now: now)
        }
    }

    /// Takes what a side says within the call to the other side.
    private mutating func passOn(_ request: Request, _ id: UInt64, _ side: SoundSide, now: Instant) {
        if calls[id]?.controlSide == side { return keyed(request, id, now: now) }
        guard var leg = calls[id]?.leg(side), leg.isAnswered else { return }
        var message = self.request(request.method, in: &leg)
        if let type = request.first(.contentType) { message.setBody(request.body, type: type) }
        send(message, to: leg.wire, for: .nothing, now: now)
        let sequence = leg.localSequence
        calls[id]?.update(side) { $0.localSequence = sequence }
    }

    /// BYE to a side, or CANCEL while it has not answered.
    mutating func hangUp(_ id: UInt64, _ side: SoundSide, reason: String?, now: Instant) {
        guard let call = calls[id], var leg = call.leg(side), leg.party != .control else { return }
        guard leg.isAnswered else {
            if side == .callee, let key = call.calleeInvite { cancel(key, now: now) }
            if side == .caller, let key = leg.inviteKey {
                refuse(key, Refusal(480, "Temporarily Unavailable"), tag: leg.localTag, now: now)
            }
            return
        }
        var message = request(.bye, in: &leg)
        if let reason { message.add("Reason", reason) }
        send(message, to: leg.wire, for: .nothing, now: now)
    }

    /// Both sides are hung up on.
    mutating func endBoth(_ id: UInt64, reason: String, now: Instant) {
        hangUp(id, .caller, reason: reason, now: now)
        hangUp(id, .callee, reason: reason, now: now)
        end(id, now: now)
    }

    // MARK: Changes of the session

    /// Re-INVITE or UPDATE of a side.
    private mutating func changes(
        _ request: Request, _ key: ServerTransactionKey, _ id: UInt64, _ side: SoundSide, now: Instant
    ) {
        guard let call = calls[id], let leg = call.leg(side) else { return }
        let other = call.leg(side.other)
        guard !leg.isChanging, !(other?.isChanging ?? false), leg.isAnswered else {
            return respond(key, 491, "Request Pending", tag: leg.localTag, now: now)
        }
        if let wanted = LegTimerRequest(request), wanted.seconds < leastInterval(of: leg) {
            return respond(key, 422, "Session Interval Too Small", [("Min-SE", "90")], now: now)
        }
        if request.body.isEmpty {
            // An INVITE without an offer is nothing that the carrier was seen to take.
            guard request.method == .update else { return refuse(key, .notAcceptable, now: now) }
            return accept(request, key, id, side, body: nil, now: now)
        }
        if request.body == leg.sound.received {
            return accept(request, key, id, side, body: leg.sound.sent, now: now)
        }
        do throws(Refusal) {
            let sound = try PeerSound(request.body)
            if leg.keys != nil ? sound.key == nil : sound.isSecure { throw .encryptionMismatch }
        } catch {
            return refuse(key, error, now: now)
        }
        takeSound(request.body, of: side, in: id)
        guard let other, other.isAnswered, other.party != .control else {
            return acceptByScript(request, key, id, side, now: now)
        }
        if request.method == .invite { respond(key, 100, "Telnyx Trying", now: now) }
        change(id, side.other, to: request.body, for: key, now: now)
    }

    /// Sends re-INVITE to a side.
    ///
    /// - Parameters:
    ///   - sound: what the other side says of its sound.
    ///   - waiting: the other side's request, which waits for the answer.
    mutating func change(
        _ id: UInt64, _ side: SoundSide, to sound: [UInt8], direction: String? = nil,
        for waiting: ServerTransactionKey?, now: Instant
    ) {
        guard let call = calls[id], var leg = call.leg(side), leg.party != .control, let ports = call.ports else {
            return
        }
        let port = side == .caller ? ports.caller : ports.callee
        guard let body = describe(sound, for: &leg, at: port, direction: direction) else {
            if let waiting { refuse(waiting, .notAcceptable, now: now) }
            return
        }
        var message = request(.invite, in: &leg)
        message.add("Supported", "timer,path")
        message.add("Allow", Self.allowed)
        message.setBody(body, type: "application/sdp")
        leg.isChanging = true
        calls[id]?.update(side) { $0 = leg }
        send(message, to: leg.wire, for: .change(call: id, side, for: waiting), now: now)
    }

    /// An answer of a side to a change that we have passed on.
    mutating func changed(
        _ response: Response, _ id: UInt64, _ side: SoundSide, for waiting: ServerTransactionKey?, now: Instant
    ) {
        guard response.status >= 200, let call = calls[id], var leg = call.leg(side) else { return }
        leg.isChanging = false
        if response.isSuccess, (try? response.cseq.method) == .invite {
            leg.remoteTarget = contactURI(of: response) ?? leg.remoteTarget
            acknowledge(&leg)
        }
        if response.isSuccess { leg.timer?.restart(now: now) }
        calls[id]?.update(side) { $0 = leg }
        if [408, 481].contains(response.status) {
            return endBoth(id, reason: "SIP;cause=\(response.status);text=\"\(response.reason)\"", now: now)
        }
        guard response.isSuccess else {
            if let waiting { refuse(waiting, Refusal(response.status, response.reason), now: now) }
            return
        }
        takeSound(response.body, of: side, in: id)
        guard let waiting, let request = servers[waiting]?.request, var asking = calls[id]?.leg(side.other),
            let ports = call.ports
        else { return }
        let port = side == .caller ? ports.callee : ports.caller
        let body = describe(response.body, for: &asking, at: port)
        calls[id]?.update(side.other) { $0 = asking }
        accept(request, waiting, id, side.other, body: body, now: now)
    }

    /// 200 to a change of a side.
    mutating func accept(
        _ request: Request, _ key: ServerTransactionKey, _ id: UInt64, _ side: SoundSide, body: [UInt8]?, now: Instant
    ) {
        guard var leg = calls[id]?.leg(side) else { return }
        let timer = agreeOnTimer(request, in: &leg, now: now)
        leg.remoteTarget = contactURI(of: request) ?? leg.remoteTarget
        let headers = [("Contact", "<\(leg.localContact)>"), ("Allow", Self.allowed), ("Supported", "timer,path")]
        let before = actions.count
        respond(key, 200, "OK", headers + timer, tag: leg.localTag, body: body, now: now)
        if request.method == .invite, case .send(let octets, _)? = actions.dropFirst(before).first {
            leg.answer = UnacknowledgedAnswer(octets, sequence: request.cseqNumber ?? 0, now: now)
        }
        calls[id]?.update(side) { $0 = leg }
    }

    // MARK: Session timer

    /// Whether a request of a side changes nothing, and only says that the call is still up.
    private func isRefresh(_ request: Request, of leg: CarrierLeg) -> Bool {
        switch request.method {
        case .update: request.body.isEmpty
        case .invite: request.body == leg.sound.received
        default: false
        }
    }

    private func leastInterval(of leg: CarrierLeg) -> Int {
        leg.timer?.interval == .seconds(LegTimerRequest.staged) ? LegTimerRequest.staged : LegTimerRequest.minimum
    }

    /// Where it is staged, the agent's INVITE gets a short session timer, whatever it has asked for.
    private func stageTimer(
        of leg: inout CarrierLeg, supportsTimer: Bool, now: Instant
    ) -> [(String, String)]? {
        guard settings.fault?.hasSessionTimers == true, leg.party == .trunk, !leg.isAnswered else { return nil }
        let weRefresh = settings.fault == .refreshMissing
        let seconds = LegTimerRequest.staged
        leg.timer = LegTimer(seconds: seconds, weRefresh: weRefresh, now: now)
        // Who knows no session timer hears nothing of it, and is hung up on all the same.
        guard supportsTimer else { return [] }
        let header = ("Session-Expires", "\(seconds);refresher=\(weRefresh ? "uas" : "uac")")
        return weRefresh ? [header] : [("Require", "timer"), header]
    }

    /// Takes what a request asks for.
    ///
    /// - Returns: what its 2xx says of it. Where the request does not say who refreshes, its sender does.
    mutating func agreeOnTimer(
        _ request: Request, in leg: inout CarrierLeg, now: Instant
    ) -> [(String, String)] {
        let supportsTimer = request.lists("timer", in: .supported)
        if let staged = stageTimer(of: &leg, supportsTimer: supportsTimer, now: now) { return staged }
        guard let wanted = LegTimerRequest(request), supportsTimer else {
            leg.timer?.restart(now: now)
            return []
        }
        let refresher = wanted.refresher ?? "uac"
        leg.timer = LegTimer(
            seconds: max(wanted.seconds, leastInterval(of: leg)), weRefresh: refresher == "uas", now: now)
        let header = ("Session-Expires", "\(wanted.seconds);refresher=\(refresher)")
        return refresher == "uac" ? [("Require", "timer"), header] : [header]
    }

    /// Takes what a 2xx to a request of ours says.
    mutating func startTimer(
        of leg: inout CarrierLeg, from answer: LegTimerRequest?, wasAskedByUs: Bool, now: Instant
    ) {
        if let answer {
            leg.timer = LegTimer(seconds: answer.seconds, weRefresh: answer.refresher != "uas", now: now)
        } else if settings.fault == .sessionTimer || settings.fault == .refreshLost, leg.party == .trunk {
            // Who knows no session timer is hung up on all the same: that is what is staged.
            leg.timer = LegTimer(seconds: 90, weRefresh: false, now: now)
        }
    }
}
