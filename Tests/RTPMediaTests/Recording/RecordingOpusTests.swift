import Foundation
import RTPMedia
import TelephonyPrimitives
import Testing

@Suite("Recordings of Opus in Ogg")
struct RecordingOpusTests {
    /// By how many samples `heard` is later than `said`, by their correlation; to an eighth of a millisecond, 3 at most.
    private static func delay(of said: ArraySlice<Int16>, in heard: [Int16], rate: Int) -> Int {
        let delays = stride(from: -3 * rate / 1000, through: 3 * rate / 1000, by: rate / 8000)
        let likeness = delays.map { delay in
            var (product, energy) = (0, 1)
            for index in said.indices {
                let sample = Int(heard[index + delay])
                product += Int(said[index]) * sample
                energy += sample * sample
            }
            return Double(product) / Double(energy).squareRoot()
        }
        return zip(delays, likeness).max { $0.1 < $1.1 }?.0 ?? .max
    }

    @Test(
        "have each side in its own channel, in step within a millisecond, also behind a loss",
        arguments: [8000, 16_000, 24_000, 48_000])
    func sides(rate: Int) throws {
        let caller = Voice.samples(rate * 8 / 5, sampleRate: rate, seed: 1)
        let agent = Voice.samples(rate * 8 / 5, sampleRate: rate, seed: 9).reversed()
        let script = RecordingScript(
            format: .oggOpus(bitRate: 64_000), rate: rate, caller: caller, agent: Array(agent), missing: [30, 31])
        let (file, summary) = script.record()
        #expect(summary.sampleRate == rate && summary.duration == .milliseconds(1600))
        let ogg = try OggOpusFile(parsing: file.octets)
        #expect(ogg.header.channels == 2 && ogg.header.inputSampleRate == rate && ogg.header.preSkip > 0)
        let opened = try AudioFile(parsing: file.octets)
        #expect(opened.kind == .oggOpus && opened.sampleRate == rate && !opened.isTruncated)
        #expect(opened.channels.map(\.count) == [rate * 8 / 5, rate * 8 / 5])
        let millisecond = rate / 1000
        for (said, heard) in zip([caller, Array(agent)], opened.channels) {
            // Before the loss, and behind it.
            for start in [rate / 5, rate * 3 / 4, rate * 5 / 4] {
                let part = start..<start + rate / 4
                let delay = Self.delay(of: said[part], in: heard, rate: rate)
                #expect(abs(delay) <= millisecond, "\(delay) samples at \(rate)")
                #expect(Signal.correlation(said[part], heard[part]) > 0.8)
            }
        }
        let crossed = Signal.correlation(caller[...], opened.channels[1])
        #expect(abs(crossed) < 0.3, "\(crossed)")
    }

    @Test("end where the sound ended, to the sample", arguments: [0, 1, 159, 160, 7_999, 8_000, 8_160, 16_000, 16_001])
    func length(samples: Int) throws {
        var recorder = StereoRecorder(format: .oggOpus(), sampleRate: 8000, start: .zero)
        var file = RecordedFile()
        let voice = Voice.samples(samples, sampleRate: 8000)
        for start in stride(from: 0, to: samples, by: 160) {
            let frame = PCMFrame(samples: Array(voice[start..<min(start + 160, samples)]), sampleRate: 8000)
            recorder.record(frame, side: .caller, at: .zero + .microseconds(start * 125))
        }
        let summary = recorder.finish()
        file.take(from: &recorder)
        let ogg = try OggOpusFile(parsing: file.octets)
        #expect(ogg.channels(sampleRate: .narrowband).map(\.count) == [samples, samples])
        #expect(summary.octets == file.octets.count)
        if samples == 0 {
            #expect(throws: AudioFileError.noSound) { try AudioFile(parsing: file.octets) }
        }
    }

    @Test(
        "say what they are, and take the next rate that Opus has",
        arguments: [(4000, 8000), (11_025, 16_000), (44_100, 48_000)])
    func rates(wanted: Int, taken: Int) throws {
        var recorder = StereoRecorder(
            format: .oggOpus(bitRate: -1), sampleRate: wanted, start: .zero, comments: ["TITLE=a call"])
        #expect(recorder.sampleRate == taken)
        recorder.record(.silence(sampleRate: taken), side: .agent, at: .zero)
        recorder.finish()
        var file = RecordedFile()
        file.take(from: &recorder)
        #expect(try OggOpusFile(parsing: file.octets).header.inputSampleRate == taken)
        #expect(String(decoding: file.octets.prefix(200), as: UTF8.self).contains("TITLE=a call"))
    }

    @Test("keep the sides apart, however few bits are asked for", arguments: [8000, 16_000])
    func apart(rate: Int) throws {
        let voice = Voice.samples(rate, sampleRate: rate)
        let silence = [Int16](repeating: 0, count: rate)
        let script = RecordingScript(format: .oggOpus(bitRate: 8_000), rate: rate, caller: voice, agent: silence)
        let sides = try AudioFile(parsing: script.record().file.octets).channels
        #expect(Signal.energy(sides[1]) < Signal.energy(sides[0]) / 1e6)
    }

    @Test("are named by the ends of files")
    func names() {
        #expect(RecordingFormat(fileName: "/a.wav/b.OPUS") == .oggOpus())
        #expect(RecordingFormat(fileName: "b.ogg").fileExtension == "opus")
        #expect(RecordingFormat(fileName: "b.opus.wav") == .wav && RecordingFormat(fileName: "") == .wav)
    }

    @Test(
        "Killed at any octet, a recording plays what was written, up to its last second",
        arguments: [RecordingFormat.wav, .oggOpus(bitRate: 24_000)])
    func killed(format: RecordingFormat) throws {
        let caller = Voice.samples(20_000, sampleRate: 8000)
        let agent = Voice.samples(20_000, sampleRate: 8000, seed: 3)
        var recorder = StereoRecorder(format: format, sampleRate: 8000, start: .zero)
        var writes: [(write: StereoRecorder.Write, seconds: Double)] = []
        for index in 0..<125 {
            let now = Instant.zero + .milliseconds(20 * index)
            let part = index * 160..<(index + 1) * 160
            recorder.record(PCMFrame(samples: Array(caller[part]), sampleRate: 8000), side: .caller, at: now)
            recorder.record(PCMFrame(samples: Array(agent[part]), sampleRate: 8000), side: .agent, at: now)
            while let write = recorder.nextWrite() { writes.append((write, Double(index + 1) / 50)) }
        }
        recorder.finish()
        while let write = recorder.nextWrite() { writes.append((write, 2.5)) }
        var whole = RecordedFile()
        for (write, _) in writes { whole.write(write) }
        let reference = try AudioFile(parsing: whole.octets).channels
        let total = writes.reduce(0) { $0 + $1.write.octets.count }
        let beginning = writes.first?.write.octets.count ?? 0
        var random = SeededGenerator(seed: 22)
        for round in 0..<16 {
            // Always within the header, at its end and at the end of the file, too.
            let cut =
                round < 4 ? [0, beginning - 1, beginning, total][round] : Int.random(in: 0...total, using: &random)
            var left = cut
            var recorded = 0.0
            var file = RecordedFile()
            for (write, seconds) in writes where left > 0 {
                file.write(write, atMost: left)
                if left >= write.octets.count { recorded = seconds }
                left -= write.octets.count
            }
            guard let opened = try? AudioFile(parsing: file.octets) else {
                // Less than a second was written.
                #expect(recorded <= 1.3, "cut at \(cut)")
                continue
            }
            #expect(opened.channels.count == 2 && opened.channels[0].count == opened.channels[1].count)
            let count = opened.channels[0].count
            #expect(Double(count) / 8000 > recorded - 1.3, "\(count) of \(recorded) s, cut at \(cut)")
            // What plays is what was recorded, at the same place.
            for (channel, said) in zip(opened.channels, reference) {
                #expect(channel.prefix(said.count).elementsEqual(said.prefix(channel.count)), "cut at \(cut)")
            }
        }
    }
}
