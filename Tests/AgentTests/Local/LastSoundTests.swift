import Testing

@testable import Agent

struct LastSoundTests {
    private static func tone(_ milliseconds: Int, _ level: Float) -> [Float] {
        (0..<milliseconds * 16).map { $0 % 16 < 8 ? level : -level }
    }

    @Test(
        "The quiet after speech is counted from its last sound, also on a noisy line",
        arguments: [
            // Milliseconds after the word that Silero went on, the level of the line, and what is found.
            (0, 0, 280), (100, 0, 380), (240, 0, 520), (100, 0.01, 380), (290, 0.01, 570),
        ] as [(Int, Float, Int)])
    func quiet(hang: Int, noise: Float, expected: Int) {
        let speech = Self.tone(500, 0.3) + Self.tone(hang + 280, noise)
        #expect(LastSound.quiet(after: speech, trail: 280 * 16) == expected * 16)
    }

    @Test("Where all is as loud, what is usual is taken; of nothing, nothing")
    func unclear() {
        #expect(LastSound.quiet(after: Self.tone(900, 0.3), trail: 280 * 16) == (280 + 150) * 16)
        #expect(LastSound.quiet(after: [], trail: 280 * 16) == 280 * 16)
        #expect(LastSound.quiet(after: [0.1, 0.2], trail: 280 * 16) == 280 * 16)
    }
}
