internal import Telephony

/// How the call ended, and what failed on our side.
extension DiagnosisFacts {
    var ofEnd: [CallFinding?] { [sessionTimer, transfer, stoppedByUs, goodbyeCut] }

    var ofAgent: [CallFinding?] { [agent, slowAnswers, callerSilent, recording] }

    private var sessionTimer: CallFinding? {
        let reasons = messages.filter { $0.outline?.method == "BYE" }.flatMap { $0.outline?.fields ?? [] }
            .filter { $0.name == "Reason" }.map(\.value)
        let ours = (call.explanation ?? "").lowercased().contains("session timer")
        let theirs = reasons.first { $0.lowercased().contains("timer") || $0.lowercased().contains("session expired") }
        guard ours || theirs != nil else { return nil }
        let interval = messages.last { $0.sessionExpires != nil }?.sessionExpires
        let agreed = interval.map { " The agreed interval was \($0.prefix { $0 != ";" }) s." } ?? ""
        let (shown, fix) = missingRefresh
        return CallFinding(
            kind: .sessionTimer, sentence: "The call was ended because nobody confirmed in time that it was still up.",
            evidence: (theirs.map { "The BYE said: \($0)." } ?? PrintableText.of(call.explanation ?? "")) + agreed
                + shown,
            fix: fix)
    }

    /// Whose refresh was missing, as the last 2xx has agreed on who sends it, and what to do about that.
    private var missingRefresh: (evidence: String, fix: String) {
        let agreement = messages.last { (200..<300).contains($0.outline?.status ?? 0) && $0.sessionExpires != nil }
        let isAskersPart = agreement?.sessionExpires?.lowercased().contains("refresher=uac") ?? false
        guard let agreement, agreement.sessionExpires?.lowercased().contains("refresher=") == true else {
            return (
                "",
                "Whoever is to refresh the session (RFC 4028) did not, or its message got lost: check that re-INVITEs "
                    + "come through in both directions."
            )
        }
        guard isAskersPart == agreement.record.isReceived else {
            return (
                " The other side was to refresh the session, and no refresh of its came.",
                "Ask the other side why it did not refresh the session (RFC 4028), and check that its requests come "
                    + "through to us in mid-call: router and firewall have to keep the way open for them."
            )
        }
        let refresh = messages.last {
            !$0.record.isReceived && $0.outline?.status == nil && $0.sessionExpires != nil
                && $0.record.atMicroseconds > agreement.record.atMicroseconds
        }
        guard let refresh, let outline = refresh.outline else {
            return (
                " We were to refresh the session, and sent nothing.",
                "We were to refresh the session (RFC 4028): the machine may have stood still; look at the log of that time."
            )
        }
        let answer = messages.last {
            $0.record.isReceived && ($0.outline?.status ?? 0) >= 300 && $0.outline?.method == outline.method
                && $0.outline?.sequence == outline.sequence
        }
        if let line = answer?.outline?.startLine {
            return (
                " We were to refresh the session; our \(outline.method) was answered \(line).",
                "Ask the other side why it refuses to refresh the session (RFC 4028)."
            )
        }
        return (
            " We were to refresh the session; our \(outline.method) got no answer.",
            "Our refresh of the session (RFC 4028) is lost on the way: let UPDATE and re-INVITE through from here to "
                + "the other side; routers that rewrite SIP (ALG) often do not."
        )
    }

    /// Of somebody who was asked whether they take the caller.
    private var consultation: CallFinding? {
        guard let asked = events("consulting").last else { return nil }
        let outcome = events("transferred", "transfer failed").last { $0.at >= asked.at }
        guard let outcome, outcome.kind == "transfer failed" else { return nil }
        let refusal = timeline.messages.last {
            $0.isOfOtherCall && $0.record.isReceived && $0.outline?.method == "INVITE"
                && ($0.outline?.status ?? 0) >= 300
        }
        let line = refusal?.outline?.startLine
        let fix: String =
            switch refusal?.outline?.status ?? 0 {
            case 0, 408, 480, 486, 487, 600, 603:
                "Nobody took the call there; name a second destination, or let the agent take a message."
            default: "Check the destination under `transfers`, and how calls of ours go out (`outbound`)."
            }
        return CallFinding(
            kind: .transferFailed,
            sentence: "\(asked.detail) did not take the caller, who stayed with the agent.",
            evidence: outcome.detail + (line.map { " The answer said \($0)." } ?? ""), fix: fix)
    }

    private var transfer: CallFinding? {
        guard events("consulting").isEmpty else { return consultation }
        let refer = messages.last {
            !$0.record.isReceived && $0.outline?.method == "REFER" && $0.outline?.status == nil
        }
        let answer = messages.last {
            $0.record.isReceived && $0.outline?.method == "REFER" && ($0.outline?.status ?? 0) >= 300
        }
        let report = events("transfer").last { (Int($0.detail) ?? 0) >= 300 }
        let failure = events("transfer failed").last
        guard answer != nil || report != nil || failure != nil else { return nil }
        let target = refer?.outline?.fields.first { $0.name == "Refer-To" }?.value ?? "the other number"
        let status = answer?.outline?.status ?? report.flatMap { Int($0.detail) } ?? 0
        let line = answer?.outline?.startLine ?? report?.detail ?? ""
        var evidence = line.isEmpty ? "" : "The \(answer == nil ? "report" : "answer") said \(line)."
        if let failure { evidence += (evidence.isEmpty ? "" : " ") + failure.detail }
        let fix: String =
            switch status {
            case 403, 405, 420, 501, 603:
                "The other side does not transfer at our request (REFER): have it allowed at the carrier."
            case 404, 410, 484, 604: "Check the destination under `transfers`."
            case 408, 480, 486, 487, 600:
                "Nobody took the call there; name a second destination, or let the agent take a message."
            default: "Check the destination under `transfers`, and whether the carrier allows transfers (REFER)."
            }
        return CallFinding(
            kind: .transferFailed, sentence: "The caller was not put through to \(target).", evidence: evidence,
            fix: fix)
    }

    private var stoppedByUs: CallFinding? {
        guard call.state == .interrupted else { return nil }
        return CallFinding(
            kind: .stoppedByUs, sentence: "Trunkline stopped while the call was up.",
            evidence: "The last that is known is of \(Clock.length(call.endedMs ?? 0)) after the start.",
            fix: "Look at the log for why; stop it with SIGTERM, and `drain` lets calls end.")
    }

    private var goodbyeCut: CallFinding? {
        guard let cut = events("goodbye cut").last else { return nil }
        let bye = messages.last { $0.record.isReceived && $0.outline?.method == "BYE" && $0.outline?.status == nil }
        let reason = bye?.outline?.fields.first { $0.name == "Reason" }?.value
        return CallFinding(
            kind: .goodbyeCut, sentence: "The other side hung up while the agent was saying goodbye.",
            evidence: "At \(Clock.length(cut.at / 1_000)): \(cut.detail)."
                + (reason.map { " The BYE said: \($0)." } ?? ""),
            fix:
                "The agent would have hung up by itself once all was said. When it happens often, shorten the goodbye, and ask "
                + "the carrier who ends the calls: a time limit there cuts every call at the same length.")
    }

    private var agent: CallFinding? {
        let failures = events("agent failed", "model failed", "dialogue failed", "voice failed", "hearing failed")
        guard let worst = failures.first(where: { $0.detail.speaksOfKey }) ?? failures.first else { return nil }
        let part =
            switch worst.kind {
            case "model failed", "dialogue failed": "The language model"
            case "voice failed": "The voice"
            case "hearing failed": "The speech-to-text"
            default: "The agent"
            }
        let evidence =
            "At \(Clock.length(worst.at / 1_000)): \(worst.detail)"
            + (failures.count > 1 ? " (\(failures.count) failures in all)" : "")
        if worst.detail.speaksOfKey {
            return CallFinding(
                kind: .keyRefused, sentence: "\(part) did not work: the service does not accept our key.",
                evidence: evidence,
                fix: "Put a valid key in place, in the environment or the file that the configuration names.")
        }
        if worst.detail.speaksOfTime {
            return CallFinding(
                kind: .providerSlow, sentence: "\(part) did not answer in time.", evidence: evidence,
                fix: "Give the service a `fallback` and a `patience`, or name a quicker one.")
        }
        return CallFinding(
            kind: .agentFailed, sentence: "\(part) failed.", evidence: evidence,
            fix: "Give the service a `fallback`; when it fails always, check its address, its name and the account.")
    }

    private var slowAnswers: CallFinding? {
        let totals = call.answers.map(\.ledger.totalMs).sorted()
        guard totals.count >= 2, totals[totals.count / 2] > 1_500,
            let explanation = TurnLedger.explanation(of: call.answers.map(\.ledger))
        else { return nil }
        let parts = explanation.split(separator: ". ", maxSplits: 1).map(String.init)
        return CallFinding(
            kind: .slowAnswers, sentence: "The caller had to wait for answers.", evidence: "The agent \(parts[0]).",
            fix: parts.count > 1 ? parts[1] : "Look at the ledgers for the slowest step.")
    }

    private var callerSilent: CallFinding? {
        guard let quality = call.quality, quality.packetsReceived > 250, length >= 10_000,
            call.turns.contains(where: { $0.who == .agent }),
            !call.turns.contains(where: { $0.who == .caller && !$0.text.isEmpty }), call.dtmf.isEmpty,
            events("hearing failed", "agent failed", "model failed", "dialogue failed", "voice failed").isEmpty
        else { return nil }
        let unclear = call.turns.filter { $0.who == .caller }.count
        return CallFinding(
            kind: .callerSilent,
            sentence: unclear == 0 ? "The caller said nothing." : "Nothing was understood of what the caller said.",
            evidence: "\(quality.packetsReceived) packets of sound came in \(Clock.length(length)), "
                + (unclear == 0 ? "and no speech in them." : "with \(unclear) pieces of speech, and no word in them."),
            fix: unclear == 0
                ? "Listen to the recording: the telephone was muted, or the line too quiet (`hearing.level` raises it)."
                : "Listen to the recording; check the language of `speech_to_text`, and that the codec is the one agreed on."
        )
    }

    private var recording: CallFinding? {
        guard let failure = events("recording").last(where: { $0.detail.hasPrefix("incomplete") }) else { return nil }
        return CallFinding(
            kind: .recordingIncomplete, sentence: "The recording is not complete.", evidence: failure.detail,
            fix: "Make room on the disk, or name another folder with `calls.recordings`.")
    }
}

extension CallTimeline.Message {
    /// What it says of the session timer (RFC 4028).
    fileprivate var sessionExpires: String? { outline?.fields.first { $0.name == "Session-Expires" }?.value }
}

extension String {
    fileprivate var speaksOfKey: Bool {
        let text = lowercased()
        return text.contains("accept the key") || text.contains("api key") || text.contains("check the key")
            || text.contains("unauthorized") || text.contains("permissions") || text.contains("check openai_")
            || text.contains("_api_key")
    }

    fileprivate var speaksOfTime: Bool {
        let text = lowercased()
        return [
            "in its time", "in time", "timed out", "too slow", "nothing of use for", "did not take", "does not answer",
            "has not come to an end", "has said nothing",
        ].contains { text.contains($0) }
    }
}
