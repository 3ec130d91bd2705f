import SIPCore
import TelephonyPrimitives
import Testing

@Suite("A request that can't be served")
struct RefusalTests {
    struct Case: CustomTestStringConvertible, Sendable {
        var name: String
        var method = "INVITE"
        var uri = "sip:alice@192.0.2.1"
        var toTag: String?
        var headers: [String] = []
        var body: String? = "v=0"
        var contentType = "application/sdp"
        var status: Int
        var response: (HeaderName, String)?

        var testDescription: String { name }
    }

    static let cases = [
        Case(name: "a method that is known but not served", method: "REGISTER", body: nil, status: 405),
        Case(name: "SUBSCRIBE", method: "SUBSCRIBE", body: nil, status: 405),
        Case(name: "a method that nobody knows", method: "FROBNICATE", body: nil, status: 501),
        Case(
            name: "an unknown extension", headers: ["Require: precondition, foo"], status: 420,
            response: (.unsupported, "precondition, foo")),
        Case(name: "reliable provisional responses", headers: ["Require: precondition"], status: 420),
        Case(name: "a Request-URI of an unknown scheme", uri: "mailto:alice@example.com", status: 416),
        Case(
            name: "a body of an unknown type", contentType: "application/foo", status: 415,
            response: (.accept, "application/sdp, multipart/mixed, multipart/alternative")),
        Case(
            name: "a body that is packed", headers: ["Content-Encoding: gzip"], status: 415,
            response: (.acceptEncoding, "identity")),
        Case(name: "an Accept without session descriptions", headers: ["Accept: text/plain"], status: 406),
        Case(name: "two Contacts", headers: ["Contact: <sip:a@192.0.2.9>, <sip:b@192.0.2.9>"], status: 400),
        Case(name: "a BYE outside dialogs", method: "BYE", body: nil, status: 481),
        Case(name: "a BYE of a dialog that is gone", method: "BYE", toTag: "gone", body: nil, status: 481),
        Case(name: "an INVITE of a dialog that is gone", toTag: "gone", status: 481),
        Case(name: "INFO outside dialogs", method: "INFO", body: nil, status: 481),
        Case(name: "UPDATE outside dialogs", method: "UPDATE", body: nil, status: 481),
        Case(name: "PRACK outside dialogs", method: "PRACK", body: nil, status: 481),
        Case(name: "NOTIFY outside dialogs", method: "NOTIFY", headers: ["Event: refer"], body: nil, status: 481),
        Case(
            name: "REFER by policy", method: "REFER", headers: ["Refer-To: <sip:c@example.com>"], body: nil, status: 603
        ),
        Case(name: "REFER without Refer-To", method: "REFER", body: nil, status: 400),
        Case(
            name: "a session interval below our least", headers: ["Session-Expires: 30", "Supported: timer"],
            status: 422,
            response: (.minSE, "90")),
    ]

    @Test("is refused with the right status, and nothing of it stays", arguments: cases)
    func refused(_ item: Case) throws {
        var stage = Stage()
        stage.request(
            item.method, toTag: .some(item.toTag), uri: item.uri, headers: item.headers, body: item.body,
            contentType: item.contentType)
        let response = try #require(stage.responses.last)
        #expect(response.status == item.status)
        #expect(try response.to.tag != nil)
        if let (name, value) = item.response { #expect(response.first(name) == value) }
        if [405, 501].contains(item.status) { #expect(response.first(.allow)?.contains("INVITE") == true) }
        #expect(stage.incoming.isEmpty)
        #expect(stage.core.counters.refused == 1)
        if item.method == "INVITE" {
            stage.ourTag = try response.to.tag?.text
            stage.request("ACK", sequence: stage.peerSequence, branch: "z9hG4bKp1")
        }
        stage.advance(.seconds(60))
        #expect(stage.core.counters.isIdle)
        if item.method == "INVITE" { #expect(stage.responses.count { $0.status == item.status } == 1) }
    }

    @Test(
        "is answered with 400 or another fitting status when its grammar is broken",
        arguments: [
            ("CSeq: 11 INVITE", "CSeq: 11 BYE", 400), ("CSeq: 11 INVITE", "CSeq: 4294967296 INVITE", 400),
            ("Call-ID: call-1\r\n", "", 400), ("Max-Forwards: 70", "Max-Forwards: 300", 400),
            ("SIP/2.0\r\nVia", "SIP/7.0\r\nVia", 505), ("Content-Length: 3", "Content-Length: 30", 400),
            ("From: \"Bob\"", "From: \"Bob", 400), ("Max-Forwards: 70", "Max-Forwards: 70\r\nCall-ID: other", 400),
        ])
    func malformed(_ item: (String, String, Int)) throws {
        var stage = Stage()
        // What is malformed is answered as it came.
        stage.wire.turnOff()
        let text =
            "INVITE sip:alice@192.0.2.1 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.9;branch=z9hG4bK1\r\nMax-Forwards: 70\r\n"
            + "From: \"Bob\" <sip:bob@example.com>;tag=b\r\nTo: <sip:alice@example.com>\r\nCall-ID: call-1\r\n"
            + "CSeq: 11 INVITE\r\nContact: <sip:bob@192.0.2.9>\r\nContent-Type: application/sdp\r\n"
            + "Content-Length: 3\r\n\r\nv=0"
        let broken = text.replacing(item.0, with: item.1)
        #expect(broken != text)
        stage.feed(.datagram(Array(broken.utf8), stage.flow))
        #expect(stage.responses.map(\.status) == [item.2])
        #expect(stage.incoming.isEmpty)
        #expect(stage.core.counters.malformed == 1)
        #expect(stage.core.counters.isIdle)
        stage.feed(.datagram(Array(broken.utf8), stage.flow))
        #expect(Set(stage.sent.map(\.octets)).count == 1, "the same request gets the same answer")
    }

    @Test("by any route a second time is refused with 482, and the first goes on")
    func merged() throws {
        var stage = Stage()
        stage.request("INVITE", sequence: 5, branch: "z9hG4bKway1", body: "v=0")
        stage.request("INVITE", sequence: 5, branch: "z9hG4bKway2", body: "v=0")
        #expect(stage.titles == ["100 INVITE", "482 INVITE"])
        #expect(stage.incoming.count == 1)
        stage.command(.answer(try #require(stage.incoming.first), body: .answer))
        #expect(stage.lastResponse(to: .invite)?.status == 200)
    }

    @Test("with Max-Forwards 0 is served all the same: it has arrived")
    func lastHop() throws {
        var stage = Stage()
        let text =
            "OPTIONS sip:alice@192.0.2.1 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.9;branch=z9hG4bK1\r\nMax-Forwards: 0\r\n"
            + "From: <sip:bob@example.com>;tag=b\r\nTo: <sip:alice@example.com>\r\nCall-ID: c\r\nCSeq: 1 OPTIONS\r\n"
            + "Content-Length: 0\r\n\r\n"
        stage.feed(.datagram(Array(text.utf8), stage.flow))
        #expect(stage.titles == ["200 OPTIONS"])
    }

    @Test("for want of room gets 503 with Retry-After, and room again when a call has ended")
    func full() throws {
        var configuration = UserAgentConfiguration()
        configuration.maxSessions = 1
        var stage = Stage(configuration)
        _ = try stage.establishIncoming()
        stage.callID = "call-2"
        stage.request("INVITE", toTag: .some(nil), body: "v=0")
        let refusal = try #require(stage.lastResponse(to: .invite))
        #expect(refusal.status == 503)
        #expect(refusal.first(.retryAfter).flatMap { Int($0) }.map { (5...15).contains($0) } == true)
        stage.callID = "call-1"
        stage.request("BYE")
        stage.callID = "call-3"
        stage.request("INVITE", toTag: .some(nil), body: "v=0")
        #expect(stage.incoming.count == 2)
    }

    @Test("for want of transactions is dropped, an INVITE refused without state; running calls go on")
    func flooded() throws {
        var configuration = UserAgentConfiguration()
        configuration.maxTransactions = 5
        var stage = Stage(configuration)
        // Requests are dropped on purpose.
        stage.wire.turnOff()
        for index in 0..<100 {
            stage.callID = "flood-\(index)"
            stage.request("OPTIONS", toTag: .some(nil))
        }
        #expect(stage.core.counters.serverTransactions == 5)
        #expect(stage.responses.count == 5)
        stage.request("INVITE", toTag: .some(nil), body: "v=0")
        #expect(stage.lastResponse(to: .invite)?.status == 503)
        #expect(stage.lastResponse(to: .invite)?.first(.retryAfter) != nil)
        stage.advance(.seconds(33))
        #expect(stage.core.counters.isIdle)
    }

    @Test("while the user agent drains gets 503; running calls go on")
    func draining() throws {
        var stage = Stage()
        let id = try stage.establishIncoming()
        stage.command(.drain(true))
        stage.callID = "call-2"
        stage.request("INVITE", toTag: .some(nil), body: "v=0")
        #expect(stage.lastResponse(to: .invite)?.status == 503)
        stage.command(.end(id))
        #expect(stage.titles.last == "BYE")
        stage.command(.drain(false))
        stage.callID = "call-3"
        stage.request("INVITE", toTag: .some(nil), body: "v=0")
        #expect(stage.incoming.count == 2)
    }

    @Test("is counted and named in a bounded number of notices")
    func notices() {
        var configuration = UserAgentConfiguration()
        configuration.noticesPerSecond = 10
        var stage = Stage(configuration)
        for _ in 0..<1000 { stage.feed(.datagram(Array("rubbish\r\n\r\n".utf8), stage.flow)) }
        #expect(stage.core.counters.malformed == 1000)
        #expect(stage.events.count == 10)
        #expect(stage.sent.isEmpty)
        stage.advance(.seconds(2))
        stage.feed(.datagram(Array("rubbish\r\n\r\n".utf8), stage.flow))
        #expect(stage.events.count == 12)
    }

    @Test("never stops the user agent: every torture message gets an allowed answer or none")
    func torture() throws {
        for row in try SIPFixtures.table("torture/index.tsv") {
            let file = try #require(row["file"] ?? row["name"] ?? row.values.first { $0.hasSuffix(".dat") })
            guard let octets = try? SIPFixtures.octets("torture/\(file)") else { continue }
            var stage = Stage()
            // What is malformed is answered as it came.
            stage.wire.turnOff()
            stage.feed(.datagram(octets, stage.flow))
            let allowed = Set((row["ua_status"] ?? "").split(separator: "|").compactMap { Int($0) })
            let final = stage.responses.map(\.status).filter { $0 >= 200 }
            if !stage.incoming.isEmpty {
                // It rings; the application's answer would follow.
                #expect(allowed.contains { (180...299).contains($0) || $0 == 404 }, "\(file)")
            } else if let status = final.first {
                #expect(allowed.contains(status), "\(file) got \(status), allowed \(allowed)")
            } else {
                #expect(allowed.isEmpty, "\(file) got no answer, allowed \(allowed)")
            }
            stage.advance(.seconds(1000))
            #expect(stage.core.counters.isIdle, "\(file)")
        }
    }
}
