import RTPMedia
import TelephonyPrimitives
import Testing

@Suite("Codecs by name")
struct AudioCodecKindTests {
    @Test(
        "What session descriptions call them",
        arguments: [
            ("PCMU", 8000, 1, AudioCodecKind.pcmu, UInt8?(0), 8000), ("pcma", 8000, 1, .pcma, 8, 8000),
            ("G722", 8000, 1, .g722, 9, 16_000), ("L16", 16_000, 1, .l16(sampleRate: 16_000), nil, 16_000),
            ("l16", 44_100, 1, .l16(sampleRate: 44_100), 11, 44_100),
            ("OPUS", 48_000, 2, .opus(OpusParameters()), nil, 16_000),
            ("opus", 48_000, 1, .opus(OpusParameters()), nil, 16_000),
        ])
    func names(name: String, clock: Int, channels: Int, kind: AudioCodecKind, payloadType: UInt8?, rate: Int) {
        #expect(AudioCodecKind(name: name, clockRate: clock, channels: channels) == kind)
        #expect(kind.clockRate == clock)
        #expect(kind.name.lowercased() == name.lowercased())
        #expect(kind.staticPayloadType == payloadType)
        #expect(kind.sampleRate == rate)
        let (encoder, decoder) = (kind.makeEncoder(), kind.makeDecoder())
        #expect(encoder.sampleRate == rate && decoder.sampleRate == rate)
        #expect(encoder.clockRate == clock && decoder.clockRate == clock)
    }

    @Test(
        "What isn't there",
        arguments: [
            ("PCMU", 16_000, 1), ("PCMU", 8000, 2), ("G722", 16_000, 1), ("opus", 8000, 2), ("opus", 48_000, 3),
            ("L16", 0, 1), ("L16", 16_000, 2), ("G729", 8000, 1), ("", 8000, 1),
        ])
    func unknown(name: String, clock: Int, channels: Int) {
        #expect(AudioCodecKind(name: name, clockRate: clock, channels: channels) == nil)
    }

    @Test("Opus encodes as the other side's parameters ask for")
    func opusParameters() throws {
        let kind = try #require(
            AudioCodecKind(
                name: "opus", clockRate: 48_000, channels: 2,
                parameters: "maxaveragebitrate=16000; cbr=1;usedtx=1;useinbandfec=0;maxplaybackrate=8000"))
        let encoder = try #require(kind.makeEncoder() as? OpusEncoder)
        #expect(encoder.settings.bitRate == 16_000 && encoder.settings.isConstant && encoder.settings.isDiscontinuous)
        #expect(!encoder.settings.correctsErrors && encoder.settings.audibleRate == 8000)
        let plain = try #require(AudioCodecKind.opus().makeEncoder() as? OpusEncoder)
        #expect(plain.settings.bitRate == 24_000 && plain.settings.correctsErrors)
        #expect(AudioCodecKind.opus().channels == 2 && AudioCodecKind.pcmu.channels == 1)
        #expect(AudioCodecKind.opus().parameters == "maxplaybackrate=16000;sprop-maxcapturerate=16000;useinbandfec=1")
        #expect(AudioCodecKind.opus(OpusParameters()).parameters == nil && AudioCodecKind.g722.parameters == nil)
    }

    @Test("Parameters are read whatever stands around them, and written back")
    func parameters() {
        let text =
            " useinbandfec=1; MaxAverageBitrate = 30000;maxplaybackrate=48000; ptime=20; minptime=10; maxptime=40;"
            + "stereo=1;sprop-stereo=1;sprop-maxcapturerate=16000;x=y;flag;=;useinbandfec=0;cbr=2;usedtx=one"
        let parameters = OpusParameters(parsing: text)
        #expect(parameters.inBandFEC && parameters.prefersStereo && parameters.sendsStereo)
        #expect(!parameters.constantBitRate && !parameters.discontinuous)
        #expect(parameters.maxAverageBitRate == 30_000 && parameters.maxPlaybackRate == 48_000)
        #expect(parameters.maxCaptureRate == 16_000)
        #expect(parameters.packetTime == 20 && parameters.minPacketTime == 10 && parameters.maxPacketTime == 40)
        #expect(OpusParameters(parsing: parameters.serialized) == parameters)
        #expect(OpusParameters(parsing: "") == OpusParameters() && OpusParameters().serialized.isEmpty)
    }

    @Test("T-02 Values out of range and endless texts do no harm", .tags(.threat))
    func hostile() {
        let odd = OpusParameters(
            parsing: "maxplaybackrate=7999;sprop-maxcapturerate=48001;ptime=0;maxptime=121;minptime=-3;"
                + "maxaveragebitrate=99999999999999999999999")
        #expect(odd == OpusParameters())
        #expect(OpusParameters(parsing: "maxaveragebitrate=1").maxAverageBitRate == 6000)
        #expect(OpusParameters(parsing: "maxaveragebitrate=9000000").maxAverageBitRate == 510_000)
        let late = String(repeating: "a=1;", count: 100) + "useinbandfec=1"
        #expect(!OpusParameters(parsing: late).inBandFEC)
        #expect(!OpusParameters(parsing: String(repeating: " ", count: 2000) + ";useinbandfec=1").inBandFEC)
        #expect(OpusParameters(parsing: "useinbandfec=1;\u{0}\u{1F600}=\u{7F};;;==").inBandFEC)
    }

    @Test("L16 is the samples, upper octet first")
    func linear() {
        var codec = L16(sampleRate: 16_000)
        #expect(codec.payloads(of: [0x1234, -2], length: 2) == [[0x12, 0x34, 0xFF, 0xFE]])
        #expect(codec.sound(of: [[0x12, 0x34, 0xFF, 0xFE, 9], [1]]) == [0x1234, -2])
        #expect(codec.count([1, 2, 3]) == 1)
        #expect(L16(sampleRate: 5).sampleRate == 1000)
    }
}
