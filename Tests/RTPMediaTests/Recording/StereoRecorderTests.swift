import RTPMedia
import TelephonyPrimitives
import Testing

@Suite("The recorder of both sides")
struct StereoRecorderTests {
    private static let rate = 8000

    private static func frame(_ signal: [Int16], _ index: Int, rate: Int = rate) -> PCMFrame {
        PCMFrame(samples: Array(signal[index * rate / 50..<(index + 1) * rate / 50]), sampleRate: rate)
    }

    @Test("puts the caller left and the agent right, sample by sample, and on one time line")
    func sides() throws {
        let caller = Signal.noise(amplitude: 8000, count: 16_000, seed: 1)
        let agent = Signal.noise(amplitude: 8000, count: 16_000, seed: 2)
        var recorder = StereoRecorder(sampleRate: Self.rate, start: .zero + .seconds(100))
        var file = RecordedFile()
        for index in 0..<100 {
            // Timers are a little early or late; it leaves no mark.
            let now = Instant.zero + .seconds(100) + .milliseconds(20 * index + [0, 4, -3, 7][index % 4])
            recorder.record(Self.frame(caller, index), side: .caller, at: now)
            recorder.record(Self.frame(agent, index), side: .agent, at: now + .milliseconds(5))
            file.take(from: &recorder)
        }
        recorder.finish()
        file.take(from: &recorder)
        let read = try WAVFile(parsing: file.octets)
        #expect(read.channels == [caller, agent])
        #expect(!read.isTruncated)
        #expect(recorder.duration == .seconds(2))
        #expect(recorder.samplesDropped == 0)
    }

    @Test(
        "leaves a file that is valid up to its last second when it is killed at any write",
        arguments: [0, 1, 3, 8, 20, 40])
    func killed(afterWrites limit: Int) throws {
        let caller = Signal.noise(amplitude: 8000, count: 80_000, seed: 1)
        var recorder = StereoRecorder(sampleRate: Self.rate, start: .zero)
        var file = RecordedFile()
        file.writesLeft = limit + 1
        var frames = 0
        while file.writesLeft > 0, frames < 500 {
            let now = Instant.zero + .milliseconds(20 * frames)
            recorder.record(Self.frame(caller, frames), side: .caller, at: now)
            recorder.record(.silence(sampleRate: Self.rate), side: .agent, at: now)
            frames += 1
            file.take(from: &recorder)
        }
        // A player that goes by the header sees all but the last second.
        let promised = file.number(at: 40) / 4
        #expect(44 + promised * 4 <= file.octets.count)
        // Killed between the two sizes: that of the file is newer then, and as true.
        #expect(file.number(at: 4) >= promised * 4 + 36)
        #expect(file.number(at: 4) + 8 <= file.octets.count)
        #expect(promised > frames * 160 - Self.rate - Self.rate / 4)
        let strict = try WAVFile(parsing: Array(file.octets.prefix(44 + promised * 4)))
        #expect(!strict.isTruncated)
        #expect(strict.channels[0] == Array(caller.prefix(promised)))
    }

    @Test("puts silence where a side was silent, so that the other stays in its place")
    func silence() throws {
        let agent = Signal.noise(amplitude: 8000, count: 8000, seed: 3)
        var recorder = StereoRecorder(sampleRate: Self.rate, start: .zero)
        var file = RecordedFile()
        for index in 0..<50 {
            recorder.record(Self.frame(agent, index), side: .agent, at: .zero + .seconds(3) + .milliseconds(20 * index))
        }
        for second in 1...5 { recorder.advance(to: .zero + .seconds(second)) }
        recorder.finish()
        file.take(from: &recorder)
        let read = try WAVFile(parsing: file.octets)
        #expect(read.channels[0].allSatisfy { $0 == 0 })
        #expect(Array(read.channels[1].dropFirst(24_000).prefix(8000)) == agent)
        #expect(read.channels[1].prefix(24_000).allSatisfy { $0 == 0 })
        #expect(read.channels[1].count == 36_000)
    }

    @Test("converts frames of another rate")
    func rates() throws {
        let caller = Signal.sine(500, count: 16_000, sampleRate: 16_000)
        var recorder = StereoRecorder(sampleRate: Self.rate, start: .zero)
        var file = RecordedFile()
        for index in 0..<50 {
            recorder.record(
                Self.frame(caller, index, rate: 16_000), side: .caller, at: .zero + .milliseconds(20 * index))
        }
        recorder.finish()
        file.take(from: &recorder)
        let left = try WAVFile(parsing: file.octets).channels[0]
        #expect(abs(left.count - 8000) <= 160)
        #expect(abs(Signal.frequency(Array(left.dropFirst(400)), sampleRate: 8000) - 500) < 2)
    }

    @Test("drops what runs far ahead of the time, refuses impossible rates, and ignores all after its end")
    func limits() {
        var recorder = StereoRecorder(sampleRate: Self.rate, start: .zero)
        let frame = PCMFrame(samples: Array(repeating: 1, count: 8000), sampleRate: 8000)
        for _ in 0..<10 { recorder.record(frame, side: .caller, at: .zero) }
        #expect(recorder.samplesDropped == 4 * 8000)
        recorder.record(PCMFrame(samples: [1, 2, 3], sampleRate: 0), side: .agent, at: .zero)
        #expect(recorder.samplesDropped == 4 * 8000 + 3)
        recorder.finish()
        while recorder.nextWrite() != nil {}
        recorder.record(frame, side: .agent, at: .zero + .seconds(9))
        recorder.advance(to: .zero + .seconds(99))
        recorder.finish()
        #expect(recorder.nextWrite() == nil)
    }
}

/// The file that a recorder's writes make; it can be killed after some of them.
struct RecordedFile {
    var octets: [UInt8] = []
    var writesLeft = Int.max

    mutating func take(from recorder: inout StereoRecorder) {
        while let write = recorder.nextWrite() {
            guard writesLeft > 0 else { return }
            writesLeft -= 1
            self.write(write)
        }
    }

    /// Takes a write, or as much of it as was done when the writer was killed.
    mutating func write(_ write: StereoRecorder.Write, atMost count: Int = .max) {
        let new = write.octets.prefix(count)
        let end = write.offset + new.count
        if octets.count < end { octets += [UInt8](repeating: 0, count: end - octets.count) }
        octets.replaceSubrange(write.offset..<end, with: new)
    }

    /// The little-endian number of four octets.
    func number(at offset: Int) -> Int {
        octets[offset..<offset + 4].reversed().reduce(0) { $0 << 8 | Int($1) }
    }
}
