/// Makes the octets of a recording's file from its two channels.
protocol RecordingContainer: Sendable {
    /// The beginning of the file.
    mutating func begin() -> [StereoRecorder.Write]
    /// The next samples of both channels, equally many.
    mutating func append(left: [Int16], right: [Int16]) -> [StereoRecorder.Write]
    /// The end of the file.
    mutating func finish() -> [StereoRecorder.Write]
    /// The length of the file so far.
    var length: Int { get }
}

/// 16-bit stereo PCM, one write for each piece; the sizes in the header are brought up to date once for each second.
struct WAVContainer: RecordingContainer {
    private let sampleRate: Int
    /// Samples per channel.
    private var written = 0
    private var patched = 0

    init(sampleRate: Int) {
        self.sampleRate = sampleRate
    }

    var length: Int { WAVHeader.length + written * 4 }

    mutating func begin() -> [StereoRecorder.Write] {
        [.init(offset: 0, octets: WAVHeader.octets(sampleRate: sampleRate, channels: 2, dataLength: 0))]
    }

    mutating func append(left: [Int16], right: [Int16]) -> [StereoRecorder.Write] {
        let count = min(left.count, right.count)
        var octets: [UInt8] = []
        octets.reserveCapacity(count * 4)
        for index in 0..<count {
            octets.append(UInt8(truncatingIfNeeded: left[index]))
            octets.append(UInt8(truncatingIfNeeded: left[index] >> 8))
            octets.append(UInt8(truncatingIfNeeded: right[index]))
            octets.append(UInt8(truncatingIfNeeded: right[index] >> 8))
        }
        let piece = StereoRecorder.Write(offset: length, octets: octets)
        written += count
        return written - patched >= sampleRate ? [piece] + sizes() : [piece]
    }

    mutating func finish() -> [StereoRecorder.Write] { patched == written ? [] : sizes() }

    private mutating func sizes() -> [StereoRecorder.Write] {
        patched = written
        return [
            .init(offset: WAVHeader.fileSizeOffset, octets: WAVHeader.fileSize(dataLength: written * 4)),
            .init(offset: WAVHeader.dataSizeOffset, octets: WAVHeader.dataSize(dataLength: written * 4)),
        ]
    }
}

/// Packets of 20 ms in pages of a second, each written behind the one before.
struct OggOpusContainer: RecordingContainer {
    private let rate: OpusSampleRate
    private let comments: [String]
    private var encoder: StereoOpusEncoder
    private var writer = OggOpusWriter(serial: 1)
    private(set) var length = 0
    /// Samples per channel that came in.
    private var taken: Int64 = 0
    private var left: [Int16] = []
    private var right: [Int16] = []

    init(sampleRate: OpusSampleRate, bitRate: Int, comments: [String]) {
        rate = sampleRate
        encoder = StereoOpusEncoder(sampleRate: sampleRate, bitRate: min(max(bitRate, 24_000), 510_000))
        self.comments = comments
    }

    mutating func begin() -> [StereoRecorder.Write] {
        let header = OggOpusWriter.Header(channels: 2, preSkip: encoder.preSkip, inputSampleRate: rate.rawValue)
        return written(writer.begin(header, comments: comments))
    }

    mutating func append(left one: [Int16], right other: [Int16]) -> [StereoRecorder.Write] {
        let count = min(one.count, other.count)
        left += one.prefix(count)
        right += other.prefix(count)
        taken += Int64(count)
        return written(encode())
    }

    /// The last packet is filled up with silence, and one more holds what is still inside the encoder; the last page says
    /// where the sound ends (RFC 7845 §4.4).
    mutating func finish() -> [StereoRecorder.Write] {
        let frame = rate.rawValue / 50
        let rest = left.count + encoder.preSkip * rate.rawValue / 48_000
        let padding = (rest + frame - 1) / frame * frame - left.count
        left.append(contentsOf: repeatElement(0, count: padding))
        right.append(contentsOf: repeatElement(0, count: padding))
        let last = encode()
        let end = taken * 48_000 / Int64(rate.rawValue) + Int64(encoder.preSkip)
        return written(last + writer.finish(length: end))
    }

    private mutating func encode() -> [UInt8] {
        let frame = rate.rawValue / 50
        let (one, other) = (left, right)
        var octets: [UInt8] = []
        var packet: [UInt8] = []
        var start = 0
        while one.count - start >= frame {
            packet.removeAll(keepingCapacity: true)
            encoder.encode(
                left: one.span.extracting(start..<start + frame), right: other.span.extracting(start..<start + frame),
                into: &packet)
            octets += writer.append(packet.span)
            start += frame
        }
        left = Array(one[start...])
        right = Array(other[start...])
        return octets
    }

    private mutating func written(_ octets: [UInt8]) -> [StereoRecorder.Write] {
        guard !octets.isEmpty else { return [] }
        defer { length += octets.count }
        return [.init(offset: length, octets: octets)]
    }
}
