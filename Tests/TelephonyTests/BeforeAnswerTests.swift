import RTPMedia
import Synchronization
import Telephony
import Testing

/// What happens between the INVITE and the answer.
@Suite(.serialized) struct BeforeAnswerTests {
    @Test(.bounded) func `F-13: sound before the answer flows both ways`() async throws {
        let heard = Signal()
        try await withEndpoint { invitation in
            try await invitation.earlyMedia { call in
                // The caller is heard first; only then does he hear us.
                try await call.hears(Tone(frequency: 500))
                await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { try await call.play(Tone(frequency: 700)) }
                    await heard.wait()
                    group.cancelAll()
                }
            }
            await invitation.reject(status: 486)
        } body: { callee in
            try await UDPPeer.with { signalling in
                try await UDPPeer.with { sound in
                    var caller = RawCaller(signalling, to: callee.port)
                    try await caller.invite(audioDescription(port: sound.port))
                    let progress = try await signalling.response(183)
                    let target = try #require(progress.audioPort)
                    var stream = RawStream(ssrc: 7)
                    let tone = Tone(frequency: 700)
                    var sent = 0
                    // Each packet that comes is the beat for one that goes.
                    while true {
                        let packet = try await sound.rtp()
                        if tone.fills(G711(.mu).decode(packet.payload)) { break }
                        let samples = Tone(frequency: 500).samples(from: sent * 160)
                        try await sound.send(stream.packet(samples), to: target)
                        sent += 1
                    }
                    heard.give()
                    let refusal = try await signalling.receive("a final response") { ($0.status ?? 0) >= 200 }
                    #expect(refusal.status == 486)
                    try await caller.acknowledge(refusal)
                }
            }
            try await callee.becomesIdle()
        }
    }

    @Test(.bounded) func `a caller hears what is played to him before the answer, and the call can still be answered`()
        async throws
    {
        let isHeard = Signal()
        try await withEndpoint { invitation in
            try await invitation.earlyMedia { call in
                await isHeard.wait()
                for number in 0..<15 { try await call.play(Tone().frame(number)) }
                await call.drain()
            }
            try await invitation.answer { call in try await call.echo() }
        } body: { callee in
            try await withEndpoint { caller in
                let steps = Mutex<[CallProgress]>([])
                try await caller.call(.init(to: callee.uri())) { step in
                    steps.withLock { $0.append(step) }
                    if case .earlyMedia = step { isHeard.give() }
                } _: { call in
                    #expect(await call.statistics().packetsReceived >= 10)
                    try await call.hearsEcho(of: Tone(frequency: 700))
                }
                let told = steps.withLock { $0 }
                #expect(
                    told == [
                        .provisional(status: 183, reason: "Session Progress"), .earlyMedia(codec: "PCMU"), .answered,
                    ])
            }
        }
    }

    @Test(.bounded) func `without an offer there is no sound before the answer`() async throws {
        let errors = Told<CallError>()
        try await withEndpoint { invitation in
            do {
                try await invitation.earlyMedia { _ -> Void in Issue.record("there is nowhere to send sound to") }
            } catch let error as CallError {
                errors.tell(error)
            }
        } body: { callee in
            try await UDPPeer.with { peer in
                var caller = RawCaller(peer, to: callee.port)
                try await caller.invite()
                try await caller.acknowledge(peer.response(480))
                guard case .refused(status: 488, _) = try await errors.next() else {
                    Issue.record("not refused")
                    return
                }
            }
        }
    }

    @Test(.bounded) func `F-14: an outgoing call is up only at its 200, and its status is told`() async throws {
        let isUp = Flag()
        let progress = Told<CallProgress>()
        try await UDPPeer.with { peer in
            try await withEndpoint { endpoint in
                async let duration = endpoint.call(.init(to: "sip:bob@127.0.0.1:\(peer.port)")) {
                    progress.tell($0)
                } _: { call in
                    isUp.raise()
                    return await call.statistics()
                }
                let callee = try await RawCallee(peer, of: endpoint.port)
                try await callee.respond(100, "Trying")
                try await callee.respond(180, "Ringing")
                #expect(try await progress.next() == .provisional(status: 180, reason: "Ringing"))
                try await callee.respond(183, "Progress", body: audioDescription(port: 4_000))
                #expect(try await progress.next() == .provisional(status: 183, reason: "Progress"))
                #expect(try await progress.next() == .earlyMedia(codec: "PCMU"))
                _ = await endpoint.counters()
                #expect(!isUp.isRaised)
                try await callee.respond(200, "OK", body: audioDescription(port: 4_000))
                #expect(try await progress.next() == .answered)
                _ = try await peer.request("ACK")
                try await callee.confirm("BYE")
                #expect(isUp.isRaised)
                let statistics = try await duration
                #expect(statistics.ringMilliseconds != nil)
                try await endpoint.becomesIdle()
            }
        }
    }

    @Test(
        .bounded,
        arguments: [(486, "Busy Here"), (404, "Not Found"), (503, "Service Unavailable"), (603, "Decline")])
    func `F-14: an outgoing call that only rang never comes up`(_ status: Int, _ reason: String) async throws {
        try await UDPPeer.with { peer in
            try await withEndpoint { endpoint in
                async let end = refusal {
                    try await endpoint.call(.init(to: "sip:bob@127.0.0.1:\(peer.port)")) { _ -> Void in
                        Issue.record("a call that nobody answered came up")
                    }
                }
                let callee = try await RawCallee(peer, of: endpoint.port)
                try await callee.respond(180, "Ringing")
                try await callee.respond(183, "Session Progress", body: audioDescription(port: 4_000))
                try await callee.respond(status, reason)
                _ = try await peer.request("ACK")
                #expect(try await end.status == status)
                #expect(try await end.cause == .rejected)
                try await endpoint.becomesIdle()
            }
        }
    }

    @Test(.bounded, arguments: ["", "good morning\r\n"])
    func `an answer without usable sound is hung up`(_ description: String) async throws {
        try await UDPPeer.with { peer in
            try await withEndpoint { endpoint in
                async let end = refusal {
                    try await endpoint.call(.init(to: "sip:bob@127.0.0.1:\(peer.port)")) { _ -> Void in
                        Issue.record("a call without sound came up")
                    }
                }
                let callee = try await RawCallee(peer, of: endpoint.port)
                try await callee.respond(200, "OK", body: description)
                _ = try await peer.request("ACK")
                let bye = try await callee.confirm("BYE")
                #expect(bye.header("Reason")?.contains("488") == true)
                #expect(try await end.cause == .localHangUp)
                try await endpoint.becomesIdle()
            }
        }
    }
}
