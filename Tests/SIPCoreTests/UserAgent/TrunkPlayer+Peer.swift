import SIPCore
import TelephonyPrimitives
import Testing

/// What the peer sends, by hand.
extension TrunkPlayer {
    mutating func receive(_ step: TrunkFlow.Step) throws {
        if let status = step.status {
            try respond(status, step)
        } else {
            request(step)
        }
    }

    mutating func respond(_ status: Int, _ step: TrunkFlow.Step) throws {
        // "408 or nothing": here nothing.
        if isStep("reinvite-408", 2, step) {
            openFromUs.removeAll()
            return
        }
        if isStep("out-200-retransmitted", 4, step) || isStep("out-100rel", 5, step), let ours {
            stage.respond(
                status, to: ours.request, tag: ours.tag, headers: headers(status, step), body: body(status, .invite))
            return
        }
        let wanted = wantedMethod(status, step)
        let index = try #require(
            openFromUs.lastIndex { wanted == nil || $0.method == wanted },
            "\(flow.id) \(step.n): nothing of ours waits for \(status)")
        let request = openFromUs[index]
        let isFork = flow.id.hasPrefix("out-fork")
        if status >= 200, !(isFork && request.method == .invite) { openFromUs.remove(at: index) }
        let tag: String
        switch (flow.id, step.n) {
        case ("out-fork-two-200", 2), ("out-fork-two-200", 4), ("out-fork-18x-then-other-200", 2): tag = "A"
        case ("out-fork-two-200", 3), ("out-fork-two-200", 6), ("out-fork-18x-then-other-200", 3...4): tag = "B"
        case _ where status == 401 || status == 407: tag = "challenger"
        default: tag = stage.peerTag
        }
        if request.method == .invite { ours = (request, tag) }
        stage.respond(
            status, to: request, tag: tag,
            contact: tag == "B" ? "<sip:b@\(Stage.peer)>" : "<sip:bob@\(Stage.peer)>", headers: headers(status, step),
            body: body(status, request.method))
    }

    /// Which of our open requests an answer is for, where that is not the last.
    func wantedMethod(_ status: Int, _ step: TrunkFlow.Step) -> Method? {
        switch (flow.id, step.n) {
        case ("out-cancel-crosses-200", 4), ("out-100rel", 6): .invite
        case ("out-cancel-crosses-200", 5), ("out-cancel-early", 5), ("out-cancel-no-answer", 4): .cancel
        case ("out-fork-two-200", 9): .bye
        case ("bye-crosses-reinvite", 4), ("bye-crosses-bye", 4): .bye
        case (_, _) where flow.id.hasPrefix("out-fork"): .invite
        case _ where status == 487 || status == 183 || status == 180: .invite
        default: nil
        }
    }

    func headers(_ status: Int, _ step: TrunkFlow.Step) -> HeaderFields {
        var headers: HeaderFields = [(.allow, "INVITE, ACK, BYE, CANCEL, UPDATE, REFER")]
        let isSecond = step.n > 3
        switch (flow.id, status) {
        case (_, 407):
            let stale = flow.id == "out-407-stale" && isSecond ? ", stale=true" : ""
            headers.append(
                (.proxyAuthenticate, "Digest realm=\"trunk\", nonce=\"\(isSecond ? 2 : 1)\", qop=\"auth\"\(stale)"))
        case ("out-basic", 200):
            headers += [
                (.recordRoute, "<sip:p2.example.com;lr>, <sip:p1.example.com;lr>")
            ]
        case ("out-422", 422): headers.append((.minSE, "600"))
        case ("out-422", 200) where step.n == 5:
            headers += [(.sessionExpires, "600;refresher=uac"), (.require, "timer")]
        case ("out-refresh-lost", 200):
            headers += [(.sessionExpires, "600;refresher=uas"), (.require, "timer")]
        case ("out-6xx-3xx", 302):
            headers.append((.contact, "<sip:low@192.0.2.9>;q=0.1, <sip:high@192.0.2.9>;q=0.9"))
        case ("out-503-failover", 503): headers.append((.retryAfter, "30"))
        case ("out-100rel", 183): headers += [(.require, "100rel"), (.rSeq, "5")]
        case ("out-100rel-gap", 183): headers += [(.require, "100rel"), (.rSeq, "5")]
        case ("out-100rel-gap", 180): headers += [(.require, "100rel"), (.rSeq, step.n == 5 ? "7" : "6")]
        default: break
        }
        return headers
    }

    func body(_ status: Int, _ method: Method) -> String? {
        guard method == .invite else { return nil }
        if flow.id == "out-100rel" { return status == 183 ? "v=0 answer" : nil }
        return (200..<300).contains(status) || status == 183 && !flow.id.hasSuffix("gap") ? "v=0 answer" : nil
    }

    mutating func request(_ step: TrunkFlow.Step) {
        let method = step.method
        let branch = "z9hG4bKtrunk\(step.n)"
        switch method {
        case "ACK":
            let isRefused = (stage.lastResponse(to: .invite)?.status ?? 0) >= 300
            let hasAnswer = flow.id == "in-no-offer"
            stage.request(
                "ACK", sequence: invite?.sequence ?? stage.peerSequence,
                branch: isRefused ? invite?.branch : branch, body: hasAnswer ? "v=0 answer" : nil)
            return
        case "CANCEL":
            openFromPeer.append(method)
            stage.request(
                method, sequence: invite?.sequence, branch: invite?.branch ?? branch, toTag: .some(nil))
            return
        case "INVITE" where isStep("in-retransmitted-invite-after-200", 3, step):
            stage.request(
                method, sequence: invite?.sequence, branch: invite?.branch, toTag: .some(nil), body: "v=0 offer")
            return
        default: break
        }
        if isStep("in-reinvite-low-cseq", 1, step) {
            openFromPeer.append(method)
            stage.request(method, sequence: 1, branch: branch, body: "v=0 offer")
            return
        }
        let isMerged = isStep("in-merged", 3, step)
        if !isMerged { stage.peerSequence += 1 }
        if method == "INVITE" { invite = (branch, stage.peerSequence) }
        let current = (stage.callID, stage.ourTag, stage.peerTag)
        // The reports about a transfer come in the call that is transferred.
        if flow.id == "refer-attended", method == "NOTIFY" {
            (stage.callID, stage.ourTag, stage.peerTag) = firstDialog
            defer { (stage.callID, stage.ourTag, stage.peerTag) = current }
            openFromPeer.append(method)
            stage.request(
                method, sequence: stage.peerSequence, branch: branch, headers: requestHeaders(method, step),
                body: requestBody(method))
            return
        }
        openFromPeer.append(method)
        let isNew = method == "INVITE" && step.name == "INVITE" || ["OPTIONS"].contains(method)
        stage.request(
            method, sequence: stage.peerSequence, branch: branch,
            toTag: flow.id == "in-to-tag-unknown" ? .some("gone") : isNew ? .some(nil) : nil,
            uri: method == "OPTIONS" ? "sip:192.0.2.1" : "sip:alice@192.0.2.1:5060",
            headers: requestHeaders(method, step),
            body: requestBody(method), contentType: flow.id == "in-415" ? "application/foo" : "application/sdp")
        if isNew, let call = stage.incoming.last, call != firstCall { session = call }
        for case .refer(let id, _, _) in stage.events { referral = id }
    }

    func requestHeaders(_ method: String, _ step: TrunkFlow.Step) -> [String] {
        switch (flow.id, method) {
        case ("in-420", _): return ["Require: precondition, foo"]
        case ("in-100rel-required", "INVITE"), ("in-100rel-no-prack", "INVITE"): return ["Require: 100rel"]
        case ("in-100rel-required", "PRACK"):
            return ["RAck: \(stage.lastResponse(to: .invite)?.first(.rSeq) ?? "") \(invite?.sequence ?? 0) INVITE"]
        case ("prack-unknown", _): return ["RAck: 4711 1 INVITE"]
        case ("update-no-sdp", _): return ["Session-Expires: 1800;refresher=uac", "Supported: timer"]
        case ("in-replaces-unknown", _): return ["Replaces: nothing;to-tag=a;from-tag=b"]
        case ("in-replaces", "INVITE"), ("in-replaces-early-only", "INVITE"):
            return [
                "Replaces: call-1;to-tag=\(firstDialog.ourTag ?? "");from-tag=peer-tag"
                    + (flow.id.hasSuffix("only") ? ";early-only" : "")
            ]
        case ("in-replaces-early-not-ours", _):
            let tag = (try? stage.lastResponse(to: .invite)?.to.tag?.text) ?? ""
            return ["Replaces: ringing;to-tag=\(tag);from-tag=peer-tag"]
        case ("in-refer", "REFER"): return ["Refer-To: <sip:carol@example.com>"]
        case ("in-refer-two-refer-to", _):
            return ["Refer-To: <sip:carol@example.com>, <sip:dave@example.com>"]
        case (_, "NOTIFY"):
            let (status, state) =
                flow.id == "refer-blind" && step.n == 6
                ? ("100 Trying", "active;expires=60")
                : (flow.id == "refer-blind-fails" ? "486 Busy Here" : "200 OK", "terminated;reason=noresource")
            return ["Event: refer", "Subscription-State: \(state)", "X-Fragment: SIP/2.0 \(status)"]
        default: return ["Allow: INVITE, ACK, BYE, CANCEL, UPDATE, REFER"]
        }
    }

    func requestBody(_ method: String) -> String? {
        switch method {
        case "INVITE" where flow.id.hasPrefix("in-no-offer"): nil
        case "INVITE": "v=0 offer"
        case "UPDATE": flow.id == "update-no-sdp" ? nil : "v=0 offer"
        case "NOTIFY": flow.id == "refer-blind-fails" ? "SIP/2.0 486 Busy Here\r\n" : "SIP/2.0 200 OK\r\n"
        default: nil
        }
    }
}
