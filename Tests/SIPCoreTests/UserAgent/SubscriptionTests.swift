import SIPCore
import TelephonyPrimitives
import Testing

@Suite("A subscription of ours")
struct SubscriberTests {
    private func subscribe(_ stage: inout Stage, credentials: Credentials? = nil) throws -> (SubscriptionID, Request) {
        let id = stage.core.makeSubscriptionID()
        stage.command(
            .subscribe(
                id,
                OutgoingSubscription(
                    target: try SIPURI(parsing: "sip:alice@\(Stage.peer)"),
                    from: try NameAddress(parsing: "<sip:alice@example.com>"), event: "message-summary",
                    expires: .seconds(600), accept: ["application/simple-message-summary"], credentials: credentials)))
        let request = try #require(stage.lastRequest(.subscribe))
        stage.callID = try request.callID.text
        stage.ourTag = try request.from.tag?.text
        return (id, request)
    }

    private func notify(_ stage: inout Stage, _ state: String, event: String = "message-summary", body: String? = nil) {
        stage.request(
            "NOTIFY",
            headers: ["Event: \(event)", "Subscription-State: \(state)", "Contact: <sip:mwi@\(Stage.peer)>"],
            body: body, contentType: "application/simple-message-summary")
    }

    private func accept(_ stage: inout Stage, _ request: Request, expires: Int) {
        stage.respond(200, to: request, headers: [(.expires, "\(expires)"), (.contact, "<sip:mwi@\(Stage.peer)>")])
    }

    private func ends(_ stage: Stage) -> [SubscriptionEnd] {
        stage.events.compactMap { if case .subscriptionEnded(_, let end) = $0 { end } else { nil } }
    }

    @Test("asks, hears, is refreshed before it ends, and is ended")
    func life() throws {
        var stage = Stage()
        let (id, request) = try subscribe(&stage)
        #expect(request.first(.event) == "message-summary")
        #expect(request.first(.expires) == "600")
        #expect(request.first(.accept) == "application/simple-message-summary")
        #expect(request.first(.contact) != nil)
        accept(&stage, request, expires: 300)
        notify(&stage, "active;expires=300", body: "Messages-Waiting: yes\r\nVoice-Message: 2/8 (0/2)\r\n")
        #expect(stage.lastResponse(to: .notify)?.status == 200)
        #expect(stage.names == ["notified"])
        stage.advance(.seconds(267))
        #expect(stage.requests.count { $0.method == .subscribe } == 1)
        stage.advance(.seconds(1.5))
        let refresh = try #require(stage.lastRequest(.subscribe))
        #expect(refresh.requestURIText == "sip:mwi@\(Stage.peer)")
        #expect(try refresh.to.tag?.text == stage.peerTag)
        #expect(try refresh.cseq.number == 2)
        accept(&stage, refresh, expires: 300)
        notify(&stage, "active;expires=300")
        stage.command(.unsubscribe(id))
        let last = try #require(stage.lastRequest(.subscribe))
        #expect(last.first(.expires) == "0")
        accept(&stage, last, expires: 0)
        notify(&stage, "terminated;reason=timeout")
        #expect(ends(stage) == [.terminated(reason: "timeout")])
        stage.advance(.seconds(40))
        #expect(stage.core.counters.isIdle, "\(stage.core.counters)")
        notify(&stage, "active")
        #expect(stage.lastResponse(to: .notify)?.status == 481)
    }

    @Test("takes a NOTIFY that overtakes the 200")
    func notifyFirst() throws {
        var stage = Stage()
        let (_, request) = try subscribe(&stage)
        notify(&stage, "active;expires=600")
        #expect(stage.lastResponse(to: .notify)?.status == 200)
        accept(&stage, request, expires: 600)
        stage.advance(.seconds(570))
        #expect(try stage.lastRequest(.subscribe)?.cseq.number == 2)
    }

    @Test("is given up when no NOTIFY comes within 64·T1 (Timer N)")
    func timerN() throws {
        var stage = Stage()
        let (_, request) = try subscribe(&stage)
        accept(&stage, request, expires: 600)
        stage.advance(.seconds(33))
        #expect(ends(stage) == [.lost(status: 408)])
        #expect(stage.core.counters.subscriptions == 0)
    }

    @Test(
        "ends as the peer says, with the reason and the time to wait",
        arguments: [
            (
                "terminated;reason=probation;retry-after=30",
                SubscriptionEnd.terminated(reason: "probation", retryAfter: .seconds(30))
            ),
            ("terminated;reason=rejected", .terminated(reason: "rejected")), ("terminated", .terminated(reason: nil)),
        ])
    func terminated(state: String, end: SubscriptionEnd) throws {
        var stage = Stage()
        let (_, request) = try subscribe(&stage)
        accept(&stage, request, expires: 600)
        notify(&stage, state)
        #expect(ends(stage) == [end])
    }

    @Test("that is refused says so", arguments: [403, 404, 489, 603])
    func refused(status: Int) throws {
        var stage = Stage()
        let (_, request) = try subscribe(&stage)
        stage.respond(status, to: request)
        #expect(ends(stage) == [.refused(status: status)])
    }

    @Test("answers a challenge and asks for longer after 423")
    func again() throws {
        var stage = Stage()
        let (_, request) = try subscribe(&stage, credentials: Credentials(username: "alice", password: "secret"))
        stage.respond(401, to: request, headers: [(.wwwAuthenticate, "Digest realm=\"r\", nonce=\"n\", qop=\"auth\"")])
        let second = try #require(stage.lastRequest(.subscribe))
        #expect(second.first(.authorization) != nil)
        #expect(try second.cseq.number == 2)
        stage.respond(423, to: second, headers: [(.minExpires, "1800")])
        #expect(stage.lastRequest(.subscribe)?.first(.expires) == "1800")
    }

    @Test("has one dialog: the NOTIFY of another fork gets 481")
    func forks() throws {
        var stage = Stage()
        let (_, request) = try subscribe(&stage)
        accept(&stage, request, expires: 600)
        notify(&stage, "active;expires=600")
        stage.peerTag = "another"
        notify(&stage, "active;expires=600")
        #expect(stage.lastResponse(to: .notify)?.status == 481)
    }

    @Test("refuses a NOTIFY of another package with 489, without state with 400, and out of order with 500")
    func badNotify() throws {
        var stage = Stage()
        let (_, request) = try subscribe(&stage)
        accept(&stage, request, expires: 600)
        notify(&stage, "active;expires=600")
        notify(&stage, "active;expires=600", event: "presence")
        #expect(stage.lastResponse(to: .notify)?.status == 489)
        notify(&stage, "")
        #expect(stage.lastResponse(to: .notify)?.status == 400)
        stage.request(
            "NOTIFY", sequence: 5, headers: ["Event: message-summary", "Subscription-State: active;expires=600"])
        #expect(stage.lastResponse(to: .notify)?.status == 500)
    }

    @Test("reads message summaries (RFC 3842 §5.2)")
    func summary() throws {
        let text =
            "Messages-Waiting: YES\r\nMessage-Account: sip:alice@vmail.example.com\r\n"
            + "Voice-Message: 2/8 (0/2)\r\nFax-Message: 1/0\r\nText-Message: many\r\n"
        let summary = try MessageSummary(parsing: Array(text.utf8))
        #expect(summary.isWaiting)
        #expect(summary.account == "sip:alice@vmail.example.com")
        #expect(
            summary.counts == [
                "voice-message": .init(new: 2, old: 8, newUrgent: 0, oldUrgent: 2),
                "fax-message": .init(new: 1, old: 0),
            ])
        #expect(throws: ParseError.self) { try MessageSummary(parsing: Array("Voice-Message: 1/1".utf8)) }
        #expect(throws: ParseError.self) { try MessageSummary(parsing: []) }
    }
}

@Suite("A subscription of the peer's")
struct NotifierTests {
    private static let configuration: UserAgentConfiguration = {
        var configuration = UserAgentConfiguration()
        configuration.notifiedPackages = ["message-summary"]
        return configuration
    }()

    private func subscribe(_ stage: inout Stage, _ event: String = "message-summary", expires: Int = 60) {
        stage.request(
            "SUBSCRIBE",
            headers: ["Event: \(event)", "Expires: \(expires)", "Contact: <sip:bob@\(Stage.peer)>"])
    }

    private func id(_ stage: Stage) throws -> SubscriptionID {
        try #require(
            stage.events.compactMap { if case .subscription(let id, _) = $0 { id } else { nil } }.last)
    }

    @Test("is handed up, accepted, told of changes, refreshed and ended")
    func life() throws {
        var stage = Stage(Self.configuration)
        subscribe(&stage)
        let id = try id(stage)
        let body = Body(
            contentType: "application/simple-message-summary", octets: Array("Messages-Waiting: no\r\n".utf8))
        stage.command(.acceptSubscription(id, body: body))
        #expect(stage.titles == ["200 SUBSCRIBE", "NOTIFY"])
        #expect(stage.responses.last?.first(.expires) == "60")
        #expect(stage.lastRequest(.notify)?.first(.subscriptionState) == "active;expires=60")
        stage.respond(200, to: try #require(stage.lastRequest(.notify)))
        try stage.learnOurTag()
        stage.advance(.seconds(30))
        stage.command(.notify(id, body: body))
        #expect(stage.lastRequest(.notify)?.first(.subscriptionState) == "active;expires=30")
        stage.respond(200, to: try #require(stage.lastRequest(.notify)))
        subscribe(&stage)
        #expect(stage.lastRequest(.notify)?.first(.subscriptionState) == "active;expires=60")
        stage.respond(200, to: try #require(stage.lastRequest(.notify)))
        subscribe(&stage, expires: 0)
        #expect(stage.lastRequest(.notify)?.first(.subscriptionState) == "terminated;reason=timeout")
        stage.respond(200, to: try #require(stage.lastRequest(.notify)))
        stage.advance(.seconds(40))
        #expect(stage.core.counters.isIdle, "\(stage.core.counters)")
    }

    @Test("runs out without a refresh")
    func expires() throws {
        var stage = Stage(Self.configuration)
        subscribe(&stage)
        stage.command(.acceptSubscription(try id(stage)))
        stage.respond(200, to: try #require(stage.lastRequest(.notify)))
        stage.advance(.seconds(61))
        #expect(stage.lastRequest(.notify)?.first(.subscriptionState) == "terminated;reason=timeout")
    }

    @Test("to no package of ours gets 489 with those that are", arguments: ["presence", "dialog;id=4", ""])
    func badEvent(event: String) {
        var stage = Stage(Self.configuration)
        subscribe(&stage, event)
        #expect(stage.responses.last?.status == 489)
        #expect(stage.responses.last?.first(.allowEvents) == "message-summary")
    }

    @Test("is no method of ours without packages")
    func notServed() {
        var stage = Stage()
        subscribe(&stage)
        #expect(stage.responses.last?.status == 405)
    }

    @Test("is refused as the application says")
    func refused() throws {
        var stage = Stage(Self.configuration)
        subscribe(&stage)
        stage.command(.refuseSubscription(try id(stage), status: 403))
        #expect(stage.responses.last?.status == 403)
        #expect(stage.core.counters.subscriptions == 0)
    }

    @Test("shows in what OPTIONS tells: Allow, Supported, Allow-Events and Recv-Info follow the configuration")
    func capabilities() throws {
        var configuration = Self.configuration
        configuration.servesRefer = true
        configuration.servesReplaces = true
        configuration.handedUpMethods = [.message]
        configuration.infoPackages = ["dtmf"]
        var stage = Stage(configuration)
        stage.request("OPTIONS", uri: "sip:192.0.2.1")
        let options = try #require(stage.lastResponse(to: .options))
        #expect(Set(options.allow).isSuperset(of: [.refer, .subscribe, .message, .prack, .update, .notify]))
        #expect(options.supported == ["timer", "100rel", "replaces", "norefersub"])
        #expect(options.first(.allowEvents) == "message-summary, refer")
        _ = try stage.call()
        #expect(stage.lastRequest(.invite)?.first(HeaderName("Recv-Info")) == "dtmf")
    }

    @Test(
        "has nothing to do with INFO, whose package must be one of ours, or 469 (RFC 6086)",
        arguments: [
            ("Info-Package: dtmf", 200), ("Info-Package: DTMF;x=1", 200), ("Info-Package: other", 469),
            ("X-None: 1", 200),
        ])
    func infoPackages(header: String, status: Int) throws {
        var configuration = UserAgentConfiguration()
        configuration.infoPackages = ["dtmf"]
        var stage = Stage(configuration)
        _ = try stage.establishIncoming()
        stage.request("INFO", headers: [header], body: "Signal=5", contentType: "application/dtmf-relay")
        let response = try #require(stage.lastResponse(to: .info))
        #expect(response.status == status)
        #expect(stage.names.contains("info") == (status == 200))
        if status == 469 { #expect(response.first(HeaderName("Recv-Info")) == "dtmf") }
    }
}
