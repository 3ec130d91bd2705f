import SIPCore
import TelephonyPrimitives
import Testing

/// Plays our side of a flow with the core and the peer's by hand: what the flow says that we send has to go out, in that
/// order, and nothing else but 100 and repetitions.
struct TrunkPlayer {
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
    mutating func begin() throws {
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
    mutating func ringElsewhere() throws {
        stage.callID = "ringing"
        stage.request("INVITE", body: "v=0 offer")
        stage.command(.ring(try #require(stage.incoming.last)))
        firstCall = stage.incoming.last
        for index in stage.sent.indices { matched.insert(index) }
        leaveCall()
    }

    /// An UPDATE before the answer needs a dialog: somebody has rung.
    mutating func ringBefore(_ step: TrunkFlow.Step) throws {
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
    mutating func leaveCall() {
        stage.callID = "call-2"
        stage.ourTag = nil
    }

    mutating func take(_ title: String) -> Message? {
        let found = stage.sent.indices.first { index in
            !matched.contains(index) && stage.sent[index].message.title == title
        }
        guard let found else { return nil }
        matched.insert(found)
        return stage.sent[found].message
    }

    func has(_ title: String) -> Bool {
        stage.sent.indices.contains { !matched.contains($0) && stage.sent[$0].message.title == title }
    }

    // MARK: Ours

    mutating func send(_ step: TrunkFlow.Step) throws {
        if let status = step.status {
            try answer(status, step)
        } else {
            try ask(step)
        }
    }

    mutating func answer(_ status: Int, _ step: TrunkFlow.Step) throws {
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
    mutating func decide(_ status: Int, _ method: String) {
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

    mutating func ask(_ step: TrunkFlow.Step) throws {
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
    mutating func act(_ method: String, _ step: TrunkFlow.Step) throws {
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

    mutating func call(onBehalfOf referral: SubscriptionID? = nil) throws {
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

    // MARK: What else happens

    mutating func happen(_ step: TrunkFlow.Step) {
        switch flow.id {
        case "out-cancel-before-1xx": if let session { stage.command(.end(session)) }
        case "tcp-reset-mid-invite": stage.feed(.flowClosed(stage.flow, reason: "reset"))
        default: Issue.record("\(flow.id) \(step.n): nobody knows how \(step.message) happens")
        }
    }

    mutating func check(_ step: TrunkFlow.Step) throws {
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
}
