import SIPCore
import TelephonyPrimitives
import Testing

/// What is looked at more closely than a flow's list says.
extension TrunkPlayer {
    func look(at request: Request, _ step: TrunkFlow.Step) throws {
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

    func look(at response: Response, _ step: TrunkFlow.Step) throws {
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

    func checkOutcome() throws {
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
