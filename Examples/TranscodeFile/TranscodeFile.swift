import Foundation
import RTPMedia

/// Writes a file of sound anew, in mono and at another rate: WAV or Opus in Ogg in; Opus in Ogg out where the name ends
/// in `.opus` or `.ogg`, else WAV.
@main
struct TranscodeFile {
    static func main() throws {
        let arguments = CommandLine.arguments
        guard arguments.count == 4, let rate = Int(arguments[3]) else {
            print("usage: TranscodeFile IN.wav OUT.opus RATE")
            return
        }
        let file = try AudioFile(parsing: Array(Data(contentsOf: URL(filePath: arguments[1]))))
        let clip = try file.clip(sampleRate: rate)

        let octets: [UInt8]
        switch RecordingFormat(fileName: arguments[2]) {
        case .wav:
            octets = WAVFile(samples: clip.samples, sampleRate: rate).octets
        case .oggOpus(let bitRate):
            guard let opusRate = OpusSampleRate(rawValue: rate) else {
                print("Opus is written at \(OpusSampleRate.allCases.map(\.rawValue)) Hz.")
                return
            }
            octets = oggOpus(clip, at: opusRate, bitRate: bitRate)
        }
        try Data(octets).write(to: URL(filePath: arguments[2]))
        print(
            "\(file.kind), \(file.sampleRate) Hz -> \(rate) Hz, \(clip.samples.count) samples, \(octets.count) octets")
    }

    /// Packets of 20 ms; the end of the sound is still in the encoder when its last sample has gone in.
    static func oggOpus(_ clip: AudioClip, at rate: OpusSampleRate, bitRate: Int) -> [UInt8] {
        var settings = OpusEncoder.Settings()
        settings.bitRate = bitRate
        var encoder = OpusEncoder(sampleRate: rate, settings: settings)
        let (frame, scale) = (rate.rawValue / 50, 48_000 / rate.rawValue)
        let preSkip = encoder.lookahead * scale
        let length = clip.samples.count + encoder.lookahead
        let samples = clip.samples + Array(repeating: 0, count: encoder.lookahead + (frame - length % frame) % frame)

        var writer = OggOpusWriter(serial: 1)
        var octets = writer.begin(.init(preSkip: preSkip, inputSampleRate: rate.rawValue))
        var packet: [UInt8] = []
        for start in stride(from: 0, to: samples.count, by: frame) {
            packet.removeAll(keepingCapacity: true)
            encoder.encode(samples.span.extracting(start..<start + frame), into: &packet)
            octets += writer.append(packet.span)
        }
        return octets + writer.finish(length: Int64(length * scale))
    }
}
