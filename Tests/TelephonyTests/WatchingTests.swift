import RTPMedia
import Telephony
import TelephonyPrimitives
import Testing

/// What an application sees of the sound of its calls, beside the sound.
@Suite(.serialized) struct WatchingTests {
    struct Seen: Sendable {
        var received = 0
        var sent = 0
        var others = 0
        var before = Instant.zero
    }

    /// Traces the callee's media while the caller plays a tone that comes back.
    private func traced(
        _ policy: SRTPPolicy, isDecrypted: Bool,
        until isEnough: @escaping @Sendable (inout Seen, TracedDatagram) -> Bool
    ) async throws {
        let seen = Told<TracedDatagram>()
        try await withEndpoint { configuration in
            configuration.srtp = policy
            configuration.mediaTrace = MediaTrace(isDecrypted: isDecrypted) { seen.tell($0) }
        } handler: { invitation in
            try await invitation.answer { call in try await call.echo() }
        } body: { callee in
            try await withEndpoint {
                $0.srtp = policy
            } body: { caller in
                try await caller.call(.init(to: callee.uri())) { call in
                    try await withThrowingTaskGroup(of: Void.self) { group in
                        group.addTask { try await call.play(Tone()) }
                        var count = Seen()
                        while try await !isEnough(&count, seen.next()) {}
                        group.cancelAll()
                    }
                }
            }
        }
    }

    private static func sound(_ octets: [UInt8]) -> [Int16]? {
        guard let packet = try? RTPPacket(parsing: octets), packet.payloadType == 0 else { return nil }
        return G711(.mu).decode(packet.payload)
    }

    @Test(.bounded, arguments: [true, false])
    func `a trace of an encrypted call has the tone inside of the packets, both ways, only where it is asked for`(
        isDecrypted: Bool
    ) async throws {
        try await traced(.required, isDecrypted: isDecrypted) { count, datagram in
            #expect(datagram.local.port != datagram.remote.port)
            // On the wire it is not to be understood.
            #expect(!(Self.sound(datagram.octets).map { Tone().fills($0) } ?? false))
            if let clear = datagram.clear {
                #expect(isDecrypted)
                #expect(datagram.octets.count == clear.count + (datagram.octets.count > clear.count + 10 ? 16 : 10))
                if let heard = Self.sound(clear), Tone().fills(heard) {
                    if datagram.isReceived { count.received += 1 } else { count.sent += 1 }
                }
            } else {
                #expect(!isDecrypted)
                count.others += 1
            }
            return isDecrypted ? count.received >= 20 && count.sent >= 20 : count.others >= 100
        }
    }

    @Test(.bounded) func `a trace of a call in the clear has what was on the wire, with the times of its coming`()
        async throws
    {
        try await traced(.off, isDecrypted: true) { count, datagram in
            #expect(datagram.clear == nil)
            if let heard = Self.sound(datagram.octets), Tone().fills(heard) {
                if datagram.isReceived { count.received += 1 } else { count.sent += 1 }
            }
            if datagram.isReceived, datagram.octets.count == 172 {
                #expect(datagram.time > count.before)
                count.before = datagram.time
            }
            return count.received >= 20 && count.sent >= 20
        }
    }

    @Test(.bounded) func `how a call sounds is told every second, and kept in its figures`() async throws {
        try await withEndpoint { invitation in
            try await invitation.answer { call in try await call.echo() }
        } body: { callee in
            try await withEndpoint { caller in
                try await caller.call(.init(to: callee.uri())) { call in
                    try await withThrowingTaskGroup(of: Void.self) { group in
                        group.addTask { try await call.play(Tone()) }
                        var reports: [QualityReport] = []
                        for await report in call.quality {
                            reports.append(report)
                            if reports.count == 3 { break }
                        }
                        #expect(reports.count == 3)
                        for (one, next) in zip(reports, reports.dropFirst()) {
                            // Reports are made in a beat of the sound, 20 ms apart.
                            let apart = one.end.duration(to: next.end)
                            #expect(apart >= .milliseconds(980))
                        }
                        let last = try #require(reports.last)
                        #expect(last.packetsReceived > 0 && last.packetsSent > 0)
                        #expect(last.heardMOS.map { (1...4.5).contains($0) } == true)
                        #expect(last.level > -40)
                        let figures = await call.statistics()
                        #expect(figures.concealedMilliseconds != nil && figures.stretchedMilliseconds != nil)
                        #expect(figures.lossBursts != nil && figures.gapDensity != nil)
                        group.cancelAll()
                    }
                }
            }
        }
    }

    @Test(.bounded) func `a front end takes our own voice out of what comes back, and leaves taps what came`()
        async throws
    {
        try await withEndpoint { invitation in
            // The line returns all that it gets.
            try await invitation.answer { call in try await call.echo() }
        } body: { callee in
            try await withEndpoint { caller in
                try await caller.call(.init(to: callee.uri())) { call in
                    try await call.setFrontEnd(SpeechFrontEndConfiguration())
                    let came = Told<Double>()
                    await call.setTap { heard, _ in came.tell(LevelMeter.level(of: heard.samples)) }
                    try await withThrowingTaskGroup(of: Void.self) { group in
                        // Noise has an echo that can be found, as speech has and a tone has not.
                        group.addTask {
                            var random = SeededGenerator(seed: 7)
                            while !Task.isCancelled {
                                let samples = (0..<160).map { _ in Int16.random(in: -6_000...6_000, using: &random) }
                                try await call.play(PCMFrame(samples: samples, sampleRate: 8_000))
                            }
                        }
                        var quiet = 0
                        for await frame in call.audio {
                            let before = try await came.next()
                            let after = LevelMeter.level(of: frame.samples)
                            quiet = before > -30 && after < before - 20 ? quiet + 1 : 0
                            if quiet == 10 { break }
                        }
                        #expect(quiet == 10)
                        #expect(await call.speechObservation()?.echo != nil)
                        group.cancelAll()
                    }
                    try await call.setFrontEnd(nil)
                    #expect(await call.speechObservation() == nil)
                    await #expect(throws: SpeechFrontEndError.outOfRange("noiseSuppression")) {
                        try await call.setFrontEnd(SpeechFrontEndConfiguration(noiseSuppression: 99))
                    }
                }
            }
        }
    }
}
