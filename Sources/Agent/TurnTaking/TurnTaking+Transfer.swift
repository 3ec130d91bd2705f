internal import Telephony
internal import TelephonyPrimitives

/// The caller is put through, or comes back.
extension TurnTaking {
    mutating func transferEnded(_ failure: String?, now: Instant, _ outputs: inout [Output]) {
        isTransferring = false
        guard let failure else {
            isPutThrough = true
            record("transferred", "", now: now, &outputs)
            finish(.normal, &outputs)
            return
        }
        record("transfer failed", failure, now: now, &outputs)
        if let leaving {
            finish(leaving, &outputs)
            return
        }
        think(.transferFailed(reason: failure), now: now, &outputs)
    }

    mutating func beginTransfer(to target: String, now: Instant, _ outputs: inout [Output]) {
        endHold(now: now, &outputs)
        isTransferring = true
        outputs.append(.transfer(to: target))
    }

    mutating func beginConsultation(_ order: ConsultationOrder, now: Instant, _ outputs: inout [Output]) {
        endHold(now: now, &outputs)
        isTransferring = true
        isConsulting = true
        // What is heard from now on is music, and no caller's turn goes on over it.
        isCallerSpeaking = false
        awaitsFinal = false
        lastPartial = ""
        outputs.append(.consult(order))
    }

    mutating func consultationEnded(_ end: ConsultationEnd, now: Instant, _ outputs: inout [Output]) {
        guard isConsulting else { return }
        isConsulting = false
        isTransferring = false
        heardCaller(now: now)
        switch end {
        case .returned(let reason): think(.transferFailed(reason: reason), now: now, &outputs)
        case .calledOff: break
        case .transferred, .bridgeOver, .abandoned: finish(.normal, &outputs)
        }
    }

    /// At once, whatever is being said: whoever asks for it has decided.
    mutating func othersConsult(_ order: ConsultationOrder, now: Instant, _ outputs: inout [Output]) {
        guard !isTransferring, !isLeaving else {
            record("not put through", "The caller is being put through already.", now: now, &outputs)
            return
        }
        guard isIdle, closing == nil else {
            // Once it is quiet: the words under way are heard out.
            closing = .consult(order)
            return
        }
        beginConsultation(order, now: now, &outputs)
    }

    /// Gives up what was promised and is not done yet.
    mutating func cancelPlans(_ outputs: inout [Output]) {
        closing = nil
        holdToBegin = nil
        digitsToSend = ""
        collector = nil
        if isConsulting { outputs.append(.callOffConsultation) }
    }
}
