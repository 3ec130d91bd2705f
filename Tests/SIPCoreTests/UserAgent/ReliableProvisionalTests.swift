import SIPCore
import TelephonyPrimitives
import Testing

@Suite("A reliable provisional response of ours")
struct ReliableProvisionalCalleeTests {
    private func ringing(
        _ policy: ReliableProvisionalPolicy = .whenRequired, headers: [String] = ["Require: 100rel"],
        offer: String? = "v=0 offer"
    ) throws -> (Stage, SessionID) {
        var configuration = UserAgentConfiguration()
        configuration.reliableProvisionals = policy
        var stage = Stage(configuration)
        stage.request("INVITE", headers: headers + ["Allow: INVITE, ACK, BYE, UPDATE, PRACK"], body: offer)
        let id = try #require(stage.incoming.last)
        return (stage, id)
    }

    private func prack(
        _ stage: inout Stage, _ number: String? = nil, request: String? = nil, body: String? = nil
    ) throws {
        let last = try #require(stage.responses.last { $0.first(.rSeq) != nil })
        try stage.learnOurTag()
        let rack = "\(number ?? last.first(.rSeq) ?? "") \(request ?? "11 INVITE")"
        stage.request("PRACK", headers: ["RAck: \(rack)"], body: body)
    }

    @Test(
        "goes out when the policy and the peer want it",
        arguments: [
            (ReliableProvisionalPolicy.never, "Supported: 100rel", false),
            (.whenRequired, "Supported: 100rel", false), (.whenRequired, "Require: 100rel", true),
            (.whenSupported, "Supported: timer, 100REL", true), (.whenSupported, "Require: 100rel", true),
            (.whenSupported, "Supported: timer", false),
        ])
    func policy(policy: ReliableProvisionalPolicy, header: String, isReliable: Bool) throws {
        var (stage, id) = try ringing(policy, headers: [header])
        stage.command(.ring(id))
        let response = try #require(stage.responses.last)
        #expect(response.status == 180)
        #expect((response.first(.rSeq) != nil) == isReliable)
        #expect(response.require.contains("100rel") == isReliable)
        #expect(stage.responses.first?.first(.rSeq) == nil)
    }

    @Test("that a policy of never does not know is refused with 420")
    func never() {
        var configuration = UserAgentConfiguration()
        configuration.reliableProvisionals = .never
        var stage = Stage(configuration)
        stage.request("INVITE", headers: ["Require: 100rel"], body: "v=0")
        #expect(stage.responses.last?.status == 420)
        #expect(stage.responses.last?.first(.unsupported) == "100rel")
        #expect(!configuration.allowedMethods.contains(.prack))
    }

    @Test("is repeated after T1, doubling, until its PRACK comes")
    func repeats() throws {
        var (stage, id) = try ringing()
        stage.command(.ring(id))
        stage.advance(.seconds(8))
        #expect(stage.seconds(of: "180 INVITE") == [0, 0.5, 1.5, 3.5, 7.5])
        #expect(Set(stage.responses.filter { $0.status == 180 }.map(\.octets)).count == 1)
        try prack(&stage)
        #expect(stage.lastResponse(to: .prack)?.status == 200)
        #expect(stage.names.last == "provisional acknowledged")
        stage.forget()
        stage.advance(.seconds(60))
        #expect(stage.titles.isEmpty)
    }

    @Test("without PRACK for 64·T1 makes the call a 504")
    func lapses() throws {
        var (stage, id) = try ringing()
        stage.command(.ring(id, status: 183, body: .answer))
        stage.advance(.seconds(32))
        #expect(stage.responses.last?.status == 504)
        #expect(stage.ends.map(\.cause) == [.acknowledgementMissing])
        stage.advance(.seconds(64))
        #expect(stage.core.counters.isIdle)
    }

    @Test(
        "is acknowledged by number, request and method, or the PRACK gets 481",
        arguments: [
            ("1", "11 INVITE", 481), (nil, "12 INVITE", 481), (nil, "11 UPDATE", 481), (nil, "11 INVITE", 200),
            ("x", "11 INVITE", 400), (nil, "INVITE", 400), ("4294967296", "11 INVITE", 400),
        ])
    func matches(number: String?, request: String, status: Int) throws {
        var (stage, id) = try ringing()
        stage.command(.ring(id))
        try prack(&stage, number, request: request)
        #expect(stage.lastResponse(to: .prack)?.status == status)
        #expect(stage.names.contains("provisional acknowledged") == (status == 200))
    }

    @Test("is acknowledged once; a second PRACK and one without RAck belong to nothing")
    func once() throws {
        var (stage, id) = try ringing()
        stage.command(.ring(id))
        try prack(&stage)
        try prack(&stage)
        #expect(stage.lastResponse(to: .prack)?.status == 481)
        stage.request("PRACK")
        #expect(stage.lastResponse(to: .prack)?.status == 400)
        stage.request("PRACK", toTag: "somebody", headers: ["RAck: 1 11 INVITE"])
        #expect(stage.lastResponse(to: .prack)?.status == 481)
    }

    @Test("waits for the PRACK of the one before, and has the next number")
    func queue() throws {
        var (stage, id) = try ringing()
        stage.command(.ring(id, status: 180))
        stage.command(.ring(id, status: 183, body: .answer))
        stage.command(.ring(id, status: 182))
        #expect(stage.titles.count { $0 != "100 INVITE" } == 1)
        try prack(&stage)
        #expect(stage.titles.last == "183 INVITE")
        try prack(&stage)
        #expect(stage.titles.last == "182 INVITE")
        let numbers = stage.responses.compactMap { $0.first(.rSeq).flatMap { UInt32($0) } }
        let first = try #require(numbers.first)
        #expect(first > 0 && numbers == [first, first + 1, first + 2])
    }

    @Test("with a body holds the 2xx back until its PRACK, and the 2xx has no body any more")
    func holdsAnswer() throws {
        var (stage, id) = try ringing()
        stage.command(.ring(id, status: 183, body: .answer))
        stage.command(.answer(id, body: .answer))
        #expect(!stage.titles.contains("200 INVITE"))
        try prack(&stage)
        #expect(stage.titles.suffix(2) == ["200 PRACK", "200 INVITE"])
        #expect(stage.responses.last?.body.isEmpty == true)
        stage.acknowledge(sequence: 11)
        #expect(stage.names.last == "acknowledged")
    }

    @Test("without a body holds nothing back")
    func holdsNothing() throws {
        var (stage, id) = try ringing()
        stage.command(.ring(id))
        stage.command(.answer(id, body: .answer))
        #expect(stage.titles.last == "200 INVITE")
        #expect(stage.responses.last?.body == Body.answer.octets)
        try prack(&stage)
        #expect(stage.lastResponse(to: .prack)?.status == 200)
        stage.acknowledge(sequence: 11)
        stage.advance(.seconds(40))
        #expect(stage.titles.count { $0 == "180 INVITE" } == 1)
        #expect(stage.ends.isEmpty)
    }

    @Test("carries the offer when the INVITE has none; the PRACK has to carry the answer")
    func offersInResponse() throws {
        var (stage, id) = try ringing(offer: nil)
        stage.command(.ring(id, status: 183, body: .offer))
        #expect(stage.responses.last?.body == Body.offer.octets)
        stage.request("UPDATE", toTag: try stage.responses.last?.to.tag?.text, body: "v=0")
        #expect(stage.lastResponse(to: .update)?.status == 491)
        try prack(&stage)
        #expect(stage.lastResponse(to: .prack)?.status == 400)
        try prack(&stage, body: "v=0 answer")
        #expect(stage.lastResponse(to: .prack)?.status == 200)
        #expect(stage.names.last == "provisional acknowledged with answer")
        stage.command(.answer(id, body: nil))
        #expect(stage.titles.last == "200 INVITE")
        stage.acknowledge(sequence: 11)
        #expect(stage.names.last == "acknowledged")
        #expect(stage.ends.isEmpty)
    }

    @Test("may be acknowledged with a new offer, which the 200 of the PRACK answers")
    func offerInPrack() throws {
        var (stage, id) = try ringing()
        stage.command(.ring(id, status: 183, body: .answer))
        try prack(&stage, body: "v=0 new")
        #expect(stage.lastResponse(to: .prack) == nil)
        #expect(stage.names.suffix(2) == ["provisional acknowledged", "reinvite"])
        stage.command(.answer(id, body: .answer))
        #expect(!stage.titles.contains("200 INVITE"))
        stage.command(.answerReinvite(id, body: .hold))
        #expect(stage.titles.suffix(2) == ["200 PRACK", "200 INVITE"])
        #expect(stage.lastResponse(to: .prack)?.body == Body.hold.octets)
    }

    @Test("is over with CANCEL and BYE", arguments: ["CANCEL", "BYE"])
    func cancelled(method: String) throws {
        var (stage, id) = try ringing()
        stage.command(.ring(id, status: 183, body: .answer))
        try stage.learnOurTag()
        if method == "CANCEL" {
            stage.request("CANCEL", sequence: 11, branch: "z9hG4bKp1", toTag: .some(nil))
        } else {
            stage.request("BYE")
        }
        #expect(stage.ends.map(\.cause) == [.cancelledByPeer])
        stage.forget()
        stage.advance(.seconds(20))
        #expect(!stage.titles.contains("183 INVITE"))
    }

    @Test("comes again with a new number every two and a half minutes")
    func longRinging() throws {
        var (stage, id) = try ringing()
        stage.command(.ring(id))
        try prack(&stage)
        stage.advance(.seconds(149))
        #expect(stage.titles.count { $0 == "180 INVITE" } == 1)
        stage.advance(.seconds(2))
        #expect(Set(stage.responses.compactMap { $0.first(.rSeq) }).count == 2)
    }
}

@Suite("A reliable provisional response of the peer")
struct ReliableProvisionalCallerTests {
    private func calling(
        body: Body? = .offer, holds: Bool = false, policy: ReliableProvisionalPolicy = .whenRequired
    ) throws -> (Stage, SessionID, Request) {
        var configuration = UserAgentConfiguration()
        configuration.reliableProvisionals = policy
        var stage = Stage(configuration)
        let id = stage.core.makeSessionID()
        var invite = OutgoingInvite(
            target: try SIPURI(parsing: "sip:bob@\(Stage.peer)"),
            from: try NameAddress(parsing: "<sip:alice@example.com>"), body: body)
        invite.holdsAcknowledgements = holds
        stage.command(.invite(id, invite))
        let request = try #require(stage.lastRequest(.invite))
        stage.callID = try request.callID.text
        stage.ourTag = try request.from.tag?.text
        return (stage, id, request)
    }

    private func ring(
        _ stage: inout Stage, _ invite: Request, _ number: UInt32, status: Int = 183, tag: String = "peer-tag",
        contact: String? = nil, body: String? = nil
    ) {
        stage.respond(
            status, to: invite, tag: tag, contact: contact,
            headers: [
                (.require, "100rel"), (.rSeq, "\(number)"), (.allow, "INVITE, ACK, BYE, CANCEL, UPDATE, PRACK"),
            ], body: body)
    }

    private func racks(_ stage: Stage) -> [String?] {
        stage.requests.filter { $0.method == .prack }.map { $0.first(.rAck) }
    }

    @Test("is acknowledged by a PRACK in its dialog, once")
    func acknowledged() throws {
        var (stage, _, invite) = try calling()
        #expect(invite.supported.contains("100rel"))
        ring(&stage, invite, 5, contact: "<sip:b@192.0.2.9:5062>", body: "v=0 answer")
        let prack = try #require(stage.lastRequest(.prack))
        #expect(prack.first(.rAck) == "5 1 INVITE")
        #expect(prack.requestURIText == "sip:b@192.0.2.9:5062")
        #expect(try prack.cseq == CSeq(number: 2, method: .prack))
        #expect(try prack.to.tag == Tag("peer-tag"))
        stage.respond(200, to: prack)
        ring(&stage, invite, 5, contact: "<sip:b@192.0.2.9:5062>", body: "v=0 answer")
        #expect(stage.titles == ["INVITE", "PRACK"])
        stage.respond(200, to: invite, body: "v=0 answer")
        #expect(stage.titles.last == "ACK")
        #expect(stage.names == ["provisional 183", "answered"])
        #expect(try stage.lastRequest(.ack)?.cseq.number == 1)
    }

    @Test("before which another is missing is neither acknowledged nor told")
    func gap() throws {
        var (stage, _, invite) = try calling()
        ring(&stage, invite, 5)
        ring(&stage, invite, 7)
        #expect(racks(stage) == ["5 1 INVITE"])
        ring(&stage, invite, 6, status: 180)
        ring(&stage, invite, 7)
        #expect(racks(stage) == ["5 1 INVITE", "6 1 INVITE", "7 1 INVITE"])
        #expect(stage.names == ["provisional 183", "provisional 180", "provisional 183"])
    }

    @Test("is counted in each fork by itself")
    func forks() throws {
        var (stage, _, invite) = try calling()
        ring(&stage, invite, 5, tag: "A", contact: "<sip:a@192.0.2.9>")
        ring(&stage, invite, 900, tag: "B", contact: "<sip:b@192.0.2.9>")
        ring(&stage, invite, 6, tag: "A", contact: "<sip:a@192.0.2.9>")
        #expect(racks(stage) == ["5 1 INVITE", "900 1 INVITE", "6 1 INVITE"])
        let pracks = stage.requests.filter { $0.method == .prack }
        #expect(try pracks.map { try $0.cseq.number } == [2, 2, 3])
        #expect(try pracks.map { try $0.to.tag?.text } == ["A", "B", "A"])
    }

    @Test("is an ordinary one when it is not reliable, or we do not know the extension")
    func unreliable() throws {
        var (stage, _, invite) = try calling()
        stage.respond(183, to: invite, headers: [(.rSeq, "5")], body: "v=0")
        stage.respond(100, to: invite, headers: [(.require, "100rel"), (.rSeq, "5")])
        #expect(stage.titles == ["INVITE"])
        var (other, _, request) = try calling(policy: .never)
        #expect(!request.supported.contains("100rel"))
        ring(&other, request, 5)
        #expect(other.titles == ["INVITE"])
        #expect(other.names == ["provisional 183"])
    }

    @Test("with the offer waits for the answer, which goes out in the PRACK")
    func answerInPrack() throws {
        var (stage, id, invite) = try calling(body: nil)
        ring(&stage, invite, 5, body: "v=0 offer")
        #expect(stage.names == ["provisional 183", "acknowledgement owed"])
        #expect(!stage.titles.contains("PRACK"))
        stage.request("UPDATE", body: "v=0 another")
        #expect(stage.lastResponse(to: .update)?.status == 500)
        guard case .acknowledgementOwed(_, let response)? = stage.events.last else {
            Issue.record("nothing is owed")
            return
        }
        stage.command(.acknowledgeProvisional(id, response, body: nil))
        #expect(!stage.titles.contains("PRACK"))
        stage.command(.acknowledgeProvisional(id, response, body: .answer))
        #expect(stage.lastRequest(.prack)?.body == Body.answer.octets)
        stage.command(.acknowledgeProvisional(id, response, body: .answer))
        #expect(stage.requests.count { $0.method == .prack } == 1)
        stage.respond(200, to: try #require(stage.lastRequest(.prack)))
        stage.respond(200, to: invite)
        #expect(stage.names.last == "answered")
        #expect(stage.titles.last == "ACK")
    }

    @Test("may be acknowledged with an offer, which the 200 of the PRACK answers")
    func offerInPrack() throws {
        var (stage, id, invite) = try calling(holds: true)
        ring(&stage, invite, 5, body: "v=0 answer")
        guard case .acknowledgementOwed(_, let response)? = stage.events.last else {
            Issue.record("nothing is owed")
            return
        }
        stage.command(.acknowledgeProvisional(id, response, body: .hold))
        let prack = try #require(stage.lastRequest(.prack))
        #expect(prack.body == Body.hold.octets)
        stage.request("UPDATE", body: "v=0 crossing")
        #expect(stage.lastResponse(to: .update)?.status == 491)
        stage.respond(200, to: prack, body: "v=0 answer")
        #expect(stage.names.last == "reinvite answered")
    }

    @Test("is acknowledged with credentials when the PRACK is challenged")
    func challenged() throws {
        var stage = Stage()
        _ = try stage.call(credentials: Credentials(username: "alice", password: "secret"))
        let invite = try #require(stage.lastRequest(.invite))
        ring(&stage, invite, 5)
        stage.respond(
            407, to: try #require(stage.lastRequest(.prack)),
            headers: [(.proxyAuthenticate, "Digest realm=\"r\", nonce=\"n\", qop=\"auth\"")])
        let prack = try #require(stage.lastRequest(.prack))
        #expect(prack.first(.proxyAuthorization) != nil)
        #expect(try prack.cseq.number == 3)
        #expect(prack.first(.rAck) == "5 1 INVITE")
    }

    @Test("in a re-INVITE is acknowledged too")
    func reinvite() throws {
        var stage = Stage()
        let id = try stage.establishOutgoing()
        stage.command(.reinvite(id, body: .hold))
        let reinvite = try #require(stage.lastRequest(.invite))
        ring(&stage, reinvite, 8, body: "v=0 answer")
        ring(&stage, reinvite, 8, body: "v=0 answer")
        #expect(racks(stage) == ["8 2 INVITE"])
        stage.respond(200, to: reinvite, body: "v=0 answer")
        #expect(stage.names.last == "reinvite answered")
    }
}

@Suite("Reliable provisional responses between two user agents")
struct ReliableProvisionalLinkTests {
    private static let configuration: UserAgentConfiguration = {
        var configuration = UserAgentConfiguration()
        configuration.reliableProvisionals = .whenSupported
        return configuration
    }()

    @Test("get through, and the answer after them, whatever is lost", arguments: 0..<40)
    func loss(seed: UInt64) throws {
        var link = VirtualLink(seed: seed, alice: Self.configuration, bob: Self.configuration)
        link.loss = 0.25
        link.duplication = 0.1
        link.delay = 5...300
        link.react = { link, side, event in
            switch event {
            case .incoming(let id, let request, _):
                link.command(side, .ring(id))
                link.command(side, .ring(id, status: 183, body: request.body.isEmpty ? .offer : .answer))
                link.after(.seconds(4)) { $0.command(side, .answer(id, body: .answer)) }
            case .acknowledgementOwed(let id, let response):
                link.command(side, .acknowledgeProvisional(id, response, body: .answer))
            case .answered(let id, _, let offerPending):
                #expect(!offerPending)
                link.after(.seconds(60)) { $0.command(side, .end(id)) }
            default:
                break
            }
        }
        _ = try link.call(body: seed.isMultiple(of: 2) ? .offer : nil)
        link.run(.seconds(400))
        #expect(link.isIdle, "seed \(seed)")
        #expect(link.names(.alice).contains("answered") == link.names(.bob).contains("acknowledged"), "seed \(seed)")
        let told = link.names(.alice).filter { $0.hasPrefix("provisional") && $0 != "provisional 100" }
        #expect(told.isEmpty || told == ["provisional 180"] || told == ["provisional 180", "provisional 183"])
    }
}
