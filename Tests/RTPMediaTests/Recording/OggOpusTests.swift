import Foundation
import RTPMedia
import TelephonyPrimitives
import Testing

@Suite("Opus in Ogg")
struct OggOpusTests {
    private func packets(_ samples: [Int16]) -> (payloads: [[UInt8]], preSkip: Int) {
        var encoder = OpusEncoder()
        return (encoder.payloads(of: samples, length: 320), encoder.lookahead * 3)
    }

    private func file(_ payloads: [[UInt8]], _ header: OggOpusWriter.Header, length: Int64? = nil) -> [UInt8] {
        var writer = OggOpusWriter(serial: 0x1234_5678)
        var octets = writer.begin(header, comments: ["TITLE=a call"])
        for payload in payloads { octets += writer.append(payload.span) }
        return octets + writer.finish(length: length)
    }

    @Test("What is written is read, and plays for as long as it should")
    func roundTrip() throws {
        let voice = Voice.samples(16_000 * 5 / 2, sampleRate: 16_000)
        let (payloads, preSkip) = packets(voice + [Int16](repeating: 0, count: 320))
        let header = OggOpusWriter.Header(preSkip: preSkip)
        let written = file(payloads, header, length: Int64(voice.count * 3 + preSkip))
        let read = try OggOpusFile(parsing: written)
        #expect(read.header == header)
        #expect(read.packets == payloads)
        let heard = read.samples()
        #expect(heard.count == voice.count)
        #expect(Voice.signalToNoise(voice[...], heard[...]) > 5)
        #expect(read.samples(sampleRate: .fullband).count == voice.count * 3)
    }

    @Test("A page holds a second; a file that was cut off has the seconds before")
    func cutOff() throws {
        let (payloads, _) = packets(Voice.samples(16_000 * 3, sampleRate: 16_000))
        let written = file(payloads, OggOpusWriter.Header())
        let pages = written.indices.filter { written[$0...].starts(with: Array("OggS".utf8)) }
        #expect(pages.count == 5)
        let cut = try OggOpusFile(parsing: Array(written[..<(pages[4] - 5)]))
        #expect(cut.packets == Array(payloads.prefix(50)) && cut.length == nil)
        // One page is damaged: its packets are missing, no others.
        var damaged = written
        damaged[pages[3] + 100] ^= 1
        #expect(try OggOpusFile(parsing: damaged).packets == Array(payloads.prefix(50) + payloads.dropFirst(100)))
    }

    @Test("Packets longer than a page's segments are continued, and those of other streams passed over")
    func continued() throws {
        // 48 frames of 1 275 octets: 61 202 octets.
        let long = [UInt8](repeating: 0x83, count: 1) + [48] + [UInt8](repeating: 7, count: 48 * 1275)
        let written = file([long, [0x08, 1, 2]], OggOpusWriter.Header())
        let read = try OggOpusFile(parsing: written)
        #expect(read.packets == [long, [0x08, 1, 2]])
        var other = OggOpusWriter(serial: 9)
        let foreign = other.begin(OggOpusWriter.Header(channels: 2))
        #expect(try OggOpusFile(parsing: written + foreign).packets.count == 2)
        #expect(try OggOpusFile(parsing: Array("junk".utf8) + written).packets.count == 2)
    }

    /// A page as RFC 3533 §6 has it, with a sum that is made bit by bit.
    private func page(_ sequence: UInt8, flags: UInt8, position: UInt8, segments: [UInt8], _ body: [UInt8]) -> [UInt8] {
        var octets: [UInt8] = Array("OggS".utf8) + [0, flags, position, 0, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0]
        octets += [sequence, 0, 0, 0, 0, 0, 0, 0, UInt8(segments.count)] + segments + body
        var sum: UInt32 = 0
        for octet in octets {
            sum ^= UInt32(octet) << 24
            for _ in 0..<8 { sum = sum << 1 ^ (sum >> 31 == 1 ? 0x04C1_1DB7 : 0) }
        }
        for index in 0..<4 { octets[22 + index] = UInt8(truncatingIfNeeded: sum >> UInt32(8 * index)) }
        return octets
    }

    @Test("A packet that goes on in the next page is put together, and dropped when a page between is missing")
    func pages() throws {
        let head = Array("OpusHead".utf8) + [1, 1, 0, 0, 0x80, 0x3E, 0, 0, 0, 0, 0]
        let packet = [UInt8](repeating: 0x08, count: 700)
        let last: [UInt8] = [0x08, 1, 2]
        let pages = [
            page(0, flags: 2, position: 0, segments: [UInt8(head.count)], head),
            page(1, flags: 0, position: 0, segments: [8], Array("OpusTags".utf8)),
            page(2, flags: 0, position: 255, segments: [255], Array(packet[..<255])),
            page(3, flags: 1, position: 255, segments: [255], Array(packet[255..<510])),
            page(4, flags: 5, position: 200, segments: [190, 3], Array(packet[510...]) + last),
        ]
        let whole = try OggOpusFile(parsing: pages.flatMap { $0 })
        #expect(whole.packets == [packet, last] && whole.length == 200)
        #expect(whole.header == OggOpusWriter.Header(preSkip: 0))
        for missing in 2...3 {
            let rest = pages.enumerated().filter { $0.offset != missing }.flatMap(\.element)
            #expect(try OggOpusFile(parsing: rest).packets == [last])
        }
    }

    @Test("The output gain is applied")
    func gain() throws {
        let (payloads, _) = packets(Voice.samples(16_000, sampleRate: 16_000))
        let plain = try OggOpusFile(parsing: file(payloads, OggOpusWriter.Header())).samples()
        let quiet = try OggOpusFile(parsing: file(payloads, OggOpusWriter.Header(outputGain: -1541))).samples()
        let loudest = plain.indices.max { abs(Int(plain[$0])) < abs(Int(plain[$1])) } ?? 0
        #expect(abs(Double(quiet[loudest]) / Double(plain[loudest]) - 0.5) < 0.01)
    }

    @Test("Both sides of a call are recorded, each on its own side")
    func stereo() throws {
        let (caller, agent) = (
            Voice.samples(16_000, sampleRate: 16_000), Voice.samples(16_000, sampleRate: 16_000, seed: 2, peak: 2000)
        )
        var encoder = StereoOpusEncoder(bitRate: 48_000)
        var writer = OggOpusWriter(serial: 1)
        var octets = writer.begin(OggOpusWriter.Header(channels: 2, preSkip: encoder.preSkip))
        for start in stride(from: 0, to: 16_000, by: 320) {
            var payload: [UInt8] = []
            // The agent falls silent after half a second.
            let right = agent[start..<start + (start < 8000 ? 320 : 0)]
            encoder.encode(left: caller.span.extracting(start..<start + 320), right: right.span, into: &payload)
            octets += writer.append(payload.span)
        }
        let sides = try OggOpusFile(parsing: octets + writer.finish()).channels()
        #expect(sides.count == 2 && sides[0].count == sides[1].count)
        #expect(Voice.signalToNoise(caller[..<15_000], sides[0][..<15_000]) > 3)
        let loudness = { (part: ArraySlice<Int16>) in part.map { abs(Int($0)) }.max() ?? 0 }
        #expect(loudness(sides[1][..<7000]) > 500 && loudness(sides[1][12_000...]) < 300)
        var none: [UInt8] = []
        encoder.encode(left: caller.span.extracting(first: 100), right: Span(), into: &none)
        #expect(none.isEmpty)
    }

    @Test("What is no such file is refused")
    func refused() {
        #expect(throws: OggOpusError.noOpus) { try OggOpusFile(parsing: []) }
        #expect(throws: OggOpusError.noOpus) { try OggOpusFile(parsing: [UInt8](repeating: 0x4F, count: 5000)) }
        var empty = OggOpusWriter(serial: 1)
        #expect(empty.append([UInt8]().span).isEmpty && empty.append([3].span).isEmpty && empty.position == 0)
    }

    @Test("T-02 Of any damage nothing but packets comes out", .tags(.threat))
    func damage() {
        let (payloads, _) = packets(Voice.samples(16_000, sampleRate: 16_000))
        let written = file(payloads, OggOpusWriter.Header())
        var random = SeededGenerator(seed: 12)
        for _ in 0..<300 {
            var octets = written
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                // Mostly in the headers, where the lengths are.
                let place = Bool.random(using: &random) ? Int.random(in: 0..<200, using: &random) : 0
                octets[place == 0 ? Int.random(in: 0..<octets.count, using: &random) : place] = .random(
                    in: 0...255, using: &random)
            }
            if Bool.random(using: &random) { octets.removeLast(Int.random(in: 0..<octets.count, using: &random)) }
            guard let file = try? OggOpusFile(parsing: octets) else { continue }
            #expect(file.packets.allSatisfy { OpusPacket(parsing: $0.span) != nil })
            #expect(file.packets.count <= payloads.count)
        }
    }

    // MARK: Against opus-tools

    private static let encoder = "/usr/bin/opusenc"
    private static let decoder = "/usr/bin/opusdec"

    private func run(_ program: String, _ arguments: [String]) throws -> Int32 {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        process.standardError = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        return process.terminationStatus
    }

    @Test(
        "Files of opusenc are read and files of ours play in opusdec",
        .enabled(if: FileManager.default.isExecutableFile(atPath: encoder)))
    func peers() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
            "ogg-\(UInt64.random(in: 0...(.max)))")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let (wav, ogg) = (folder.appendingPathComponent("in.wav"), folder.appendingPathComponent("in.opus"))
        let voice = Voice.samples(16_000 * 2, sampleRate: 16_000)
        try Data(WAVFile(samples: voice, sampleRate: 16_000).octets).write(to: wav)
        #expect(try run(Self.encoder, ["--quiet", "--bitrate", "32", wav.path, ogg.path]) == 0)
        let theirs = try OggOpusFile(parsing: [UInt8](Data(contentsOf: ogg)))
        let heard = theirs.samples()
        #expect(heard.count == voice.count)
        #expect(Voice.signalToNoise(voice[...], heard[...]) > 8)

        let (payloads, preSkip) = packets(voice + [Int16](repeating: 0, count: 320))
        let ours = file(payloads, OggOpusWriter.Header(preSkip: preSkip), length: Int64(voice.count * 3 + preSkip))
        try Data(ours).write(to: ogg)
        #expect(try run(Self.decoder, ["--quiet", "--rate", "16000", ogg.path, wav.path]) == 0)
        let played = try WAVFile(parsing: [UInt8](Data(contentsOf: wav)))
        #expect(played.sampleRate == 16_000 && abs(played.samples.count - voice.count) <= 1)
        let mine = try OggOpusFile(parsing: ours).samples()
        // It decodes to 48 kHz and resamples.
        #expect(Voice.signalToNoise(mine[...], played.samples[...]) > 12)
    }
}
