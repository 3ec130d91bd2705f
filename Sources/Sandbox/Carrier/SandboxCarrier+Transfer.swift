import SIPCore
import TelephonyPrimitives

/// A call that is being handed on: who stays is kept, and somebody else is called in the place of who leaves.
struct CarrierTransfer: Sendable {
    let leaver: SoundSide
    /// CSeq of the REFER, which names the subscription.
    let sequence: UInt32
    /// The INVITE to the new place; `nil` when a number is called that answers by itself.
    var invite: ClientTransactionKey?
    /// How long the new place may take.
    let giveUpAt: Instant
    /// Who leaves has hung up already.
    var isAlone = false
}

// Transfer by REFER within the call (reference A9; RFC 3515).

extension SandboxCarrier {
    /// REFER of the agent.
    mutating func refers(
        _ request: Request, _ key: ServerTransactionKey, _ id: UInt64, _ side: SoundSide, now: Instant
    ) {
        guard let call = calls[id], call.leg(side)?.party == .trunk, settings.trunk.allowsTransfer,
            settings.fault != .transferRefused, call.transfer == nil, call.isAnswered,
            call.leg(side.other)?.isAnswered == true
        else { return refuse(key, .transferOff, now: now) }
        guard let uri = request.first(.referTo).flatMap({ try? NameAddress(parsing: $0).uri.sip }),
            let user = uri.unescapedUser
        else { return respond(key, 400, "Bad Refer-To", now: now) }
        // One that names another call was seen to be refused.
        guard uri.headers.isEmpty else { return respond(key, 403, "Forbidden", now: now) }
        let route: CarrierRoute
        do throws(Refusal) {
            guard case .number(let number) = try DialledNumber(user, isLocalised: settings.trunk.isLocalised),
                let first = try routes(to: number, now: now).first
            else { throw .invalidDestination }
            // Who answers by itself is heard by a caller only.
            if case .script = first, side == .caller { throw .noRoute }
            route = first
        } catch {
            return refuse(key, error, now: now)
        }
        respond(key, 202, "Accepted", now: now)
        let limit = now + settings.answerTimeout
        calls[id]?.transfer = CarrierTransfer(leaver: side, sequence: request.cseqNumber ?? 0, giveUpAt: limit)
        report(id, 100, "Trying", now: now)
        callInPlace(id, side, route, now: now)
    }

    mutating func callInPlace(_ id: UInt64, _ side: SoundSide, _ route: CarrierRoute, now: Instant) {
        guard let call = calls[id], let ports = call.ports, let stayer = call.leg(side.other) else { return }
        switch route {
        case .script(let callee):
            actions.append(.handedOn(caller: call.callerNumber, to: callee.number))
            calls[id]?.script = ScriptRun(callee, now: now)
        case .control: transferFails(id, .noRoute, now: now)
        case .wire(let wire, let party, let contact):
            let made = makeInvite(
                for: call, party, at: contact, over: wire, offering: stayer.sound.received,
                port: side == .caller ? ports.caller : ports.callee)
            guard let (leg, message) = made else { return transferFails(id, .notAcceptable, now: now) }
            let invite = send(message, to: wire, for: .transfer(call: id, leg), now: now)
            calls[id]?.transfer?.invite = invite
        }
    }

    /// The new place answers.
    mutating func placeAnswers(
        _ response: Response, _ id: UInt64, _ leg: CarrierLeg, _ key: ClientTransactionKey, now: Instant
    ) {
        guard calls[id]?.transfer?.invite == key else {
            if response.isSuccess { turnAway(leg, response, now: now) }
            return
        }
        switch response.status {
        case ...100: break
        case ..<200: report(id, response.status, response.reason, now: now)
        case ..<300:
            var leg = leg
            learnWay(to: &leg, from: response)
            leg.allowsUpdate = response.allow.contains(.update)
            leg.isAnswered = true
            acknowledge(&leg)
            takePlace(id, leg, response.body, now: now)
        default: transferFails(id, Refusal(response.status, response.reason), now: now)
        }
    }

    /// Whoever was called in takes the place of who leaves, and who stays is told of the new sound.
    ///
    /// - Parameter leg: `nil` for a number that answers by itself.
    mutating func takePlace(_ id: UInt64, _ leg: CarrierLeg?, _ sound: [UInt8], now: Instant) {
        guard let transfer = calls[id]?.transfer else { return }
        report(id, 200, "OK", now: now)
        if !transfer.isAlone { hangUp(id, transfer.leaver, reason: nil, now: now) }
        calls[id]?.transfer = nil
        if calls[id]?.leg(transfer.leaver)?.keys != nil {
            actions.append(.relay(call: id, .protect(transfer.leaver, nil)))
        }
        if let leg {
            if transfer.leaver == .caller { calls[id]?.caller = leg } else { calls[id]?.callee = leg }
            takeSound(sound, of: transfer.leaver, in: id)
        } else {
            calls[id]?.callee = nil
        }
        sayAgentSide(id)
        change(id, transfer.leaver.other, to: sound, for: nil, now: now)
    }

    /// The new place can't be had: who leaves is told and goes on; where he has hung up, so does the carrier.
    mutating func transferFails(_ id: UInt64, _ refusal: Refusal, now: Instant) {
        guard let transfer = calls[id]?.transfer else { return }
        if let key = transfer.invite { cancel(key, now: now) }
        report(id, refusal.status, refusal.reason, now: now)
        calls[id]?.transfer = nil
        calls[id]?.script = nil
        guard transfer.isAlone else { return }
        hangUp(id, transfer.leaver.other, reason: refusal.cause, now: now)
        end(id, now: now)
    }

    /// NOTIFY of how it goes to who has asked for it.
    mutating func report(_ id: UInt64, _ status: Int, _ reason: String, now: Instant) {
        if calls[id]?.controlSide != nil { return reportToControl(id, status, now: now) }
        guard let call = calls[id], let transfer = call.transfer, !transfer.isAlone,
            var leg = call.leg(transfer.leaver)
        else { return }
        var message = request(.notify, in: &leg)
        message.add("Event", "refer;id=\(transfer.sequence)")
        message.add("Subscription-State", status < 200 ? "active;expires=60" : "terminated;reason=noresource")
        message.setBody(Array("SIP/2.0 \(status) \(reason)\r\n".utf8), type: "message/sipfrag;version=2.0")
        send(message, to: leg.wire, for: .nothing, now: now)
        let sequence = leg.localSequence
        calls[id]?.update(transfer.leaver) { $0.localSequence = sequence }
    }
}
