import Testing

@testable import RTPMedia

/// What a stall holds back comes at once, and may be older than anybody wants to hear.
@Suite struct LongestDelayTests {
    /// The longest delay of the configuration with the frame that is worked off in one step.
    private static let most = 400.0 + 20 + 20

    @Test("is kept however long the stall was and whatever was lost in it", arguments: [0, 3, 7], [600.0, 1500, 1900])
    func stall(lossEvery: Int, length: Double) {
        var line = Line(Signal.voice(count: 8000 * 5))
        line.stall(at: 1500, for: length)
        line.packets = line.packets.enumerated().filter { lossEvery == 0 || $0.offset % lossEvery != 0 }.map(\.element)
        let playback = Playback(line)
        #expect(playback.delays.max() ?? 0 <= Self.most)
        #expect(playback.frames.allSatisfy { $0.samples.count == 160 })
        // It is the sound of now that is heard in the end.
        #expect(playback.buffer.statistics.samplesPlayed > 8000 * 2)
    }
}
