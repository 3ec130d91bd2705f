/// Why a WAV file can't be read.
public struct WAVError: Error, Equatable, Sendable, CustomStringConvertible {
    /// Where in the file, in octets from its beginning.
    public let offset: Int
    /// What is wrong, as a sentence.
    public let message: String

    public var description: String { "\(message) (at octet \(offset))" }
}

/// A WAV file in memory: 16-bit or 8-bit PCM, G.711 mu-law or A-law, mono or stereo, at any rate.
///
/// Written for files that are not quite right: unknown chunks are passed over, and a file that was cut off, or whose
/// writer was killed before it could fill in the sizes, yields the samples that are there.
public struct WAVFile: Sendable, Equatable {
    /// Files longer than this are refused: 512 MiB, in octets.
    public static let maximumLength = 512 * 1024 * 1024

    /// Samples per second.
    public let sampleRate: Int
    /// The samples of each channel: one, or left and right. All are of the same length.
    public let channels: [[Int16]]
    /// Whether the file holds fewer samples than its header promises.
    public let isTruncated: Bool

    /// The audio as one channel: the mean of left and right where there are two.
    public var samples: [Int16] {
        guard channels.count == 2 else { return channels.first ?? [] }
        return zip(channels[0], channels[1]).map { Int16((Int($0) + Int($1)) / 2) }
    }

    /// A PCM file in memory, as for ``octets``.
    public init(samples: [Int16], sampleRate: Int) {
        self.sampleRate = min(max(sampleRate, 1000), 192_000)
        channels = [samples]
        isTruncated = false
    }

    /// Reads a file.
    ///
    /// - Throws: ``WAVError`` when it is no WAV file, has no samples chunk, or holds a format other than those above.
    public init(parsing file: [UInt8]) throws(WAVError) {
        guard file.count <= Self.maximumLength else {
            throw WAVError(offset: 0, message: "The file is longer than \(Self.maximumLength) octets.")
        }
        let reader = WAVReader(octets: file)
        let format = try reader.format()
        let data = try reader.data()
        sampleRate = format.sampleRate
        isTruncated = data.isTruncated
        let samples = format.encoding.samples(file[data.range])
        let frames = samples.count / format.channels
        channels = (0..<format.channels).map { channel in
            (0..<frames).map { samples[$0 * format.channels + channel] }
        }
    }

    /// The file as 16-bit PCM.
    public var octets: [UInt8] {
        let length = channels.first?.count ?? 0
        var result = WAVHeader.octets(
            sampleRate: sampleRate, channels: max(1, channels.count), dataLength: length * 2 * channels.count)
        result.reserveCapacity(result.count + length * 2 * channels.count)
        for index in 0..<length {
            for channel in channels {
                result.append(UInt8(truncatingIfNeeded: channel[index]))
                result.append(UInt8(truncatingIfNeeded: channel[index] >> 8))
            }
        }
        return result
    }
}
