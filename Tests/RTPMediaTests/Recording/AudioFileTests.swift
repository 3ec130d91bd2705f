import RTPMedia
import TelephonyPrimitives
import Testing

@Suite("Files to be played")
struct AudioFileTests {
    private static let tone = Signal.sine(440, count: 8000)

    private static func ogg(_ samples: [Int16]) -> [UInt8] {
        var recorder = StereoRecorder(format: .oggOpus(bitRate: 48_000), sampleRate: 8000, start: .zero)
        for start in stride(from: 0, to: samples.count, by: 160) {
            let frame = PCMFrame(samples: Array(samples[start..<min(start + 160, samples.count)]), sampleRate: 8000)
            for side in [StereoRecorder.Side.caller, .agent] {
                recorder.record(frame, side: side, at: .zero + .microseconds(start * 125))
            }
        }
        recorder.finish()
        var file = RecordedFile()
        file.take(from: &recorder)
        return file.octets
    }

    @Test("are opened by what is in them, and converted to the rate of a call", arguments: [8000, 16_000, 48_000])
    func kinds(rate: Int) throws {
        let wav = try AudioFile(parsing: WAVFile(samples: Self.tone, sampleRate: 8000).octets)
        #expect(wav.kind == .wav && wav.sampleRate == 8000 && wav.channels == [Self.tone] && !wav.isTruncated)
        let opus = try AudioFile(parsing: Self.ogg(Self.tone))
        #expect(opus.kind == .oggOpus && opus.channels.count == 2 && !opus.isTruncated)
        for file in [wav, opus] {
            let clip = try file.clip(sampleRate: rate)
            #expect(clip.sampleRate == rate && abs(clip.samples.count - rate) <= 1)
            // It begins where the file begins: the delay of a resampler is not played.
            let expected = Signal.sine(440, count: rate, sampleRate: rate)
            let middle = rate / 10..<rate * 9 / 10
            #expect(Signal.correlation(clip.samples[middle], expected[middle]) > 0.95)
        }
        #expect(throws: AudioFileError.rate(.unsupportedRate(100))) { try wav.clip(sampleRate: 100) }
    }

    @Test("that were cut off are played as far as they go, and say so")
    func truncated() throws {
        let wav = WAVFile(samples: Self.tone, sampleRate: 8000).octets
        let cut = try AudioFile(parsing: Array(wav.prefix(1044)))
        #expect(cut.isTruncated && cut.channels[0].count == 500)
        let ogg = Self.ogg(Self.tone + Self.tone)
        let part = try AudioFile(parsing: Array(ogg.dropLast(9)))
        #expect(part.isTruncated && part.channels[0].count > 7000)
    }

    @Test(
        "that can't be played are refused with a sentence that says what to do",
        arguments: [
            ([], "The file is empty."), (Array("ID3\u{3}".utf8), "of MP3"), ([0xFF, 0xFB, 0x90], "of MP3"),
            (Array("fLaC".utf8), "of FLAC"), ([0, 0, 0, 24] + Array("ftypM4A ".utf8), "MPEG-4"),
            (Array("FORM".utf8), "AIFF"), ([0x1A, 0x45, 0xDF, 0xA3], "Matroska"), (Array("#!AMR\n".utf8), "of AMR"),
            (Array("RF64".utf8), "RF64"), (Array("hello".utf8), "neither a WAV nor an Ogg file"), ([0], "neither"),
            (Array("RIFF".utf8), "does not begin with RIFF and WAVE"),
            (WAVBuilder(channels: 0).octets, "0 channels"), (WAVBuilder(channels: 300).octets, "300 channels"),
            (WAVBuilder(rate: 0).octets, "sample rate of 0 Hz"),
            (WAVBuilder(rate: 4_294_967_295).octets, "4294967295 Hz"),
            (WAVBuilder(bits: 24).octets, "24-bit"), (WAVBuilder(data: []).octets, "no sound"),
            (WAVBuilder(data: [1]).octets, "no sound"),
            (Array("OggS".utf8), "no Ogg file with Opus"),
            (Array("OggS".utf8) + [UInt8](repeating: 0xFF, count: 400), "no Ogg file with Opus"),
        ] as [([UInt8], String)])
    func refused(octets: [UInt8], words: String) {
        let error = #expect(throws: AudioFileError.self) { try AudioFile(parsing: octets) }
        let sentence = error.map { "\($0)" } ?? ""
        #expect(sentence.contains(words), "\(sentence)")
        #expect(sentence.hasSuffix("."), "\(sentence)")
    }

    @Test("that play longer than allowed are refused before they are decoded")
    func tooLong() throws {
        let wav = WAVFile(samples: [Int16](repeating: 1, count: 16_001), sampleRate: 8000).octets
        #expect(throws: AudioFileError.tooLong(maximum: 2)) { try AudioFile(parsing: wav, longest: 2) }
        #expect(try AudioFile(parsing: Array(wav.dropLast(2)), longest: 2).channels[0].count == 16_000)
        // 120 ms in two octets, thousands of times: 190 kB that would play for more than an hour.
        var writer = OggOpusWriter(serial: 1)
        var bomb = writer.begin(.init())
        for _ in 0..<31_000 { bomb += writer.append([0x1B, 0x02].span) }
        bomb += writer.finish()
        #expect(bomb.count < 200_000)
        #expect(throws: AudioFileError.tooLong(maximum: 3600)) { try AudioFile(parsing: bomb) }
    }

    @Test("T-02 Of any octets at all nothing but sound or a sentence comes out", .tags(.threat))
    func garbage() {
        var random = SeededGenerator(seed: 5)
        let files = [
            WAVFile(samples: Array(Self.tone.prefix(200)), sampleRate: 8000).octets,
            Self.ogg(Array(Self.tone.prefix(1600))),
        ]
        var opened = 0
        for round in 0..<1500 {
            var octets = files[round % 2]
            for _ in 0..<Int.random(in: 1...5, using: &random) {
                octets[Int.random(in: 0..<min(octets.count, 120), using: &random)] = .random(
                    in: 0...255, using: &random)
            }
            if round % 3 == 0 { octets = Array(octets.prefix(Int.random(in: 0...octets.count, using: &random))) }
            do {
                let file = try AudioFile(parsing: octets, longest: 10)
                #expect((1...2).contains(file.channels.count) && file.sampleRate >= 1000)
                #expect(file.channels.allSatisfy { $0.count <= file.sampleRate * 10 + 5760 })
                opened += 1
            } catch {
                #expect("\(error)".hasSuffix("."))
            }
        }
        #expect(opened > 50)
    }
}
