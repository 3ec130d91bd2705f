import RTPMedia
import TelephonyPrimitives
import Testing

@Suite("WAV files")
struct WAVFileTests {
    @Test("come back as they were written", arguments: [8000, 11_025, 16_000, 44_100, 48_000], [0, 1, 999])
    func roundTrip(sampleRate: Int, count: Int) throws {
        let signal = Signal.noise(amplitude: 32_000, count: count)
        let file = try WAVFile(parsing: WAVFile(samples: signal, sampleRate: sampleRate).octets)
        #expect(file.sampleRate == sampleRate)
        #expect(file.channels == [signal])
        #expect(!file.isTruncated)
    }

    @Test("in stereo yield left and right, and their mean as one channel")
    func stereo() throws {
        let data = [100, -100, 32_767, 32_767, -32_768, -32_766].flatMap { WAVBuilder.little($0, octets: 2) }
        let file = try WAVFile(parsing: WAVBuilder(channels: 2, data: data).octets)
        #expect(file.channels == [[100, 32_767, -32_768], [-100, 32_767, -32_766]])
        #expect(file.samples == [0, 32_767, -32_767])
        #expect(try WAVFile(parsing: file.octets).channels == file.channels)
    }

    /// Samples as in ITU-T G.711: the loudest and the softest codes of both signs.
    @Test(
        "in other encodings are made linear",
        arguments: [
            (1, 8, [0, 128, 255], [-32_768, 0, 32_512]),
            (7, 8, [0x00, 0x80, 0xFF, 0x7F], [-32_124, 32_124, 0, 0]),
            (6, 8, [0x2A, 0xAA, 0xD5, 0x55], [-32_256, 32_256, 8, -8]),
        ] as [(Int, Int, [UInt8], [Int16])])
    func encodings(tag: Int, bits: Int, data: [UInt8], samples: [Int16]) throws {
        let file = try WAVFile(parsing: WAVBuilder(tag: tag, bits: bits, data: data).octets)
        #expect(file.samples == samples)
    }

    @Test("are found behind chunks that nobody asked for, odd ones included", arguments: [0, 1, 2, 3, 77])
    func unknownChunks(length: Int) throws {
        var builder = WAVBuilder(data: [1, 0, 2, 0])
        builder.before = WAVBuilder.chunk("LIST", [UInt8](repeating: 9, count: length))
        builder.between = WAVBuilder.chunk("fact", [UInt8](repeating: 7, count: length))
        builder.after = WAVBuilder.chunk("id3 ", [UInt8](repeating: 5, count: length))
        #expect(try WAVFile(parsing: builder.octets).samples == [1, 2])
    }

    @Test("in the extensible format are read by the sub-format")
    func extensible() throws {
        var builder = WAVBuilder(tag: 0xFFFE, data: [1, 0, 2, 0])
        builder.formatTail =
            WAVBuilder.little(22, octets: 2) + WAVBuilder.little(16, octets: 2) + WAVBuilder.little(4, octets: 4)
            + WAVBuilder.little(1, octets: 2) + [UInt8](repeating: 0, count: 14)
        #expect(try WAVFile(parsing: builder.octets).samples == [1, 2])
        builder.formatTail = []
        let error = #expect(throws: WAVError.self) { _ = try WAVFile(parsing: builder.octets) }
        #expect(error?.message == "The WAV file's extensible format chunk is too short.")
    }

    @Test("that were cut off yield what is there, and say so", arguments: [1, 2, 3, 101])
    func truncated(missing: Int) throws {
        let signal = Signal.noise(amplitude: 32_000, count: 100)
        let whole = WAVFile(samples: signal, sampleRate: 8000).octets
        let file = try WAVFile(parsing: Array(whole.dropLast(missing)))
        #expect(file.isTruncated)
        #expect(file.samples == Array(signal.prefix((200 - missing) / 2)))
    }

    @Test("whose sizes were never filled in yield all that is behind the header", arguments: [0, 0xFFFF_FFFF])
    func unfinished(size: Int) throws {
        var octets = WAVFile(samples: [1, 2, 3], sampleRate: 8000).octets
        octets.replaceSubrange(40..<44, with: WAVBuilder.little(size, octets: 4))
        #expect(try WAVFile(parsing: octets).samples == [1, 2, 3])
    }

    @Test(
        "that can't be read are refused with a sentence",
        arguments: [
            ([], "does not begin with RIFF"),
            (Array("RIFF\0\0\0\0WAV".utf8), "does not begin with RIFF"),
            (Array("ID3 an MP3 file, not a WAV file".utf8), "does not begin with RIFF"),
            (Array("RIFF\0\0\0\0WAVE".utf8), "no complete format chunk"),
            (WAVBuilder(channels: 0).octets, "0 channels"), (WAVBuilder(channels: 6).octets, "6 channels"),
            (WAVBuilder(rate: 0).octets, "sample rate of 0 Hz"), (WAVBuilder(rate: 4_000_000_000).octets, "Hz"),
            (WAVBuilder(bits: 24).octets, "24-bit samples of format 1"),
            (WAVBuilder(tag: 3, bits: 32).octets, "format 3"),
            (WAVBuilder(bits: 0).octets, "0-bit"), (Array(WAVBuilder().octets.prefix(36)), "no data chunk"),
        ] as [([UInt8], String)])
    func refused(octets: [UInt8], words: String) {
        let error = #expect(throws: WAVError.self) { _ = try WAVFile(parsing: octets) }
        #expect(error?.message.contains(words) == true, "\(error?.message ?? "nothing")")
        #expect(error?.message.hasSuffix(".") == true)
    }

    @Test("of any octets at all are read or refused, never more")
    func garbage() {
        var random = SeededGenerator(seed: 4)
        let good = WAVFile(samples: Signal.noise(amplitude: 9000, count: 40), sampleRate: 8000).octets
        var read = 0
        for round in 0..<20_000 {
            var octets = good
            for _ in 0..<Int.random(in: 1...6, using: &random) {
                octets[Int.random(in: 0..<48, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            if round % 3 == 0 { octets = Array(octets.prefix(Int.random(in: 0...octets.count, using: &random))) }
            do {
                let file = try WAVFile(parsing: octets)
                #expect(file.channels.reduce(0) { $0 + $1.count } <= octets.count)
                read += 1
            } catch {
                #expect(!error.message.isEmpty)
            }
        }
        #expect(read > 100)
    }
}

/// A WAV file put together octet by octet, as wrong as a test wants.
struct WAVBuilder {
    var tag = 1
    var channels = 1
    var rate = 8000
    var bits = 16
    var data: [UInt8] = [1, 0]
    var formatTail: [UInt8] = []
    var before: [UInt8] = []
    var between: [UInt8] = []
    var after: [UInt8] = []

    init(tag: Int = 1, channels: Int = 1, rate: Int = 8000, bits: Int = 16, data: [UInt8] = [1, 0]) {
        (self.tag, self.channels, self.rate, self.bits, self.data) = (tag, channels, rate, bits, data)
    }

    static func little(_ value: Int, octets: Int) -> [UInt8] {
        (0..<octets).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }

    /// A chunk with the octet of padding that an odd length asks for.
    static func chunk(_ name: String, _ content: [UInt8]) -> [UInt8] {
        Array(name.utf8) + little(content.count, octets: 4) + content + (content.count % 2 == 1 ? [0] : [])
    }

    var octets: [UInt8] {
        let format =
            Self.little(tag, octets: 2) + Self.little(channels, octets: 2) + Self.little(rate, octets: 4)
            + Self.little(rate * channels * bits / 8, octets: 4) + Self.little(channels * bits / 8, octets: 2)
            + Self.little(bits, octets: 2) + formatTail
        let body = before + Self.chunk("fmt ", format) + between + Self.chunk("data", data) + after
        return Array("RIFF".utf8) + Self.little(body.count + 4, octets: 4) + Array("WAVE".utf8) + body
    }
}
