import RTPMedia
import TelephonyPrimitives
import Testing

/// Plays two signals to a recorder, 20 ms at a time, as badly as a test wants.
struct RecordingScript {
    var format = RecordingFormat.wav
    var rate = 8000
    var caller: [Int16]
    var agent: [Int16]
    /// Frames of the caller that do not come.
    var missing: Set<Int> = []
    /// By how much each frame's instant is off.
    var jitter: (Int) -> Duration = { _ in .zero }
    /// How much time passes for each frame of the caller.
    var callerStep = Duration.milliseconds(20)
    /// What else happens, before a frame.
    var before: (Int, inout StereoRecorder, Instant) -> Void = { _, _, _ in }

    static let start = Instant.zero + .seconds(1000)

    /// - Returns: what was written, and what the recorder says of it.
    func record() -> (file: RecordedFile, summary: RecordingSummary) {
        var recorder = StereoRecorder(format: format, sampleRate: rate, start: Self.start)
        var file = RecordedFile()
        let length = rate / 50
        for index in 0..<max(caller.count, agent.count) / length {
            let now = Self.start + .milliseconds(20 * index)
            before(index, &recorder, now)
            let part = index * length..<(index + 1) * length
            if part.upperBound <= caller.count, !missing.contains(index) {
                let instant = Self.start + callerStep * index + jitter(index)
                recorder.record(PCMFrame(samples: Array(caller[part]), sampleRate: rate), side: .caller, at: instant)
            }
            if part.upperBound <= agent.count {
                recorder.record(PCMFrame(samples: Array(agent[part]), sampleRate: rate), side: .agent, at: now)
            }
            if index % 50 == 49 { recorder.advance(to: now) }
            file.take(from: &recorder)
        }
        let summary = recorder.finish()
        file.take(from: &recorder)
        return (file, summary)
    }

    func channels() throws -> [[Int16]] { try WAVFile(parsing: record().file.octets).channels }
}

@Suite("The time line of a recording")
struct RecordingAlignmentTests {
    private static let caller = Signal.noise(amplitude: 8000, count: 80_000, seed: 1)
    private static let agent = Signal.noise(amplitude: 8000, count: 80_000, seed: 2)

    @Test(
        "stays aligned to the sample when frames of one side are missing",
        arguments: [
            [0], [10], [10, 11], [10, 11, 12], Array(10...13), Array(10...40), Array(3...140), [10, 12],
            [10, 13, 17, 18],
            Array(stride(from: 5, to: 480, by: 11)), Array(stride(from: 20, to: 400, by: 3)),
        ])
    func loss(missing: [Int]) throws {
        let script = RecordingScript(caller: Self.caller, agent: Self.agent, missing: Set(missing))
        let (file, summary) = script.record()
        let read = try WAVFile(parsing: file.octets).channels
        var expected = Self.caller
        for index in missing {
            for place in index * 160..<(index + 1) * 160 { expected[place] = 0 }
        }
        #expect(read[0] == expected)
        #expect(read[1] == Self.agent)
        #expect(summary.caller.missing == .milliseconds(20 * missing.count))
        #expect(summary.agent.missing == .zero)
    }

    @Test(
        "stays aligned to the sample when frames are missing and timers are a few milliseconds off", arguments: 1...20)
    func lossWithJitter(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let missing = Set((0..<12).map { _ in Int.random(in: 20..<480, using: &random) })
        let offsets = (0..<500).map { _ in Duration.milliseconds(Int.random(in: -4...4, using: &random)) }
        let script = RecordingScript(
            caller: Self.caller, agent: Self.agent, missing: missing, jitter: { offsets[$0] })
        var expected = Self.caller
        for index in missing {
            for place in index * 160..<(index + 1) * 160 { expected[place] = 0 }
        }
        #expect(try script.channels() == [expected, Self.agent])
    }

    @Test("has no mark of a timer that was late once, or of two that swapped their turns", arguments: [10, 30, 55])
    func lateTimer(milliseconds: Int) throws {
        let script = RecordingScript(
            caller: Self.caller, agent: Self.agent,
            jitter: { index in index % 9 == 4 ? .milliseconds(milliseconds) : .zero })
        #expect(try script.channels() == [Self.caller, Self.agent])
    }

    @Test("follows a clock that is off", arguments: [-500, 500])
    func drift(partsPerMillion: Int) throws {
        // A side whose clock is slow has fewer samples for the same time, one whose clock is fast has more.
        let frames = 5_000
        let step = Duration.nanoseconds(20_000_000 * (1_000_000 + partsPerMillion) / 1_000_000)
        let voice = Signal.sine(400, count: 160 * 500)
        var recorder = StereoRecorder(sampleRate: 8000, start: .zero)
        var file = RecordedFile()
        for index in 0..<frames {
            let now = Instant.zero + step * index
            let part = voice[index % 500 * 160..<(index % 500 + 1) * 160]
            recorder.record(PCMFrame(samples: Array(part), sampleRate: 8000), side: .caller, at: now)
            recorder.advance(to: now)
            recorder.record(.silence(sampleRate: 8000), side: .agent, at: Instant.zero + .milliseconds(20 * index))
            while let write = recorder.nextWrite() { file.write(write) }
        }
        let summary = recorder.finish()
        file.take(from: &recorder)
        let real = step * frames
        let difference = summary.caller.length - real
        #expect(max(difference, .zero - difference) < .milliseconds(22), "\(difference)")
        // Single samples are invisible; a hole or a cut would be a step.
        let read = try WAVFile(parsing: file.octets).channels[0]
        #expect(Signal.largestStep(read) <= Signal.largestStep(voice) * 3 / 2)
        #expect(summary.caller.samplesDropped == 0 && summary.caller.recorded == summary.caller.length)
    }

    @Test("comes back into step after a stall whose frames came all at once")
    func stall() throws {
        // Five frames come 100 ms late, behind the silence that is put in for them.
        let voice = Signal.sine(400, count: 160 * 50 * 14)
        let script = RecordingScript(
            caller: voice, agent: Array(voice.prefix(160)),
            jitter: { index in (50..<55).contains(index) ? .milliseconds(20 * (55 - index)) : .zero })
        let (file, summary) = script.record()
        let read = try WAVFile(parsing: file.octets).channels[0]
        #expect(read.prefix(8000) == voice.prefix(8000))
        #expect(read[8000..<8800].allSatisfy { $0 == 0 })
        #expect(read[8800..<9600] == voice[8000..<8800])
        let late = summary.caller.length - .seconds(14)
        #expect(late >= .zero && late < .milliseconds(3), "\(late)")
        #expect(Signal.largestStep(read[8800...]) <= Signal.largestStep(voice) * 3 / 2)
    }

    @Test("has frames of another rate where they belong, also when the rate changes in mid-call")
    func rates() throws {
        let wide = Signal.sine(300, count: 32_000, sampleRate: 16_000)
        let narrow = Signal.sine(300, count: 16_000)
        var recorder = StereoRecorder(sampleRate: 8000, start: .zero)
        var file = RecordedFile()
        for index in 0..<100 {
            let now = Instant.zero + .milliseconds(20 * index)
            let isWide = (25..<75).contains(index)
            let frame =
                isWide
                ? PCMFrame(samples: Array(wide[index * 320..<(index + 1) * 320]), sampleRate: 16_000)
                : PCMFrame(samples: Array(narrow[index * 160..<(index + 1) * 160]), sampleRate: 8000)
            recorder.record(frame, side: .caller, at: now)
            recorder.record(
                PCMFrame(samples: Array(narrow[index * 160..<(index + 1) * 160]), sampleRate: 8000), side: .agent,
                at: now)
        }
        recorder.finish()
        file.take(from: &recorder)
        let read = try WAVFile(parsing: file.octets).channels
        #expect(read[1] == narrow)
        #expect(read[0].count == narrow.count)
        // The same tone by two ways lies on top of itself, but for the edges.
        #expect(Signal.correlation(read[0][4200..<11_800], narrow[4200..<11_800]) > 0.999)
        #expect(Signal.correlation(read[0], narrow) > 0.995)
    }

    @Test("is silent in a pause, on both sides, and goes on in its place; the pauses are told")
    func pauses() throws {
        var script = RecordingScript(caller: Self.caller, agent: Self.agent)
        script.jitter = { [Duration.zero, .milliseconds(9), .milliseconds(-6)][$0 % 3] }
        script.before = { index, recorder, now in
            if index == 100 || index == 300 { recorder.pause(at: now) }
            // Twice is once.
            if index == 110 { recorder.pause(at: now) }
            if index == 150 || index == 160 { recorder.resume(at: now) }
            #expect(recorder.isPaused == ((100..<150).contains(index) || index >= 300))
        }
        let (file, summary) = script.record()
        let read = try WAVFile(parsing: file.octets).channels
        #expect(
            summary.pauses == [
                .init(start: .seconds(2), end: .seconds(3)), .init(start: .seconds(6), end: .seconds(10)),
            ])
        for (channel, said) in zip(read, [Self.caller, Self.agent]) {
            #expect(channel[..<15_800] == said[..<15_800])
            #expect(channel[16_000..<24_000].allSatisfy { $0 == 0 })
            #expect(channel[24_200..<47_800] == said[24_200..<47_800])
            #expect(channel[48_000...].allSatisfy { $0 == 0 })
        }
        #expect(summary.duration == .seconds(10))
    }

    @Test("leaves out what was heard in a pause however late it comes, and what was ahead of the time")
    func pausedLate() throws {
        var recorder = StereoRecorder(sampleRate: 8000, start: .zero)
        var file = RecordedFile()
        let second = PCMFrame(samples: Array(repeating: 7, count: 8000), sampleRate: 8000)
        // A second and a half ahead when the pause begins; nothing of the other side allows it to be written yet.
        recorder.record(second, side: .agent, at: .zero)
        recorder.record(second, side: .agent, at: .zero)
        recorder.pause(at: .zero + .milliseconds(500))
        recorder.resume(at: .zero + .seconds(3))
        recorder.advance(to: .zero + .seconds(5))
        recorder.record(second, side: .caller, at: .zero + .milliseconds(2500))
        recorder.finish()
        file.take(from: &recorder)
        let read = try WAVFile(parsing: file.octets).channels
        #expect(read[0].count > 36_000 && read[0].allSatisfy { $0 == 0 })
        #expect(read[1][..<4000].allSatisfy { $0 == 7 } && read[1][4000...].allSatisfy { $0 == 0 })
    }

    @Test("is not filled without end by a clock that leaps")
    func leap() throws {
        var recorder = StereoRecorder(sampleRate: 8000, start: .zero)
        let frame = PCMFrame(samples: Array(repeating: 7, count: 160), sampleRate: 8000)
        recorder.record(frame, side: .caller, at: .zero)
        recorder.record(frame, side: .caller, at: Instant(nanoseconds: .max))
        recorder.record(frame, side: .caller, at: Instant(nanoseconds: .min))
        let summary = recorder.finish()
        #expect(summary.duration >= .seconds(600) && summary.duration < .seconds(601))
        #expect(summary.omitted > .seconds(900_000))
    }

    @Test(
        "F-22 A recording is complete, tells the length of each leg, what was missing, and that it is over",
        arguments: [RecordingFormat.wav, .oggOpus()])
    func complete(format: RecordingFormat) throws {
        // The caller hangs up after 3 s of 10, having lost a fifth of a second; the agent speaks to the end.
        let script = RecordingScript(
            format: format, caller: Array(Self.caller.prefix(24_000)), agent: Self.agent, missing: Set(50..<60))
        var recorder = StereoRecorder(format: format, sampleRate: 8000, start: .zero)
        #expect(!recorder.isFinished && recorder.summary == nil)
        let (file, summary) = script.record()
        #expect(summary.format == format && summary.sampleRate == 8000)
        #expect(summary.duration == .seconds(10))
        #expect(summary.octets == file.octets.count)
        #expect(summary.caller.length == .seconds(3) && summary.agent.length == .seconds(10))
        #expect(summary.caller.recorded == .milliseconds(2800) && summary.agent.recorded == .seconds(10))
        #expect(summary.caller.missing == .milliseconds(7200) && summary.agent.missing == .zero)
        #expect(summary.caller.samplesDropped == 0 && summary.agent.samplesDropped == 0)
        #expect(summary.pauses.isEmpty && summary.omitted == .zero)
        let opened = try AudioFile(parsing: file.octets)
        #expect(opened.channels.map(\.count) == [80_000, 80_000])
        let first = recorder.finish()
        #expect(recorder.isFinished && recorder.summary == first)
        recorder.pause(at: .zero)
        #expect(recorder.finish() == first)
    }
}
