import RTPMedia
import Testing

@testable import CallControl

@Suite("Sound between a stream and the beat")
struct SoundTests {
    private func frame(_ value: Int16) -> [Int16] { Array(repeating: value, count: 160) }

    private func take(_ cushion: inout SoundCushion) -> (value: Int16?, origin: PCMFrame.Origin) {
        var samples: [Int16] = []
        let origin = cushion.take(into: &samples)
        #expect(samples.count == 160)
        return (samples.first, origin)
    }

    @Test("A little waits before the first frame, and after a hole")
    func filling() {
        var cushion = SoundCushion(frameLength: 160)
        #expect(take(&cushion).origin == .silence)
        cushion.add(frame(1_000))
        cushion.add(frame(1_001))
        #expect(take(&cushion).origin == .silence)
        cushion.add(frame(1_002))
        for value in 1_000...1_002 { #expect(take(&cushion).value == Int16(value)) }
        #expect(take(&cushion).origin == .concealed)
        #expect(cushion.holes == 1)
        // Nobody speaks any more: that is one hole and no more.
        #expect(take(&cushion).origin == .silence)
        #expect(cushion.holes == 1)
    }

    @Test("Pieces of any length come out as frames")
    func pieces() {
        var cushion = SoundCushion(frameLength: 160)
        let samples = (0..<1_600).map { Int16($0) }
        var rest = samples[...]
        for size in [1, 159, 320, 7, 500, 600, 13] {
            cushion.add(Array(rest.prefix(size)))
            rest = rest.dropFirst(size)
        }
        var heard: [Int16] = []
        for _ in 0..<10 {
            var one: [Int16] = []
            _ = cushion.take(into: &one)
            heard += one
        }
        #expect(heard == samples)
    }

    @Test("What waits too long is caught up with where it is quiet; of words nothing is lost")
    func catchingUp() {
        var cushion = SoundCushion(frameLength: 160)
        for value in 1...20 { cushion.add(frame(value.isMultiple(of: 2) ? Int16(value * 1_000) : 10)) }
        var words: [Int16] = []
        var beats = 0
        while cushion.waiting > 0 {
            let value = take(&cushion).value ?? 0
            if value >= 1_000 { words.append(value) }
            beats += 1
        }
        #expect(words == (1...20).filter { $0.isMultiple(of: 2) }.map { Int16($0 * 1_000) })
        #expect(beats < 20)
        #expect(cushion.leftOut == 20 - beats)
    }

    @Test("T-21: a flood is bounded, whatever it holds")
    func flood() {
        var cushion = SoundCushion(frameLength: 160)
        for _ in 0..<10_000 { cushion.add(frame(20_000)) }
        #expect(cushion.waiting <= 100)
    }

    @Test("Only what sounds counts as played; what is cut does not")
    func line() {
        var line = SoundingLine()
        for count in [160, 160, 80] {
            line.add(PCMFrame(samples: frame(1), sampleRate: 8_000), samples: count)
        }
        #expect(line.hasRoom)
        _ = line.next()
        #expect(line.sounded == 160)
        line.cut()
        #expect(line.isEmpty && line.next() == nil)
        #expect(line.sounded == 160)
    }
}
