/// The 44 octets in front of the samples of a WAV file with 16-bit PCM.
enum WAVHeader {
    static let length = 44
    /// Where the size of the rest of the file stands.
    static let fileSizeOffset = 4
    /// Where the size of the samples stands.
    static let dataSizeOffset = 40

    /// The whole header.
    ///
    /// - Parameter dataLength: octets of samples; saturates at what a header can say (the reader then goes by the
    ///   length of the file).
    static func octets(sampleRate: Int, channels: Int, dataLength: Int) -> [UInt8] {
        let frameLength = channels * 2
        var header = Array("RIFF".utf8)
        header += fileSize(dataLength: dataLength)
        header += Array("WAVEfmt ".utf8) + little(16, octets: 4) + little(1, octets: 2)
        header += little(channels, octets: 2) + little(sampleRate, octets: 4)
        header += little(sampleRate * frameLength, octets: 4) + little(frameLength, octets: 2) + little(16, octets: 2)
        header += Array("data".utf8) + dataSize(dataLength: dataLength)
        return header
    }

    /// The four octets at ``fileSizeOffset``.
    static func fileSize(dataLength: Int) -> [UInt8] {
        little(min(dataLength + length - 8, Int(UInt32.max)), octets: 4)
    }

    /// The four octets at ``dataSizeOffset``.
    static func dataSize(dataLength: Int) -> [UInt8] {
        little(min(dataLength, Int(UInt32.max)), octets: 4)
    }

    private static func little(_ value: Int, octets: Int) -> [UInt8] {
        (0..<octets).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }
}
