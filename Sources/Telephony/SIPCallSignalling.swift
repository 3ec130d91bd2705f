internal import Logging
internal import RTPMedia
internal import SDP
internal import SIPCore
internal import TelephonyPrimitives

/// What happens to a call: events of its SIP session and of its sound, in order, on its loop.
extension SIPCall {
    /// Takes an event from the signalling loop; events are handled one after the other, in the order of these calls.
    nonisolated func enqueue(_ event: UserAgentCore.Event) {
        inbox.yield(event)
    }

    /// Handles what comes in until the session is over.
    func run(_ events: AsyncStream<UserAgentCore.Event>) async {
        for await event in events {
            await handle(event)
            if case .over = phase { break }
        }
    }

    private func handle(_ event: UserAgentCore.Event) async {
        switch event {
        case .provisional(_, let response): await provisional(response)
        case .answered(_, let response, _): await answered(response)
        case .acknowledged(_, let body): await acknowledged(body)
        case .reinvite(_, let request): await reinvited(request)
        case .reinviteAnswered(_, let response): await changeAnswered(response)
        case .reinviteFailed(_, let status): changeFailed(status)
        case .reinvitePostponed: change?.wasSeen = true
        case .info(_, let request): info(request)
        case .transfer(_, let transfer): transferChanged(transfer)
        case .ended(_, let ending): await finish(CallEnd(ending, direction: direction))
        default: break
        }
    }

    // MARK: Our outgoing call

    private func provisional(_ response: Response) async {
        hear()
        guard response.status > 100, case .starting = phase else { return }
        ringMilliseconds = ringMilliseconds ?? milliseconds(since: born)
        progress?(.provisional(status: response.status, reason: response.reason))
        // An unreliable 18x is only a preview of the answer (RFC 3261 §13.2.1), but its sound is meant to be heard.
        guard let description = description(in: response) else { return }
        do {
            try negotiation?.receiveAnswer(description)
            await startMedia()
            progress?(.earlyMedia(codec: codecName))
        } catch {
            logger.notice("early media was not understood", metadata: ["reason": "\(error.sentence)"])
        }
    }

    private func answered(_ response: Response) async {
        guard case .starting = phase else { return }
        peer = PeerAbilities(of: response)
        setupMilliseconds = milliseconds(since: born)
        do throws(NegotiationFailure) {
            if let description = description(in: response) {
                try negotiation?.receiveAnswer(description)
            } else if negotiation?.agreement == nil {
                throw NegotiationFailure(status: 488, sentence: "The answer brought no session description.")
            }
        } catch {
            logger.error("no sound was agreed on", metadata: ["reason": "\(error.sentence)"])
            perform(.end(session, reasonHeader: "SIP;cause=488;text=\"Not Acceptable Here\""))
            return
        }
        offerIsOpen = false
        phase = .up
        await startMedia()
        progress?(.answered)
        answerWaiter?.resume(returning: .success(()))
        answerWaiter = nil
    }

    // MARK: A call to us

    private func acknowledged(_ body: [UInt8]?) async {
        guard answerComesWithACK else { return }
        answerComesWithACK = false
        offerIsOpen = false
        do throws(NegotiationFailure) {
            guard let body else { throw NegotiationFailure(status: 488, sentence: "The ACK brought no answer.") }
            try negotiation?.receiveAnswer(body)
            await mediaChanged()
        } catch {
            logger.error("no sound was agreed on", metadata: ["reason": "\(error.sentence)"])
            perform(.end(session, reasonHeader: "SIP;cause=488;text=\"Not Acceptable Here\""))
        }
    }

    // MARK: Changes in mid-call

    private func reinvited(_ request: Request) async {
        guard negotiation != nil else {
            perform(.rejectReinvite(session, status: 488))
            return
        }
        guard let offer = request.sessionDescription else {
            // Two offers of ours can't be open at once, and this one would wait for an ACK.
            guard change == nil else {
                perform(.rejectReinvite(session, status: 491))
                return
            }
            offerIsOpen = true
            answerComesWithACK = true
            let direction = negotiation?.wishedDirection ?? .sendrecv
            perform(.answerReinvite(session, body: negotiation?.makeOffer(direction: direction)))
            return
        }
        // A change of ours that still waits (RFC 3261 §14.1) makes room, and is offered anew on top of this one.
        if let change { negotiation?.withdrawOffer(unsent: !change.wasSeen) }
        defer { offerAnew() }
        do {
            let answer = try negotiation?.receiveOffer(offer)
            perform(.answerReinvite(session, body: answer))
            await mediaChanged()
        } catch {
            logger.notice("refused a change of the call", metadata: ["reason": "\(error.sentence)"])
            perform(.rejectReinvite(session, status: error.status, headers: [(.warning, error.warning)]))
        }
    }

    private func offerAnew() {
        guard let change, let body = negotiation?.makeOffer(direction: change.direction) else { return }
        self.change = WantedChange(direction: change.direction)
        perform(.reinvite(session, body: body))
    }

    private func changeAnswered(_ response: Response) async {
        offerIsOpen = false
        do {
            try negotiation?.receiveAnswer(response.sessionDescription ?? [])
            await mediaChanged()
            finishChange(.success(()))
        } catch {
            negotiation?.withdrawOffer()
            finishChange(.failure(.refused(status: error.status, reason: error.sentence)))
        }
    }

    private func changeFailed(_ status: Int) {
        offerIsOpen = false
        negotiation?.withdrawOffer()
        finishChange(.failure(.refused(status: status, reason: "The other side refused the change.")))
    }

    private func finishChange(_ result: Result<Void, CallError>) {
        change = nil
        changeWaiter?.resume(returning: result)
        changeWaiter = nil
    }

    private func mediaChanged() async {
        await startMedia()
        guard let agreement = negotiation?.agreement else { return }
        let held = agreement.direction == .recvonly || agreement.direction == .inactive
        if held != remoteHold {
            remoteHold = held
            eventSink.yield(.held(held))
        }
        eventSink.yield(.mediaChanged(codec: agreement.codec.name))
    }

    private func transferChanged(_ change: ReferProgress) {
        let result: Result<Void, CallError>
        switch change {
        case .accepted: return
        case .progress(let status, _):
            eventSink.yield(.transferProgress(status: status))
            return
        case .succeeded(let status):
            eventSink.yield(.transferProgress(status: status))
            transferred = true
            result = .success(())
        case .failed(let status, let reason): result = .failure(.refused(status: status, reason: reason))
        case .unknown(let reason): result = .failure(.refused(status: 0, reason: reason))
        }
        transferWaiter?.resume(returning: result)
        transferWaiter = nil
    }

    /// Keys that come by SIP INFO, as `application/dtmf-relay` or `application/dtmf`.
    private func info(_ request: Request) {
        guard let digit = RelayedDigit(contentType: request.first(.contentType) ?? "", body: request.body) else {
            return
        }
        eventSink.yield(.dtmf(digit: digit.key, duration: digit.duration))
    }

    // MARK: The sound

    func handle(_ event: MediaEvent) {
        switch event {
        case .dtmf(let digit, let duration): eventSink.yield(.dtmf(digit: digit, duration: duration))
        case .silent(let duration): eventSink.yield(.mediaSilent(duration: duration))
        case .flows: eventSink.yield(.mediaFlows)
        case .quality(let report):
            qualitySink.yield(report)
            metrics.take(report)
        default: break
        }
    }

    // MARK: The end

    /// Ends everything; called once, by the signalling.
    func finish(_ end: CallEnd) async {
        if case .over = phase { return }
        var end = end
        if transferred, end.cause == .localHangUp || end.cause == .remoteHangUp { end.cause = .transferred }
        if rangTooLong, setupMilliseconds == nil, end.cause == .localHangUp {
            end.cause = .noAnswer
            end.explanation = "Nobody answered in time."
        }
        phase = .over(end)
        inbox.finish()
        await media.close()
        logger.info("call ended", metadata: ["cause": "\(end.cause.rawValue)", "why": "\(end.explanation)"])
        answerWaiter?.resume(returning: .failure(.ended(end)))
        answerWaiter = nil
        transferWaiter?.resume(returning: .failure(.ended(end)))
        transferWaiter = nil
        finishChange(.failure(.ended(end)))
        progress = nil
        eventSink.yield(.ended(end))
        eventSink.finish()
        qualitySink.finish()
    }

    /// How the call ended, once it has.
    var ending: CallEnd? {
        if case .over(let end) = phase { end } else { nil }
    }

    private var codecName: String { negotiation?.agreement?.codec.name ?? "" }

    /// The session description of a response, alone or among other parts of its body.
    private func description(in response: Response) -> [UInt8]? {
        guard let type = try? response.contentType,
            type.essence == MediaNegotiation.contentType || type.type == "multipart"
        else { return nil }
        return response.sessionDescription
    }

    // MARK: Figures

    public func levels() async -> CallLevels? { await media.levels() }

    public func statistics() async -> CallStatistics {
        let (figures, dropped) = await media.statistics()
        var statistics = CallStatistics(figures)
        statistics.codec = codecName
        statistics.framesDropped = dropped
        statistics.ringMilliseconds = ringMilliseconds
        statistics.setupMilliseconds = setupMilliseconds
        return statistics
    }
}
