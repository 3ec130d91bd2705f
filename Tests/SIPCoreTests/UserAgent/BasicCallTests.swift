import SIPCore
import TelephonyPrimitives
import Testing

@Suite("A call between two user agents")
struct BasicCallTests {
    /// Bob rings at once and answers after a second.
    private func link(_ configure: (inout VirtualLink) -> Void = { _ in }) -> VirtualLink {
        var link = VirtualLink()
        link.react = { link, side, event in
            if case .incoming(let id, _, _) = event {
                link.command(side, .ring(id))
                link.after(.seconds(1)) { $0.command(side, .answer(id, body: .answer)) }
            }
        }
        configure(&link)
        return link
    }

    @Test(
        "rings, is answered, acknowledged and hung up, with each event once", arguments: [TransportProtocol.udp, .tcp])
    func wholeCall(transport: TransportProtocol) throws {
        var link = link { $0.transport = transport }
        let id = try link.call()
        link.run(.seconds(3))
        link.command(.alice, .end(id))
        link.run(.seconds(60))
        #expect(
            link.ladder == [
                "INVITE>", "<100 INVITE", "<180 INVITE", "<200 INVITE", "ACK>", "BYE>", "<200 BYE",
            ])
        #expect(
            link.names(.alice) == ["provisional 100", "provisional 180", "answered", "ended hungUpLocally"])
        #expect(link.names(.bob) == ["incoming", "acknowledged", "ended hungUpByPeer"])
        #expect(link.isIdle)
        #expect(link.cores[0].counters.retransmitted == 0)
        #expect(link.cores[1].counters.retransmitted == 0)
    }

    @Test("can be hung up by the callee")
    func calleeHangsUp() throws {
        var link = link()
        _ = try link.call()
        link.run(.seconds(3))
        let bobs = try #require(link.sessions(.bob).first)
        link.command(.bob, .end(bobs, reasonHeader: "Q.850;cause=16"))
        link.run(.seconds(60))
        #expect(link.ends(.alice).map(\.cause) == [.hungUpByPeer])
        #expect(link.ends(.alice).first?.request?.first(.reason) == "Q.850;cause=16")
        #expect(link.ends(.bob).map(\.cause) == [.hungUpLocally])
        #expect(link.isIdle)
    }

    @Test("carries the offer, the answer and header fields as they were given")
    func contents() throws {
        var link = VirtualLink()
        link.react = { link, side, event in
            if case .incoming(let id, let request, _) = event {
                #expect(request.body == Body.offer.octets)
                #expect(request.first(HeaderName("X-Campaign")) == "spring")
                link.command(side, .answer(id, body: .answer, headers: [(HeaderName("X-Agent"), "7")]))
            }
        }
        _ = try link.call(headers: [(HeaderName("X-Campaign"), "spring")])
        link.run(.seconds(1))
        let answer = try #require(link.messages(from: .bob, "200 INVITE").first?.message.response)
        #expect(answer.body == Body.answer.octets)
        #expect(answer.first(.contentType) == "application/sdp")
        #expect(answer.first(HeaderName("X-Agent")) == "7")
    }

    @Test("never lets an application overwrite what the core writes, or add lines")
    func injection() throws {
        var link = link()
        _ = try link.call(headers: [
            (.via, "SIP/2.0/UDP evil"), (.cseq, "9 BYE"), (HeaderName("X-A"), "1\r\nX-B: 2"), (.contentLength, "0"),
            (HeaderName("X-C: 3\r\nX-B"), "4"), (HeaderName(""), "5"),
        ])
        link.run(.seconds(1))
        let invite = try #require(link.messages(from: .alice, "INVITE").first?.message.request)
        #expect(invite.values(of: .via).count == 1)
        #expect(invite.first(.cseq) == "1 INVITE")
        #expect(invite.first(HeaderName("X-B")) == nil)
        #expect(invite.body == Body.offer.octets)
    }

    @Test("without an offer gets the callee's, and answers in the ACK")
    func lateOffer() throws {
        var link = VirtualLink()
        link.react = { link, side, event in
            switch event {
            case .incoming(let id, let request, _):
                #expect(request.body.isEmpty)
                link.command(side, .answer(id, body: .offer))
            case .answered(let id, let response, let offerPending):
                #expect(offerPending)
                #expect(response.body == Body.offer.octets)
                link.after(.milliseconds(700)) { $0.command(side, .acknowledge(id, body: .answer)) }
            default: break
            }
        }
        _ = try link.call(body: nil)
        link.run(.seconds(10))
        let ack = try #require(link.messages(from: .alice, "ACK").first?.message.request)
        #expect(ack.body == Body.answer.octets)
        #expect(link.names(.bob) == ["incoming", "acknowledged with answer"])
        #expect(link.names(.alice).filter { $0.hasPrefix("answered") } == ["answered with offer"])
    }

    @Test("F-40: that both hang up at once ends once on each side")
    func byeCrossesBye() throws {
        var link = link()
        let id = try link.call()
        link.run(.seconds(3))
        let bobs = try #require(link.sessions(.bob).first)
        link.command(.alice, .end(id))
        link.command(.bob, .end(bobs))
        link.run(.seconds(60))
        #expect(link.ends(.alice).map(\.cause) == [.hungUpLocally])
        #expect(link.ends(.bob).map(\.cause) == [.hungUpLocally])
        #expect(link.messages(from: .alice, "200 BYE").count == 1)
        #expect(link.messages(from: .bob, "200 BYE").count == 1)
        #expect(link.isIdle)
    }

    @Test("that is refused tells the caller why", arguments: [404, 480, 486, 488, 503, 603])
    func refused(status: Int) throws {
        var link = VirtualLink()
        link.react = { link, side, event in
            if case .incoming(let id, _, _) = event {
                link.command(side, .reject(id, status: status, reason: "No way", headers: [(.warning, "305 x \"y\"")]))
            }
        }
        _ = try link.call()
        link.run(.seconds(60))
        let end = try #require(link.ends(.alice).first)
        #expect(end.cause == .rejectedByPeer)
        #expect(end.status == status)
        #expect(end.reason.contains("No way"))
        #expect(end.response?.first(.warning) == "305 x \"y\"")
        #expect(link.ladder == ["INVITE>", "<100 INVITE", "<\(status) INVITE", "ACK>"])
        #expect(link.isIdle)
    }

    @Test("that nobody answers ends with a timeout after 32 seconds")
    func unreachable() throws {
        var link = VirtualLink()
        link.loses = { $0.from == .alice }
        _ = try link.call()
        link.run(.seconds(60))
        #expect(link.messages(from: .alice, "INVITE").count == 7)
        let end = try #require(link.ends(.alice).first)
        #expect(end.cause == .timeout)
        #expect(end.status == 408)
        #expect(link.isIdle)
    }

    @Test("that has no way to go ends with a sentence")
    func noFlow() throws {
        var link = VirtualLink()
        link.unreachable = ["192.0.2.2"]
        _ = try link.call()
        link.run(.seconds(1))
        let end = try #require(link.ends(.alice).first)
        #expect(end.cause == .transportFailed)
        #expect(end.reason.contains("unreachable"))
        #expect(link.isIdle)
    }

    @Test("that rings too long is given up by the caller")
    func ringsTooLong() throws {
        var caller = UserAgentConfiguration()
        caller.maximumRinging = .seconds(20)
        var link = VirtualLink(alice: caller)
        link.react = { link, side, event in
            if case .incoming(let id, _, _) = event { link.command(side, .ring(id)) }
        }
        _ = try link.call()
        link.run(.seconds(120))
        #expect(link.ends(.alice).map(\.cause) == [.timeout])
        #expect(link.ends(.bob).map(\.cause) == [.cancelledByPeer])
        #expect(link.isIdle)
    }

    @Test("that rings too long is given up by the callee with 480")
    func calleeGivesUp() throws {
        var callee = UserAgentConfiguration()
        callee.maximumRinging = .seconds(20)
        var link = VirtualLink(bob: callee)
        link.react = { link, side, event in
            if case .incoming(let id, _, _) = event { link.command(side, .ring(id)) }
        }
        _ = try link.call()
        link.run(.seconds(120))
        #expect(link.ends(.alice).map(\.status) == [480])
        #expect(link.ends(.bob).map(\.cause) == [.timeout])
        #expect(link.isIdle)
    }

    @Test("that rings for minutes has its 180 repeated each minute")
    func repeatsRinging() throws {
        var stage = Stage()
        stage.request("INVITE", body: "v=0")
        let id = try #require(stage.incoming.first)
        stage.command(.ring(id))
        stage.advance(.seconds(150))
        #expect(stage.seconds(of: "180 INVITE") == [0, 60, 120])
    }

    @Test("can't be commanded when it has ended: that is a notice and nothing more")
    func lateCommands() throws {
        var stage = Stage()
        let id = try stage.establishOutgoing()
        stage.command(.end(id))
        let messages = stage.sent.count
        stage.command(.end(id))
        stage.command(.answer(id, body: .answer))
        stage.command(.reinvite(id, body: .hold))
        stage.command(.info(id, .offer))
        stage.command(.refer(id, target: "sip:x@example.com"))
        stage.command(.acknowledge(id, body: .answer))
        stage.command(.reject(id, status: 486))
        #expect(stage.sent.count == messages)
        #expect(stage.ends.count == 1)
    }

    @Test("carries INFO both ways, answered by itself")
    func info() throws {
        var stage = Stage()
        let id = try stage.establishOutgoing()
        stage.request("INFO", body: "Signal=5", contentType: "application/dtmf-relay")
        #expect(stage.lastResponse(to: .info)?.status == 200)
        #expect(stage.names.last == "info")
        stage.command(.info(id, Body(contentType: "application/dtmf-relay", octets: Array("Signal=6".utf8))))
        let info = try #require(stage.lastRequest(.info))
        #expect(info.body == Array("Signal=6".utf8))
        stage.respond(415, to: info)
        #expect(stage.ends.isEmpty)
    }
}
