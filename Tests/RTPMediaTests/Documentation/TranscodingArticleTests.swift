import RTPMedia
import TelephonyPrimitives
import Testing

/// The code of `Transcoding.md`.
@Suite("The article on transcoding")
struct TranscodingArticleTests {
    @Test("G.722 becomes Opus, packet by packet, at the 16 kHz that both have")
    func wideband() {
        let said = Voice.samples(16_000, sampleRate: 16_000)
        var g722 = G722Encoder()
        let packets = g722.payloads(of: said, length: 320)
        var made: [[UInt8]] = []
        func send(_ payload: [UInt8]) { made.append(payload) }

        var decoder = AudioCodecKind.g722.makeDecoder()
        var encoder = AudioCodecKind.opus(.speech, sampleRate: .wideband).makeEncoder()
        var samples: [Int16] = []
        var payload: [UInt8] = []
        for packet in packets {  // 20 ms each
            samples.removeAll(keepingCapacity: true)
            payload.removeAll(keepingCapacity: true)
            decoder.decode(packet.span, into: &samples)  // 320 samples
            encoder.encode(samples.span, into: &payload)  // some 60 octets
            send(payload)
        }

        #expect(made.count == 50 && made.allSatisfy { OpusPacket(parsing: $0.span)?.sampleCount == 960 })
        var opus = OpusDecoder(sampleRate: .wideband)
        let heard = opus.sound(of: made)
        #expect(abs(LevelMeter.level(of: heard) - LevelMeter.level(of: said)) < 2)
    }

    @Test("PCMU becomes Opus and back by a resampler between the rates")
    func resampled() throws {
        let said = Voice.samples(8000, sampleRate: 8000)
        let packets = G711(.mu).payloadsOfPackets(said)
        var made: [[UInt8]] = []
        func send(_ payload: [UInt8]) { made.append(payload) }

        var decoder = AudioCodecKind.pcmu.makeDecoder()
        var resampler = try Resampler(from: 8000, to: 16_000)
        var encoder = AudioCodecKind.opus(.speech, sampleRate: .wideband).makeEncoder()
        var narrow: [Int16] = []
        var wide: [Int16] = []
        var payload: [UInt8] = []
        for packet in packets {
            narrow.removeAll(keepingCapacity: true)
            decoder.decode(packet.span, into: &narrow)
            resampler.process(narrow.span, into: &wide)
            while wide.count >= 320 {  // Opus takes whole packets of 2.5 to 60 ms
                payload.removeAll(keepingCapacity: true)
                encoder.encode(wide.span.extracting(0..<320), into: &payload)
                send(payload)
                wide.removeFirst(320)
            }
        }

        #expect(made.count >= 49)
        var opus = OpusDecoder(sampleRate: .narrowband)
        let heard = opus.sound(of: made)
        #expect(abs(LevelMeter.level(of: heard) - LevelMeter.level(of: said)) < 2)
    }

    @Test("Two calls of different codecs are joined")
    func bridge() throws {
        let g722 = MediaSessionConfiguration(
            codec: .g722, sendPayloadType: 9, receivePayloadTypes: [9: .g722], remote: MediaPair.left, ssrc: 1,
            cname: "wide")
        var caller = MediaSession(configuration: g722, random: SeededGenerator(seed: 1))
        var callee = MediaSession(
            configuration: MediaPair.configuration(remote: MediaPair.right, ssrc: 2), random: SeededGenerator(seed: 2))
        var encoder = G722Encoder()
        let packets = encoder.payloads(of: Voice.samples(16_000, sampleRate: 16_000), length: 320)
        var now = Instant.zero
        let decoder = G711(.mu)
        var heard: [Int16] = []

        var down = try Resampler(from: caller.sampleRate, to: callee.sampleRate)
        var up = try Resampler(from: callee.sampleRate, to: caller.sampleRate)
        for (number, payload) in packets.enumerated() {
            let packet = RTPPacket(
                payloadType: 9, sequence: UInt16(number), timestamp: UInt32(number * 160), ssrc: 9,
                payload: payload[...])
            caller.receive(packet: packet.serialized, from: MediaPair.left, now: now)
            let asked = caller.pull(now: now).samples
            callee.push(PCMFrame(samples: down.process(asked), sampleRate: callee.sampleRate), now: now)
            let answered = callee.pull(now: now).samples
            caller.push(PCMFrame(samples: up.process(answered), sampleRate: caller.sampleRate), now: now)
            while let output = callee.nextOutput() {
                guard case .rtp(let octets, _) = output, let packet = try? RTPPacket(parsing: octets) else { continue }
                decoder.decode(packet.payload.span, into: &heard)
            }
            now = now + .milliseconds(20)
        }
        #expect(heard.count == 8000)
        #expect(LevelMeter.level(of: heard) > -40)
    }

    @Test("A file of any rate is played on a call and written as another")
    func files() throws {
        let octets = WAVFile(samples: Voice.samples(44_100, sampleRate: 44_100), sampleRate: 44_100).octets
        var session = MediaSession(
            configuration: MediaPair.configuration(remote: MediaPair.right, ssrc: 1), random: SeededGenerator(seed: 1))
        var now = Instant.zero
        let file = try AudioFile(parsing: octets)  // WAV or Ogg Opus, told by what is in it
        let clip = try file.clip(sampleRate: session.sampleRate)  // mono
        for frame in clip.frames {  // 20 ms each
            session.push(frame, now: now)
            now = now + .milliseconds(20)
        }
        #expect(session.statistics.packetsSent == 50 && session.statistics.framesRefused == 0)

        let wav = WAVFile(samples: clip.samples, sampleRate: clip.sampleRate).octets
        #expect(wav.count == 44 + 16_000)

        let sampleRate = OpusSampleRate.narrowband
        var encoder = OpusEncoder(sampleRate: sampleRate)
        var writer = OggOpusWriter(serial: 1)
        let preSkip = encoder.lookahead * 48_000 / sampleRate.rawValue
        var ogg = writer.begin(.init(preSkip: preSkip, inputSampleRate: sampleRate.rawValue))
        for frame in clip.frames {
            var packet: [UInt8] = []
            encoder.encode(frame.samples.span, into: &packet)
            ogg += writer.append(packet.span)
        }
        ogg += writer.finish()
        let again = try AudioFile(parsing: ogg)
        #expect(again.kind == .oggOpus && again.sampleRate == 8000)
        #expect(again.clip.samples.count == 8000 - preSkip / 6)
        #expect(abs(LevelMeter.level(of: again.clip.samples) - LevelMeter.level(of: clip.samples)) < 2)
    }
}

extension G711 {
    /// Payloads of 20 ms.
    fileprivate func payloadsOfPackets(_ samples: [Int16]) -> [[UInt8]] {
        var encoder = self
        return encoder.payloads(of: samples, length: 160)
    }
}
