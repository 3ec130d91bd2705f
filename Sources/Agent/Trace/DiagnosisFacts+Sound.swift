internal import Telephony

/// What was wrong with the sound.
extension DiagnosisFacts {
    var ofSound: [CallFinding?] {
        [notDecrypted, noSoundArrived, noSoundSent, notHeardThere, unplayable, miscoded, stopped, damaged, ownEcho]
    }

    /// The figures of a call that was up for long enough to judge by them.
    private var quality: CallStatistics? {
        guard call.answeredMs != nil, length >= 2_000 else { return nil }
        return call.quality
    }

    private var notDecrypted: CallFinding? {
        guard let quality, let refused = quality.packetsUnauthenticated, refused > 50,
            refused > quality.packetsReceived
        else { return nil }
        return CallFinding(
            kind: .soundNotDecrypted,
            sentence: "The caller's sound came encrypted with a key that is not the agreed one.",
            evidence: "\(refused) packets were not authentic, \(quality.packetsReceived) were.",
            fix: "Something between changes session descriptions: let signalling and sound go the same way, or set "
                + "`rtp.srtp` to off.")
    }

    private var noSoundArrived: CallFinding? {
        guard let quality, quality.packetsReceived == 0, notDecrypted == nil, unplayable == nil else { return nil }
        // Whoever says that he only listens, or waits, sends nothing.
        if let theirs = sound(ofOurs: false), theirs.direction != "sendrecv", theirs.direction != "sendonly" {
            return nil
        }
        let seconds = Clock.length(length)
        var finding = CallFinding(
            kind: .noSoundArrived, sentence: "The caller's sound never arrived.",
            evidence: "No packet came in \(seconds), \(quality.packetsSent) went out.",
            fix: "Open the UDP ports of `rtp.ports` in the firewall and forward them to this machine.")
        if isOutgoing { finding.sentence = "The sound of the other side never arrived." }
        if quality.packetsForeign > 50 {
            finding.evidence += " \(quality.packetsForeign) came from another address than the announced one."
        }
        guard let ours = sound(ofOurs: true) else { return finding }
        if Self.isLocal(ours.host), let remoteHost, !Self.isLocal(remoteHost) {
            finding.sentence.removeLast()
            finding.sentence += ": our session description announced \(ours.host), which \(remoteHost) can't reach."
            finding.fix =
                "Set `advertise` to the public address of this machine, and forward the UDP ports of `rtp.ports` to it."
            return finding
        }
        finding.evidence += " It was to come to \(ours.host), UDP port \(ours.port)."
        if let theirs = sound(ofOurs: false), let remoteHost, Self.isLocal(theirs.host), !Self.isLocal(remoteHost) {
            finding.evidence += " They announced \(theirs.host), which is of use in their own network alone."
            finding.fix += " If they are open: the other side has to announce its public address, or send first."
        }
        return finding
    }

    private var noSoundSent: CallFinding? {
        guard let quality, quality.packetsSent == 0, quality.packetsReceived > 0,
            sound(ofOurs: false)?.direction != "sendonly", sound(ofOurs: false)?.direction != "inactive"
        else { return nil }
        return CallFinding(
            kind: .noSoundSent, sentence: "We sent no sound, so the caller heard nothing.",
            evidence: "\(quality.packetsReceived) packets came in \(Clock.length(length)), none went out.",
            fix: "Look at the log for what became of the agent; a call on hold is silent, too.")
    }

    private var notHeardThere: CallFinding? {
        guard let quality, quality.packetsSent > 100, quality.remoteFractionLost >= 0.5 else { return nil }
        let percent = Int((quality.remoteFractionLost * 100).rounded())
        let theirs = sound(ofOurs: false).map { " We sent to \($0.host), UDP port \($0.port)." } ?? ""
        return CallFinding(
            kind: .notHeardThere, sentence: "The other side heard little or nothing of us.",
            evidence: "Its reports say that \(percent) % of our packets did not come.\(theirs)",
            fix: "Let this machine send UDP to the carrier's media addresses; check the line's upload.")
    }

    private var unplayable: CallFinding? {
        guard let quality, quality.packetsMalformed > 50, quality.packetsMalformed > quality.packetsReceived / 2
        else { return nil }
        var evidence =
            "\(quality.packetsMalformed) packets were no RTP or of a payload type that nobody agreed on; "
            + "\(quality.packetsReceived) could be read."
        if let ours = sound(ofOurs: true), let theirs = sound(ofOurs: false) {
            evidence +=
                " We said \(ours.codecs.joined(separator: ", ")); they said \(theirs.codecs.joined(separator: ", "))."
        }
        return CallFinding(
            kind: .soundUnplayable, sentence: "Most of the sound that came could not be played.", evidence: evidence,
            fix: "The other side has to send the payload types of our session description; offer it one codec alone "
                + "(`rtp.codecs: [PCMU]`), whose number is the same everywhere.")
    }

    private var miscoded: CallFinding? {
        guard let quality, let mismatch = quality.lawMismatch, mismatch > 1.5 else { return nil }
        let isMu = quality.codec.uppercased() == "PCMU"
        let (agreed, other) = isMu ? ("PCMU (µ-law)", "A-law") : ("PCMA (A-law)", "µ-law")
        let tenths = CallReport.decimal(mismatch)
        return CallFinding(
            kind: .soundMiscoded,
            sentence: "The caller's sound is \(other), and was read as \(isMu ? "µ-law" : "A-law").",
            evidence: "\(agreed) was agreed on; the sound leaps \(tenths) times as far by it as by \(other).",
            fix:
                "Whoever sends it labels it wrongly: offer the other one alone (`rtp.codecs: [\(isMu ? "PCMA" : "PCMU")]`), "
                + "and tell the carrier or the maker of the gateway.")
    }

    private var stopped: CallFinding? {
        let changes = events("no sound", "sound flows", "held", "resumed")
        guard let last = changes.last, last.kind == "no sound", let answered = call.answeredMs, length >= 2_000,
            (quality?.packetsReceived ?? 0) > 0
        else { return nil }
        let rest = (call.endedMs ?? 0) - last.at / 1_000
        guard rest >= 2_000 else { return nil }
        return CallFinding(
            kind: .soundStopped, sentence: "The caller's sound stopped in mid-call and did not come back.",
            evidence:
                "From \(Clock.length(last.at / 1_000 - answered)) after the answer on, nothing came until the end, "
                + "\(Clock.length(rest)) later; \(quality?.packetsReceived ?? 0) packets had come before.",
            fix:
                "If it is always after the same time, a router forgets the path: have the other side send comfort noise "
                + "or no silence suppression. Else the telephone lost its network.")
    }

    private var damaged: CallFinding? {
        guard let quality, quality.packetsReceived > 100 else { return nil }
        let loss = Double(quality.packetsLost) / Double(quality.packetsReceived + quality.packetsLost)
        let score = min(quality.estimatedMOS, quality.lowestMOS ?? 5)
        guard loss >= 0.05 || quality.estimatedMOS > 0 && quality.estimatedMOS < 3.2 else { return nil }
        let jitter = CallReport.decimal(quality.jitterMilliseconds)
        return CallFinding(
            kind: .soundDamaged, sentence: "The caller's sound came with gaps.",
            evidence: "\(CallReport.decimal(loss * 100)) % of the packets did not come, jitter \(jitter) ms, "
                + "score (MOS) \(CallReport.decimal(quality.estimatedMOS)), at worst \(CallReport.decimal(score)).",
            fix:
                "Give voice precedence on the line (QoS), take cable instead of WLAN, or a carrier's server that is nearer."
        )
    }

    private var ownEcho: CallFinding? {
        let echoes = events("echo").count
        guard echoes >= 2 else { return nil }
        return CallFinding(
            kind: .ownEcho, sentence: "The agent's own voice came back from the line.",
            evidence: "\(echoes) times the agent's words were heard from the caller's side.",
            fix: "Leave `hearing.echo_cancellation` on; a speakerphone at the other end is better turned down.")
    }
}
