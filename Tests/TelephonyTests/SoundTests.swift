import RTPMedia
import Telephony
import Testing

/// The sound of a call as a plain peer sees it, and as the application does.
@Suite(.serialized) struct SoundTests {
    @Test(.bounded) func `F-02: sound flows from the agent first, before the caller has sent a packet`() async throws {
        try await withEndpoint { invitation in
            try await invitation.answer { call in try await call.play(Tone()) }
        } body: { endpoint in
            try await UDPPeer.with { signalling in
                try await UDPPeer.with { sound in
                    var caller = RawCaller(signalling, to: endpoint.port)
                    let answer = try await caller.connect(soundAt: sound.port)
                    let port = try #require(answer.audioPort)
                    var run = 0
                    while run < 10 {
                        let datagram = try await sound.receive()
                        #expect(datagram.port == port)
                        let packet = try #require(datagram.rtp)
                        run = Tone().fills(G711(.mu).decode(packet.payload)) ? run + 1 : 0
                    }
                    try await caller.perform("BYE")
                }
            }
        }
    }

    @Test(.bounded)
    func `F-03: one packet of 160 samples per 20 ms whatever burst the application hands over`() async throws {
        let total = 8_000
        let tone = Tone(frequency: 440)
        try await withEndpoint { invitation in
            try await invitation.answer { call in
                // A second of sound at once, and then pieces that fit no frame.
                try await call.play(PCMFrame(samples: tone.samples(count: total), sampleRate: 8_000))
                for size in [1, 37, 160, 480, 999, 323] {
                    try await call.play(PCMFrame(samples: tone.samples(count: size), sampleRate: 8_000))
                }
                await call.drain()
                #expect(await call.playedSamples() == total + 2_000)
                for await _ in call.audio {}
            }
        } body: { endpoint in
            try await UDPPeer.with { signalling in
                try await UDPPeer.with { sound in
                    var caller = RawCaller(signalling, to: endpoint.port)
                    _ = try await caller.connect(soundAt: sound.port)
                    var before = try await sound.rtp()
                    #expect(before.marker)
                    var heard = Array(before.payload)
                    for _ in 0..<100 {
                        let packet = try await sound.rtp()
                        #expect(packet.sequence == before.sequence &+ 1)
                        #expect(packet.timestamp == before.timestamp &+ 160)
                        #expect(packet.ssrc == before.ssrc)
                        #expect(packet.payload.count == 160)
                        #expect(!packet.marker)
                        heard += packet.payload
                        before = packet
                    }
                    // Nothing of it is lost, doubled or out of order.
                    let sent = G711(.mu).encode(tone.samples(count: total))
                    #expect(heard.firstRange(of: sent) != nil)
                    try await caller.perform("BYE")
                }
            }
        }
    }

    @Test(.bounded) func `F-08: A-law is decoded as A-law`() async throws {
        let codecs = Told<String>()
        try await withEndpoint {
            $0.codecs = [.pcma]
        } handler: { invitation in
            try await invitation.answer { call in
                try await call.hears(Tone())
                codecs.tell(await call.statistics().codec)
                try await call.play(Tone(frequency: 700))
            }
        } body: { endpoint in
            try await UDPPeer.with { signalling in
                try await UDPPeer.with { sound in
                    var caller = RawCaller(signalling, to: endpoint.port)
                    let answer = try await caller.connect(soundAt: sound.port, payloads: "8 0 101")
                    let port = try #require(answer.audioPort)
                    var stream = RawStream(ssrc: 9, payloadType: 8)
                    var (sent, run) = (0, 0)
                    while run < 5 {
                        let packet = try await sound.rtp()
                        #expect(packet.payloadType == 8)
                        run = Tone(frequency: 700).fills(G711(.a).decode(packet.payload)) ? run + 1 : 0
                        try await sound.send(stream.packet(Tone().samples(from: sent * 160), .a), to: port)
                        sent += 1
                    }
                    #expect(try await codecs.next() == "PCMA")
                    try await caller.perform("BYE")
                }
            }
        }
    }

    @Test(.bounded, arguments: [[VoiceCodec.pcma, .pcmu], [.pcma]])
    func `two endpoints that prefer A-law speak it`(_ codecs: [VoiceCodec]) async throws {
        try await withEndpoint {
            $0.codecs = codecs
        } handler: { invitation in
            try await invitation.answer { call in try await call.echo() }
        } body: { callee in
            try await withEndpoint {
                $0.codecs = codecs
            } body: { caller in
                try await caller.call(.init(to: callee.uri())) { call in
                    try await call.hearsEcho(of: Tone())
                    #expect(await call.statistics().codec == "PCMA")
                }
            }
        }
    }

    @Test(.bounded) func `an INVITE without an offer gets one in the 200, and the ACK's answer starts the sound`()
        async throws
    {
        try await withEndpoint { invitation in
            try await invitation.answer { call in try await call.play(Tone()) }
        } body: { endpoint in
            try await UDPPeer.with { signalling in
                try await UDPPeer.with { sound in
                    var caller = RawCaller(signalling, to: endpoint.port)
                    try await caller.invite()
                    let offer = try await signalling.response(200)
                    #expect(offer.audioPort != nil)
                    try await caller.acknowledge(offer, body: audioDescription(port: sound.port))
                    while true {
                        let packet = try await sound.rtp()
                        if Tone().fills(G711(.mu).decode(packet.payload)) { break }
                    }
                    try await caller.perform("BYE")
                }
            }
        }
    }

    /// Makes a call whose callee runs `body` while the caller listens.
    private func onCall(_ body: @escaping @Sendable (any Call) async throws -> Void) async throws {
        let failures = Told<(any Error)?>()
        try await withEndpoint { invitation in
            try await invitation.answer { call in
                do {
                    try await body(call)
                    failures.tell(nil)
                } catch {
                    failures.tell(error)
                }
            }
        } body: { callee in
            try await withEndpoint { caller in
                try await caller.call(.init(to: callee.uri())) { call in for await _ in call.audio {} }
            }
            if let failure = try await failures.next() { throw failure }
        }
    }

    @Test(.bounded) func `play lets nobody run ahead of the sound by more than about 200 ms`() async throws {
        try await onCall { call in
            for number in 1...75 {
                try await call.play(Tone().frame(number))
                let ahead = number * 160 - (await call.playedSamples())
                #expect(ahead <= 1_600)
            }
        }
    }

    @Test(.bounded) func `flush drops what is queued, says how much was sent before, and frees who waits to play`()
        async throws
    {
        try await onCall { call in
            // Ten seconds at once: it would be waited for.
            async let handedOver: Void = call.play(
                PCMFrame(samples: Array(repeating: 0, count: 80_000), sampleRate: 8_000))
            while await call.playedSamples() == 0 { await Task.yield() }
            let played = await call.flush()
            #expect(played > 0)
            #expect(played < 80_000)
            try await handedOver
            // The queue is empty: nothing more of it is ever sent.
            await call.drain()
            #expect(await call.playedSamples() == played)
            try await call.play(Tone().frame(0))
            await call.drain()
            #expect(await call.playedSamples() == played + 160)
        }
    }

    @Test(.bounded) func `a frame of another rate is refused`() async throws {
        try await onCall { call in
            await #expect(throws: CallError.unsupportedSampleRate(16_000)) {
                try await call.play(.silence(sampleRate: 16_000))
            }
        }
    }

    @Test(.bounded) func `sound that nobody reads is dropped from its beginning, and counted`() async throws {
        try await onCall { call in
            // The pace of our own sound is the clock: 1.5 s of it, while the buffer holds 1 s.
            for number in 0..<75 { try await call.play(Tone().frame(number)) }
            await call.drain()
            let dropped = await call.statistics().framesDropped
            #expect(dropped > 0)
            var count = 0
            await call.hangUp(reason: .normal)
            for await _ in call.audio { count += 1 }
            #expect(count == 50)
        }
    }

    @Test(.bounded) func `a tap gets both sides in step`() async throws {
        try await onCall { call in
            let taps = Told<(heard: PCMFrame, sent: PCMFrame)>()
            await call.setTap { taps.tell(($0, $1)) }
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await call.play(Tone()) }
                while true {
                    let pair = try await taps.next()
                    #expect(pair.heard.samples.count == 160)
                    #expect(pair.sent.samples.count == 160)
                    if Tone().fills(pair.sent.samples) { break }
                }
                group.cancelAll()
            }
            await call.setTap(nil)
        }
    }
}
