import RTPMedia
import Telephony
import Testing

@testable import Telephony

/// How loud a call is, for whoever looks on.
@Suite(.serialized) struct LevelTests {
    private static func tone(_ amplitude: Double) -> PCMFrame {
        // 1 kHz at 8 kHz: eight samples a period.
        let wave = [0.0, 0.7071, 1, 0.7071, 0, -0.7071, -1, -0.7071]
        return PCMFrame(samples: (0..<160).map { Int16(amplitude * wave[$0 % 8]) }, sampleRate: 8_000)
    }

    @Test("Both sides are measured, what is not sent as silence, and no longer than somebody looks")
    func pair() throws {
        var pair = LevelPair()
        #expect(pair.levels == nil && pair.isWanted)
        pair.add(heard: Self.tone(16_384), sent: nil)
        let first = try #require(pair.levels)
        #expect(abs(first.heard + 9) < 0.1 && first.sent == LevelMeter.floor)
        pair.add(heard: Self.tone(16_384), sent: Self.tone(16_384))
        // Half of the time silent: three decibels less.
        #expect(abs(try #require(pair.levels).sent + 12) < 0.1)
        for _ in 0..<248 { pair.add(heard: Self.tone(1), sent: nil) }
        #expect(!pair.isWanted)
    }

    @Test(.bounded)
    func `a call that is up tells how loud it is from the second time on, and nothing after its end`() async throws {
        try await withEndpoint { invitation in
            try await invitation.answer { call in
                for await frame in call.audio { try await call.play(frame) }
            }
        } body: { echo in
            try await withEndpoint { phone in
                let ended = try await phone.call(.init(to: echo.uri("echo"))) { call in
                    #expect(await call.levels() == nil)
                    // The echo of what is said comes back, and is loud once it does.
                    var frames = call.audio.makeAsyncIterator()
                    var heard = LevelMeter.floor
                    while heard < -20 {
                        try await call.play(Self.tone(16_384))
                        guard await frames.next() != nil else { break }
                        if let levels = await call.levels() { heard = max(heard, levels.heard) }
                    }
                    #expect(heard > -20)
                    return call
                }
                #expect(await ended.levels() == nil)
            }
        }
    }
}
