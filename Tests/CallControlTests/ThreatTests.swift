import ProviderDoubles
import Synchronization
import Telephony
import TelephonyPrimitives
import Testing

@testable import CallControl
@testable import Telnyx
@testable import WebSockets

/// What strangers try at the port.
@Suite("Threats to Call Control")
struct ThreatTests {
    private func quiet() async throws -> (Rim, Counter) {
        let counter = Counter()
        let rim = try await Rim { leg in
            counter.add()
            try await leg.answer { call in for await _ in call.events {} }
        }
        return (rim, counter)
    }

    @Test("T-40: forged, old, changed and cut webhooks begin no call, and are told in one line, not one each")
    func forged() async throws {
        let (rim, calls) = try await quiet()
        let good = rim.double.webhook("call.initiated", call: "v3:one", payload: Rim.incoming, time: Rim.now)
        var changed = good
        changed.body[changed.body.count / 2] ^= 1
        var otherTime = good
        otherTime.timestamp = "\(Rim.now + 1)"
        let old = rim.double.webhook("call.initiated", call: "v3:one", payload: Rim.incoming, time: Rim.now - 301)
        let early = rim.double.webhook("call.initiated", call: "v3:one", payload: Rim.incoming, time: Rim.now + 400)
        var nothing = good
        nothing.signature = ""
        var odd = good
        odd.signature = "AAAA"
        for (webhook, status) in [
            (changed, 403), (otherTime, 403), (old, 403), (early, 403), (nothing, 400), (odd, 400),
        ] {
            #expect(try await CallControlDouble.post(webhook, to: rim.port) == status)
        }
        let port = rim.port
        #expect(try await RawHTTP.post(good.body, to: port, path: "/telnyx/webhooks", headers: []) == 400)
        #expect(try await RawHTTP.post(good.body, to: port, path: "/elsewhere", headers: good.headers) == 405)
        #expect(
            try await RawHTTP.post(
                Array(repeating: 0x20, count: 300_000), to: port, path: "/telnyx/webhooks", headers: good.headers)
                == 413)
        let get = Array("GET /telnyx/webhooks HTTP/1.1\r\nhost: x\r\n\r\n".utf8)
        #expect(RawHTTP.status(of: try await RawHTTP.exchange(get, with: port)) == 405)
        let garbage = try await RawHTTP.exchange(Array("\u{16}\u{3}\u{1} not http\r\n\r\n".utf8), with: port)
        #expect([0, 400].contains(RawHTTP.status(of: garbage)))
        #expect(calls.value == 0 && rim.double.commands.isEmpty)
        #expect(rim.lines.all.count { $0.contains("refused a webhook") } == 1)
        // And the good one is as good as ever.
        #expect(try await CallControlDouble.post(good, to: port) == 200)
        _ = await rim.double.next("answer")
        await rim.close()
    }

    @Test("T-40: the same webhook again, and one from before the end, begin no second call")
    func replayed() async throws {
        let (rim, calls) = try await quiet()
        let initiated = rim.double.webhook("call.initiated", call: "v3:one", payload: Rim.incoming, time: Rim.now)
        let hangup = rim.double.webhook("call.hangup", call: "v3:one", time: Rim.now)
        let late = rim.double.webhook("call.initiated", call: "v3:two", payload: Rim.incoming, time: Rim.now)
        let lateEnd = rim.double.webhook("call.hangup", call: "v3:two", time: Rim.now)
        for webhook in [initiated, initiated, hangup, initiated, lateEnd, late] {
            #expect(try await CallControlDouble.post(webhook, to: rim.port) == 200)
        }
        // The last is taken after all of them.
        try await rim.post("call.initiated", call: "v3:three", Rim.incoming)
        while !rim.double.commands.contains(where: { $0.action == "answer" && $0.call == "v3%3Athree" }) {
            _ = await rim.double.next("answer")
        }
        #expect(calls.value <= 2)
        #expect(!rim.double.commands.contains { $0.call == "v3%3Atwo" })
        #expect(rim.double.commands.count { $0.call == "v3%3Aone" && $0.action == "answer" } <= 1)
        await rim.close()
    }

    @Test("T-41: a stream without its token, with a guessed one, or with one that was used is refused")
    func tokens() async throws {
        let (rim, _) = try await quiet()
        try await rim.post("call.initiated", Rim.incoming)
        let url = await rim.double.next("answer").fields["stream_url"] ?? ""
        let base = String(url.prefix { $0 != "?" })
        for wrong in [base, base + "?token=", base + "?token=0123456789abcdef0123456789abcdef", base + "?t=1"] {
            await #expect(throws: WebSocketConnectionError.self) {
                try await MediaStreamPeer.open(wrong, port: rim.port)
            }
        }
        let peer = try await MediaStreamPeer.open(url, port: rim.port)
        await #expect(throws: WebSocketConnectionError.self) { try await MediaStreamPeer.open(url, port: rim.port) }
        try peer.begin(call: "v3:one")
        #expect(rim.lines.all.count { $0.contains("refused a media stream") } == 1)
        #expect(!rim.lines.all.joined().contains(url.suffix(64)))
        // One of a call that is over is as good as none.
        try await rim.post("call.initiated", call: "v3:two", Rim.incoming)
        let second = await rim.double.next("answer").fields["stream_url"] ?? ""
        try await rim.post("call.hangup", call: "v3:two")
        while await rim.server.live > 1 { await Task.yield() }
        await #expect(throws: WebSocketConnectionError.self) {
            try await MediaStreamPeer.open(second, port: rim.port)
        }
        await rim.close()
    }

    @Test("T-41: a token that is 60 s old opens nothing")
    func late() {
        let door = StreamDoor()
        let ticket = StreamDoor.Ticket(
            id: CallIdentifier("a"), direction: .incoming, remote: CallParty(address: "+1"),
            local: CallParty(address: "+2"), leg: "v3:one", format: StreamFormat(.pcmu, sampleRate: 8_000), began: .zero
        )
        for (age, isGood) in [(59.0, true), (60.0, false)] {
            let token = door.issue(for: ticket, now: .zero) ?? ""
            let opening = WebSocketOpening(
                path: "/telnyx/stream", query: "token=\(token)", subprotocol: nil, origin: nil, headers: [])
            #expect(door.admit(opening, now: .after(age)) == (isGood ? .good("a") : .unknown))
        }
    }

    @Test("T-41: a stream with the right token and another call's name is closed, and the call has none")
    func wrongCall() async throws {
        let (rim, _) = try await quiet()
        try await rim.post("call.initiated", Rim.incoming)
        let url = await rim.double.next("answer").fields["stream_url"] ?? ""
        let peer = try await MediaStreamPeer.open(url, port: rim.port)
        try peer.begin(call: "v3:stranger")
        await peer.wait { $0.isClosed }
        await rim.close()
    }

    @Test("T-41: what is no message of the protocol ends nothing; what is too long ends the stream")
    func oddMessages() async throws {
        let (rim, _) = try await quiet()
        let peer = try await rim.ring()
        for text in ["", "{", "[]", #"{"event":"media"}"#, #"{"event":"media","media":{"payload":"%%%"}}"#, "null"] {
            try peer.send(text)
        }
        try peer.send(#"{"event":"mark","mark":{"name":"never sent"}}"#)
        try peer.send(String(repeating: "[", count: 5_000))
        try peer.send(binary: [1, 2, 3])
        try peer.send(#"{"event":"media","media":{"payload":""}}"#)
        #expect(!peer.heard.isClosed)
        try peer.send(String(repeating: "x", count: 70_000))
        await peer.wait { $0.isClosed }
        _ = await rim.double.next("streaming_start")
        await rim.close()
    }

    @Test("T-11: only a call that comes in to our application is answered, whoever else's webhook is signed")
    func notOurs() async throws {
        let (rim, calls) = try await quiet()
        try await rim.post("call.initiated", call: "v3:a", Rim.incoming.merging(["direction": "outgoing"]) { $1 })
        try await rim.post("call.initiated", call: "v3:b", Rim.incoming.merging(["connection_id": "999"]) { $1 })
        try await rim.post("call.answered", call: "v3:c", Rim.incoming)
        try await rim.post("call.bridged", call: "v3:d", ["client_state": "dHJ1bmtsaW5lOmNhbGw6eA=="])
        try await rim.post("call.initiated", call: "v3:ours", Rim.incoming)
        #expect(await rim.double.next("answer").call == "v3%3Aours")
        #expect(rim.double.commands.count == 1 && calls.value == 1)
        await rim.close()
    }

    @Test("T-17: a call to us places none: the only command that calls somebody is a transfer that the agent asks for")
    func noSpending() async throws {
        let (rim, _) = try await quiet()
        let peer = try await rim.ring()
        try await rim.post("call.dtmf.received", ["digit": "9", "to": "+19005550100"])
        try peer.send(#"{"event":"transfer","to":"+19005550100"}"#)
        try await rim.post("call.hangup")
        while await rim.server.live > 0 { await Task.yield() }
        #expect(Set(rim.double.commands.map(\.action)) == ["answer"])
        await rim.close()
    }

    @Test("T-18: who calls is what Telnyx says, not the caller's headers nor the stream; and its name is one line")
    func callerLies() async throws {
        let told = Told<IncomingLeg>()
        let rim = try await Rim { leg in
            told.tell(leg)
            try await leg.answer { call in for await _ in call.events {} }
        }
        try await rim.post(
            "call.initiated",
            Rim.incoming.merging([
                "caller_id_name": "Bank\r\nX-Evil: 1\u{202E}\u{0}", "P-Asserted-Identity": "<sip:+18005550100@bank>",
                "verstat": "TN-Validation-Passed-A", "shaken_stir_validated": "false", "shaken_stir_attestation": "Z",
            ]) { $1 })
        let leg = try #require(await told.next())
        #expect(leg.remote == CallParty(address: "+12025550133", displayName: "BankX-Evil: 1"))
        #expect(leg.verification == IncomingLeg.Verification(isValid: false, attestation: nil))
        await rim.close()
    }

    @Test("T-40: a flood is told to come again before its signatures are looked at")
    func flood() {
        var budget = RequestBudget()
        let taken = (0..<2_000).count { _ in budget.take(now: .zero) }
        #expect(taken == RequestBudget.perSecond)
        let isTakenLater = budget.take(now: .after(0.1))
        #expect(isTakenLater)
        var tally = RefusalTally()
        let told = [0.0, 1, 5, 9, 9.9, 10].map { tally.refuse(now: .after($0)) }
        #expect(told == [1, nil, nil, nil, nil, 5])
    }
}

/// A count that several tasks add to.
final class Counter: Sendable {
    private let count = Mutex(0)
    var value: Int { count.withLock { $0 } }
    func add() { count.withLock { $0 += 1 } }
}
