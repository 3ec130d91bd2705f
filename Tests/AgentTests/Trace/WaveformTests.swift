import Testing

@testable import Agent

/// Sound files made up for tests.
enum WaveformTests {
    /// A WAV file with 16-bit PCM.
    static func wav(_ channels: [[Int16]], rate: Int) -> [UInt8] {
        let count = channels.first?.count ?? 0
        let size = count * channels.count * 2
        func le(_ number: Int, _ octets: Int) -> [UInt8] {
            (0..<octets).map { UInt8(truncatingIfNeeded: number >> ($0 * 8)) }
        }
        var file = Array("RIFF".utf8) + le(36 + size, 4) + Array("WAVEfmt ".utf8) + le(16, 4) + le(1, 2)
        file += le(channels.count, 2) + le(rate, 4) + le(rate * channels.count * 2, 4) + le(channels.count * 2, 2)
        file += le(16, 2) + Array("data".utf8) + le(size, 4)
        for index in 0..<count { for channel in channels { file += le(Int(channel[index]), 2) } }
        return file
    }
}
