internal import Telephony
internal import TelephonyPrimitives

/// What happens when the model is lost: another takes its place, or we say sorry and let the caller go.
extension DuplexTurns {
    mutating func lose(_ reason: String, now: Instant, _ outputs: inout [Output]) {
        guard !isFailing, !isReopening else { return }
        isLost = true
        // Who is being put through needs no model.
        guard !isTransferring else { return }
        guard fallbacks > 0 else { return fail(reason, now: now, &outputs) }
        record("agent failed", reason, now: now, &outputs)
        fallbacks -= 1
        isReopening = true
        promptedAt = nil
        tools = []
        waitingSoundDue = nil
        isCallerSpeaking = false
        // What it has made is heard out.
        for index in replies.indices { replies[index].isDone = true }
        outputs.append(.reopen)
    }

    mutating func reopened(isFullDuplex: Bool, now: Instant, _ outputs: inout [Output]) {
        guard isReopening else { return }
        isReopening = false
        isLost = false
        self.isFullDuplex = isFullDuplex
        numbersBefore = lastNumber
        lastActivity = now
        if let asked { prompt(asked, now: now, &outputs) }
    }

    mutating func fail(_ reason: String, now: Instant, _ outputs: inout [Output]) {
        guard !isFailing, !isTransferring else { return }
        isFailing = true
        record("agent failed", reason, now: now, &outputs)
        outputs.append(.apologise)
    }

    private var lastReason: HangUpReason { farewell?.reason ?? .failure }

    /// What the call may use up is used up: a goodbye, in place of all that the model would say.
    mutating func takeLeave(_ farewell: Farewell, now: Instant, _ outputs: inout [Output]) {
        guard !isFailing, !isTransferring else { return }
        cut(now: now, &outputs)
        self.farewell = farewell
        isFailing = true
        closing = nil
        digitsToSend = ""
        tools = []
        promptedAt = nil
        greetsAt = nil
        outputs.append(.sayGoodbye)
    }

    mutating func apologised(_ outputs: inout [Output]) {
        guard isFailing, !isTransferring else { return }
        guard let target = farewell.map(\.transfer) ?? configuration.failureTransfer else {
            return finish(lastReason, &outputs)
        }
        isTransferring = true
        outputs.append(.transfer(to: target))
    }

    mutating func transferEnded(_ failure: String?, now: Instant, _ outputs: inout [Output]) {
        isTransferring = false
        guard let failure else {
            isPutThrough = true
            record("transferred", "", now: now, &outputs)
            return finish(.normal, &outputs)
        }
        record("transfer failed", failure, now: now, &outputs)
        takeBack(failure, now: now, &outputs)
    }

    /// The caller is ours again.
    mutating func takeBack(_ failure: String, now: Instant, _ outputs: inout [Output]) {
        guard !isFailing else { return finish(lastReason, &outputs) }
        asked = .transferFailed(reason: failure)
        if isLost {
            lose("The model ended the session.", now: now, &outputs)
        } else {
            prompt(.transferFailed(reason: failure), now: now, &outputs)
        }
    }
}
