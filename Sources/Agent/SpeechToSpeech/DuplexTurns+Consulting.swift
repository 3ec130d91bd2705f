internal import Telephony
internal import TelephonyPrimitives

/// Somebody is asked whether they take the caller.
extension DuplexTurns {
    mutating func beginConsultation(_ order: ConsultationOrder, _ outputs: inout [Output]) {
        isTransferring = true
        isConsulting = true
        isCallerSpeaking = false
        outputs.append(.consult(order))
    }

    mutating func consultationEnded(_ end: ConsultationEnd, now: Instant, _ outputs: inout [Output]) {
        guard isConsulting else { return }
        isConsulting = false
        isTransferring = false
        heardCaller(now: now)
        switch end {
        case .returned(let reason): takeBack(reason, now: now, &outputs)
        case .calledOff: break
        case .transferred, .bridgeOver, .abandoned: finish(.normal, &outputs)
        }
    }

    /// Once the model is quiet, which is at once when it says nothing.
    mutating func othersConsult(_ order: ConsultationOrder, now: Instant, _ outputs: inout [Output]) {
        guard !isTransferring, !isFailing else {
            record("not put through", "The caller is being put through already.", now: now, &outputs)
            return
        }
        closing = .consult(order)
    }
}
