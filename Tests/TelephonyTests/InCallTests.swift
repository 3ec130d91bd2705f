import RTPMedia
import Telephony
import Testing

/// Keys, hold and resume: what changes while a call is up.
@Suite(.serialized) struct InCallTests {
    private static func digits(_ events: [CallEvent]) -> String {
        String(
            events.compactMap { event -> Character? in
                if case .dtmf(let digit, _) = event { digit } else { nil }
            })
    }

    @Test(.bounded) func `keys go both ways, each told once`() async throws {
        let pressed = Told<String>()
        try await withEndpoint { invitation in
            try await invitation.answer { call in
                let last = try await call.event("#") {
                    if case .dtmf("#", _) = $0 { true } else { false }
                }
                guard case .dtmf(_, let duration) = last else { return }
                #expect(duration > .zero)
                try await call.sendDTMF("A0*")
                pressed.tell(Self.digits(await call.allEvents()))
            }
        } body: { callee in
            try await withEndpoint { caller in
                try await caller.call(.init(to: callee.uri())) { call in
                    try await call.sendDTMF("11#")
                    for digit in "A0*" {
                        let event = try await call.event("\(digit)") { if case .dtmf = $0 { true } else { false } }
                        guard case .dtmf(digit, _) = event else {
                            Issue.record("not \(digit) but \(event)")
                            return
                        }
                    }
                }
                // Nothing of "11#" came a second time.
                #expect(try await pressed.next() == "")
            }
        }
    }

    @Test(.bounded) func `a key pressed twice is two keys`() async throws {
        let pressed = Told<String>()
        try await withEndpoint { invitation in
            try await invitation.answer { call in pressed.tell(Self.digits(await call.allEvents())) }
        } body: { callee in
            try await withEndpoint { caller in
                try await caller.call(.init(to: callee.uri())) { call in
                    await #expect(throws: CallError.notADigit("x")) { try await call.sendDTMF("1x") }
                    try await call.sendDTMF("5509D#")
                }
                #expect(try await pressed.next() == "5509D#")
            }
        }
    }

    @Test(
        .bounded,
        arguments: [
            ("application/dtmf-relay", "Signal=5\r\nDuration=160\r\n", "5", Duration.milliseconds(160)),
            ("application/dtmf-relay", "Signal= *\nDuration= 80\n", "*", .milliseconds(80)),
            ("application/dtmf", "7", "7", .milliseconds(100)),
        ] as [(String, String, Character, Duration)])
    func `F-17: keys that come by INFO are told`(
        _ type: String, _ body: String, _ digit: Character, _ duration: Duration
    )
        async throws
    {
        let events = Told<[CallEvent]>()
        try await withEndpoint { invitation in
            try await invitation.answer { call in events.tell(await call.allEvents()) }
        } body: { endpoint in
            try await UDPPeer.with { peer in
                var caller = RawCaller(peer, to: endpoint.port)
                _ = try await caller.connect(soundAt: 4_000)
                try await caller.perform("INFO", type: type, body: body)
                // What is no key does no harm.
                try await caller.perform("INFO", type: type, body: "Signal=99\r\n\u{0}")
                try await caller.perform("INFO", type: "text/plain", body: "hello")
                try await caller.perform("BYE")
                let keys = try await events.next().filter { if case .dtmf = $0 { true } else { false } }
                #expect(keys == [.dtmf(digit: digit, duration: duration)])
            }
        }
    }

    @Test(.bounded) func `F-04: hold and resume by re-INVITE keep the call`() async throws {
        let held = Told<Bool>()
        try await withEndpoint { invitation in
            try await invitation.answer { call in
                await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { try await call.echo() }
                    for await event in call.events {
                        if case .held(let isHeld) = event { held.tell(isHeld) }
                    }
                    group.cancelAll()
                }
            }
        } body: { callee in
            try await withEndpoint { caller in
                try await caller.call(.init(to: callee.uri())) { call in
                    try await call.hearsEcho(of: Tone())
                    for frequency in [600.0, 900] {
                        try await call.hold()
                        #expect(try await held.next())
                        try await call.resume()
                        #expect(try await !held.next())
                        try await call.hearsEcho(of: Tone(frequency: frequency))
                    }
                }
                try await caller.becomesIdle()
            }
            try await callee.becomesIdle()
            #expect(await callee.counters().callsTotal == 1)
        }
    }

    @Test(.bounded) func `F-04: on hold our sound stops, and goes on with the same stream`() async throws {
        let steps = Told<String>()
        let goOn = Signal()
        try await withEndpoint { invitation in
            try await invitation.answer { call in
                try await call.hold()
                steps.tell("held")
                await goOn.wait()
                try await call.resume()
                try await call.play(Tone())
            }
        } body: { endpoint in
            try await UDPPeer.with { signalling in
                try await UDPPeer.with { sound in
                    var caller = RawCaller(signalling, to: endpoint.port)
                    _ = try await caller.connect(soundAt: sound.port)
                    let callee = try await RawCallee(signalling, of: endpoint.port)
                    #expect(callee.invite.body.contains("a=sendonly\r\n"))
                    try await callee.respond(
                        200, "OK", body: audioDescription(port: sound.port, lines: ["a=recvonly"]))
                    _ = try await signalling.request("ACK")
                    #expect(try await steps.next() == "held")
                    goOn.give()
                    let resumed = try await RawCallee(signalling, of: endpoint.port)
                    #expect(resumed.invite.body.contains("a=sendrecv\r\n"))
                    try await resumed.respond(200, "OK", body: audioDescription(port: sound.port))
                    _ = try await signalling.request("ACK")
                    let first = try await sound.rtp()
                    while true {
                        let packet = try await sound.rtp()
                        #expect(packet.ssrc == first.ssrc)
                        if Tone().fills(G711(.mu).decode(packet.payload)) { break }
                    }
                    try await caller.perform("BYE")
                }
            }
        }
    }

    @Test(.bounded) func `a hold that is asked for before the ACK has come waits for it`() async throws {
        let steps = Told<String>()
        try await withEndpoint { invitation in
            try await invitation.answer { call in
                try await call.hold()
                steps.tell("held")
                for await _ in call.audio {}
            }
        } body: { endpoint in
            try await UDPPeer.with { peer in
                var caller = RawCaller(peer, to: endpoint.port)
                try await caller.invite(audioDescription(port: 4_000))
                _ = try await peer.response(200)
                // Half a second later, for want of an ACK, it comes again: the hold has long been asked for.
                try await caller.acknowledge(peer.response(200))
                let callee = try await RawCallee(peer, of: endpoint.port)
                #expect(callee.invite.body.contains("a=sendonly\r\n"))
                try await callee.respond(200, "OK", body: audioDescription(port: 4_000, lines: ["a=recvonly"]))
                #expect(try await steps.next() == "held")
                try await caller.perform("BYE")
            }
        }
    }

    @Test(.bounded) func `an answer to a hold that can't be read leaves the call free for another change`() async throws
    {
        let steps = Told<String>()
        try await withEndpoint { invitation in
            try await invitation.answer { call in
                do {
                    try await call.hold()
                } catch CallError.refused(let status, _) {
                    steps.tell("refused \(status)")
                }
                for await _ in call.audio {}
            }
        } body: { endpoint in
            try await UDPPeer.with { peer in
                var caller = RawCaller(peer, to: endpoint.port)
                _ = try await caller.connect(soundAt: 4_000)
                let callee = try await RawCallee(peer, of: endpoint.port)
                try await callee.respond(200, "OK", body: "good morning\r\n")
                _ = try await peer.request("ACK")
                #expect(try await steps.next() == "refused 400")
                try await caller.perform(
                    "INVITE", type: "application/sdp", body: audioDescription(port: 4_000, lines: ["a=sendonly"]))
                try await caller.perform("BYE")
            }
        }
    }

    @Test(.bounded) func `a change of the other side comes through while our hold waits after glare`() async throws {
        try await UDPPeer.with { peer in
            try await withEndpoint { endpoint in
                async let held: Void = endpoint.call(.init(to: "sip:bob@127.0.0.1:\(peer.port)")) { call in
                    try await call.hold()
                }
                let callee = try await RawCallee(peer, of: endpoint.port)
                try await callee.respond(200, "OK", body: audioDescription(port: 4_000))
                _ = try await peer.request("ACK")
                // The caller tries again after two seconds at the earliest.
                let refused = try await peer.request("INVITE")
                try await callee.respond(491, "Request Pending", to: refused)
                // Meanwhile our own change is answered at once, and knows nothing of the hold.
                let moved = try await callee.reinvite(audioDescription(port: 4_002))
                #expect(moved.status == 200)
                #expect(!moved.body.contains("a=sendonly\r\n"))
                let again = try await peer.receive("the hold") {
                    $0.method == "INVITE" && $0.header("CSeq") != refused.header("CSeq")
                }
                #expect(again.body.contains("a=sendonly\r\n"))
                #expect(again.sessionVersion == moved.sessionVersion.map { $0 + 1 })
                try await callee.respond(
                    200, "OK", to: again, body: audioDescription(port: 4_002, lines: ["a=recvonly"]))
                try await callee.confirm("BYE")
                try await held
            }
        }
    }

    @Test(.bounded) func `a hold that the other side refuses leaves the call as it was`() async throws {
        let errors = Told<CallError>()
        try await withEndpoint { invitation in
            try await invitation.answer { call in
                do {
                    try await call.hold()
                } catch let error as CallError {
                    errors.tell(error)
                }
                try await call.play(Tone())
            }
        } body: { endpoint in
            try await UDPPeer.with { signalling in
                try await UDPPeer.with { sound in
                    var caller = RawCaller(signalling, to: endpoint.port)
                    _ = try await caller.connect(soundAt: sound.port)
                    let callee = try await RawCallee(signalling, of: endpoint.port)
                    try await callee.respond(488, "Not Acceptable Here")
                    _ = try await signalling.request("ACK")
                    guard case .refused(status: 488, _) = try await errors.next() else {
                        Issue.record("not refused")
                        return
                    }
                    while try await !Tone().fills(G711(.mu).decode(sound.rtp().payload)) {}
                    try await caller.perform("BYE")
                }
            }
        }
    }
}
