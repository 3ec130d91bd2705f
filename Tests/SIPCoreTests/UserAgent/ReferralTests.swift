import SIPCore
import TelephonyPrimitives
import Testing

@Suite("A transfer that the peer asks for")
struct ReferralTests {
    private static let configuration: UserAgentConfiguration = {
        var configuration = UserAgentConfiguration()
        configuration.servesRefer = true
        return configuration
    }()

    private func referrals(_ stage: Stage) -> [(SubscriptionID, SessionID?, Referral)] {
        stage.events.compactMap {
            if case .refer(let id, let session, let referral) = $0 { (id, session, referral) } else { nil }
        }
    }

    private func reports(_ stage: Stage) -> [String] {
        stage.requests.filter { $0.method == .notify }.map { request in
            String(decoding: request.body, as: UTF8.self).trimmingLineEnd + " "
                + (request.first(.subscriptionState) ?? "")
        }
    }

    private func invite(_ stage: inout Stage, onBehalfOf referral: SubscriptionID) throws -> (SessionID, Request) {
        let id = stage.core.makeSessionID()
        var invite = OutgoingInvite(
            target: try SIPURI(parsing: "sip:carol@\(Stage.peer)"),
            from: try NameAddress(parsing: "<sip:alice@example.com>"), body: .offer)
        invite.onBehalfOf = referral
        stage.command(.invite(id, invite))
        return (id, try #require(stage.lastRequest(.invite)))
    }

    private func answerNotify(_ stage: inout Stage, _ status: Int = 200) throws {
        stage.respond(status, to: try #require(stage.lastRequest(.notify)))
    }

    @Test("is accepted with 202 and reports 100, 180 and 200 of the call placed for it")
    func succeeds() throws {
        var stage = Stage(Self.configuration)
        let old = try stage.establishIncoming()
        stage.request(
            "REFER",
            headers: ["Refer-To: <sip:carol@example.com>", "Referred-By: <sip:bob@example.com>"])
        let (referral, session, content) = try #require(referrals(stage).first)
        #expect(session == old)
        #expect(content.target.description == "sip:carol@example.com")
        #expect(content.method == .invite)
        #expect(content.referredBy == "<sip:bob@example.com>")
        #expect(stage.lastResponse(to: .refer) == nil)
        let (_, invite) = try invite(&stage, onBehalfOf: referral)
        #expect(stage.lastResponse(to: .refer)?.status == 202)
        #expect(reports(stage) == ["SIP/2.0 100 Trying active;expires=180"])
        let notify = try #require(stage.lastRequest(.notify))
        #expect(notify.first(.event) == "refer")
        #expect(notify.first(.contentType) == "message/sipfrag;version=2.0")
        #expect(try notify.to.tag?.text == stage.peerTag)
        try answerNotify(&stage)
        stage.respond(180, to: invite, tag: "carol")
        try answerNotify(&stage)
        stage.respond(200, to: invite, tag: "carol", body: "v=0 answer")
        try answerNotify(&stage)
        #expect(
            reports(stage).suffix(2) == [
                "SIP/2.0 180 Ringing active;expires=180", "SIP/2.0 200 OK terminated;reason=noresource",
            ])
        #expect(stage.core.counters.subscriptions == 0)
        stage.request("BYE")
        #expect(stage.ends.map(\.cause) == [.hungUpByPeer])
    }

    @Test("reports the failure of its call, and the old call goes on", arguments: [486, 603])
    func fails(status: Int) throws {
        var stage = Stage(Self.configuration)
        _ = try stage.establishIncoming()
        stage.request("REFER", headers: ["Refer-To: sip:carol@example.com"])
        let (_, invite) = try invite(&stage, onBehalfOf: try #require(referrals(stage).first).0)
        try answerNotify(&stage)
        stage.respond(status, to: invite, tag: "carol")
        let last = try #require(reports(stage).last)
        #expect(last.hasPrefix("SIP/2.0 \(status) ") && last.hasSuffix(" terminated;reason=noresource"))
        #expect(stage.ends.count == 1)
    }

    @Test("sends one NOTIFY at a time, and only the latest of those that wait")
    func oneAtATime() throws {
        var stage = Stage(Self.configuration)
        _ = try stage.establishIncoming()
        stage.request("REFER", headers: ["Refer-To: <sip:carol@example.com>"])
        let (_, invite) = try invite(&stage, onBehalfOf: try #require(referrals(stage).first).0)
        stage.respond(180, to: invite, tag: "carol")
        stage.respond(200, to: invite, tag: "carol", body: "v=0")
        #expect(reports(stage).count == 1)
        try answerNotify(&stage)
        #expect(reports(stage).count == 2)
        #expect(reports(stage).last?.hasPrefix("SIP/2.0 200 OK terminated") == true)
    }

    @Test("goes on reporting after the BYE of the old call, and leaves nothing behind (RFC 5057 §4)")
    func afterBye() throws {
        var stage = Stage(Self.configuration)
        _ = try stage.establishIncoming()
        stage.request("REFER", headers: ["Refer-To: <sip:carol@example.com>"])
        let (id, invite) = try invite(&stage, onBehalfOf: try #require(referrals(stage).first).0)
        try answerNotify(&stage)
        stage.request("BYE")
        stage.respond(200, to: invite, tag: "carol", body: "v=0")
        #expect(reports(stage).last?.hasPrefix("SIP/2.0 200 OK terminated") == true)
        try answerNotify(&stage)
        stage.command(.end(id))
        stage.respond(200, to: try #require(stage.lastRequest(.bye)))
        stage.advance(.seconds(70))
        #expect(stage.core.counters.isIdle, "\(stage.core.counters)")
    }

    @Test("is refused as the application says", arguments: [403, 603])
    func refused(status: Int) throws {
        var stage = Stage(Self.configuration)
        _ = try stage.establishIncoming()
        stage.request("REFER", headers: ["Refer-To: <sip:carol@example.com>"])
        stage.command(.refuseSubscription(try #require(referrals(stage).first).0, status: status))
        #expect(stage.lastResponse(to: .refer)?.status == status)
        #expect(stage.lastRequest(.notify) == nil)
        #expect(stage.core.counters.subscriptions == 0)
    }

    @Test("that nobody decides about is forgotten with its transaction")
    func undecided() throws {
        var stage = Stage(Self.configuration)
        _ = try stage.establishIncoming()
        stage.request("REFER", headers: ["Refer-To: <sip:carol@example.com>"])
        stage.advance(.seconds(40))
        #expect(stage.core.counters.subscriptions == 0)
    }

    @Test("ends its subscription when the time is up")
    func expires() throws {
        var stage = Stage(Self.configuration)
        _ = try stage.establishIncoming()
        stage.request("REFER", headers: ["Refer-To: <sip:carol@example.com>"])
        stage.command(.acceptSubscription(try #require(referrals(stage).first).0))
        try answerNotify(&stage)
        stage.advance(.seconds(181))
        #expect(reports(stage).last == "SIP/2.0 100 Trying terminated;reason=timeout")
        try answerNotify(&stage)
        #expect(stage.core.counters.subscriptions == 0)
        #expect(stage.names.last == "subscription ended")
    }

    @Test("with Refer-Sub: false is accepted without subscription (RFC 4488)")
    func withoutSubscription() throws {
        var stage = Stage(Self.configuration)
        _ = try stage.establishIncoming()
        stage.request("REFER", headers: ["Refer-To: <sip:carol@example.com>", "Refer-Sub: false"])
        _ = try invite(&stage, onBehalfOf: try #require(referrals(stage).first).0)
        #expect(stage.lastResponse(to: .refer)?.status == 202)
        #expect(stage.lastResponse(to: .refer)?.first(HeaderName("Refer-Sub")) == "false")
        #expect(stage.lastRequest(.notify) == nil)
    }

    @Test("outside of calls has a dialog of its own")
    func outOfDialog() throws {
        var stage = Stage(Self.configuration)
        stage.request("REFER", toTag: .some(nil), headers: ["Refer-To: <sip:carol@example.com>"])
        let (id, session, _) = try #require(referrals(stage).first)
        #expect(session == nil)
        stage.command(.acceptSubscription(id))
        let accepted = try #require(stage.lastResponse(to: .refer))
        #expect(accepted.status == 202 && accepted.first(.contact) != nil)
        let notify = try #require(stage.lastRequest(.notify))
        #expect(try notify.from.tag == accepted.to.tag)
        #expect(notify.requestURIText == "sip:bob@\(Stage.peer)")
        stage.respond(200, to: notify)
        stage.command(.reportReferral(id, status: 404))
        try answerNotify(&stage)
        #expect(reports(stage).last == "SIP/2.0 404 Not Found terminated;reason=noresource")
        stage.advance(.seconds(70))
        #expect(stage.core.counters.isIdle)
    }

    @Test("tells a second one in the same dialog apart by its number (RFC 3515 §2.4.6)")
    func second() throws {
        var stage = Stage(Self.configuration)
        _ = try stage.establishIncoming()
        for _ in 0..<2 {
            stage.request("REFER", headers: ["Refer-To: <sip:carol@example.com>"])
            stage.command(.acceptSubscription(try #require(referrals(stage).last).0))
        }
        let events = stage.requests.filter { $0.method == .notify }.map { $0.first(.event) }
        #expect(events == ["refer", "refer;id=\(stage.peerSequence)"])
    }

    @Test("is read whole: method, headers and Replaces of the URI; only harmless headers go into the call")
    func parsed() throws {
        var stage = Stage(Self.configuration)
        _ = try stage.establishIncoming()
        stage.request(
            "REFER",
            headers: [
                "Refer-To: <sip:carol@example.com;method=INVITE?Replaces=abc%40host%3Bto-tag%3DT%3Bfrom-tag%3DF&X-A=1"
                    + "&Route=%3Csip%3Aevil.example%3E&Call-ID=x>"
            ])
        let (_, _, referral) = try #require(referrals(stage).first)
        #expect(referral.replaces == Replaces(callID: CallID("abc@host"), toTag: Tag("T"), fromTag: Tag("F")))
        #expect(referral.target.description == "sip:carol@example.com")
        #expect(referral.headers.count == 4)
        #expect(referral.inviteHeaders.map(\.0.text) == ["Replaces", "X-A"])
    }

    @Test(
        "that can't be read gets 400",
        arguments: [
            [], ["Refer-To: <sip:a@example.com>", "Refer-To: <sip:b@example.com>"],
            ["Refer-To: <sip:a@example.com>, <sip:b@example.com>"], ["Refer-To: nonsense"],
            ["Refer-To: <sip:a@example.com?Replaces=abc>"],
            [
                "Refer-To: <sip:a@example.com?Replaces=a%3Bto-tag%3D1%3Bfrom-tag%3D2&Replaces=a%3Bto-tag%3D1%3Bfrom-tag%3D2>"
            ],
        ])
    func malformed(headers: [String]) throws {
        var stage = Stage(Self.configuration)
        _ = try stage.establishIncoming()
        stage.request("REFER", headers: headers)
        #expect(stage.lastResponse(to: .refer)?.status == 400)
        #expect(referrals(stage).isEmpty)
        #expect(stage.ends.isEmpty)
    }

    @Test("stops when the peer knows nothing of it any more")
    func lost() throws {
        var stage = Stage(Self.configuration)
        _ = try stage.establishIncoming()
        stage.request("REFER", headers: ["Refer-To: <sip:carol@example.com>"])
        stage.command(.acceptSubscription(try #require(referrals(stage).last).0))
        try answerNotify(&stage, 481)
        #expect(stage.names.last == "subscription ended")
        #expect(stage.core.counters.subscriptions == 0)
        #expect(stage.ends.isEmpty)
    }
}

@Suite("An INVITE with Replaces")
struct ReplacesTests {
    private func stage() throws -> (Stage, SessionID) {
        var configuration = UserAgentConfiguration()
        configuration.servesReplaces = true
        var stage = Stage(configuration)
        let id = try stage.establishIncoming()
        return (stage, id)
    }

    private func invite(_ stage: inout Stage, replaces: [String], fromTag: String = "carol", require: Bool = false) {
        stage.peerTag = fromTag
        stage.request(
            "INVITE", toTag: .some(nil),
            headers: replaces.map { "Replaces: \($0)" } + (require ? ["Require: replaces"] : []), body: "v=0 offer")
    }

    @Test("takes the place of an answered call: 200 to the new, then BYE to the old")
    func replaces() throws {
        var (stage, old) = try stage()
        let tag = try #require(stage.ourTag)
        invite(&stage, replaces: ["call-1;from-tag=peer-tag;to-tag=\(tag)"], require: true)
        guard case .replacing(let new, let replaced)? = stage.events.last else {
            Issue.record("nothing is replaced")
            return
        }
        #expect(replaced == old && new == stage.incoming.last)
        stage.forget()
        stage.command(.answer(new, body: .answer))
        #expect(stage.titles == ["200 INVITE", "BYE"])
        #expect(try stage.lastRequest(.bye)?.to.tag == Tag("peer-tag"))
        #expect(stage.ends.map(\.cause) == [.hungUpLocally])
    }

    @Test("that the application refuses leaves the old call alone")
    func refused() throws {
        var (stage, _) = try stage()
        invite(&stage, replaces: ["call-1;from-tag=peer-tag;to-tag=\(stage.ourTag ?? "")"])
        stage.command(.reject(try #require(stage.incoming.last), status: 403))
        #expect(stage.lastRequest(.bye) == nil)
        #expect(stage.ends.count == 1)
    }

    @Test(
        "is refused as RFC 3891 §3 says",
        arguments: [
            ("call-1;to-tag=OURS;from-tag=stranger", 481), ("call-1;to-tag=peer-tag;from-tag=OURS", 481),
            ("call-2;to-tag=OURS;from-tag=peer-tag", 481), ("call-1;to-tag=OURS;from-tag=peer-tag;early-only", 486),
            ("call-1;to-tag=OURS", 400), ("call-1;to-tag=OURS;to-tag=OURS;from-tag=peer-tag", 400), ("", 400),
        ])
    func mismatches(value: String, status: Int) throws {
        var (stage, _) = try stage()
        invite(&stage, replaces: [value.replacing("OURS", with: stage.ourTag ?? "")])
        #expect(stage.responses.last?.status == status)
        #expect(stage.incoming.count == 1)
        #expect(stage.ends.isEmpty)
    }

    @Test("given twice gets 400")
    func twice() throws {
        var (stage, _) = try stage()
        let value = "call-1;from-tag=peer-tag;to-tag=\(stage.ourTag ?? "")"
        invite(&stage, replaces: [value, value])
        #expect(stage.responses.last?.status == 400)
    }

    @Test("of a call that rings here gets 481, of one that is over 603")
    func states() throws {
        var (stage, old) = try stage()
        stage.command(.end(old))
        invite(&stage, replaces: ["call-1;from-tag=peer-tag;to-tag=\(stage.ourTag ?? "")"])
        #expect(stage.responses.last?.status == 603)
        stage.callID = "call-9"
        stage.peerTag = "dave"
        stage.request("INVITE", toTag: .some(nil), body: "v=0")
        stage.command(.ring(try #require(stage.incoming.last)))
        let tag = try #require(stage.responses.last?.to.tag)
        invite(&stage, replaces: ["call-9;from-tag=dave;to-tag=\(tag.text)"])
        #expect(stage.responses.last?.status == 481)
    }

    @Test("of a call that we place gives that up by CANCEL")
    func early() throws {
        var configuration = UserAgentConfiguration()
        configuration.servesReplaces = true
        var stage = Stage(configuration)
        _ = try stage.call()
        let request = try #require(stage.lastRequest(.invite))
        stage.respond(180, to: request, tag: "callee")
        let value = "\(try request.callID.text);to-tag=\(try request.from.tag?.text ?? "");from-tag=callee;early-only"
        invite(&stage, replaces: [value])
        stage.command(.answer(try #require(stage.incoming.last), body: .answer))
        #expect(stage.titles.suffix(2) == ["200 INVITE", "CANCEL"])
    }

    @Test("is an ordinary call where the extension is not served, and 420 when it is required")
    func notServed() throws {
        var stage = Stage()
        _ = try stage.establishIncoming()
        invite(&stage, replaces: ["call-1;from-tag=peer-tag;to-tag=\(stage.ourTag ?? "")"])
        #expect(stage.incoming.count == 2)
        #expect(!stage.names.contains("replacing"))
        invite(&stage, replaces: ["x;from-tag=a;to-tag=b"], fromTag: "erin", require: true)
        #expect(stage.responses.last?.status == 420)
    }

    @Test("is asked for by an attended transfer: the target's Contact and its dialog as the target sees it")
    func attended() throws {
        var stage = Stage()
        let first = try stage.establishIncoming()
        let second = try stage.call()
        let invite = try #require(stage.lastRequest(.invite))
        stage.respond(200, to: invite, tag: "T", contact: "<sip:carol@192.0.2.9:5099>", body: "v=0")
        stage.command(.transfer(first, to: second))
        let refer = try #require(stage.lastRequest(.refer))
        #expect(try refer.callID.text == "call-1")
        let escaped = "\(try invite.callID.text)%3Bto-tag%3DT%3Bfrom-tag%3D\(try invite.from.tag?.text ?? "")"
        #expect(refer.first(.referTo) == "<sip:carol@192.0.2.9:5099?Replaces=\(escaped)>")
        let read = try #require(try Referral(refer).replaces)
        #expect(read.fromTag == (try invite.from.tag) && read.toTag == Tag("T"))
    }
}

extension String {
    fileprivate var trimmingLineEnd: String { String(prefix { $0 != "\r\n" && $0 != "\r" && $0 != "\n" }) }
}
