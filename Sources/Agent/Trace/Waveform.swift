public import RTPMedia

/// The loudness of a recording over time, for drawing: left the other side, right ours.
public struct Waveform: Sendable, Equatable {
    /// The greatest amplitude in a stretch of time, 0 to 1, of either side.
    public struct Column: Sendable, Equatable {
        public var caller: Double
        public var agent: Double
    }

    /// Microseconds that a column stands for.
    public let step: Int
    public let columns: [Column]

    /// Columns of at least 20 ms each.
    ///
    /// - Parameters:
    ///   - file: a recording of a call; one with a single channel counts as the caller's.
    ///   - most: how many columns at most.
    public init(_ file: AudioFile, most: Int = 4_000) {
        let left = file.channels.first ?? []
        let right = file.channels.count > 1 ? file.channels[1] : []
        let count = max(left.count, right.count)
        let samples = max(file.sampleRate / 50, (count + most - 1) / max(1, most), 1)
        step = Int(Double(samples) * 1_000_000 / Double(max(1, file.sampleRate)))
        func peak(_ channel: [Int16], _ start: Int) -> Double {
            guard start < channel.count else { return 0 }
            let loudest = channel[start..<min(start + samples, channel.count)].map(\.magnitude).max() ?? 0
            return Double(loudest) / 32_768
        }
        columns = stride(from: 0, to: count, by: samples).map {
            Column(caller: peak(left, $0), agent: peak(right, $0))
        }
    }
}
