import SIPCore
import TelephonyPrimitives

// The HTTP side has a side of a call: the switch obeys it, and tells it.

extension SandboxCarrier {
    /// Does what the HTTP side wants, until it wants nothing more.
    mutating func obeyControl(now: Instant) {
        tellOfControl()
        while let orders = control?.orders, !orders.isEmpty {
            control?.orders = []
            for order in orders {
                obey(order, now: now)
                tellOfControl()
            }
        }
    }

    private mutating func tellOfControl() {
        for sentence in control?.remarks ?? [] { remark(sentence) }
        for action in control?.actions ?? [] { actions.append(.control(action)) }
        control?.remarks = []
        control?.actions = []
    }

    private mutating func obey(_ order: SwitchOrder, now: Instant) {
        switch order {
        case .answer(let id):
            guard let sound = scriptedSound(id), calls[id]?.isAnswered == false else { return }
            calls[id]?.giveUpAt = nil
            acceptCaller(id, sound.body, now: now)
            control?.legAnswered(
                id, LegSoundFormat(payloadType: sound.payloadType, keyType: sound.keyType), now: now)
        case .refuse(let id, let status, let ending):
            calls[id]?.ending = ending
            refuseCaller(id, Refusal(status, status == 486 ? "Busy Here" : "Decline"), now: now)
        case .hangUp(let id, let ending): hangUp(id, ending, now: now)
        case .dial(let id, let order): dial(id, order, now: now)
        case .transfer(let id, let to, let from, let ringing):
            transfer(id, to: to, from: from, ringing: ringing, now: now)
        case .say(let id, let packet):
            guard let side = calls[id]?.controlSide else { return }
            actions.append(.relay(call: id, .say(packet, from: side)))
        }
    }

    private mutating func hangUp(_ id: UInt64, _ ending: LegEnding, now: Instant) {
        guard let call = calls[id] else {
            control?.legEnded(id, ending, now: now)
            return
        }
        calls[id]?.ending = ending
        guard call.isAnswered else { return refuseCaller(id, Refusal(480, "Temporarily Unavailable"), now: now) }
        endBoth(id, reason: "Q.850;cause=16;text=\"NORMAL_CLEARING\"", now: now)
    }

    // MARK: It is called

    /// The call waits for a command.
    mutating func callApplication(_ id: UInt64, _ application: String, now: Instant) {
        // What the API makes can't come back to it.
        guard calls[id]?.controlSide == nil else { return refuseCaller(id, .noRoute, now: now) }
        guard scriptedSound(id) != nil, let call = calls[id] else {
            return refuseCaller(id, .notAcceptable, now: now)
        }
        let limit = now + settings.answerTimeout
        calls[id]?.controlSide = .callee
        calls[id]?.giveUpAt = limit
        actions.append(.relay(call: id, .tap))
        progressCaller(id, (180, "Ringing"), nil, now: now)
        let codecs = ((try? PeerSound(call.caller.sound.received))?.codecs ?? []).map {
            String($0.encoding.prefix { $0 != "/" })
        }
        control?.came(
            ArrivedCall(
                number: id, sessionID: call.session, legID: call.caller.id, application: application,
                from: call.isAnonymous ? "anonymous" : call.callerNumber, to: call.calledNumber,
                codecs: codecs.filter { $0.lowercased() != "telephone-event" }, headers: call.headers), now: now)
    }

    // MARK: It calls

    private mutating func dial(_ id: UInt64, _ order: DialOrder, now: Instant) {
        let routes: [CarrierRoute]
        do throws(Refusal) {
            routes = try self.routes(to: order.to, now: now)
        } catch {
            control?.legEnded(id, LegEnding(error), now: now)
            return
        }
        var leg = CarrierLeg(
            id: order.legID, party: .control,
            wire: SandboxWire(.udp, remote: TransportAddress(ip: mediaAddress, port: 9)), callID: makeUUID(),
            localTag: makeToken(), localAddress: "", remoteAddress: "", localContact: "", routes: [],
            remoteTarget: "", sound: CarrierSound(session: UInt64(random.next() >> 20)))
        leg.sound.received = controlSound()
        var call = CarrierCall(
            id: id, session: order.sessionID, invite: nil, caller: leg, routes: routes, callerNumber: order.from,
            calledNumber: order.to, isAnonymous: order.isPrivate,
            headers: order.headers.filter { $0.name.lowercased().hasPrefix("x-") && Self.isPlain($0.name + $0.value) })
        call.controlSide = .caller
        call.ringing = order.ringing
        calls[id] = call
        actions.append(.relay(call: id, .open))
        actions.append(.relay(call: id, .tap))
    }

    /// What may stand in a header line.
    private static func isPlain(_ text: String) -> Bool { text.utf8.allSatisfy { (0x20...0x7E).contains($0) } }

    /// What the HTTP side says of its sound: G.711, and keys.
    private func controlSound() -> [UInt8] {
        let lines = [
            "v=0", "o=- 1 1 IN IP4 \(mediaAddress)", "s=-", "c=IN IP4 \(mediaAddress)", "t=0 0",
            "m=audio 9 RTP/AVP 0 8 101", "a=rtpmap:0 PCMU/8000", "a=rtpmap:8 PCMA/8000",
            "a=rtpmap:101 telephone-event/8000", "a=fmtp:101 0-15", "a=sendrecv",
        ]
        return Array((lines.joined(separator: "\r\n") + "\r\n").utf8)
    }

    /// Whoever the HTTP side calls has answered.
    mutating func tellAnswered(_ id: UInt64, now: Instant) {
        guard let call = calls[id], !call.isAnswered else { return }
        calls[id]?.isAnswered = true
        calls[id]?.caller.isAnswered = true
        calls[id]?.giveUpAt = nil
        let sound = scriptedSound(id, for: call.callee == nil ? .caller : .callee)
        control?.legAnswered(
            id, LegSoundFormat(payloadType: sound?.payloadType ?? 0, keyType: sound?.keyType), now: now)
    }

    // MARK: It hands over

    private mutating func transfer(_ id: UInt64, to: String, from: String, ringing: Duration, now: Instant) {
        guard let call = calls[id], let side = call.controlSide, call.transfer == nil else { return }
        let route: CarrierRoute
        do throws(Refusal) {
            guard let first = try routes(to: to, now: now).first else { throw .noRoute }
            if case .control = first { throw .noRoute }
            // Who answers by itself is heard by a caller only.
            if case .script = first, side == .caller { throw .noRoute }
            route = first
        } catch {
            control?.transferFailed(id, LegEnding(error), now: now)
            return
        }
        calls[id]?.transfer = CarrierTransfer(leaver: side, sequence: 0, giveUpAt: now + ringing)
        callInPlace(id, side, route, now: now)
    }

    /// How it goes with the place that the call is handed over to.
    mutating func reportToControl(_ id: UInt64, _ status: Int, now: Instant) {
        switch status {
        case ..<200: break
        case ..<300: control?.transferAnswered(id, now: now)
        default:
            let isTooLate = calls[id]?.transfer.map { $0.giveUpAt <= now } ?? false
            control?.transferFailed(id, isTooLate ? .notAnswered : LegEnding(Refusal(status, "")), now: now)
        }
    }

    // MARK: What it hears

    mutating func tapped(_ packet: [UInt8], _ id: UInt64, _ side: SoundSide, now: Instant) {
        guard let own = calls[id]?.controlSide else { return }
        if side == own {
            control?.overheard(packet, id, now: now)
        } else {
            control?.heard(packet, id, now: now)
        }
    }

    /// INFO that tells of a key.
    mutating func keyed(_ request: Request, _ id: UInt64, now: Instant) {
        guard request.first(.contentType)?.lowercased().hasPrefix("application/dtmf") == true else { return }
        let text = String(decoding: request.body.prefix(64), as: UTF8.self)
        let lines = text.split { $0 == "\r" || $0 == "\n" || $0 == "\r\n" }
        let value =
            lines.first { $0.lowercased().hasPrefix("signal") }?.split(separator: "=").dropFirst().first ?? lines.first
        let key = value?.first { $0 != " " }
        if let key, "0123456789*#ABCD".contains(key) { control?.pressed(key, id, now: now) }
    }

    /// Notes how the HTTP side is to be told of a refusal, unless that is known.
    mutating func noteEnding(_ id: UInt64, of refusal: Refusal) {
        guard let call = calls[id], call.controlSide != nil, call.ending == nil else { return }
        let isTakenBack = refusal.status == 487 && call.controlSide == .callee
        let takenBack = LegEnding(cause: "originator_cancel", source: "caller", sipCause: "487")
        calls[id]?.ending = isTakenBack ? takenBack : LegEnding(refusal)
    }
}

extension LegEnding {
    /// What a refusal of the called side is for the API (reference B4).
    init(_ refusal: Refusal) {
        let cause =
            switch refusal.status {
            case 403, 603: "call_rejected"
            case 404, 604: "not_found"
            case 408: "timeout"
            case 480: "no_answer"
            case 486, 600: "user_busy"
            default: "unspecified"
            }
        self.init(cause: cause, source: "callee", sipCause: String(refusal.status))
    }

    /// It rang for too long, and was taken back.
    static let notAnswered = LegEnding(cause: "timeout", source: "caller", sipCause: "487")
}
