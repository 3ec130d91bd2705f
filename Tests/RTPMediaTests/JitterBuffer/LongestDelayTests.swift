import TelephonyPrimitives
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

    @Test("is kept when what comes late is followed by a pause, and then by the sound of now", arguments: [1, 2, 5])
    func pauseInStall(late: Int) {
        var buffer = JitterBuffer(configuration: JitterBufferConfiguration())
        buffer.setDecoder(G711(.mu), for: 0)
        let payload = G711(.mu).encode(Signal.voice(count: 160))
        // At 3 s: some packets that are a second old, and after a pause of the sender those of the last 100 ms.
        let times = (0..<late).map { 2000 + $0 * 20 } + (0..<5).map { 2900 + $0 * 20 }
        for (index, time) in times.enumerated() {
            buffer.insert(
                payload: payload.span, payloadType: 0, sequence: UInt16(index), timestamp: UInt32(time * 8),
                marker: index == late, arrival: Instant(nanoseconds: 3_000_000_000))
        }
        for pull in 1...5 {
            let now = Instant(nanoseconds: 3_000_000_000 + Int64(pull) * 20_000_000)
            #expect(buffer.pull(now: now).samples.count == 160)
            #expect(buffer.statistics.currentDelay <= .milliseconds(Int(Self.most)))
        }
        #expect(buffer.statistics.samplesPlayed > 0)
    }
}
