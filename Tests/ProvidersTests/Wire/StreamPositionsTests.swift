import Testing

@testable import Providers

@Suite("Stream positions")
struct StreamPositionsTests {
    @Test("Seconds of the stream are samples of the caller's sound, from where the stream began")
    func plain() {
        var positions = StreamPositions(sampleRate: 8_000, base: 1_000)
        positions.sentSound(8_000)
        #expect([0, 0.5, 1].map { positions.position($0) } == [1_000, 5_000, 9_000])
    }

    @Test("Silence that was put in does not count")
    func silence() {
        var positions = StreamPositions(sampleRate: 8_000)
        positions.sentSound(8_000)
        positions.sentSilence(4_000)
        positions.sentSilence(4_000)
        positions.sentSound(8_000)
        // Before it, in it, after it.
        #expect(
            [0.5, 1, 1.5, 2, 2.5, 3].map { positions.position($0) } == [4_000, 8_000, 8_000, 8_000, 12_000, 16_000])
    }

    @Test("However often silence is put in, what is new has its place")
    func often() {
        var positions = StreamPositions(sampleRate: 8_000)
        for _ in 0..<1_000 {
            positions.sentSound(8_000)
            positions.sentSilence(8_000)
        }
        positions.sentSound(8_000)
        #expect(positions.position(2_000.5) == 8_004_000)
        #expect(positions.position(1_999) == 8_000_000)
        #expect(positions.position(1_990.5) == 7_964_000)
    }

    @Test("T-54 times that cannot be have the nearest place", arguments: [Double.nan, -Double.infinity, -1, 0])
    func low(_ seconds: Double) {
        var positions = StreamPositions(sampleRate: 8_000, base: 7)
        positions.sentSound(100)
        #expect(positions.position(seconds) == 7)
        #expect(positions.position(1e300) == 107)
    }
}
