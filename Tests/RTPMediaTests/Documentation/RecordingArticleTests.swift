import RTPMedia
import TelephonyPrimitives
import Testing

/// The code of `Recording.md`.
@Suite("The article on recording")
struct RecordingArticleTests {
    /// What the rim has a file for.
    private struct MemoryFile {
        var octets: [UInt8] = []

        mutating func write(_ new: [UInt8], at offset: Int) {
            octets.append(contentsOf: repeatElement(0, count: max(0, offset + new.count - octets.count)))
            octets.replaceSubrange(offset..<offset + new.count, with: new)
        }
    }

    @Test("Both sides of a call become one stereo file, silent where it was paused")
    func stereo() throws {
        var file = MemoryFile()
        var lines: [String] = []
        func print(_ line: String) { lines.append(line) }
        var now = Instant.zero + .seconds(1)

        var recorder = StereoRecorder(format: .wav, sampleRate: 16_000, start: now)
        for tick in 0..<150 {
            let (heard, said) = (Tone.frame(tick), PCMFrame.silence(sampleRate: 16_000))
            switch tick {
            case 50:
                recorder.pause(at: now)  // a card number is said
            case 100:
                recorder.resume(at: now)
            default: break
            }
            recorder.record(heard, side: .caller, at: now)  // left
            recorder.record(said, side: .agent, at: now)  // right
            recorder.advance(to: now)
            while let write = recorder.nextWrite() { file.write(write.octets, at: write.offset) }
            now = now + .milliseconds(20)
        }
        let summary = recorder.finish()
        while let write = recorder.nextWrite() { file.write(write.octets, at: write.offset) }
        print("\(summary.duration) in \(summary.octets) octets, \(summary.pauses.count) pauses")
        print("\(summary.caller.missing) of the caller are missing, \(summary.agent.missing) of the agent")

        #expect(summary.octets == file.octets.count && summary.pauses.count == 1)
        #expect(abs(summary.duration.inMilliseconds - 3000) < 20)
        #expect(lines.count == 2 && lines[0].hasSuffix("1 pauses"))
        let wav = try WAVFile(parsing: file.octets)
        #expect(wav.sampleRate == 16_000 && wav.channels.count == 2)
        #expect(wav.channels[0][24_000..<30_000].allSatisfy { abs(Int($0)) < 50 })
        #expect(wav.channels[0][40_000..<46_000].contains { $0 > 5000 })
    }

    @Test("The same is written as Opus in Ogg")
    func opus() throws {
        var file = MemoryFile()
        var now = Instant.zero + .seconds(1)
        var recorder = StereoRecorder(
            format: .oggOpus(bitRate: 32_000), sampleRate: 16_000, start: now, comments: ["TITLE=Call 17"])
        for tick in 0..<50 {
            recorder.record(Tone.frame(tick), side: .caller, at: now)
            recorder.record(.silence(sampleRate: 16_000), side: .agent, at: now)
            while let write = recorder.nextWrite() { file.write(write.octets, at: write.offset) }
            now = now + .milliseconds(20)
        }
        recorder.finish()
        while let write = recorder.nextWrite() { file.write(write.octets, at: write.offset) }
        let ogg = try OggOpusFile(parsing: file.octets)
        #expect(ogg.header.channels == 2)
        #expect(abs(ogg.samples(sampleRate: .wideband).count - 16_000) < 400)
        #expect(file.octets.count < 10_000)
    }

    @Test("What was on the wire becomes a capture for Wireshark")
    func capture() {
        let (source, local) = (MediaPair.right, MediaPair.left)
        let datagram = [UInt8](repeating: 0x80, count: 172)
        let invite = Array("INVITE sip:alice@192.0.2.1 SIP/2.0\r\n\r\n".utf8)
        let nanoseconds: Int64 = 1_700_000_000_000_000_000

        var capture = MediaCapture(maximumLength: 100 << 20)  // 100 MiB
        var file = MediaCapture.header
        capture.message(invite.span, from: source, to: local, over: .udp, at: nanoseconds, into: &file)
        capture.media(datagram.span, clear: Span(), from: source, to: local, at: nanoseconds, into: &file)

        // The header of the file, and for each packet 16 octets of its own, 20 of IP and 8 of UDP.
        #expect(file.count == 24 + 2 * 44 + invite.count + datagram.count)
        #expect(capture.writer.length == file.count && capture.writer.packets == 2)
    }
}
