import SIPCore
import TelephonyPrimitives
import Testing

/// Plays our side of a flow with the core and the peer's by hand: what the flow says that we send has to go out, in that
/// order, and nothing else but 100 and repetitions.
private struct TrunkPlayer {
    let flow: TrunkFlow
    var stage: Stage
    var session: SessionID?
    /// The first call, when another one follows.
    var firstCall: SessionID?
    var matched: Set<Int> = []
    var openFromPeer: [String] = []
    var openFromUs: [Request] = []
    /// The peer's INVITE, for its copies, ACK and CANCEL.
    var invite: (branch: String, sequence: UInt32)?
    /// Our last INVITE and the tag that answered it.
    var ours: (request: Request, tag: String)?
    var referral: SubscriptionID?
    /// What names the call in which the flow began.
    var firstDialog: (callID: String, ourTag: String?, peerTag: String) = ("", nil, "")

    init(_ flow: TrunkFlow) {
        self.flow = flow
        var configuration = UserAgentConfiguration()
        configuration.servesReplaces = true
        configuration.servesRefer = flow.id == "in-refer"
        if flow.id == "out-422" {
            configuration.sessionTimer = SessionTimerPolicy(interval: .seconds(90), minimum: .seconds(90))
        }
        if flow.id == "out-refresh-lost" {
            configuration.sessionTimer = SessionTimerPolicy(interval: .seconds(600), minimum: .seconds(90))
        }
        stage = Stage(configuration, transport: flow.id == "tcp-reset-mid-invite" ? .tcp : .udp)
        stage.givesFlows = flow.id != "out-503-failover"
    }

    func isStep(_ id: String, _ n: Int, _ step: TrunkFlow.Step) -> Bool { flow.id == id && step.n == n }

    // MARK: Playing

    mutating func play() throws {
        if flow.beginsInCall { try begin() }
        if flow.id == "in-replaces-early-not-ours" { try ringElsewhere() }
        for step in flow.steps {
            try ringBefore(step)
            switch step.dir {
            case .ours: try send(step)
            case .theirs: try receive(step)
            case .event: happen(step)
            case .check: try check(step)
            }
        }
        try checkOutcome()
        // What is left over is 100, and what went out before octet for octet.
        for (index, line) in stage.sent.enumerated() where !matched.contains(index) {
            let isCopy = stage.sent[..<index].contains { $0.octets == line.octets }
            // A dialog that the peer has forgotten may be ended for good measure.
            let isFarewell = flow.id == "reinvite-481" && line.message.title == "BYE"
            #expect(
                isCopy || isFarewell || line.message.title.hasPrefix("100 "),
                "\(flow.id): \(line.message.title) beyond the flow")
        }
        for session in [session, firstCall].compactMap({ $0 }) { stage.command(.end(session)) }
        stage.advance(.seconds(1_000))
        #expect(stage.core.counters.isIdle, "\(flow.id): \(stage.core.counters)")
    }

    /// The call in which the flow takes place.
    private mutating func begin() throws {
        let isOurs = ["glare-491", "bye-407"].contains(flow.id) || flow.id.hasPrefix("refer")
        session =
            isOurs
            ? try stage.establishOutgoing(
                credentials: Credentials(username: "alice", password: "secret", realm: "trunk"))
            : try stage.establishIncoming()
        firstCall = session
        firstDialog = (stage.callID, stage.ourTag, stage.peerTag)
        for index in stage.sent.indices { matched.insert(index) }
        stage.events = []
        if flow.id == "in-replaces" || flow.id == "in-replaces-early-only" { leaveCall() }
    }

    /// A call of the peer's rings here.
    private mutating func ringElsewhere() throws {
        stage.callID = "ringing"
        stage.request("INVITE", body: "v=0 offer")
        stage.command(.ring(try #require(stage.incoming.last)))
        firstCall = stage.incoming.last
        for index in stage.sent.indices { matched.insert(index) }
        leaveCall()
    }

    /// An UPDATE before the answer needs a dialog: somebody has rung.
    private mutating func ringBefore(_ step: TrunkFlow.Step) throws {
        if isStep("update-offer-before-answer", 2, step), let invite = openFromUs.last {
            stage.respond(180, to: invite)
        }
        if isStep("update-offer-pending-answer", 2, step), let session {
            stage.command(.ring(session))
            try stage.learnOurTag()
            _ = take("180 INVITE")
        }
    }

    /// The next INVITE of the peer is of another call.
    private mutating func leaveCall() {
        stage.callID = "call-2"
        stage.ourTag = nil
    }

    private mutating func take(_ title: String) -> Message? {
        let found = stage.sent.indices.first { index in
            !matched.contains(index) && stage.sent[index].message.title == title
        }
        guard let found else { return nil }
        matched.insert(found)
        return stage.sent[found].message
    }

    private func has(_ title: String) -> Bool {
        stage.sent.indices.contains { !matched.contains($0) && stage.sent[$0].message.title == title }
    }

    // MARK: Ours

    private mutating func send(_ step: TrunkFlow.Step) throws {
        if let status = step.status {
            try answer(status, step)
        } else {
            try ask(step)
        }
    }

    private mutating func answer(_ status: Int, _ step: TrunkFlow.Step) throws {
        if status == 100 {
            _ = take("100 INVITE")
            return
        }
        let method = openFromPeer.last ?? "INVITE"
        let expected = isStep("in-100rel-no-prack", 3, step) ? 504 : status
        let title = "\(expected) \(method)"
        if !has(title), !isStep("in-100rel-required", 3, step) { decide(expected, method) }
        for _ in 0..<400 where !has(title) { stage.advance(.milliseconds(100)) }
        let response = try #require(
            take(title)?.response, "\(flow.id) \(step.n): \(title) is missing in \(stage.titles)")
        if expected >= 200, let index = openFromPeer.lastIndex(of: method) { openFromPeer.remove(at: index) }
        if method == "INVITE" { try? stage.learnOurTag() }
        try look(at: response, step)
    }

    /// The application's part of an answer of ours.
    private mutating func decide(_ status: Int, _ method: String) {
        guard let session else { return }
        switch (status, method) {
        case (..<200, _): stage.command(.ring(session, status: status, body: status == 183 ? .answer : nil))
        case (200..<300, _):
            let body: Body = flow.id.hasPrefix("in-no-offer") ? .offer : .answer
            stage.command(.answerReinvite(session, body: body))
            stage.command(.answer(session, body: body))
        case (488, "INVITE") where flow.id == "in-488":
            stage.command(.reject(session, status: 488, headers: [(.warning, "305 192.0.2.1 \"No codec\"")]))
        default:
            stage.command(.rejectReinvite(session, status: status))
            stage.command(.reject(session, status: status))
        }
        if status == 202, let referral { stage.command(.acceptSubscription(referral)) }
    }

    private mutating func ask(_ step: TrunkFlow.Step) throws {
        let title = step.method
        if !has(title) { try act(title, step) }
        for _ in 0..<8_000 where !has(title) { stage.advance(.milliseconds(100)) }
        let request = try #require(
            take(title)?.request, "\(flow.id) \(step.n): \(title) is missing in \(stage.titles)")
        if title == "INVITE", try request.to.tag == nil {
            stage.callID = try request.callID.text
            stage.ourTag = try request.from.tag?.text
        }
        if title != "ACK", !isStep("out-timeout-b", 2, step) { openFromUs.append(request) }
        try look(at: request, step)
    }

    /// The application's part of a request of ours.
    private mutating func act(_ method: String, _ step: TrunkFlow.Step) throws {
        switch method {
        case "INVITE" where step.name == "re-INVITE":
            if let session { stage.command(.reinvite(session, body: .hold)) }
        case "INVITE" where flow.id == "out-timeout-b" && step.n == 2:
            stage.advance(.milliseconds(600))
        case "INVITE" where isStep("out-503-failover", 4, step):
            guard let asked = stage.asked.last else { return }
            stage.wire.turnOff()
            stage.flow = Flow(
                protocol: .udp, local: Stage.us, remote: TransportAddress(ip: .v4(0xC633_6402), port: 5060), id: 2)
            stage.feed(.flowOpened(asked.0, stage.flow))
        case "INVITE" where flow.id != "in-refer":
            try call()
        case "INVITE":
            try call(onBehalfOf: referral)
        case "BYE" where flow.id == "refer-attended":
            if let firstCall { stage.command(.end(firstCall)) }
        case "BYE" where ["out-refresh-lost", "in-200-no-ack", "reinvite-408"].contains(flow.id):
            break
        case "BYE", "CANCEL":
            if let session { stage.command(.end(session)) }
        case "REFER" where flow.id == "refer-attended":
            if let firstCall, let session { stage.command(.transfer(firstCall, to: session)) }
        case "REFER":
            if let session { stage.command(.refer(session, target: "sip:carol@example.com")) }
        case "OPTIONS":
            stage.command(
                .request(
                    stage.core.makeRequestID(),
                    OutgoingRequest(
                        method: .options, target: try SIPURI(parsing: "sip:\(Stage.peer)"),
                        from: try NameAddress(parsing: "<sip:alice@example.com>"))))
        default: break
        }
    }

    private mutating func call(onBehalfOf referral: SubscriptionID? = nil) throws {
        let id = stage.core.makeSessionID()
        let target = flow.id == "out-503-failover" ? "sip:bob@example.com" : "sip:bob@\(Stage.peer)"
        var invite = OutgoingInvite(
            target: try SIPURI(parsing: target + (stage.flow.protocol == .tcp ? ";transport=tcp" : "")),
            from: try NameAddress(parsing: "<sip:alice@example.com>"), body: .offer,
            credentials: Credentials(username: "alice", password: "secret"))
        invite.maximumRedirections = 3
        invite.onBehalfOf = referral
        if flow.id == "refer-attended" { (stage.ourTag, stage.peerTag) = (nil, "target-tag") }
        session = id
        stage.command(.invite(id, invite))
        if let asked = stage.asked.last, !stage.givesFlows { stage.feed(.flowOpened(asked.0, stage.flow)) }
    }

    // MARK: The peer's

    private mutating func receive(_ step: TrunkFlow.Step) throws {
        if let status = step.status {
            try respond(status, step)
        } else {
            request(step)
        }
    }

    private mutating func respond(_ status: Int, _ step: TrunkFlow.Step) throws {
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
    private func wantedMethod(_ status: Int, _ step: TrunkFlow.Step) -> Method? {
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

    private func headers(_ status: Int, _ step: TrunkFlow.Step) -> HeaderFields {
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

    private func body(_ status: Int, _ method: Method) -> String? {
        guard method == .invite else { return nil }
        if flow.id == "out-100rel" { return status == 183 ? "v=0 answer" : nil }
        return (200..<300).contains(status) || status == 183 && !flow.id.hasSuffix("gap") ? "v=0 answer" : nil
    }

    private mutating func request(_ step: TrunkFlow.Step) {
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

    private func requestHeaders(_ method: String, _ step: TrunkFlow.Step) -> [String] {
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

    private func requestBody(_ method: String) -> String? {
        switch method {
        case "INVITE" where flow.id.hasPrefix("in-no-offer"): nil
        case "INVITE": "v=0 offer"
        case "UPDATE": flow.id == "update-no-sdp" ? nil : "v=0 offer"
        case "NOTIFY": flow.id == "refer-blind-fails" ? "SIP/2.0 486 Busy Here\r\n" : "SIP/2.0 200 OK\r\n"
        default: nil
        }
    }

    // MARK: What else happens

    private mutating func happen(_ step: TrunkFlow.Step) {
        switch flow.id {
        case "out-cancel-before-1xx": if let session { stage.command(.end(session)) }
        case "tcp-reset-mid-invite": stage.feed(.flowClosed(stage.flow, reason: "reset"))
        default: Issue.record("\(flow.id) \(step.n): nobody knows how \(step.message) happens")
        }
    }

    private mutating func check(_ step: TrunkFlow.Step) throws {
        switch flow.id {
        case "out-407-loop", "out-fork-18x-then-other-200", "reinvite-481", "refer-refused", "register-503": break
        case "out-cancel-before-1xx":
            let before = stage.titles.count { $0 == "INVITE" }
            stage.advance(.seconds(2))
            #expect(stage.lastRequest(.cancel) == nil)
            #expect(stage.titles.count { $0 == "INVITE" } > before)
        case "out-cancel-no-answer":
            stage.advance(.seconds(31))
            #expect(stage.ends.isEmpty)
            stage.advance(.seconds(2))
        case "out-timeout-b":
            stage.advance(.seconds(40))
            let times = stage.sent.filter { $0.message.title == "INVITE" }.map { ($0.instant - .zero).inSeconds }
            #expect(times == [0, 0.5, 1.5, 3.5, 7.5, 15.5, 31.5])
        case "out-100rel-gap": #expect(!has("PRACK"))
        case "in-retransmitted-invite-after-200":
            #expect(stage.incoming.count == 1)
            #expect(stage.titles.count { $0 == "200 INVITE" } == 1)
        case "in-reinvite-bad": #expect(stage.ends.isEmpty)
        case "glare-491": #expect(!has("INVITE"))
        case "tcp-reset-mid-invite": stage.advance(.seconds(1))
        case "options-408-non-invite":
            stage.advance(.seconds(33))
            #expect(stage.names == ["request failed"])
        default: Issue.record("\(flow.id) \(step.n): nobody checks that \(step.message)")
        }
    }

    // MARK: Looking closer

    private func look(at request: Request, _ step: TrunkFlow.Step) throws {
        let first = try #require(stage.requests.first { $0.method == request.method })
        switch (flow.id, step.n) {
        case ("out-basic", 5):
            #expect(request.requestURIText == "sip:bob@\(Stage.peer)")
            #expect(request.list(of: .route) == ["<sip:p1.example.com;lr>", "<sip:p2.example.com;lr>"])
            #expect(request.body.isEmpty)
            #expect(try request.topVia.branch != stage.lastRequest(.invite)?.topVia.branch)
        case ("out-we-hang-up", 4):
            #expect(try request.cseq.number == 2)
            #expect(request.requestURIText == "sip:bob@\(Stage.peer)")
        case ("out-407", 3), ("out-cancel-early", 7):
            let invite = try #require(stage.requests.first { $0.method == .invite })
            #expect(try request.topVia.branch == invite.topVia.branch && request.cseq.number == invite.cseq.number)
            #expect(request.requestURIText == invite.requestURIText)
        case ("out-407", 4), ("out-407-stale", 4), ("out-422", 4), ("out-6xx-3xx", 4):
            #expect(try request.callID == first.callID && request.from == first.from && request.to.tag == nil)
            #expect(try request.topVia.branch != first.topVia.branch)
            if flow.id == "out-407" { #expect(request.first(.proxyAuthorization) != nil) }
            if flow.id == "out-422" {
                #expect(request.first(.sessionExpires) == "600" && request.first(.minSE) == "600")
            }
            if flow.id == "out-6xx-3xx" { #expect(request.requestURIText == "sip:high@192.0.2.9") }
        case ("out-407", 6):
            #expect(
                request.values(of: .proxyAuthorization) == stage.lastRequest(.invite)?.values(of: .proxyAuthorization))
        case ("out-407-stale", 7), ("bye-407", 3):
            #expect(request.first(.proxyAuthorization)?.contains("nc=00000001") == true)
        case ("out-cancel-early", 4):
            let invite = try #require(stage.requests.first { $0.method == .invite })
            #expect(request.values(of: .via) == invite.values(of: .via))
            #expect(try request.cseq.number == invite.cseq.number && request.to.tag == nil)
        case ("out-fork-two-200", 7), ("out-fork-two-200", 8):
            #expect(try request.to.tag?.text == "B")
            #expect(request.requestURIText == "sip:b@\(Stage.peer)")
        case ("out-200-retransmitted", 5):
            #expect(stage.sent.last?.octets == stage.sent.dropLast().last { $0.message.title == "ACK" }?.octets)
        case ("out-100rel", 3): #expect(request.first(.rAck) == "5 1 INVITE")
        case ("out-100rel-gap", 8): #expect(request.first(.rAck) == "6 1 INVITE")
        case ("out-refresh-lost", 4):
            #expect(stage.sent.last.map { ($0.instant - .zero).inSeconds } == 568)
        case ("out-422", 7):
            #expect(stage.sent.last.map { ($0.instant - .zero).inSeconds } == 300)
        case ("in-200-no-ack", 4):
            let times = stage.sent.filter { $0.message.title == "200 INVITE" }.map { ($0.instant - .zero).inSeconds }
            #expect(times == [0, 0.5, 1.5, 3.5] + stride(from: 7.5, through: 31.5, by: 4))
            #expect(stage.sent.last.map { ($0.instant - .zero).inSeconds } == 32)
        case ("refer-blind", 4): #expect(request.first(.referTo) == "<sip:carol@example.com>")
        case ("refer-attended", 7):
            let target = request.first(.referTo) ?? ""
            #expect(target.contains("?Replaces=") && target.contains("%3Bto-tag%3Dtarget-tag%3Bfrom-tag%3D"))
        case ("in-refer", 3):
            #expect(request.first(.subscriptionState)?.hasPrefix("active;expires=") == true)
            #expect(String(decoding: request.body, as: UTF8.self).hasPrefix("SIP/2.0 100 "))
        case ("in-refer", 8):
            #expect(request.first(.subscriptionState) == "terminated;reason=noresource")
            #expect(String(decoding: request.body, as: UTF8.self).hasPrefix("SIP/2.0 200 "))
        default: break
        }
    }

    private func look(at response: Response, _ step: TrunkFlow.Step) throws {
        switch (flow.id, step.n) {
        case ("in-basic", 4):
            #expect(response.first(.contact) != nil && !response.allow.isEmpty && !response.supported.isEmpty)
            #expect(!response.body.isEmpty)
        case ("in-cancel", 4):
            #expect(try response.to.tag == stage.responses.first { $0.status == 180 }?.to.tag)
        case ("in-488", _): #expect(response.first(.warning)?.hasPrefix("305 ") == true)
        case ("in-415", _): #expect(response.first(.accept)?.hasPrefix("application/sdp") == true)
        case ("in-420", _): #expect(response.first(.unsupported) == "precondition, foo")
        case ("in-reinvite-while-pending", _), ("update-offer-pending-answer", _):
            #expect(response.first(.retryAfter).flatMap { Int($0) }.map { (0...10).contains($0) } == true)
        case ("update-no-sdp", _):
            #expect(response.first(.sessionExpires) == "1800;refresher=uac" && response.require == ["timer"])
            #expect(response.body.isEmpty)
        case ("in-100rel-required", 2):
            #expect(response.require == ["100rel"] && response.first(.rSeq) != nil)
        case ("options-ping", _):
            #expect(!response.allow.isEmpty && !response.supported.isEmpty && response.first(.accept) != nil)
        default: break
        }
    }

    private func checkOutcome() throws {
        let causes = stage.ends.map(\.cause)
        switch flow.outcome {
        case "established, then ended by peer", "ended by peer": #expect(causes == [.hungUpByPeer])
        case "ended by us": #expect(causes == [.hungUpLocally])
        case "ended by us; no media shown to the user as answered":
            #expect(causes == [.cancelledLocally] && !stage.names.contains("answered"))
        case "established", "established once", "A established, B ended at once", "B established":
            #expect(causes.isEmpty)
            #expect(
                stage.names.filter { ["answered", "acknowledged", "acknowledged with answer"].contains($0) }.count == 1)
        case "failed: credentials refused": #expect(causes == [.unauthorized])
        case "refreshed", "in order", "resumed", "unchanged", "first goes on", "nothing", "up", "both applied in turn",
            "call with the caller goes on", "not transferred by REFER":
            #expect(causes.isEmpty)
        case "ended by timer": #expect(causes == [.sessionExpired])
        case "cancelled": #expect(causes == [flow.id.hasPrefix("in") ? .cancelledByPeer : .cancelledLocally])
        case "as the second INVITE ends; policy may refuse foreign hosts": #expect(causes.isEmpty)
        case "established; target 1 is skipped for 30 s":
            #expect(stage.names.contains("answered"))
            #expect(stage.asked.contains { $0.1.tried.first?.until == .zero + .seconds(30) })
        case "failed: 408 timeout": #expect(causes == [.timeout] && stage.ends.first?.status == 408)
        case "ended: no ACK", "ended: no answer": #expect(causes == [.acknowledgementMissing])
        case "one call": #expect(stage.incoming.count == 1 && causes.isEmpty)
        case "refused; nothing rings", "refused":
            #expect(causes.allSatisfy { [.rejectedLocally, .acknowledgementMissing].contains($0) })
        case "ended", "ended; one event", "ended (481, 408 and timeout end the dialog too)",
            "ended; resources are kept until then":
            #expect(causes.count == 1)
        case "transferred", "transferred, result as told":
            #expect(!causes.isEmpty)
            if flow.id.hasPrefix("refer") {
                #expect(stage.names.contains { $0.hasPrefix("transfer succeeded") })
            }
        case "new dialog takes the place": #expect(causes == [.hungUpLocally])
        case "failed 503": #expect(causes == [.transportFailed] && stage.ends.first?.status == 503)
        case "failed 408": #expect(stage.names == ["request failed"])
        default: Issue.record("\(flow.id): nobody knows the outcome \(flow.outcome)")
        }
    }
}

@Suite("A flow of a trunk")
struct TrunkFlowTests {
    @Test("is played by our core as the list says", arguments: TrunkFlow.all.filter { !$0.isOfAccounts })
    func plays(_ flow: TrunkFlow) throws {
        var player = TrunkPlayer(flow)
        try player.play()
    }

    @Test("is there, and each is played here or with the accounts")
    func counted() {
        #expect(TrunkFlow.all.count == 66)
        #expect(TrunkFlow.all.filter(\.isOfAccounts).map(\.id) == ["register", "register-423", "register-503"])
    }
}
