import SIPCore
import TelephonyPrimitives
import Testing

@Suite("The way of messages")
struct TransportTests {
    private func options(via: String) -> [UInt8] {
        Array(
            ("OPTIONS sip:alice@192.0.2.1 SIP/2.0\r\nVia: \(via)\r\nMax-Forwards: 70\r\nFrom: <sip:b@b>;tag=b\r\n"
                + "To: <sip:a@a>\r\nCall-ID: c\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n").utf8)
    }

    @Test(
        "of a response over UDP is what the top Via and the packet say (RFC 3261 §18.2.2, RFC 3581)",
        arguments: [
            // With rport: back to where the packet came from, whatever the Via says.
            ("192.0.2.9:5070;rport", "192.0.2.9:40000", "192.0.2.9:40000", "rport=40000;received=192.0.2.9"),
            ("10.0.0.5:5060;rport", "203.0.113.5:61000", "203.0.113.5:61000", "rport=61000;received=203.0.113.5"),
            ("host.example.com;rport", "203.0.113.5:61000", "203.0.113.5:61000", "rport=61000;received=203.0.113.5"),
            // Without: to the port of the sent-by.
            ("192.0.2.9:5070", "192.0.2.9:40000", "192.0.2.9:5070", nil),
            ("192.0.2.9", "192.0.2.9:40000", "192.0.2.9:5060", nil),
            ("host.example.com:5080", "203.0.113.5:61000", "203.0.113.5:5080", "received=203.0.113.5"),
            // Behind a NAT that it knows nothing of.
            ("10.0.0.5:5060", "203.0.113.5:61000", "203.0.113.5:61000", "received=203.0.113.5"),
            // A sender can't choose another machine.
            ("192.0.2.9;maddr=198.51.100.7", "192.0.2.9:5060", "192.0.2.9:5060", nil),
        ])
    func responses(_ item: (String, String, String, String?)) throws {
        var stage = Stage()
        let source = item.1.split(separator: ":")
        let port = try #require(UInt16(source[1]))
        let remote = try #require(TransportAddress(host: source[0], port: port))
        let flow = Flow(protocol: .udp, local: Stage.us, remote: remote, id: 1)
        stage.feed(
            .datagram(
                options(via: "SIP/2.0/UDP \(item.0);branch=z9hG4bKa, SIP/2.0/UDP p.example.com;branch=z9hG4bKb"), flow))
        let sent = try #require(stage.sent.first)
        #expect(sent.flow.remote.description == item.2)
        let vias = try #require(try sent.message.response?.vias)
        #expect(vias.count == 2)
        for parameter in item.3?.split(separator: ";") ?? [] {
            #expect(vias[0].description.contains(parameter), "\(vias[0])")
        }
        if item.3 == nil { #expect(!vias[0].description.contains("received")) }
        #expect(vias[1].description == "SIP/2.0/UDP p.example.com;branch=z9hG4bKb")
    }

    @Test("of a response over a connection is that connection, or a new one when it has gone")
    func connection() throws {
        var stage = Stage(transport: .tcp)
        stage.request("INVITE", body: "v=0")
        let id = try #require(stage.incoming.first)
        stage.feed(.flowClosed(stage.flow, reason: "reset"))
        #expect(stage.asked.isEmpty)
        stage.command(.answer(id, body: .answer))
        #expect(stage.asked.map(\.1) == [FlowTarget(host: "192.0.2.9", port: 5060, transport: .tcp)])
        #expect(stage.lastResponse(to: .invite)?.status == 200)
        #expect(stage.ends.isEmpty)
    }

    @Test(
        "of a response whose connection has gone is the address of its request, then what the Via's name leads to",
        arguments: [
            ("proxy.example.com:5070", .tcp, 5070, FlowTarget(host: "proxy.example.com", port: 5070, transport: .tcp)),
            ("proxy.example.com", .tcp, 5060, FlowTarget(host: "proxy.example.com", transport: .tcp)),
            ("p.example.com", .tls, 5061, FlowTarget(host: "p.example.com", transport: .tls, secure: true)),
            ("192.0.2.77:5070", .tcp, 5070, nil), ("[2001:db8::1]", .tcp, 5060, nil),
        ] as [(String, TransportProtocol, UInt16, FlowTarget?)])
    func sentBy(_ sentBy: String, _ transport: TransportProtocol, port: UInt16, name: FlowTarget?) throws {
        for isThere in [true, false] {
            var stage = Stage(transport: transport)
            stage.wire.turnOff()
            stage.givesFlows = false
            stage.request(
                "INVITE", body: "v=0",
                via: "Via: SIP/2.0/\(transport.viaName) \(sentBy);branch=z9hG4bKsentby;rport")
            let id = try #require(stage.incoming.first)
            stage.feed(.flowClosed(stage.flow, reason: "reset"))
            stage.command(.answer(id, body: .answer))
            let first = FlowTarget(host: "192.0.2.9", port: port, transport: transport, secure: transport == .tls)
            #expect(stage.asked.map(\.1) == [first])
            stage.feed(.flowFailed(try #require(stage.asked.first).0, reason: "refused"))
            #expect(stage.asked.map(\.1) == [first, name].compactMap(\.self))
            guard let (request, _) = stage.asked.dropFirst().first else { continue }
            #expect(stage.lastResponse(to: .invite)?.status != 200)
            if isThere {
                let other = Flow(
                    protocol: transport, local: Stage.us,
                    remote: TransportAddress(ip: .v4(0xC000_020A), port: 5070), id: 2)
                stage.feed(.flowOpened(request, other))
                #expect(stage.sent.last?.message.title == "200 INVITE" && stage.sent.last?.flow == other)
            } else {
                stage.feed(.flowFailed(request, reason: "no such name"))
                #expect(stage.asked.count == 2, "there is no third way")
            }
        }
    }

    @Test("over TCP needs no repetition of anything but the 200")
    func reliable() throws {
        var stage = Stage(transport: .tcp)
        _ = try stage.call()
        stage.advance(.seconds(20))
        #expect(stage.titles == ["INVITE"])
        let invite = try #require(stage.lastRequest(.invite))
        #expect(try invite.topVia.transport == "TCP")
        #expect(invite.first(.contact)?.contains(";transport=tcp") == true)
    }

    @Test("that breaks before the answer ends the call as 503")
    func broken() throws {
        for rings in [false, true] {
            var stage = Stage(transport: .tcp)
            _ = try stage.call()
            if rings { stage.respond(180, to: try #require(stage.lastRequest(.invite))) }
            stage.feed(.flowClosed(stage.flow, reason: "connection reset by peer"))
            let end = try #require(stage.ends.first)
            #expect(end.cause == .transportFailed)
            #expect(end.status == 503)
            stage.advance(.seconds(60))
            #expect(stage.core.counters.isIdle)
        }
    }

    @Test("that breaks during the call does not end it: the next request opens a new one")
    func brokenLater() throws {
        var stage = Stage(transport: .tcp)
        let id = try stage.establishOutgoing()
        stage.feed(.flowClosed(stage.flow, reason: "idle"))
        #expect(stage.ends.isEmpty)
        let asked = stage.asked.count
        stage.command(.end(id))
        #expect(stage.asked.count == asked + 1)
        #expect(stage.titles.last == "BYE")
    }

    @Test("that nobody gives in 32 seconds ends the call")
    func neverOpened() throws {
        var stage = Stage()
        stage.givesFlows = false
        _ = try stage.call()
        stage.advance(.seconds(31))
        #expect(stage.ends.isEmpty)
        stage.advance(.seconds(2))
        #expect(stage.ends.map(\.cause) == [.transportFailed])
        #expect(stage.core.counters.isIdle)
    }

    @Test("of an unreachable UDP port ends the call at once")
    func portUnreachable() throws {
        var stage = Stage()
        _ = try stage.call()
        stage.feed(.flowClosed(stage.flow, reason: "port unreachable"))
        #expect(stage.ends.map(\.cause) == [.transportFailed])
    }

    @Test("of a call through loose routers is the Route set, copied into ACK, CANCEL and BYE")
    func looseRoutes() throws {
        var stage = Stage()
        let id = try stage.call(
            "sip:bob@example.com",
            route: [try SIPURI(parsing: "sip:192.0.2.9;lr"), try SIPURI(parsing: "sip:p2.example.com;lr")])
        let invite = try #require(stage.lastRequest(.invite))
        #expect(invite.requestURIText == "sip:bob@example.com")
        #expect(invite.values(of: .route) == ["<sip:192.0.2.9;lr>", "<sip:p2.example.com;lr>"])
        #expect(stage.asked.first?.1 == FlowTarget(host: "192.0.2.9"))
        stage.respond(
            200, to: invite, contact: "<sip:bob@198.51.100.4>",
            headers: [(.recordRoute, "<sip:p2.example.com;lr>"), (.recordRoute, "<sip:192.0.2.9;lr>")], body: "v=0")
        for method in [Method.ack, .bye] {
            if method == .bye { stage.command(.end(id)) }
            let request = try #require(stage.lastRequest(method))
            #expect(request.requestURIText == "sip:bob@198.51.100.4")
            #expect(request.values(of: .route) == ["<sip:192.0.2.9;lr>", "<sip:p2.example.com;lr>"])
        }
        #expect(stage.asked.count == 1, "the next hop is the flow at hand")
    }

    @Test("of a call through a strict router is its URI in the request line")
    func strictRoutes() throws {
        var stage = Stage()
        let id = try stage.establishOutgoing(headers: [(.recordRoute, "<sip:192.0.2.9>")])
        stage.command(.end(id))
        let bye = try #require(stage.lastRequest(.bye))
        #expect(bye.requestURIText == "sip:192.0.2.9")
        #expect(bye.values(of: .route) == ["<sip:bob@192.0.2.9:5060>"])
    }

    @Test("of a callee's answer copies Record-Route in order, and its own requests follow it")
    func recordRoute() throws {
        var stage = Stage()
        let id = try stage.establishIncoming(headers: [
            "Record-Route: <sip:192.0.2.9;lr>, <sip:p2.example.com;lr>", "Record-Route: <sip:p3.example.com;lr>",
        ])
        let answer = try #require(stage.lastResponse(to: .invite))
        #expect(
            answer.list(of: .recordRoute) == [
                "<sip:192.0.2.9;lr>", "<sip:p2.example.com;lr>", "<sip:p3.example.com;lr>",
            ])
        stage.command(.end(id))
        #expect(
            stage.lastRequest(.bye)?.values(of: .route)
                == ["<sip:192.0.2.9;lr>", "<sip:p2.example.com;lr>", "<sip:p3.example.com;lr>"])
    }

    @Test("names the advertised address, never an unspecified one")
    func advertised() throws {
        var configuration = UserAgentConfiguration()
        configuration.advertised = [.udp: try #require(TransportAddress(host: "203.0.113.1", port: 15060))]
        var stage = Stage(configuration)
        stage.flow.local = TransportAddress(ip: .v4(0), port: 5060)
        _ = try stage.call()
        let invite = try #require(stage.lastRequest(.invite))
        #expect(invite.first(.via)?.hasPrefix("SIP/2.0/UDP 203.0.113.1:15060;") == true)
        #expect(invite.first(.contact) == "<sip:alice@203.0.113.1:15060>")

        var bare = Stage()
        bare.flow.local = TransportAddress(ip: .v4(0), port: 5060)
        _ = try bare.call()
        #expect(bare.lastRequest(.invite)?.first(.via)?.contains("0.0.0.0") == false)
        #expect(bare.events.contains { if case .notice = $0 { true } else { false } })
    }

    @Test("to a private Contact behind a NAT is the flow that its messages came over")
    func natContact() throws {
        var stage = Stage()
        stage.flow.remote = try #require(TransportAddress(host: "203.0.113.5", port: 61000))
        let id = try stage.establishIncoming(headers: ["Contact: <sip:bob@10.0.0.5:5060>"])
        stage.command(.end(id))
        let bye = try #require(stage.sent.last)
        #expect(bye.message.request?.requestURIText == "sip:bob@10.0.0.5:5060")
        #expect(bye.flow.remote == stage.flow.remote)
        #expect(stage.asked.isEmpty)
    }

    @Test("never steps down from TLS for a sips address")
    func secure() throws {
        var stage = Stage()
        stage.givesFlows = false
        _ = try stage.call("sips:bob@example.com")
        #expect(stage.asked.first?.1 == FlowTarget(host: "example.com", secure: true))
    }

    @Test("from an RFC 2543 peer, without branches and tags, carries a whole call")
    func old() throws {
        var stage = Stage()
        func message(_ method: String, _ sequence: Int, toTag: String?) -> [UInt8] {
            Array(
                ("\(method) sip:alice@192.0.2.1 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.9\r\nMax-Forwards: 70\r\n"
                    + "From: <sip:bob@example.com>\r\nTo: <sip:alice@example.com>"
                    + (toTag.map { ";tag=\($0)" } ?? "") + "\r\nCall-ID: old\r\nCSeq: \(sequence) \(method)\r\n"
                    + "Content-Length: 0\r\n\r\n").utf8)
        }
        stage.feed(.datagram(message("INVITE", 1, toTag: nil), stage.flow))
        stage.feed(.datagram(message("INVITE", 1, toTag: nil), stage.flow))
        #expect(stage.incoming.count == 1)
        stage.command(.answer(try #require(stage.incoming.first), body: .offer))
        try stage.learnOurTag()
        #expect(stage.lastResponse(to: .invite)?.status == 200)
        stage.feed(.datagram(message("BYE", 2, toTag: stage.ourTag), stage.flow))
        #expect(stage.lastResponse(to: .bye)?.status == 200)
        #expect(stage.ends.map(\.cause) == [.hungUpByPeer])
        stage.advance(.seconds(60))
        #expect(stage.core.counters.isIdle)
    }

    @Test("is silent about keep-alives", arguments: ["\r\n", "\r\n\r\n", "\0\0\0\0", ""])
    func keepAlive(_ text: String) {
        var stage = Stage()
        stage.feed(.datagram(Array(text.utf8), stage.flow))
        #expect(stage.sent.isEmpty && stage.events.isEmpty)
        #expect(stage.core.counters.received == 0)
    }
}
