internal import Telephony
internal import TelephonyPrimitives
internal import Telnyx

/// What webhooks say of a leg.
extension CallControlLeg {
    mutating func receive(_ event: LegEvent, now: Instant) -> [LegAction] {
        switch event {
        case .initiated:
            guard direction == .outgoing, !wasUp else { return [] }
            return [.progress(status: 100, reason: "Trying")]
        case .answered:
            // An answer whose outcome is lost, or a call of ours that was taken.
            guard case .asking = phase else { return [] }
            phase = .connecting(until: now + limits.stream)
            return direction == .outgoing || !streamsWithAnswer ? startStream() : []
        case .bridged:
            guard transferUntil != nil else { return [] }
            return putThrough()
        case .held: return wasUp ? [.tell(.held(true))] : []
        case .unheld: return wasUp ? [.tell(.held(false))] : []
        case .hangup(let ending): return hungUp(ending)
        case .digit(let digits): return press(digits, by: .webhook)
        case .streamingFailed(let failure): return streamFailed(failure, now: now)
        default: return []
        }
    }

    /// A call of ours is dialled without its stream, whose token would have to be good for as long as it rings.
    private func startStream() -> [LegAction] { [.order(.startStream)] }

    private mutating func streamFailed(_ failure: StreamingFailure, now: Instant) -> [LegAction] {
        let reason = String(failure.reason.prefix(200))
        switch phase {
        case .connecting, .asking, .restarting:
            return hangUp(because: noStream(reason), now: now)
        default: return [.note(kind: "stream", detail: "Telnyx says that streaming failed: \(reason)")]
        }
    }

    private mutating func hungUp(_ ending: LegEnding) -> [LegAction] {
        if isTransferred { return finish(CallEnd(cause: .transferred, explanation: Self.transferredSentence)) }
        if case .ending(let end, _) = phase { return finish(end) }
        var end = wasUp ? ending.endOfTalk : direction == .incoming ? ending.endOfRinging : ending.endOfDialling
        end.status = ending.sipStatus
        return finish(end)
    }

    // MARK: A transfer

    /// What becomes of the leg that Telnyx calls for us.
    mutating func target(_ event: LegEvent) -> [LegAction] {
        guard transferUntil != nil else { return [] }
        switch event {
        case .initiated: return [.tell(.transferProgress(status: 100))]
        case .answered: return [.tell(.transferProgress(status: 180))]
        case .bridged: return putThrough()
        case .hangup(let ending):
            transferUntil = nil
            let status = ending.sipStatus ?? ending.cause.status
            return [
                .transferred(.refused(status: status, reason: "It was not taken there: \(ending.cause.sentence)."))
            ]
        default: return []
        }
    }

    private mutating func putThrough() -> [LegAction] {
        transferUntil = nil
        isTransferred = true
        return [.tell(.transferProgress(status: 200)), .transferred(nil)]
    }
}

extension HangupCause {
    /// The SIP status that says the same.
    var status: Int {
        switch self {
        case .userBusy: 486
        case .callRejected: 603
        case .notFound: 404
        case .originatorCancel: 487
        case .noAnswer, .timeout: 480
        default: 480
        }
    }

    /// Without a full stop.
    var sentence: String {
        switch self {
        case .callRejected: "the call was refused"
        case .normalClearing: "they hung up"
        case .originatorCancel: "it was withdrawn"
        case .timeout, .noAnswer: "nobody answered in time"
        case .timeLimit: "the time limit of the call was reached"
        case .userBusy: "the line is busy"
        case .notFound: "there is no such number"
        default: "Telnyx says \(rawValue.prefix(64))"
        }
    }
}

extension LegEnding {
    /// Of a call that was up.
    var endOfTalk: CallEnd {
        switch cause {
        case .timeLimit:
            CallEnd(cause: .failed, explanation: "Telnyx ended the call: its time limit was reached.")
        case .normalClearing, .unspecified: CallEnd(cause: .remoteHangUp, explanation: "The other side hung up.")
        default: CallEnd(cause: .remoteHangUp, explanation: "The call was ended: \(cause.sentence).")
        }
    }

    /// Of a call to us that was not answered.
    var endOfRinging: CallEnd {
        switch cause {
        case .timeout:
            CallEnd(cause: .cancelled, explanation: "Telnyx gave up before the call was answered: the time was over.")
        default: CallEnd(cause: .cancelled, explanation: "The caller hung up before the call was answered.")
        }
    }

    /// Of a call of ours that was not answered.
    var endOfDialling: CallEnd {
        let sentence = "The call was not answered: \(cause.sentence)."
        switch cause {
        case .timeout, .noAnswer: return CallEnd(cause: .noAnswer, explanation: sentence)
        case .notFound: return CallEnd(cause: .unreachable, explanation: sentence)
        default: return CallEnd(cause: .rejected, explanation: sentence)
        }
    }
}
