import SIPCore
import TelephonyPrimitives
import Testing

@Suite("A blind transfer")
struct TransferTests {
    private func notify(_ stage: inout Stage, _ line: String, _ state: String = "active;expires=60") {
        stage.request(
            "NOTIFY", headers: ["Event: refer", "Subscription-State: \(state)"], body: line,
            contentType: "message/sipfrag;version=2.0")
    }

    private func progress(_ stage: Stage) -> [ReferProgress] {
        stage.events.compactMap { if case .transfer(_, let progress) = $0 { progress } else { nil } }
    }

    @Test("is asked for by REFER and told to its end")
    func succeeds() throws {
        var stage = Stage()
        let id = try stage.establishOutgoing()
        stage.command(.refer(id, target: "sip:carol@example.com", headers: [(HeaderName("X-Case"), "9")]))
        let refer = try #require(stage.lastRequest(.refer))
        #expect(refer.first(.referTo) == "<sip:carol@example.com>")
        #expect(refer.first(.referredBy) == "<sip:alice@example.com>")
        #expect(refer.first(HeaderName("X-Case")) == "9")
        stage.respond(202, to: refer)
        notify(&stage, "SIP/2.0 100 Trying\r\n")
        notify(&stage, "SIP/2.0 200 OK\r\n", "terminated;reason=noresource")
        #expect(stage.responses.allSatisfy { $0.status == 200 })
        #expect(
            progress(stage) == [.accepted, .progress(status: 100, reason: "Trying"), .succeeded(status: 200)])
        notify(&stage, "SIP/2.0 200 OK\r\n")
        #expect(stage.lastResponse(to: .notify)?.status == 481)
    }

    @Test("tells the headers of a report too, and what a peer that reports no status has to say (RFC 3420)")
    func reports() throws {
        var stage = Stage()
        let id = try stage.establishOutgoing()
        stage.command(.refer(id, target: "sip:carol@example.com"))
        stage.respond(202, to: try #require(stage.lastRequest(.refer)))
        notify(&stage, "SIP/2.0 180 Ringing\r\n")
        notify(&stage, "Warning: 399 here \"a\"\r\n")
        notify(&stage, "nothing of SIP")
        notify(
            &stage, "SIP/2.0 302 Moved\r\nm: <sip:c@example.net>,\r\n <sip:d@example.net>\r\nReason: Q.850;cause=1\r\n",
            "terminated;reason=noresource")
        #expect(
            stage.names.filter { $0.hasPrefix("transfer") } == [
                "transfer accepted", "transfer \(ReferProgress.progress(status: 180, reason: "Ringing"))",
                "transfer report", "transfer report",
                "transfer \(ReferProgress.failed(status: 302, reason: "Moved"))",
            ])
        let reports = stage.events.compactMap { if case .transferReport(id, let report) = $0 { report } else { nil } }
        #expect(reports.first?.startLine == nil)
        #expect(reports.first?.first(.warning) == "399 here \"a\"")
        #expect(reports.last?.list(of: .contact) == ["<sip:c@example.net>", "<sip:d@example.net>"])
        #expect(reports.last?.first(.reason) == "Q.850;cause=1")
    }

    @Test("that fails says with which status, and the call goes on")
    func fails() throws {
        var stage = Stage()
        let id = try stage.establishOutgoing()
        stage.command(.refer(id, target: "sip:carol@example.com"))
        stage.respond(202, to: try #require(stage.lastRequest(.refer)))
        notify(&stage, "SIP/2.0 486 Busy Here\r\n", "terminated;reason=noresource")
        #expect(progress(stage).last == .failed(status: 486, reason: "Busy Here"))
        #expect(stage.ends.isEmpty)
        stage.command(.reinvite(id, body: .offer))
        #expect(stage.titles.last == "INVITE")
    }

    @Test("that is refused says so", arguments: [405, 501, 603])
    func refused(status: Int) throws {
        var stage = Stage()
        let id = try stage.establishOutgoing()
        stage.command(.refer(id, target: "sip:carol@example.com"))
        stage.respond(status, to: try #require(stage.lastRequest(.refer)))
        guard case .failed(status, _)? = progress(stage).last else {
            Issue.record("the refusal was not told")
            return
        }
        #expect(stage.ends.isEmpty)
    }

    @Test("is told even when the peer hangs up before its last word")
    func peerHangsUp() throws {
        var stage = Stage()
        let id = try stage.establishOutgoing()
        stage.command(.refer(id, target: "sip:carol@example.com"))
        stage.respond(202, to: try #require(stage.lastRequest(.refer)))
        stage.request("BYE")
        notify(&stage, "SIP/2.0 200 OK\r\n", "terminated;reason=noresource")
        #expect(stage.lastResponse(to: .notify)?.status == 200)
        #expect(progress(stage).last == .succeeded(status: 200))
        #expect(stage.ends.map(\.cause) == [.hungUpByPeer])
        stage.advance(.seconds(60))
        #expect(stage.core.counters.isIdle)
    }

    @Test("of which nothing more is heard ends as unknown")
    func silence() throws {
        var stage = Stage()
        let id = try stage.establishOutgoing()
        stage.command(.refer(id, target: "sip:carol@example.com"))
        stage.respond(202, to: try #require(stage.lastRequest(.refer)))
        stage.advance(.seconds(200))
        guard case .unknown? = progress(stage).last else {
            Issue.record("nothing was told")
            return
        }
    }

    @Test(
        "that nobody wants to hear of has no subscription when the peer agrees, and else reports (RFC 4488)",
        arguments: ["false", " FALSE ;x=1", "true", nil], [true, false])
    func withoutReports(_ agreed: String?, byHeader: Bool) throws {
        var stage = Stage()
        let id = try stage.establishOutgoing()
        let name = HeaderName("Refer-Sub")
        stage.command(
            byHeader
                ? .refer(id, target: "sip:carol@example.com", headers: [(name, "false")])
                : .refer(id, target: "sip:carol@example.com", wantsReports: false))
        let refer = try #require(stage.lastRequest(.refer))
        #expect(refer.values(of: name) == ["false"])
        stage.respond(202, to: refer, headers: agreed.map { [(name, $0)] } ?? [])
        let hasAgreed = agreed?.lowercased().contains("false") == true
        notify(&stage, "SIP/2.0 200 OK\r\n", "terminated;reason=noresource")
        #expect(stage.lastResponse(to: .notify)?.status == (hasAgreed ? 481 : 200))
        #expect(progress(stage).first == .accepted && progress(stage).count == 2)
        if hasAgreed {
            guard case .unknown? = progress(stage).last else {
                Issue.record("that no report comes was not told")
                return
            }
        } else {
            #expect(progress(stage).last == .succeeded(status: 200))
        }
        // Another REFER may follow.
        stage.command(.refer(id, target: "sip:dave@example.com"))
        #expect(stage.requests.count { $0.method == .refer } == 2)
        #expect(stage.lastRequest(.refer)?.first(name) == nil)
    }

    @Test("to another call of ours may do without reports too (RFC 4488)")
    func attendedWithoutReports() throws {
        var stage = Stage()
        let first = try stage.establishOutgoing()
        let second = try stage.establishOutgoing()
        stage.command(.transfer(first, to: second, wantsReports: false))
        let refer = try #require(stage.lastRequest(.refer))
        #expect(refer.first(HeaderName("Refer-Sub")) == "false")
        #expect(refer.first(.referTo)?.contains("Replaces=") == true)
    }

    @Test("that the peer asks for is refused by policy and told")
    func asked() throws {
        var stage = Stage()
        _ = try stage.establishIncoming()
        stage.request("REFER", headers: ["Refer-To: <sip:premium@example.com>"])
        #expect(stage.lastResponse(to: .refer)?.status == 603)
        #expect(stage.names.last == "refer refused")
        stage.request("REFER", headers: ["Refer-To: <sip:a@example.com>", "Refer-To: <sip:b@example.com>"])
        #expect(stage.lastResponse(to: .refer)?.status == 400)
        #expect(!stage.titles.contains("INVITE"))
    }
}
