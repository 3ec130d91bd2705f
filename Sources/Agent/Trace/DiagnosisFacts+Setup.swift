internal import Telephony

/// Why a call did not come up.
extension DiagnosisFacts {
    var ofSetup: [CallFinding?] {
        [credentials, refused, encryption, refusedByUs, noPort, unreachable, answerNotAcknowledged]
    }

    private var credentials: CallFinding? {
        guard let status = refusal, status == 401 || status == 407 else { return nil }
        let tried = messages.filter { !$0.record.isReceived && $0.outline?.hasCredentials == true }
        let challenge = refusals.last?.fields.first { $0.name.hasSuffix("-Authenticate") }?.value ?? ""
        let realm = Self.parameter("realm", of: challenge).map { " in the realm \($0)" } ?? ""
        guard let last = tried.last else {
            return CallFinding(
                kind: .passwordMissing,
                sentence: "The other side wants a user name and a password, and we have none for it.",
                evidence: "The INVITE was answered \(refusalText)\(realm).",
                fix: "Give the account its `user` and `password` under `accounts` (or --auth and --password-env).")
        }
        let field = last.outline?.fields.first { $0.name.hasSuffix("uthorization") }?.value ?? ""
        let user = Self.parameter("username", of: field).map { " of the user \($0)" } ?? ""
        let again = refusals.filter { $0.status == status }.count
        return CallFinding(
            kind: .wrongPassword, sentence: "The other side does not accept our password\(user).",
            evidence: "It answered \(status) \(again) times\(realm), the last time to an INVITE with credentials.",
            fix:
                "Check `user` and `password` of the account; some carriers have another user for SIP than for their portal."
        )
    }

    private var refused: CallFinding? {
        guard let status = refusal, call.endCause != CallEnd.Cause.localHangUp.rawValue else { return nil }
        let evidence = "The INVITE was answered \(refusalText)."
        if let reason = telnyxReason { return finding(reason, status: status, evidence: evidence) }
        switch status {
        case 403, 405:
            guard !refusalText.mentionsEncryption else { return nil }
            return CallFinding(
                kind: .forbidden, sentence: "The other side does not let us call \(number).", evidence: evidence,
                fix:
                    "Ask the carrier: often the caller's number is not one of the account's, the country is barred, or the "
                    + "account is limited to other addresses than ours.")
        case 404, 410, 484, 604:
            return CallFinding(
                kind: .noSuchNumber, sentence: "There is no \(number) at the other side.", evidence: evidence,
                fix: "Check the number; most carriers want it whole, with + and the country, such as +4930123456.")
        case 486, 600, 603:
            return CallFinding(
                kind: .busy, sentence: status == 603 ? "\(number) declined the call." : "\(number) is busy.",
                evidence: evidence, fix: "Call again later.")
        case 408 where messages.contains { $0.record.isReceived }, 480, 487:
            return CallFinding(
                kind: .notReached, sentence: "Nobody answered at \(number).", evidence: evidence,
                fix: "Call again later; when it never works, the telephone there may not be registered.")
        case 415, 488, 606: return noCommonCodec(evidence)
        case 500...599:
            return CallFinding(
                kind: .otherSideFailed, sentence: "The other side could not take the call.", evidence: evidence,
                fix:
                    "Try again later, or by another server of the carrier; 503 often means that the account's number of "
                    + "calls at once is used up.")
        default: return nil
        }
    }

    private func noCommonCodec(_ evidence: String) -> CallFinding? {
        let offer = sound(ofOurs: true)
        guard !(offer?.isEncrypted ?? false) && !refusalText.mentionsEncryption else { return nil }
        let names = offer?.codecNames.joined(separator: ", ") ?? ""
        return CallFinding(
            kind: .noCommonCodec, sentence: "The other side takes none of the codecs that we offered.",
            evidence: evidence + (names.isEmpty ? "" : " We had offered \(names)."),
            fix: "Add a codec that it has to `rtp.codecs`: PCMU and PCMA are known everywhere.")
    }

    private var encryption: CallFinding? {
        guard let status = refusal, [403, 415, 488, 606].contains(status), telnyxReason == nil else { return nil }
        let offer = sound(ofOurs: true)
        // A 403 is mostly about something else.
        if offer?.isEncrypted == true, status != 403 {
            return CallFinding(
                kind: .encryptionRequired, sentence: "We insisted on encrypted sound, and the other side refused.",
                evidence: "We had offered \(offer?.transport ?? "RTP/SAVP"), and it answered \(refusalText).",
                fix: "Set `rtp.srtp` to optional, or switch encryption (SRTP) on at the other side.")
        }
        guard refusalText.mentionsEncryption else { return nil }
        return CallFinding(
            kind: .encryptionRequired, sentence: "The other side takes calls with encrypted sound alone.",
            evidence: "We had offered \(offer?.transport ?? "RTP/AVP"), and it answered \(refusalText).",
            fix: "Set `rtp.srtp` to required, and call over TLS.")
    }

    /// The caller's offer was of no use to us.
    private var refusedByUs: CallFinding? {
        guard !isOutgoing, call.answeredMs == nil, call.endCause == CallEnd.Cause.rejected.rawValue,
            let status = call.endStatus, [415, 488, 606].contains(status)
        else { return nil }
        let offer = sound(ofOurs: false)
        let reason = call.explanation ?? ""
        let evidence = "We answered \(status). " + reason
        if offer?.isEncrypted == true || reason.mentionsEncryption {
            return CallFinding(
                kind: .encryptionRequired,
                sentence: "We and the caller did not agree on whether the sound is encrypted.",
                evidence: evidence,
                fix: "Set `rtp.srtp` to optional, which takes both, or change it at the caller's side.")
        }
        let names = offer?.codecNames.joined(separator: ", ") ?? ""
        guard !names.isEmpty else { return nil }
        return CallFinding(
            kind: .noCommonCodec, sentence: "The caller offered no codec that we take.",
            evidence: "The offer had \(names). \(evidence)",
            fix: "Allow PCMU or PCMA at the caller's side, or add what it has to `rtp.codecs`, if it is one of ours.")
    }

    private var noPort: CallFinding? {
        let explanation = PrintableText.of(call.explanation ?? "")
        guard call.answeredMs == nil, explanation.lowercased().contains("no free pair of rtp ports") else { return nil }
        return CallFinding(
            kind: .noPort, sentence: "The call was not taken: no port was left for its sound.", evidence: explanation,
            fix: "Widen `rtp.ports`, two for each call; `trunkline doctor` says how many of them others have.")
    }

    private var unreachable: CallFinding? {
        guard call.answeredMs == nil, call.endedMs != nil, isOutgoing else { return nil }
        let cause = call.endCause ?? ""
        let explanation = PrintableText.of(call.explanation ?? "")
        let isUnreachable = cause == CallEnd.Cause.unreachable.rawValue
        let lowercase = explanation.lowercased()
        if isUnreachable, lowercase.contains("certificate") {
            let isOld = lowercase.contains("expired")
            return CallFinding(
                kind: .certificate,
                sentence: isOld
                    ? "The other side's certificate has expired."
                    : "The other side's certificate is not to be trusted.",
                evidence: explanation,
                fix: isOld
                    ? "It has to be renewed there; check the clock of this machine, too."
                    : "Name the authority that signed it in `tls.trust`, or call it by the name in its certificate.")
        }
        if isUnreachable, lowercase.contains("could not be looked up") {
            return CallFinding(
                kind: .nameUnknown,
                sentence: "Where the server is that we were to call is not known: no name server answered.",
                evidence: explanation,
                fix: "Look at the name servers of `dns`, else of this machine; `trunkline doctor` asks them.")
        }
        let isNameless = ["no address", "not found", "resolve", "dns", "no such host", "no server"]
            .contains { lowercase.contains($0) }
        if isUnreachable, isNameless {
            return CallFinding(
                kind: .nameUnknown, sentence: "The name of the server we were to call is not known.",
                evidence: explanation, fix: "Check its spelling, and that this machine has a name server.")
        }
        let isSilent = !messages.isEmpty && !messages.contains { $0.record.isReceived }
        guard isUnreachable || isSilent else { return nil }
        let sent = messages.filter { $0.outline?.method == "INVITE" }.count
        let peer = timeline.addresses?.remote ?? "the other side"
        let transport = messages.first?.record.transport ?? "udp"
        return CallFinding(
            kind: .unreachable, sentence: "Nothing ever came back from \(peer).",
            evidence: isSilent
                ? "The INVITE went out \(sent) \(sent == 1 ? "time" : "times") over \(transport); no answer came."
                : explanation,
            fix:
                "Check address and port; is \(transport) open in the firewalls between, and is our address allowed there?"
        )
    }

    /// RFC 3261 §13.3.1.4: a 200 is repeated until its ACK comes.
    private var answerNotAcknowledged: CallFinding? {
        let answers = messages.filter {
            !$0.record.isReceived && $0.outline?.method == "INVITE" && $0.outline?.status == 200
        }
        let isAcknowledged = messages.contains { $0.record.isReceived && $0.outline?.method == "ACK" }
        guard call.direction == .incoming, answers.count >= 3, !isAcknowledged,
            call.endCause == CallEnd.Cause.failed.rawValue
        else { return nil }
        let contact = answers.last?.outline?.fields.first { $0.name == "Contact" }?.value ?? ""
        let host = Self.uriHost(of: contact)
        let isLocal = Self.isLocal(host) && !Self.isLocal(remoteHost ?? host)
        return CallFinding(
            kind: .answerNotAcknowledged, sentence: "We answered, and the caller never confirmed it (no ACK came).",
            evidence: "The 200 went out \(answers.count) times"
                + (host.isEmpty ? "." : "; it said that we are reached at \(host)."),
            fix: isLocal
                ? "\(host) can't be reached from \(remoteHost ?? "there"): set `advertise` to our public address."
                : "Something between drops what goes to us: check port forwarding and SIP helpers (ALG) of routers.")
    }

    static func uriHost(of contact: String) -> String {
        var rest = contact[...]
        if let scheme = rest.firstRange(of: "sip:") ?? rest.firstRange(of: "sips:") {
            rest = rest[scheme.upperBound...]
        }
        if let at = rest.prefix(while: { $0 != ">" }).lastIndex(of: "@") { rest = rest[rest.index(after: at)...] }
        if rest.first == "[" { return String(rest.dropFirst().prefix { $0 != "]" }) }
        return String(rest.prefix { !":;>?".contains($0) })
    }

    /// `realm` of `Digest realm="a", nonce="b"`.
    static func parameter(_ name: String, of value: String) -> String? {
        guard let start = value.firstRange(of: "\(name)=") else { return nil }
        let rest = value[start.upperBound...]
        if rest.first == "\"" { return String(rest.dropFirst().prefix { $0 != "\"" }) }
        return String(rest.prefix { $0 != "," && $0 != " " })
    }
}

extension String {
    fileprivate var mentionsEncryption: Bool {
        let text = lowercased()
        return ["srtp", "encrypt", "savp", "crypto", "secure media"].contains { text.contains($0) }
    }
}
